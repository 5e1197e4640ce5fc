"""Answers that come before the body has: a client that is still sending gets to read them."""

import asyncio
import socket
import time
from contextlib import suppress

import pytest
from starlette.types import Send

from minivod.serving import connection

from ...waiting import PATIENCE
from .test_answer import GET, MIB, application, body, served, start

LARGE = 24 * MIB
"""More than sockets and the server keep between them."""


def request(length: int, *lines: str) -> bytes:
    return "\r\n".join(["POST / HTTP/1.1", "Host: x", f"Content-Length: {length}", *lines, "", ""]).encode()


async def refuse(send: Send) -> None:
    await send(start(413, content_length="2"))
    await send(body(b"no"))


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    return head, await asyncio.wait_for(reader.readexactly(2), PATIENCE)


@pytest.mark.parametrize("lines", [[], ["Connection: close"]], ids=["keep", "close"])
async def test_who_sends_everything_first_reads_it_then(lines: list[str]) -> None:
    async with served(application(refuse)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(LARGE, *lines))
        for _ in range(LARGE // MIB):
            writer.write(bytes(MIB))
            await writer.drain()
        assert (await read_answer(reader))[0].startswith(b"HTTP/1.1 413 ")
        if lines:
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""  # an orderly end
        else:
            writer.write(GET)  # is not taken for a part of the body
            assert (await read_answer(reader))[1] == b"no"
        writer.close()


async def test_who_looks_sees_it_at_once() -> None:
    async with served(application(refuse)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(LARGE))
        assert (await read_answer(reader))[1] == b"no"
        writer.close()


def drip(port: int) -> float:
    """Sends byte after byte, until nobody takes them any more; after how many seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(request(LARGE))
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() < begun + PATIENCE:
                client.sendall(b"x")
                time.sleep(0.01)
        return time.monotonic() - begun


async def test_who_never_ends_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REST_SECONDS", 0.3)
    async with served(application(refuse)) as port:
        assert 0.2 < await asyncio.to_thread(drip, port) < PATIENCE


async def test_who_asks_first_is_told_and_need_not_send() -> None:
    """The answer may be followed by the body or by the next request; nobody could tell which it is."""
    async with served(application(refuse)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(LARGE, "Expect: 100-continue"))
        head, _ = await read_answer(reader)
        assert head.startswith(b"HTTP/1.1 413 ") and b"\r\nConnection: close\r\n" in head
        writer.close()
