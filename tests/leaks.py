"""Looks for secrets in files, however they may be written there, and in memory."""

import base64
import os
import subprocess
import tempfile
from pathlib import Path


def spellings(secret):
    """A secret as it could lie in a file: plain, hex, and base64 at each of its alignments."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for shift in range(3):
        inner = base64.b64encode(b"\0" * shift + secret)[4 if shift else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def leaks(daemon, secrets):
    """The names of those files of a daemon, its log among them, that hold any of these (str); while it runs or after."""
    files = [daemon.log, *(path for path in daemon.data.rglob("*") if path.is_file() and path.name != "reserve")]
    with tempfile.NamedTemporaryFile() as wanted:
        wanted.write(b"\n".join(spelling for secret in secrets for spelling in set(spellings(secret.encode()))))
        wanted.flush()
        done = subprocess.run(
            ["grep", "--files-with-matches", "--text", "--fixed-strings", "--file", wanted.name, *files],
            env=os.environ | {"LC_ALL": "C"},
            stdout=subprocess.PIPE,
            check=False,
        )
    assert done.returncode in (0, 1)
    return sorted(path.name for path in files if str(path) in done.stdout.decode().split("\n"))


def memory_holds(pid, secret):
    """Whether a process has these bytes anywhere in memory that it can write to."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        if not rights.startswith("rw"):
            continue
        begin, end = (int(n, 16) for n in span.split("-"))
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            memory.seek(begin)
            if secret in memory.read(end - begin):
                return True
    return False
