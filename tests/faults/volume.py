"""A file system of its own for a daemon's data: of any size, and its power can be cut."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import uuid

import pytest

EXT4_IOC_SHUTDOWN = 0x8004587D  # linux/fs/ext4/ext4.h
NO_LOG_FLUSH = 2
FAKE_BOOT = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'


def mountable():
    """Whether file systems can be made and mounted here."""
    if os.getuid() != 0 or shutil.which("mkfs.ext4") is None:
        return False
    try:
        with Volume(16):
            return True
    except subprocess.CalledProcessError:
        return False


class Volume(contextlib.AbstractContextManager):
    """An ext4 of so many MiB in a file, mounted at `path`."""

    def __init__(self, mebibytes):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ak-volume-", dir="/tmp"))
        self.is_cut = False
        self.image, self.path, self.boot = self.dir / "image", self.dir / "mount", self.dir / "boot"
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(mebibytes << 20)
        self.run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        self.mount()
        self.path.chmod(0o700)

    @staticmethod
    def run(*command):
        subprocess.run([str(word) for word in command], check=True, capture_output=True)

    def mount(self):
        """After a cut this replays the journal, as a start of the machine does; and it is another boot."""
        self.run("mount", "-o", "loop", self.image, self.path)
        self.boot.write_text(f"{uuid.uuid4()}\n")

    @property
    def prefix(self):
        """Before a daemon's command: it sees the boot that this volume is in."""
        return ["unshare", "--mount", "sh", "-c", FAKE_BOOT, self.boot]

    def cut_power(self):
        """From here on nothing reaches the disk, not even what the journal holds."""
        self.is_cut = True
        directory = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, EXT4_IOC_SHUTDOWN, struct.pack("=I", NO_LOG_FLUSH))
        finally:
            os.close(directory)

    def power_on(self):
        self.run("umount", self.path)
        self.mount()
        self.is_cut = False

    def __exit__(self, *_):
        subprocess.run(["umount", self.path], check=False, capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)


needs_volume = pytest.mark.skipif(not mountable(), reason="needs root, loop devices and mkfs.ext4")
