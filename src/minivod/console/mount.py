"""Where the console hangs in the server: nothing of it is loaded before somebody asks for it, or if it is off."""

import asyncio
from http import HTTPStatus
from importlib import import_module

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod.actions import Services

ROOT = "/console"


def is_console_request(path: str) -> bool:
    """Whether a path is the console's."""
    return path == ROOT or path.startswith(f"{ROOT}/")


class Console:
    """ASGI application: the pages if the setting `console` is on; else everything is 404."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._site: ASGIApp | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if not self._services.settings.console:
            response = Response("404 Not Found\n", HTTPStatus.NOT_FOUND, {"cache-control": "no-store"}, "text/plain")
            await response(scope, receive, send)
            return
        site = self._site or await self._loaded()
        await site(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        async with self._loading:  # templates, and what reviews are made of, take a moment
            if self._site is not None:
                return self._site
            site = self._site = await asyncio.to_thread(self._load)
            return site

    def _load(self) -> ASGIApp:
        site: ASGIApp = import_module("minivod.console.site").make_site(self._services)
        return site
