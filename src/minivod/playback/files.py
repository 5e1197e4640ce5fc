"""Serves published files: only while the publication stands, with ranges, in constant memory."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus
from typing import cast

import psycopg
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from minivod import ids
from minivod.clock import Clock
from minivod.metrics import PLAYED_BYTES
from minivod.objects import NoSuchObject, ObjectError, Objects
from minivod.playback.conditions import (
    NotSatisfiable,
    Representation,
    Slice,
    failed_precondition,
    requested_slice,
)
from minivod.store import publications
from minivod.store.database import Database
from minivod.store.publications import Playable
from minivod.urls import cover_name, media_name

log = structlog.get_logger(__name__)

Chunks = AsyncGenerator[bytes, None]

ASK_AGAIN_BYTES = 4 * 1024 * 1024
ASK_AGAIN_SECONDS = 2.0
"""A stream asks whether its publication still stands whenever it has sent so much, or for so long (T22)."""

PIECE = 128 * 1024
"""Bytes that are handed to the server at a time."""
_READ = 2 * PIECE
"""Bytes that are read at a time: so many a slow reader costs, who does not take them."""

_LONGEST_APP_ID = 18
_VIDEO, _COVER = "video/mp4", "image/jpeg"


@dataclass(frozen=True)
class PublishedFile:
    """A file that players may fetch now."""

    playable: Playable
    object_key: str
    content_type: str
    representation: Representation


class Files:
    """Finds published files and answers requests for them."""

    def __init__(self, database: Database, objects: Objects, clock: Clock) -> None:
        self._db = database
        self._objects = objects
        self._clock = clock

    async def respond(self, request: Request, request_id: str) -> Response:
        """The answer to a GET or HEAD; 404 for everything that is not published now, whatever the reason."""
        path = request.path_params
        file = await self._find(path["app_id"], path["directory"], path["file_id"], path["name"])
        if file is None:
            return not_found()
        headers = _headers(file)
        refused = failed_precondition(request.headers, file.representation)
        if refused is not None:
            return Response(status_code=refused, headers=headers)
        headers["content-type"] = file.content_type
        if request.method == "HEAD":  # a range has no meaning for it (RFC 9110 §14.2)
            headers["content-length"] = str(file.representation.size)
            return Response(headers=headers)
        return await self._body(file, request.headers, headers, request_id)

    async def _body(self, file: PublishedFile, asked: Headers, headers: dict[str, str], request_id: str) -> Response:
        size = file.representation.size
        try:
            part = requested_slice(asked, file.representation, self._clock.utc())
        except NotSatisfiable:
            headers |= {"content-range": f"bytes */{size}", "content-type": "text/plain"}
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        whole = part or Slice(0, size)
        headers["content-length"] = str(whole.end - whole.start)
        if part:
            headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{size}"
        content = cast(Chunks, self._objects.get_range(file.object_key, whole.start, whole.end, most=_READ))
        try:
            first = await anext(content, b"")  # while the status can still be another one
        except NoSuchObject:
            log.error(
                "published_object_is_missing",
                request_id=request_id,
                file_id=file.playable.file_id,
                object_key=file.object_key,
            )
            return not_found()
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
        return FileStream(status, headers, first, content, lambda: self._stands(file), request_id)

    async def _find(self, app_id: str, directory: str, file_id: str, name: str) -> PublishedFile | None:
        if not (is_app_id(app_id) and ids.is_file_id(file_id)):
            return None
        playable = await publications.find_playable(self._db, int(app_id), file_id)
        if playable is None or not hmac.compare_digest(directory.encode(errors="replace"), playable.directory.encode()):
            return None
        if name == media_name(playable.definition):
            key, kind, size = playable.object_key, _VIDEO, int(playable.metadata["size"])
        elif name == cover_name(file_id) and playable.cover_key:
            key, kind, size = playable.cover_key, _COVER, await self._objects.head(playable.cover_key) or 0
        else:
            return None
        # Every attempt to publish writes objects under names of its own and none is ever changed, so the name alone
        # is a strong validator; hashed, because it is nobody's business.
        etag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
        modified = playable.updated_at.astimezone(UTC).replace(microsecond=0)
        return PublishedFile(playable, key, kind, Representation(etag, modified, size))

    async def _stands(self, file: PublishedFile) -> bool:
        """Whether the object may still be fetched: not withdrawn, and not published anew as another one."""
        now = await publications.find_playable(self._db, file.playable.app_id, file.playable.file_id)
        return now is not None and file.object_key in (now.object_key, now.cover_key)


class FileStream(Response):
    """A body that ends, with the connection, when the publication does: the client sees that it is incomplete."""

    def __init__(
        self,
        status: HTTPStatus,
        headers: dict[str, str],
        first: bytes,
        rest: Chunks,
        stands: Callable[[], Awaitable[bool]],
        request_id: str,
    ) -> None:
        """Args: headers: with the length; first: bytes; rest: the others; stands: whether the publication does."""
        self.status_code = status
        self.init_headers(headers)
        self._first = first
        self._rest = rest
        self._stands = stands
        self._request_id = request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the body or the publication ends, or the client leaves."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            results = await asyncio.gather(sending, leaving, return_exceptions=True)
        for failure in results:
            if isinstance(failure, Exception):
                raise failure

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async with aclosing(self._rest):
                async for piece in self._while_it_stands():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    PLAYED_BYTES.inc(len(piece))
        except (_Withdrawn, ObjectError, psycopg.OperationalError) as end:
            log.warning("stream_ended_early", request_id=self._request_id, reason=type(end).__name__)
            return  # without the last message: the server closes the connection
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _while_it_stands(self) -> Chunks:
        """The body in small pieces, because the server keeps what a slow reader has not taken yet in memory."""
        asked_at, unasked = time.monotonic(), 0
        chunk, self._first = self._first, b""
        while chunk:
            for start in range(0, len(chunk), PIECE):
                if unasked >= ASK_AGAIN_BYTES or time.monotonic() - asked_at >= ASK_AGAIN_SECONDS:
                    if not await self._stands():
                        raise _Withdrawn
                    asked_at, unasked = time.monotonic(), 0
                piece = chunk[start : start + PIECE]
                unasked += len(piece)
                yield piece
            chunk = await anext(self._rest, b"")


class _Withdrawn(Exception):
    """The publication ended while its file was being sent."""


def is_app_id(text: str) -> bool:
    """Whether the text is an AppId as URLs have it: digits of ASCII, no zeros in front."""
    return len(text) <= _LONGEST_APP_ID and text.isascii() and text.isdigit() and text[0] != "0"


def not_found() -> Response:
    """The answer for whatever is not published: it does not tell why, and must not be kept."""
    return Response(
        "404 Not Found\n",
        HTTPStatus.NOT_FOUND,
        {"cache-control": "no-store", "x-content-type-options": "nosniff"},
        media_type="text/plain",
    )


def _headers(file: PublishedFile) -> dict[str, str]:
    """What every answer about a published file has; caches must ask before each use, for it may be withdrawn."""
    return {
        "accept-ranges": "bytes",
        "etag": file.representation.etag,
        "last-modified": file.representation.last_modified,
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
