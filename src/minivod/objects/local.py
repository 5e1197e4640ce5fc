"""Objects as files below one directory: written aside, flushed to disk, then switched in under their name.

Paths are walked component by component with O_NOFOLLOW, so a symbolic link inside the store leads nowhere.
"""

import asyncio
import errno
import os
import secrets
import stat
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, NoReturn, TypeVar

from minivod.objects.model import (
    CHUNK,
    CannotSign,
    Digest,
    Entry,
    NoSuchObject,
    Stored,
    StoreUnavailable,
    WrongContent,
    full_is_an_error_of_ours,
)
from minivod.objects.opened import LocalFile, OpenFiles

T = TypeVar("T")
_PARTIAL = ".partial"
_THREADS = 16
_SYNC_EVERY = 64 * CHUNK
"""Bytes after which a long write is flushed, so that the last flush, which the writer waits for, is short."""
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR})
_OBJECT_MODE = 0o444
"""Read-only: a hard link of it may be handed to a confined process. The directory above is the owner's alone."""


class LocalStore:
    """The objects of one directory."""

    def __init__(self, root: Path) -> None:
        """Args: root: made, with mode 0700, if it does not exist."""
        self._root = root
        _make_durably(root)
        _make_durably(root / _PARTIAL)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="objects")
        self._opened = OpenFiles(root, self._run)

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], expect_size: int | None, expect_md5: str | None
    ) -> Stored:
        """See `Objects.put_stream`."""
        with full_is_an_error_of_ours(), self._draft() as draft:
            buffer = bytearray()
            async for chunk in chunks:
                buffer += chunk
                if expect_size is not None and draft.digest.size + len(buffer) > expect_size:
                    raise WrongContent(f"more bytes came than the {expect_size} that were announced")
                if len(buffer) >= CHUNK:
                    await self._run(draft.write, buffer)
                    buffer = bytearray()
            await self._run(draft.write, buffer)
            stored = draft.digest.finish(expect_size, expect_md5)
            await self._run(draft.switch_in, key)
        return stored

    async def put_file(self, key: str, path: Path) -> Stored:
        """See `Objects.put_file`."""

        def copy() -> Stored:
            with full_is_an_error_of_ours(), self._draft() as draft, path.open("rb") as source:
                while chunk := source.read(CHUNK):
                    draft.write(chunk)
                draft.switch_in(key)
                return draft.digest.finish(None, None)

        return await self._run(copy)

    async def head(self, key: str) -> int | None:
        """See `Objects.head`."""
        try:
            with await self._run(partial(self._open, key)) as file:
                return os.fstat(file.fileno()).st_size
        except NoSuchObject:
            return None

    async def get_range(self, key: str, start: int, end: int | None, most: int = CHUNK) -> AsyncIterator[bytes]:
        """See `Objects.get_range`."""
        with await self._run(partial(self._open, key)) as file:
            position = start
            while end is None or position < end:
                wanted = most if end is None else min(most, end - position)
                chunk = await self._run(partial(os.pread, file.fileno(), wanted, position))
                if not chunk:
                    return
                yield chunk
                position += len(chunk)

    async def open(self, key: str) -> LocalFile:
        """See `Objects.open_local`."""
        return self._opened.get(key) or self._opened.add(key, await self._run(partial(self._open, key)))

    async def signed_url(self, key: str, method: Literal["GET", "HEAD"], lifetime: float) -> NoReturn:
        """See `Objects.signed_url`."""
        self.check_signing()

    def check_signing(self) -> NoReturn:
        """See `Objects.check_signing`."""
        raise CannotSign("a local directory has no signed URLs; s3:// has")

    async def check(self) -> None:
        """See `Objects.check`."""

        def look() -> None:
            with self._folder([_PARTIAL]):
                pass

        try:
            await self._run(look)
        except NoSuchObject:
            raise StoreUnavailable(f"the object store's directory has no {_PARTIAL}: is it mounted?") from None

    async def delete(self, key: str) -> None:
        """See `Objects.delete`."""
        *folders, name = key.split("/")

        def unlink() -> None:
            with suppress(NoSuchObject), self._folder(folders) as folder, suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            while folders:  # a folder without objects is of no use; a writer that needs it makes it again
                with suppress(NoSuchObject), self._folder(folders[:-1]) as parent:
                    try:
                        os.rmdir(folders[-1], dir_fd=parent)
                    except OSError:
                        return
                folders.pop()

        await self._run(unlink)

    async def entries(self, prefix: str) -> AsyncIterator[Entry]:
        """See `Objects.entries`."""
        top = self._root / prefix
        for directory, folders, files in await self._run(lambda: list(os.walk(top, followlinks=False))):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = Path(directory) / name
                with suppress(FileNotFoundError):
                    found = path.lstat()
                    if stat.S_ISREG(found.st_mode) and _PARTIAL not in path.parts[-2:]:
                        key = path.relative_to(self._root).as_posix()
                        yield Entry(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    async def fetch(self, key: str, path: Path) -> None:
        """Makes `path`, which does not exist, a hard link to the object, or else a copy."""

        def link_or_copy() -> None:
            with self._open(key) as file:
                with suppress(OSError):
                    # A link to the open file, not to its name: what was checked is what is linked. (The descriptor
                    # of a directory has no meaning beside an absolute path, but makes Python follow the link.)
                    number = file.fileno()
                    os.link(f"/proc/self/fd/{number}", path, src_dir_fd=number, follow_symlinks=True)
                    return
                with full_is_an_error_of_ours(), path.open("xb") as target:
                    while chunk := file.read(CHUNK):
                        target.write(chunk)
                    os.fchmod(target.fileno(), _OBJECT_MODE)

        await self._run(link_or_copy)

    async def sweep(self, idle: float) -> int:
        """See `Objects.sweep`."""

        def remove() -> int:
            number = 0
            for path in (self._root / _PARTIAL).iterdir():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < time.time() - idle:
                        path.unlink()
                        number += 1
            return number

        return await self._run(remove)

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        """Runs it in a thread; a cancelled caller waits for it too, so that no file is closed under the thread."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    @contextmanager
    def _draft(self) -> Iterator["_Draft"]:
        path = self._root / _PARTIAL / secrets.token_hex(16)
        with path.open("xb", buffering=0) as file:
            try:
                yield _Draft(self, path, file)
            finally:
                path.unlink(missing_ok=True)  # gone from here once it was switched in

    def _open(self, key: str) -> BinaryIO:
        *folders, name = key.split("/")
        with self._folder(folders) as folder:
            try:
                number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            except OSError as error:
                if error.errno in _ABSENT:
                    raise NoSuchObject(f"there is no object {key}") from None
                raise
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise NoSuchObject(f"there is no object {key}")
        return os.fdopen(number, "rb")

    @contextmanager
    def _folder(self, names: list[str], *, make: bool = False) -> Iterator[int]:
        """A descriptor of the directory below the root, reached without following a link."""
        try:
            number = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StoreUnavailable(f"the object store's directory cannot be opened: {error.strerror}") from error
        try:
            for name in names:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o700, dir_fd=number)
                    os.fsync(number)  # also when it exists: whoever made it may not have come so far
                try:
                    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=number)
                except OSError as error:
                    if error.errno in _ABSENT and not make:
                        raise NoSuchObject(f"there is no object below {'/'.join(names)}") from None
                    raise
                os.close(number)
                number = inner
            yield number
        finally:
            os.close(number)


class _Draft:
    """An object that is being written, under a name that no key can have."""

    def __init__(self, store: LocalStore, path: Path, file: BinaryIO) -> None:
        self._store = store
        self._path = path
        self._file = file
        self._unsynced = 0
        self.digest = Digest()

    def write(self, chunk: bytes | bytearray) -> None:
        self.digest.update(chunk)
        left = memoryview(chunk)
        while left:
            left = left[self._file.write(left) :]
        self._unsynced += len(chunk)
        if self._unsynced >= _SYNC_EVERY:
            os.fdatasync(self._file.fileno())
            self._unsynced = 0

    def switch_in(self, key: str) -> None:
        """Flushes the content, gives it its name, flushes the name."""
        *folders, name = key.split("/")
        os.fchmod(self._file.fileno(), _OBJECT_MODE)
        os.fsync(self._file.fileno())
        while True:
            try:
                with self._store._folder(folders, make=True) as folder:
                    os.rename(self._path, name, dst_dir_fd=folder)
                    os.fsync(folder)
                    return
            except FileNotFoundError:
                if not self._path.exists():
                    raise
                # Else `delete` removed the folder, which was empty, in between: make it again.


def _make_durably(directory: Path) -> None:
    """Makes it, and the directories above it, so that none vanishes with what was written into it later."""
    if not directory.parent.exists():
        _make_durably(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):  # a parent that is not ours to read was not made by us either
        number = os.open(directory.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)
