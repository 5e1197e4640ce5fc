"""Composition root of an API process: builds the parts and says which of them answers which request."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg_pool
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod.access_log import AccessLog
from minivod.actions import Services
from minivod.api.endpoint import ApiEndpoint
from minivod.api.gates import Gates
from minivod.clock import Clock
from minivod.console.mount import Console, is_console_request
from minivod.cos.cors import with_cors
from minivod.cos.endpoint import CosEndpoint, is_cos_request
from minivod.health import Health
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.playback.delivery import ByNginx, ByRedirect, ByServer, Delivery
from minivod.playback.plays import Plays
from minivod.playback.previews import Previews
from minivod.playback.routes import routes as playback_routes
from minivod.playback.shortcut import Shortcut
from minivod.player.pages import routes as player_routes
from minivod.publishing.preflight import Preflight
from minivod.settings import Settings
from minivod.store.bell import EventBell, WithdrawalBell
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader
from minivod.ugc import PATH as UGC_PATH
from minivod.urls import public_urls

_CONNECTIONS = 16
_PATIENCE = 10.0
"""Seconds that a request waits for a database connection."""


@dataclass(frozen=True)
class Parts:
    """What answers requests.

    Attributes:
        api: the wire protocol at `/`; the steps of a request's life are listed in `ApiEndpoint.__init__`.
        cos: the object endpoint that uploaders talk to.
        console: pages for people at `/console/`.
        ugc: where uploaders in browsers and Mini Programs begin and end.
        pages: health, metrics, play-info, published files and the script for pages that upload.
    """

    api: ApiEndpoint
    cos: ASGIApp
    ugc: ASGIApp
    console: ASGIApp
    pages: ASGIApp


def make_parts(settings: Settings, services: Services, plays: Plays) -> Parts:
    """The parts of a server, from its services and what counts plays."""
    from minivod.ugc import endpoint as ugc  # it loads actions, and the API's loads them when it is made

    database, objects, clock, gates = services.database, services.objects, services.clock, Gates(services)
    pages = [
        *Health(database, objects).routes(),
        *player_routes(origins=settings.cors_origins, frames=settings.player_frames, media=_media_places(services)),
        *playback_routes(
            database,
            objects,
            clock,
            public_url=services.public_url,
            https_url=services.https_url,
            require_psign=settings.require_psign,
            cors_origins=settings.cors_origins,
            delivery=_delivery(settings, services),
            access_log=AccessLog(settings.log_format, settings.log_level),
            bell=services.withdrawal_bell,
            plays=plays,
            previews=Previews(database, objects, services.sandbox, settings.data_dir),
        ),
    ]
    site = Starlette(routes=pages)
    site.router.redirect_slashes = False  # from /healthz/ to /healthz, at whatever Host the caller names
    return Parts(
        api=ApiEndpoint(services, gates=gates),
        cos=with_cors(CosEndpoint(database, objects, clock, max_size=settings.max_upload_size), settings.cors_origins),
        ugc=ugc.with_cors(ugc.UgcEndpoint(services, gates), settings.cors_origins),
        console=Console(services),
        pages=Shortcut(site),
    )


def _media_places(services: Services) -> list[str]:
    """From where players get files: the public URLs, and wherever an object store is to which they are redirected."""
    if services.settings.file_delivery == "redirect":
        return ["http:", "https:"]
    urls = filter(None, (services.public_url, services.https_url))
    return sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls)})


def _delivery(settings: Settings, services: Services) -> Delivery:
    match settings.file_delivery:
        case "nginx":
            return ByNginx(settings.nginx_location)
        case "redirect":
            return ByRedirect(services.objects, services.clock, settings.redirect_lifetime)
        case _:
            return ByServer(services.objects, services.clock)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """What actions work with, open until the block ends."""
    urls = public_urls(settings)
    database = await Database(settings.database_url, max_size=_CONNECTIONS, timeout=_PATIENCE).open()
    try:
        async with EventBell(settings.database_url) as bell, WithdrawalBell(settings.database_url) as withdrawals:
            yield Services(
                settings=settings,
                clock=Clock(),
                database=database,
                objects=Objects(settings.objects_url()),
                sandbox=Sandbox.from_settings(settings),
                publications=Publications(database, Preflight.from_settings(settings).accepts),
                tasks=TaskReader(database),
                event_bell=bell,
                event_reader=EventReader(database),
                withdrawal_bell=withdrawals,
                public_url=urls.http,
                https_url=urls.https,
            )
    finally:
        await database.close()


class App:
    """The ASGI application: opens its parts at the server's start and closes them at its end."""

    def __init__(self, settings: Settings) -> None:
        """Args: settings: with a `database_url`."""
        self._settings = settings
        self._parts: Parts | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request to the part that answers it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._part_for(scope)(scope, receive, send)

    def _part_for(self, scope: Scope) -> ASGIApp:
        if self._parts is None:
            raise RuntimeError("the server has not been started")
        if scope["type"] != "http":
            return self._parts.pages
        if is_cos_request(scope):
            return self._parts.cos
        if scope["path"] == "/":
            return self._parts.api
        if scope["path"] == UGC_PATH:
            return self._parts.ugc
        if is_console_request(scope["path"]):
            return self._parts.console
        return self._parts.pages

    async def _live(self, receive: Receive, send: Send) -> None:
        """The ASGI lifespan protocol; a database that is away is told in a sentence."""
        await receive()
        try:
            async with open_services(self._settings) as services, Plays(services.database, services.clock) as plays:
                self._parts = make_parts(self._settings, services, plays)
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self._parts = None
        except psycopg_pool.PoolTimeout:
            message = f"the database did not answer within {_PATIENCE:.0f} s; check database_url"
            await send({"type": "lifespan.startup.failed", "message": message})
        else:
            await send({"type": "lifespan.shutdown.complete"})


def create_app(settings: Settings) -> App:
    """The application of an API process; every file that it writes is its owner's alone."""
    os.umask(0o077)
    home = Path(settings.data_dir)
    if not home.exists():
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711)  # whatever the umask is: the users of media tools have to pass
    return App(settings)
