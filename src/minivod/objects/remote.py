"""Objects in an S3-compatible store (or another one of obstore's) by URL."""

import asyncio
import mimetypes
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store, from_url

from minivod import proxies
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

if TYPE_CHECKING:
    from obstore.store import RetryConfig

_PART = 8 * CHUNK  # S3 wants at least 5 MiB
_CONCURRENT_PARTS = 2
RETRY: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=2), "base": 2},
}
"""Callers wait for it, so it gives up sooner than obstore does by itself (three minutes)."""
_PROBE = "ready-probe"
_METADATA_SERVICE = "/latest/api/token"
"""Where credentials are looked for last, on a machine of the vendor's."""
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_ASKED = re.compile(r"Error performing [A-Z]+ (https?://[^/\s]+)")
_PROXY_VARIABLE = "AWS_PROXY_URL"
"""In which obstore looks for a proxy first."""
_STATUS = re.compile(r"status code: (\d{3}[A-Za-z ]{0,40})")


class RemoteStore:
    """The objects below one URL; S3 makes an object visible only when it is complete, and durable then."""

    def __init__(self, url: str) -> None:
        """Args: url: for example `s3://bucket/prefix`; credentials come from the environment."""
        self._store = from_url(url) if url.startswith("memory:") else from_url(url, retry_config=RETRY)

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], expect_size: int | None, expect_md5: str | None
    ) -> Stored:
        """See `Objects.put_stream`."""
        digest = Digest()
        failure: list[Exception] = []

        async def checked() -> AsyncIterator[bytes]:
            try:
                async for chunk in _gather(chunks):
                    digest.update(chunk)
                    if expect_size is not None and digest.size > expect_size:
                        raise WrongContent(f"more bytes came than the {expect_size} that were announced")
                    yield chunk
                digest.finish(expect_size, expect_md5)
            except Exception as error:  # obstore would wrap it; it is raised again below as what it is
                failure.append(error)
                raise

        try:
            with _away_is_an_error_of_ours():
                await obstore.put_async(
                    self._store,
                    key,
                    checked(),
                    attributes={"Content-Type": mimetypes.guess_type(key)[0] or "application/octet-stream"},
                    use_multipart=True,
                    chunk_size=_PART,
                    max_concurrency=_CONCURRENT_PARTS,
                )
        except Exception as error:
            if failure:
                raise failure[0] from None
            if isinstance(error, FileNotFoundError):  # an object may be absent here, a bucket may not
                raise StoreUnavailable(_words(error)) from error
            raise
        return digest.finish(expect_size, expect_md5)

    async def put_file(self, key: str, path: Path) -> Stored:
        """See `Objects.put_file`."""
        return await self.put_stream(key, _read(path), None, None)

    async def head(self, key: str) -> int | None:
        """See `Objects.head`."""
        with _away_is_an_error_of_ours():
            try:
                return int((await obstore.head_async(self._store, key))["size"])
            except FileNotFoundError:
                pass
            try:  # an answer to HEAD has no body that would tell an absent object from an absent bucket
                return int((await obstore.get_async(self._store, key)).meta["size"])
            except FileNotFoundError as error:
                _refuse_absent_bucket(error)
                return None

    async def check(self) -> None:
        """See `Objects.check`."""
        with _away_is_an_error_of_ours():
            async for _ in obstore.list(self._store, _PROBE, chunk_size=1):
                return

    async def get_range(self, key: str, start: int, end: int | None, most: int = CHUNK) -> AsyncIterator[bytes]:
        """See `Objects.get_range`."""
        size = await self.head(key)
        if size is None:
            raise NoSuchObject(f"there is no object {key}")
        end = size if end is None else min(end, size)
        if start >= end:
            return
        with _away_is_an_error_of_ours():
            try:
                found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            except FileNotFoundError:
                raise NoSuchObject(f"there is no object {key}") from None
            async for piece in found.stream(min_chunk_size=most):
                whole = memoryview(piece)
                for position in range(0, len(whole), most):
                    yield bytes(whole[position : position + most])

    async def open(self, key: str) -> None:
        """See `Objects.open_local`: here are no files."""

    async def signed_url(self, key: str, method: Literal["GET", "HEAD"], lifetime: float) -> str:
        """See `Objects.signed_url`."""
        with _away_is_an_error_of_ours():
            return await obstore.sign_async(self._signer(), method, key, timedelta(seconds=lifetime))

    def _signer(self) -> S3Store:
        if not isinstance(self._store, S3Store):
            raise CannotSign(f"{type(self._store).__name__} has no signed URLs here; s3:// has")
        return self._store

    def check_signing(self) -> None:
        """See `Objects.check_signing`."""
        self._signer()

    async def delete(self, key: str) -> None:
        """See `Objects.delete`."""
        with _away_is_an_error_of_ours():
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError as error:
                _refuse_absent_bucket(error)

    async def entries(self, prefix: str) -> AsyncIterator[Entry]:
        """See `Objects.entries`."""
        with _away_is_an_error_of_ours():
            async for batch in obstore.list(self._store, prefix or None):
                for found in batch:
                    yield Entry(found["path"], int(found["size"]), found["last_modified"])

    async def fetch(self, key: str, path: Path) -> None:
        """Downloads the object to `path`, which does not exist."""
        chunks = self.get_range(key, 0, None)
        with full_is_an_error_of_ours(), path.open("xb") as file:
            os.fchmod(file.fileno(), 0o444)
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)

    async def sweep(self, idle: float) -> int:
        """Nothing to do: unfinished multipart uploads are the business of the bucket's lifecycle rules."""
        return 0


@contextmanager
def _away_is_an_error_of_ours() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise StoreUnavailable(_words(error)) from error


def _refuse_absent_bucket(error: FileNotFoundError) -> None:
    if "<Code>NoSuchBucket</Code>" in str(error):
        raise StoreUnavailable(_words(error)) from error


def _words(error: Exception) -> str:
    """What went wrong, for the log; of the store's own words its code alone, because the others may quote keys."""
    text = str(error)
    asked = _ASKED.search(text)
    through = proxies.advice(asked[1], own=_PROXY_VARIABLE) if asked else ""
    if code := _CODE.search(text):
        reason = code[1]
    elif _METADATA_SERVICE in text:
        reason = "no credentials; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
    elif "builder error" in text and "http://" in text:
        reason = "an endpoint of http:// needs AWS_ALLOW_HTTP=true"
    elif status := _STATUS.search(text):
        reason = status[1].strip() + (f", asked {through}" if through else "")
    elif "error sending request" in text:
        reason = f"{asked[1]} was not reached, {through}" if asked and through else "its endpoint does not answer"
    else:
        reason = type(error).__name__
    return f"the object store failed: {reason}"


async def _gather(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of about `CHUNK`, for few crossings into obstore."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) >= CHUNK:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
