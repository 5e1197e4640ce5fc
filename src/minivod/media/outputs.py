"""What a confined tool wrote, which is not believed to be what was asked for; and the disk that it wrote to."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from minivod.media.sandbox import StepFailed


class OutputWrong(StepFailed):
    """What a tool made is not what it must be, which is no fault of the file that it was made of.

    The message says what is wrong, for the caller of the API.
    """


_FULL = 1024**2
"""Free bytes below which a tool that failed is taken to have failed because of them."""


def refuse_full_disk(place: Path, *, told: bool = False) -> None:
    """Raises OSError (ENOSPC) when a tool that failed in that directory may have failed because the disk is full.

    `told`: the tool said so itself.
    """
    if told or shutil.disk_usage(place).free < _FULL:
        raise OSError(errno.ENOSPC, "no space left for working files")


def own(path: Path) -> Path:
    """The tool's output, to be given away. The tool may be in other hands: it must be a file of its own.

    Raises:
        OutputWrong: it is missing, a link, another name of a file, no file at all, or empty.
    """
    opened(path, change=False).close()
    return path


def opened(path: Path, *, change: bool = True, stored: bool = False) -> BinaryIO:
    """The same, to be changed or read; raises OutputWrong likewise. `stored`: the store may have it by another name."""
    kind = os.O_RDWR if change else os.O_RDONLY
    try:
        number = os.open(path, kind | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise OutputWrong(f"its output {path.name} cannot be opened ({error.strerror})") from None
    found = os.fstat(number)
    another_name = found.st_nlink != 1 and not stored
    if not stat.S_ISREG(found.st_mode) or another_name or not found.st_size:
        os.close(number)
        raise OutputWrong(f"its output {path.name} is no file of its own")
    return os.fdopen(number, "r+b" if change else "rb")
