"""What is written comes out whole, in order and at last; a head and its body come out together."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from minivod.cli.joined_writes import JoinedWrites

from ...waiting import PATIENCE


class Counted(asyncio.Transport):
    """A real transport whose writes are counted."""

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self._inner = inner
        self.writes: list[int] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(len(data))
        self._inner.write(data)

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def close(self) -> None:
        self._inner.close()

    def abort(self) -> None:
        self._inner.abort()


Pair = tuple[JoinedWrites, Counted, asyncio.StreamReader]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """The sending side, the transport below it, and what arrives at the other end."""
    loop = asyncio.get_running_loop()
    near, far = socket.socketpair()
    plain, _ = await loop.create_connection(asyncio.Protocol, sock=near)
    reader, writer = await asyncio.open_connection(sock=far)
    counted = Counted(plain)
    yield JoinedWrites(counted, loop), counted, reader
    plain.abort()
    writer.transport.abort()


async def test_head_and_body_are_one_write(pair: Pair) -> None:
    joined, counted, reader = pair
    for _ in range(3):
        joined.write(b"head,")
        joined.write(b"body;")
    assert counted.writes == [10, 10, 10]
    assert await asyncio.wait_for(reader.readexactly(30), PATIENCE) == b"head,body;" * 3


async def test_a_piece_that_nothing_follows_is_sent_all_the_same(pair: Pair) -> None:
    joined, counted, reader = pair
    joined.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert counted.writes == []
    assert await asyncio.wait_for(reader.readline(), PATIENCE) == b"HTTP/1.1 100 Continue\r\n"
    joined.write(b"")
    joined.write(b"x")
    assert (await asyncio.wait_for(reader.readexactly(3), PATIENCE))[2:] == b"x"


async def test_a_large_piece_does_not_wait(pair: Pair) -> None:
    joined, counted, reader = pair
    joined.write(b"a" * 10_000)
    assert counted.writes == [10_000]
    joined.write(b"head")
    joined.write(b"b" * 10_000)
    joined.write(b"c" * 10_000)
    assert counted.writes == [10_000, 10_004, 10_000]
    expected = b"a" * 10_000 + b"head" + b"b" * 10_000 + b"c" * 10_000
    assert await asyncio.wait_for(reader.readexactly(len(expected)), PATIENCE) == expected


async def test_closing_sends_what_is_held(pair: Pair) -> None:
    joined, _, reader = pair
    joined.write(b"the last words")
    joined.close()
    assert joined.is_closing()
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b"the last words"


async def test_nothing_is_sent_on_an_aborted_connection(pair: Pair) -> None:
    joined, counted, _ = pair
    joined.write(b"too late")
    joined.abort()
    await asyncio.sleep(0.01)
    assert counted.writes == []
