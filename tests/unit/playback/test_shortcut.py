"""The shortcut answers as the site would, and CORS says what Starlette's does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod.playback.shortcut import FILE, Cors, Shortcut

Head = tuple[int, list[tuple[bytes, bytes]], bytes]


class Echo:
    """An endpoint that tells what it was asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse([self.name, Request(scope).path_params])(scope, receive, send)


def site() -> Starlette:
    made = Starlette(
        routes=[
            Route("/healthz", Echo("health")),
            Route("/getplayinfo/v4/{app_id}/{file_id}", Echo("play-info")),
            Route("/{app_id}/{directory}/{file_id}/{name}", Echo("files"), name=FILE),
            Route("/{app_id}/{directory}/{file_id}/{folder}/{name:rest}", Echo("files"), name=FILE),
        ]
    )
    made.router.redirect_slashes = False
    return made


async def ask(app: ASGIApp, path: str, **headers: str) -> Head:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": lines, "scheme": "http"}
    await app(scope, receive, send)
    return sent[0]["status"], sorted(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent)


_PART = st.one_of(
    st.sampled_from(["1", "1300000001", "0", "a", "", "f0.mp4", "..", "é", "a\n", "\n", "%2f", "２"]), st.text()
)


@given(st.lists(_PART, max_size=7).map("/".join), st.sampled_from(["/", "", "//", "/1/"]))
async def test_it_leads_where_the_router_does(path: str, begin: str) -> None:
    for one in (begin + path, "/healthz", "/getplayinfo/v4/1/2", "/1/2/3/4", "/1/2/3/4/", "/1/2/3/4/5/6\n"):
        assert await ask(Shortcut(site()), one) == await ask(site(), one)


@pytest.mark.parametrize("origins", [["*"], ["https://app.example"], []])
@pytest.mark.parametrize("vary", [[], ["Referer"], ["Referer", "Accept"]])
@pytest.mark.parametrize("origin", [None, "https://app.example", "https://evil.example", ""])
async def test_cors_says_what_starlettes_does(origins: list[str], vary: list[str], origin: str | None) -> None:
    class Varying:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            response = Response("told", headers={"etag": '"x"'})
            for value in vary:
                response.headers.append("vary", value)
            await response(scope, receive, send)

    given_headers = {} if origin is None else {"origin": origin}
    own, theirs = Cors(Varying(), allow_origins=origins), CORSMiddleware(Varying(), allow_origins=origins)
    assert tidied(await ask(own, "/", **given_headers)) == tidied(await ask(theirs, "/", **given_headers))


def tidied(head: Head) -> Head:
    """Starlette overwrites the first of several headers and removes the others; the order of names means nothing."""
    return head[0], sorted(head[1]), head[2]
