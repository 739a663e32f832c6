"""Peers that are other accounts of this host, and so other users of the daemon."""

import os
import pwd

NOBODY = 65534  # Debian's

# accounts that every Debian has, so that nothing has to be made
ACCOUNTS = ["daemon", "bin", "sys", "games", "man", "lp", "mail", "news"]


def open_to_all(daemon):
    """Before the start: lets every account of this host reach admin.sock, where the gate has to part them."""
    daemon.config += 'admin_mode = "0666"\n'
    daemon.dir.chmod(0o755)
    return daemon


def connect_as(daemon, account):
    """A connection to admin.sock whose peer is that account; the kernel notes who it was when it was made."""
    os.seteuid(pwd.getpwnam(account).pw_uid)
    try:
        return daemon.connect()
    finally:
        os.seteuid(0)
