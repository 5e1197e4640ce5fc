"""Object storage: streams in constant memory, durable before acknowledged, on a local directory or on S3.

    objects = Objects("file:///var/lib/minivod/objects")
    stored = await objects.put_stream("vod_upload/1/a.mp4", chunks, expect_size=1000)

A local directory is written by `objects.local` and not through obstore, whose local store neither calls fsync nor
keeps from following symbolic links; every other URL goes through obstore (`objects.remote`).
"""

import secrets
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from minivod.objects.local import LocalStore
from minivod.objects.model import (
    CHUNK,
    BadKey,
    CannotSign,
    Entry,
    NoSuchObject,
    ObjectError,
    Stored,
    StoreFull,
    StoreUnavailable,
    WrongContent,
    check_key,
)
from minivod.objects.opened import LocalFile
from minivod.objects.remote import RemoteStore

__all__ = [
    "BadKey", "CannotSign", "Entry", "LocalFile", "NoSuchObject", "ObjectError", "Objects", "StoreFull",
    "StoreUnavailable", "Stored", "WrongContent",
]  # fmt: skip


class Objects:
    """Objects by key; a key is segments of letters, digits and `._=-` joined by slashes."""

    def __init__(self, url: str) -> None:
        """Args: url: `file:///directory` (made if absent), `s3://bucket/prefix`, or another URL of obstore's.

        S3 reads its credentials and endpoint from the usual `AWS_…` variables.
        """
        parts = urlsplit(url)
        self._store: LocalStore | RemoteStore = (
            LocalStore(Path(unquote(parts.path))) if parts.scheme == "file" else RemoteStore(url)
        )

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], *, expect_size: int | None = None, expect_md5: str | None = None
    ) -> Stored:
        """Writes an object; nothing is left of one whose stream breaks off or is not what was announced.

        Args:
            key: an object of that key is replaced in one step.
            chunks: the content, in pieces of any size.
            expect_size: bytes that there must be.
            expect_md5: hex digest that the content must have.

        Returns:
            What was written; it is on disk (or S3 has confirmed it).

        Raises:
            BadKey: not a key.
            WrongContent: another size or digest than expected.
            StoreFull: no space left.
            StoreUnavailable: the store is away (S3).
        """
        return await self._store.put_stream(check_key(key), chunks, expect_size, expect_md5)

    async def put_bytes(self, key: str, content: bytes) -> Stored:
        """Writes a small object; raises like `put_stream`."""
        return await self.put_stream(key, _once(content))

    async def put_file(self, key: str, path: Path) -> Stored:
        """Writes an object with a local file's content; raises like `put_stream`."""
        return await self._store.put_file(check_key(key), path)

    async def copy(self, source: str, target: str) -> Stored:
        """Writes `target` with the content of `source`; raises like `put_stream`, or NoSuchObject."""
        return await self.concatenate([source], target)

    async def concatenate(self, sources: list[str], target: str, *, expect_size: int | None = None) -> Stored:
        """Writes `target` with the contents of the sources, in order; raises like `put_stream`, or NoSuchObject."""

        async def content() -> AsyncIterator[bytes]:
            for source in sources:
                async for chunk in self.get_range(source):
                    yield chunk

        return await self.put_stream(target, content(), expect_size=expect_size)

    async def head(self, key: str) -> int | None:
        """The object's size in bytes, or None when there is none."""
        return await self._store.head(check_key(key))

    async def check(self) -> None:
        """Whether the store can be reached with these settings; raises StoreUnavailable, whose message says why not."""
        await self._store.check()

    def get_range(self, key: str, start: int = 0, end: int | None = None, *, most: int = CHUNK) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end` (None: the object's end), in pieces of at most `most`.

        Raises:
            NoSuchObject: at the first step.
        """
        return self._store.get_range(check_key(key), start, end, most)

    async def open_local(self, key: str) -> LocalFile | None:
        """The object as an open file, where the store has files; None elsewhere.

        Raises:
            NoSuchObject: there is none.
        """
        return await self._store.open(check_key(key))

    async def signed_url(self, key: str, method: Literal["GET", "HEAD"], lifetime: float) -> str:
        """A URL under which anybody can fetch the object from the store itself, for `lifetime` seconds.

        Raises:
            CannotSign: the store hands out none; `check_signing` tells it beforehand.
        """
        return await self._store.signed_url(check_key(key), method, lifetime)

    def check_signing(self) -> None:
        """Raises CannotSign when the store hands out no URLs of its own."""
        self._store.check_signing()

    async def delete(self, key: str) -> None:
        """Deletes the object; that there is none is no error."""
        await self._store.delete(check_key(key))

    def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        """The objects whose keys begin with the segments of `prefix`, in no particular order."""
        return self._store.entries(check_key(prefix) if prefix else "")

    def local_copy(self, key: str, directory: Path) -> AbstractAsyncContextManager[Path]:
        """The object as a file in `directory`, readable by every user who may enter it, removed at the end.

        It is a hard link where the store is on the same file system: do not write to it.

        Raises:
            NoSuchObject: there is none.
        """
        return self._local_copy(check_key(key), directory)

    @asynccontextmanager
    async def _local_copy(self, key: str, directory: Path) -> AsyncIterator[Path]:
        path = directory / f"object-{secrets.token_hex(8)}"  # no extension: nobody may guess a format from it
        try:
            await self._store.fetch(key, path)
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def sweep(self, idle: float) -> int:
        """Removes what writers that died left half written and did not touch for `idle` seconds; how many."""
        return await self._store.sweep(idle)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
