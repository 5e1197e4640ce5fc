"""Object storage: a local directory or an S3-compatible bucket behind one small interface, in constant memory."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import obstore
from obstore.store import LocalStore, from_url

CHUNK = 1024 * 1024
"""Bytes that are read from a store at a time."""

_PART = 8 * 1024 * 1024
_PARTS_IN_FLIGHT = 2
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


class Stored(msgspec.Struct, frozen=True):
    """An object that was written: `size` in bytes, `md5` in hexadecimal digits."""

    size: int
    md5: str


class WrongContent(Exception):
    """The stream was not what it was said to be (length or MD5); nothing was stored."""


class TooLarge(Exception):
    """The stream is longer than allowed; nothing was stored."""


class Objects:
    """The store. Keys are slash-separated names of letters, digits, `.`, `_` and `-`; no part begins with a dot.

    What a method says it wrote is on disk: local files and their directory are synchronised before it returns.
    """

    def __init__(self, url: str) -> None:
        """Args: url: `file:///directory`, or `s3://bucket/prefix` with the usual AWS_… variables."""
        parts = urlsplit(url)
        self._root: Path | None = Path(unquote(parts.path)) if parts.scheme == "file" else None
        if self._root is not None:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store: Any = LocalStore(self._root)
        else:
            self._store = from_url(url)

    async def put_stream(
        self,
        key: str,
        stream: AsyncIterator[bytes],
        *,
        size: int | None = None,
        md5: str | None = None,
        limit: int | None = None,
    ) -> Stored:
        """Writes an object; it appears whole or not at all.

        Args:
            key: its name; an older object of that name is replaced.
            stream: its bytes.
            size: expected length, bytes.
            md5: expected MD5, hexadecimal.
            limit: largest length accepted, bytes.

        Raises:
            WrongContent, TooLarge: nothing was stored.
            OSError: the store is full or away.
        """
        checked = _Checked(stream, size, md5, limit)
        await obstore.put_async(
            self._store, _checked_key(key), checked.blocks(), chunk_size=_PART, max_concurrency=_PARTS_IN_FLIGHT
        )
        await self._settle(key)
        return Stored(checked.size, checked.md5.hexdigest())

    async def put_bytes(self, key: str, content: bytes) -> None:
        """Writes a small object."""
        await obstore.put_async(self._store, _checked_key(key), content)
        await self._settle(key)

    async def put_file(self, key: str, path: Path) -> Stored:
        """Writes a file of this machine as an object."""
        return await self.put_stream(key, _blocks_of(path))

    async def get_range(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, but without, `end`, in chunks. FileNotFoundError if there is no object."""
        for first in range(start, end, CHUNK):
            block = await obstore.get_range_async(
                self._store, _checked_key(key), start=first, end=min(first + CHUNK, end)
            )
            yield bytes(block)

    async def size(self, key: str) -> int | None:
        """Length of the object in bytes; None if there is none."""
        try:
            return int((await obstore.head_async(self._store, _checked_key(key)))["size"])
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        """Deletes the object; that there is none is no error."""
        try:
            await obstore.delete_async(self._store, _checked_key(key))
        except FileNotFoundError:
            return

    @asynccontextmanager
    async def local_copy(self, key: str, directory: Path) -> AsyncIterator[Path]:
        """The object as a file in `directory` for as long as the block lasts.

        A local object is linked, not copied, when both are on one file system. FileNotFoundError if there is none.
        """
        target = directory / f"source-{Path(key).name}"
        if self._root is None or not await asyncio.to_thread(_link, self._root / _checked_key(key), target):
            size = await self.size(key)
            if size is None:
                raise FileNotFoundError(key)
            with target.open("wb") as file:
                async for block in self.get_range(key, 0, size):
                    await asyncio.to_thread(file.write, block)
        try:
            yield target
        finally:
            target.unlink(missing_ok=True)

    async def _settle(self, key: str) -> None:
        """Synchronises a local object and its name to disk; the tools' user may read it through a link."""
        if self._root is not None:
            await asyncio.to_thread(_synchronise, self._root, self._root / key)


class _Checked:
    """A stream that is counted and digested on its way, and that fails at its end if it is not as expected."""

    def __init__(self, stream: AsyncIterator[bytes], size: int | None, md5: str | None, limit: int | None) -> None:
        self._stream = stream
        self._expected_size = size
        self._expected_md5 = md5
        self._limit = limit
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    async def blocks(self) -> AsyncIterator[bytes]:
        async for block in self._stream:
            self.size += len(block)
            if self._limit is not None and self.size > self._limit:
                raise TooLarge(f"more than {self._limit} bytes")
            if len(block) >= CHUNK // 4:
                await asyncio.to_thread(self.md5.update, block)  # hashing a large block releases the GIL
            else:
                self.md5.update(block)
            if block:
                yield block
        if self._expected_size is not None and self.size != self._expected_size:
            raise WrongContent(f"{self.size} bytes arrived, {self._expected_size} were announced")
        if self._expected_md5 is not None and self.md5.hexdigest() != self._expected_md5:
            raise WrongContent("the content does not have the MD5 that was announced")


def _checked_key(key: str) -> str:
    """The key, if it has the form of ours: none can leave the store (T10)."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not an object key: {key[:80]!r}")
    return key


async def _blocks_of(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, CHUNK):
            yield block


def _link(source: Path, target: Path) -> bool:
    """Links a regular file; False when the file systems do not allow it."""
    if source.is_symlink():
        raise FileNotFoundError(source.name)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _synchronise(root: Path, path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o644)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    for directory in [path.parent, *path.parent.parents]:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if directory == root:
            break
