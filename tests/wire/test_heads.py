"""Requests that never get to their body: endless, slow, or with headers where none belong; and that others pass."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minivod.actions import pull_events
from minivod.serving import connection

from ..unit.api import signer
from ..waiting import PATIENCE
from .served import Served, serve

PIECE = b"a" * 65536
MUCH = 4 * 1024 * 1024


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(database_url, tmp_path) as running:
        yield running


async def say(served: Served, *pieces: bytes) -> bytes:
    """What the server answers until it closes the connection; the answer to the bytes, not to their end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()


async def endless(served: Served, beginning: bytes) -> int:
    """How many bytes the server takes before it ends the connection, of at most MUCH."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    sent = 0
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(beginning)
            while sent < MUCH and not reader.at_eof():
                writer.write(PIECE)
                sent += len(PIECE)
                await writer.drain()
                await asyncio.sleep(0.001)
            await reader.read()
    except ConnectionError:
        pass
    except TimeoutError:
        sent = MUCH
    finally:
        writer.transport.abort()
    return sent


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"GET /", id="path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", id="value"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX-", id="name"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: ", id="trailer"),
    ],
)
async def test_what_has_no_end_is_not_kept(served: Served, beginning: bytes) -> None:
    assert await endless(served, beginning) < MUCH


async def test_too_large_a_head_is_told(served: Served) -> None:
    beginning = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: "
    answer = await say(served, beginning.ljust(connection.LARGEST_HEAD + 1, b"a"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"too large" in answer


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half"])
async def test_who_never_finishes_a_head_is_sent_away(
    served: Served, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    assert b"in time" in await say(served, sent)


async def test_a_connection_may_last_longer_than_its_heads(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests one after the other, a head in pieces, and half a head while the one before is being answered."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", 2.5)
    monkeypatch.setattr(connection, "LARGEST_HEAD", 1024)
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 2.7)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    ping = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Some: " + b"a" * 700 + b"\r\n\r\n"
    try:
        for _ in range(5):
            writer.write(ping[:100])
            await writer.drain()
            await asyncio.sleep(0.55)
            writer.write(ping[100:])
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
        writer.write(_signed(served, "PullEvents") + ping[:100])
        told = await asyncio.wait_for(reader.readuntil(b"}}"), PATIENCE)
        assert b'"EventSet":[]' in told
        writer.write(ping[100:])
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
    finally:
        writer.close()


async def test_a_body_may_be_larger_than_a_head(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LARGEST_HEAD", 2048)
    long = b'{"TaskId": "' + b"x" * 500_000 + b'"}'
    told = await say(served, _signed(served, "DescribeTaskDetail", long, close=True))
    assert _code(told) == "ResourceNotFound"


async def test_trailers_do_not_pass_for_headers(served: Served) -> None:
    request = (
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: SKIP\r\n\r\n"
    )
    told = await say(served, request)
    assert _code(told) == "AuthFailure.InvalidAuthorization"
    assert b"not signed" in told and b"SKIP" not in told


def _signed(served: Served, action: str, body: bytes = b"{}", *, close: bool = False) -> bytes:
    """A request of the server's key, as bytes."""
    key = served.key
    http = signer.v3(body, action=action, now=int(time.time()), secret_id=key.secret_id, secret_key=key.secret_key)
    lines = [f"{name}: {value}" for name, value in http.headers.items()]
    lines += [f"Content-Length: {len(body)}", *(["Connection: close"] if close else [])]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode() + body


def _code(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["Response"]["Error"]["Code"])
