"""Who sends a file that may be played, once the database has said that it may be fetched (setting file_delivery)."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Literal, Protocol, cast
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from minivod.asgi import offers_files
from minivod.clock import Clock
from minivod.conditions import NotSatisfiable, Representation, Slice, failed_precondition, requested_slice
from minivod.objects import Objects
from minivod.playback.plays import Counted
from minivod.playback.stream import PIECE, Chunks, FileStream, Watch, copied, uncopied, unwatched

_READ = 2 * PIECE
"""Bytes that are read at a time: so many a slow reader costs, who does not take them."""


NAMES_OTHERS = frozenset({"application/vnd.apple.mpegurl", "text/vtt"})
"""Content types of files in which players find relative names of others: playlists, and WebVTT of sprites."""


class Wanted(msgspec.Struct, frozen=True):
    """A file that was asked for, and whether it still may be played; `watch` tells when to ask that.

    `text` is sent in place of the object, if it is given. `caching` are headers for caches beyond the usual one.
    `counted` is what is counted of it; None: nothing.
    """

    object_key: str
    content_type: str
    representation: Representation
    stands: Callable[[], Awaitable[bool]]
    request_id: str
    watch: Watch = unwatched
    text: bytes | None = None
    caching: Mapping[str, str] = msgspec.field(default_factory=dict)
    counted: Counted | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What every answer about it has; caches must ask before each use, for it may be withdrawn."""
        return {
            "accept-ranges": "bytes",
            "etag": self.representation.etag,
            "last-modified": self.representation.last_modified,
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
            **self.caching,
        }


def send_text(request: Request, wanted: Wanted) -> Response:
    """What was made of a file for this request; a range of it is answered with all of it (RFC 9110 §14.2)."""
    headers = wanted.headers
    del headers["accept-ranges"]
    refused = failed_precondition(request.headers, wanted.representation)
    if refused is not None:
        return Response(status_code=refused, headers=headers)
    headers["content-type"] = wanted.content_type
    return Response(wanted.text, headers=headers)


class Delivery(Protocol):
    """A way to answer a GET or HEAD for a published file."""

    async def respond(self, request: Request, wanted: Wanted) -> Response:
        """The answer; raises NoSuchObject when the object store lacks the object."""


class ByServer:
    """This process sends the bytes, and stops when the publication ends."""

    def __init__(self, objects: Objects, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock

    async def respond(self, request: Request, wanted: Wanted) -> Response:
        """Conditions, ranges, and the body (RFC 9110 §13 and §14)."""
        headers, file = wanted.headers, wanted.representation
        refused = failed_precondition(request.headers, file)
        if refused is not None:
            return Response(status_code=refused, headers=headers)
        headers["content-type"] = wanted.content_type
        if request.method == "HEAD":  # a range has no meaning for it (RFC 9110 §14.2)
            headers["content-length"] = str(file.size)
            return Response(headers=headers)
        try:
            part = requested_slice(request.headers, file, self._clock.utc())
        except NotSatisfiable:
            headers |= {"content-range": f"bytes */{file.size}", "content-type": "text/plain"}
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        whole = part or Slice(0, file.size)
        headers["content-length"] = str(whole.end - whole.start)
        if part:
            headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{file.size}"
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
        return await self._stream(request, wanted, whole, status, headers)

    async def _stream(
        self, request: Request, wanted: Wanted, whole: Slice, status: HTTPStatus, headers: dict[str, str]
    ) -> Response:
        opened = await self._objects.open_local(wanted.object_key) if offers_files(request.scope) else None
        if opened is not None:
            pieces = uncopied(opened, whole.start, whole.end)
        else:
            content = cast(Chunks, self._objects.get_range(wanted.object_key, whole.start, whole.end, most=_READ))
            pieces = copied(await anext(content, b""), content)  # while the status can still be another one
        return FileStream(status, headers, pieces, wanted.stands, wanted.request_id, wanted.watch)


class ByNginx:
    """An nginx in front sends the file: the answer names it in X-Accel-Redirect, which nginx does not pass on."""

    def __init__(self, location: str) -> None:
        """Args: location: the path of nginx's internal location of the object store's directory."""
        self._location = location.rstrip("/")

    async def respond(self, request: Request, wanted: Wanted) -> Response:
        """Conditions and ranges are nginx's business, who knows the file."""
        return Response(
            headers={
                "x-accel-redirect": f"{self._location}/{quote(wanted.object_key)}",
                "content-type": wanted.content_type,
                "cache-control": "no-cache",
                **wanted.caching,
            }
        )


class ByRedirect:
    """The object store sends the file: the answer is a redirect to a URL that is valid for a short time."""

    def __init__(self, objects: Objects, clock: Clock, lifetime: float) -> None:
        """Args: lifetime: of the URLs, seconds."""
        self._objects = objects
        self._lifetime = lifetime
        self._server = ByServer(objects, clock)

    async def respond(self, request: Request, wanted: Wanted) -> Response:
        """Not to be kept by caches, because the next answer may be another one.

        What names files beside itself is sent by this process: beside where a redirect leads, they cannot be fetched.
        """
        if wanted.content_type in NAMES_OTHERS:
            return await self._server.respond(request, wanted)
        method: Literal["GET", "HEAD"] = "HEAD" if request.method == "HEAD" else "GET"
        url = await self._objects.signed_url(wanted.object_key, method, self._lifetime)
        return Response(
            status_code=HTTPStatus.FOUND, headers={"location": url, **wanted.caching, "cache-control": "no-store"}
        )
