"""Objects of a directory that are open for who sends them without reading them, kept for those who ask next."""

import asyncio
import errno
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

_KEPT_SECONDS = 5.0
"""After its last use a file is closed: what was deleted takes up room on the disk until then."""
_MOST_KEPT = 64
_PROBE = [bytearray(1)]

Run = Callable[[Callable[[], object]], Awaitable[object]]
"""Calls a function that may wait for the disk."""


class LocalFile:
    """An open object, a context manager that gives it back; others may have it open by the same descriptor."""

    def __init__(self, kept: "_Kept", run: Run) -> None:
        """Args: kept: counts this one already."""
        self._kept = kept
        self._run = run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.give_back()

    def fileno(self) -> int:
        """Its descriptor."""
        return self._kept.number

    async def bring(self, offset: int, count: int) -> None:
        """Brings bytes into the kernel's memory, so that sending them does not wait for the disk."""
        number = self._kept.number
        if not (_is_in_memory(number, offset) and _is_in_memory(number, offset + count - 1)):
            await self._run(partial(os.pread, number, count, offset))


class OpenFiles:
    """The open files of a directory, by their keys."""

    def __init__(self, root: Path, run: Run) -> None:
        """Args: root: the directory."""
        self._root = f"{root}/"
        self._run = run
        self._kept: dict[str, _Kept] = {}  # whatever was used last is last
        self._sweeping: asyncio.TimerHandle | None = None

    def get(self, key: str) -> LocalFile | None:
        """The file of that key if it is open, and is what has that name now; it does not wait for the disk.

        The kernel has the name in memory, because it was looked up a moment ago. Whichever way the path leads there
        now, only the very file that was opened is taken: its number is not given to another one while it is open.
        """
        kept = self._kept.pop(key, None)
        if kept is None:
            return None
        try:
            found = os.stat(self._root + key, follow_symlinks=False)  # noqa: PTH116 - asked for each request
        except OSError:
            kept.drop()
            return None
        if (found.st_dev, found.st_ino) != kept.identity:
            kept.drop()
            return None
        return self._use(key, kept)

    def add(self, key: str, file: BinaryIO) -> LocalFile:
        """The file of that key, which was opened now and belongs to this object."""
        before = self._kept.pop(key, None)
        if before is not None:
            before.drop()
        if len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept))).drop()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._sweep)
        return self._use(key, _Kept(file))

    def _use(self, key: str, kept: "_Kept") -> LocalFile:
        self._kept[key] = kept
        kept.users += 1
        kept.used = time.monotonic()
        return LocalFile(kept, self._run)

    def _sweep(self) -> None:
        old = time.monotonic() - _KEPT_SECONDS
        for key in [key for key, kept in self._kept.items() if kept.used <= old]:
            self._kept.pop(key).drop()
        self._sweeping = None
        if self._kept:
            self._sweeping = asyncio.get_running_loop().call_later(_KEPT_SECONDS / 2, self._sweep)


class _Kept:
    """A file that is closed when it is dropped and nobody uses it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = file.fileno()
        found = os.fstat(self.number)
        self.identity = found.st_dev, found.st_ino
        self.users = 0
        self.used = 0.0
        self._dropped = False

    def give_back(self) -> None:
        self.users -= 1
        if self._dropped and not self.users:
            self._file.close()

    def drop(self) -> None:
        self._dropped = True
        if not self.users:
            self._file.close()


def _is_in_memory(file: int, offset: int) -> bool:
    """Whether reading the byte does not wait; also when it cannot be read at all, which the reader will see."""
    try:
        os.preadv(file, _PROBE, offset, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno != errno.EOPNOTSUPP
    return True
