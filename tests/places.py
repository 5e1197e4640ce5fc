"""Where the databases and servers of a run have their files: in memory, where there is enough of it.

They are thousands of small files that are made, copied and removed. On a disk that takes a fifth of the run's
processor time within the kernel, and tests wait for the disk besides.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY, DISK = Path("/dev/shm"), Path("/tmp")
ROOM = 8 * 1024**3
"""Bytes that must be free both in the file system and in memory; a run with four processes takes less than half."""


def new_directory() -> Path:
    """One of this process, with a short path (of sockets below it Linux allows 107 characters) that others can reach.

    Those of processes that were killed before they removed theirs go first: they would take memory for ever.
    """
    parent = _place()
    for left in parent.glob("minivod-*-*") if parent == MEMORY else ():
        number = left.name.split("-")[1]
        if number.isdecimal() and not Path("/proc", number).exists():
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"minivod-{os.getpid()}-", dir=parent))
    made.chmod(0o755)
    return made


def _place() -> Path:
    """Where to make it. Containers have little in MEMORY, or may run no program there."""
    try:
        system = os.statvfs(MEMORY)
    except OSError:
        return DISK
    roomy = min(system.f_bavail * system.f_frsize, _available()) >= ROOM
    return MEMORY if roomy and os.access(MEMORY, os.W_OK) and not system.f_flag & os.ST_NOEXEC else DISK


def _available() -> int:
    """Memory that programs can have, bytes."""
    told = Path("/proc/meminfo").read_text(encoding="ascii").partition("MemAvailable:")[2].split()
    return int(told[0]) * 1024 if told else 0
