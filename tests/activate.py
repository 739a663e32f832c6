"""Runs a command the way systemd's socket units do: activate.py NAME=FD … -- COMMAND …"""

import fcntl
import os
import sys

FIRST = 3  # SD_LISTEN_FDS_START

split = sys.argv.index("--")
pairs = [argument.split("=") for argument in sys.argv[1:split]]
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for _, fd in pairs]  # out of the way of each other
for place, fd in enumerate(high, FIRST):
    os.dup2(fd, place)  # inheritable
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(pairs))
os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _ in pairs)
os.execv(sys.argv[split + 1], sys.argv[split + 1 :])
