"""Header names on every route, as they are on the wire: clients keep them in plain dicts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ..waiting import PATIENCE
from .served import Served, serve

CASES = {
    "api": b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n%s\r\n{}",
    "api, no request": b"GARBAGE\r\n\r\n%s",
    "object endpoint, list": b"GET /?uploads HTTP/1.1\r\nAuthorization: q-sign-algorithm=sha1\r\n%s\r\n",
    "object endpoint, put": b"PUT /vod_upload/1/a/b HTTP/1.1\r\nContent-Length: 0\r\n%s\r\n",
    "object endpoint, head": b"HEAD /vod_upload/1/a/b HTTP/1.1\r\n%s\r\n",
    "object endpoint, preflight": b"OPTIONS /vod_upload/1/a/b HTTP/1.1\r\nAccess-Control-Request-Method: PUT\r\n%s\r\n",
    "files": b"GET /1400000000/abc/5285485487985271487/f0.mp4 HTTP/1.1\r\n%s\r\n",
    "files, another method": b"PUT /1400000000/abc/5285485487985271487/f0 HTTP/1.1\r\nContent-Length: 0\r\n%s\r\n",
    "play-info": b"GET /getplayinfo/v4/1400000000/5285485487985271487 HTTP/1.1\r\n%s\r\n",
    "health": b"GET /healthz HTTP/1.1\r\n%s\r\n",
    "readiness": b"GET /readyz HTTP/1.1\r\n%s\r\n",
    "metrics": b"GET /metrics HTTP/1.1\r\n%s\r\n",
    "nowhere": b"GET /nowhere HTTP/1.1\r\n%s\r\n",
}


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(database_url, tmp_path) as running:
        yield running


def expected(name: str) -> str:
    """The rule in other words than the server's."""
    if name.lower().startswith("x-cos-"):
        return name.lower()
    return {"etag": "ETag"}.get(name.lower(), name.title())


async def test_every_route(served: Served) -> None:
    for case, request in CASES.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(request % b"Host: x\r\nOrigin: https://app.example\r\nConnection: close\r\n")
        told = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        head = told.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        names = [line.partition(": ")[0] for line in head[1:]]
        assert names == [expected(name) for name in names], case
        assert {"Date", "Connection"} <= set(names), case
        assert "Content-Length" in names or "Transfer-Encoding" in names or " 204 " in head[0], case
        if case.startswith("object endpoint") and "preflight" not in case:
            assert "x-cos-request-id" in names, case
