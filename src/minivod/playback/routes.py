"""The routes of playback on the server's one port, with CORS."""

import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

import psycopg
import structlog
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from minivod import ids
from minivod.access_log import AccessLog, PlaybackLine
from minivod.clock import Clock
from minivod.objects import Objects, StoreUnavailable
from minivod.playback.delivery import ByServer, Delivery
from minivod.playback.files import Files
from minivod.playback.links import Links
from minivod.playback.play_info import PlayInfo
from minivod.playback.plays import Plays
from minivod.playback.previews import Previews
from minivod.playback.shortcut import FILE, Cors
from minivod.playback.watermarks import Watermarks
from minivod.store.bell import WithdrawalBell
from minivod.store.database import Database
from minivod.store.playable_reader import PlayableReader
from minivod.urls import WATERMARKS

log = structlog.get_logger(__name__)

METHODS = ("GET", "HEAD", "OPTIONS")
EXPOSED_HEADERS = ("Accept-Ranges", "Content-Length", "Content-Range", "ETag", "Last-Modified")
_RETRY_SECONDS = 5
_PREFLIGHT_SECONDS = 86400
_LOGGED = 40
"""Characters of a caller's text that are logged."""


class _Rest(Convertor[str]):
    """The rest of a path with all its characters: Starlette's own `path` loses a line feed at the end."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("rest", _Rest())

Handler = Callable[[Request, str], Awaitable[Response]]
"""Answers a request; is told its RequestId."""


def routes(
    database: Database,
    objects: Objects,
    clock: Clock,
    *,
    public_url: str,
    https_url: str = "",
    require_psign: bool,
    cors_origins: Sequence[str],
    delivery: Delivery | None = None,
    access_log: AccessLog | None = None,
    bell: WithdrawalBell | None = None,
    previews: Previews | None = None,
    plays: Plays | None = None,
) -> list[BaseRoute]:
    """Play-info, watermarks and files. The last two match every path of four parts or more: they belong last.

    Args:
        database: where publications are.
        objects: where their files are.
        clock: decides when a psign has expired.
        public_url: base of the media URLs in play-info.
        https_url: in its place for who asks by HTTPS; empty: nothing is.
        require_psign: refuse play-info without a psign.
        cors_origins: origins whose scripts may read the answers; `*` for all.
        delivery: who sends the files; default this process.
        access_log: where each request is noted; default through structlog.
        bell: tells streams of withdrawals; without it they ask by themselves.
        previews: makes try-outs of single files; default: none are made.
        plays: counts; default: nothing is counted.
    """
    cors = Middleware(
        Cors,
        allow_origins=cors_origins,
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=EXPOSED_HEADERS,
        max_age=_PREFLIGHT_SECONDS,
        allow_private_network=True,
    )
    playables = PlayableReader(database)
    access_log = access_log or AccessLog("console", "info")
    play_info = PlayInfo(database, playables, clock, public_url, require_psign, https_url)
    delivery = delivery or ByServer(objects, clock)
    links = Links(database, objects, previews or Previews(database, objects))
    files = Files(playables, objects, delivery, links, clock, public_url, bell, plays)
    watermarks = Watermarks(database, objects, delivery)
    media = Endpoint(files.respond, access_log, clock)
    pictures = Endpoint(watermarks.respond, access_log, clock)
    return [
        Route("/getplayinfo/v4/{app_id}/{file_id}", Endpoint(play_info.respond, access_log, clock), middleware=[cors]),
        Route(f"/{WATERMARKS}/{{app_id}}/{{file_id}}/{{name}}", pictures, middleware=[cors]),
        Route("/{app_id}/{directory}/{file_id}/{name}", media, name=FILE, middleware=[cors]),
        Route("/{app_id}/{directory}/{file_id}/{folder}/{name:rest}", media, name=FILE, middleware=[cors]),
    ]


class Endpoint:
    """ASGI application around a handler of GET and HEAD, which turns failures into answers."""

    def __init__(self, handler: Handler, access_log: AccessLog, clock: Clock) -> None:
        self._handler = handler
        self._access_log = access_log
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request and logs it."""
        request, request_id = Request(scope, receive), ids.new_request_id()
        begun = time.perf_counter()
        response = await self._respond(request, request_id)
        try:
            await response(scope, receive, send)
        finally:
            line = PlaybackLine(
                request_id=request_id,
                method=request.method,
                app_id=request.path_params["app_id"][:_LOGGED],
                file_id=request.path_params["file_id"][:_LOGGED],
                range=request.headers.get("range", "")[:_LOGGED],
                status=int(response.status_code),
                client=request.client.host if request.client else None,
                ms=round((time.perf_counter() - begun) * 1000, 2),
            )
            self._access_log.write(line, self._clock.now())

    async def _respond(self, request: Request, request_id: str) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"allow": ", ".join(METHODS)})
        if request.method not in METHODS:
            return Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"allow": ", ".join(METHODS)})
        try:
            return await self._handler(request, request_id)
        except (psycopg.OperationalError, StoreUnavailable) as error:
            log.warning("playback_unavailable", request_id=request_id, reason=str(error))
            return Response(
                status_code=HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"retry-after": str(_RETRY_SECONDS), "cache-control": "no-store"},
            )
