"""The way of requests for files past the router and the middleware, which cost as much as finding the file does."""

import re
from collections.abc import Awaitable

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE = "file"
"""The name of the routes of files."""
_PATH = re.compile(r"/([0-9]+)/([^/]+)/([^/]+)/([^/]+)(?:/([\s\S]*))?")
"""What no other route begins like: a number in front."""


class Shortcut:
    """ASGI application: a site, of which requests for files go straight to what answers them.

    What the site's middleware does for an exception of the application, the server does too: status 500, and the log.
    """

    def __init__(self, site: Starlette) -> None:
        """Args: site: with the routes of `playback.routes`."""
        self._site = site
        self._files: ASGIApp = next(r.app for r in site.routes if isinstance(r, Route) and r.name == FILE)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers a request, as the site would."""
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            return self._site(scope, receive, send)
        app_id, directory, file_id, name, rest = found.groups()
        place = {"name": name} if rest is None else {"folder": name, "name": rest}
        scope["path_params"] = {"app_id": app_id, "directory": directory, "file_id": file_id, **place}
        return self._files(scope, receive, send)


class Cors(CORSMiddleware):
    """Starlette's, which reads and writes the headers again and again, also for those who name no origin."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the base class does: without an origin the answer says no more than that it may depend on one."""
        for name, _ in scope["headers"]:
            if name == b"origin":
                await super().__call__(scope, receive, send)
                return

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _varying(message["headers"])
            await send(message)

        await self.app(scope, receive, varying)


def _varying(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    before = [value for name, value in headers if name == b"vary"]
    if not before:
        return [*headers, (b"vary", b"Origin")]
    return [*((name, value) for name, value in headers if name != b"vary"), (b"vary", b", ".join([*before, b"Origin"]))]
