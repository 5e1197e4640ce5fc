"""A stream asks again, by bytes and by time, and fails closed."""

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus

import psycopg
import pytest
from starlette.types import Message

from minivod.objects import StoreUnavailable
from minivod.playback import stream
from minivod.playback.stream import ASK_AGAIN_BYTES, PIECE, FileStream, copied

CHUNK = bytes(2 * PIECE)


class Run:
    """A stream of two hundred pieces to a client; `withdrawn_after` questions the publication is gone."""

    def __init__(
        self, *, withdrawn_after: int | None = None, failure: Exception | None = None, delay: float = 0
    ) -> None:
        self.asked = 0
        self.sent: list[Message] = []
        self.closed = False
        self.left = asyncio.Event()
        self._withdrawn_after = withdrawn_after
        self._failure = failure
        self._delay = delay

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            for _ in range(100):
                yield CHUNK
            if isinstance(self._failure, StoreUnavailable):
                raise self._failure
        finally:
            self.closed = True

    async def stands(self) -> bool:
        self.asked += 1
        if self._failure is not None and not isinstance(self._failure, StoreUnavailable):
            raise self._failure
        return self._withdrawn_after is None or self.asked <= self._withdrawn_after

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self._delay)
        if self.left.is_set():
            raise BrokenPipeError
        self.sent.append(message)

    async def run(self) -> "Run":
        chunks = self.chunks()
        pieces = copied(await anext(chunks), chunks)
        response = FileStream(HTTPStatus.OK, {"content-length": "26214400"}, pieces, self.stands, "id")
        await response({"type": "http"}, self.receive, self.send)
        return self

    @property
    def pieces(self) -> int:
        return sum(1 for message in self.sent if message.get("body"))

    @property
    def complete(self) -> bool:
        assert all(len(message.get("body", b"")) <= PIECE for message in self.sent)
        return self.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_whole_stream_asks_every_few_megabytes() -> None:
    run = await Run().run()
    assert run.complete and run.closed and run.pieces == 200
    assert run.asked == 200 * PIECE // ASK_AGAIN_BYTES
    assert run.sent[0]["headers"] == [(b"content-length", b"26214400")]


async def test_it_ends_at_the_first_no() -> None:
    run = await Run(withdrawn_after=2).run()
    assert not run.complete and run.closed
    assert run.pieces == 3 * ASK_AGAIN_BYTES // PIECE


@pytest.mark.parametrize("answer", ["no", "none"])
async def test_slow_readers_are_asked_about_by_time(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Also while a single piece is on its way for longer than that."""
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 0.05)
    failure = psycopg.OperationalError("gone") if answer == "none" else None
    run = await asyncio.wait_for(Run(withdrawn_after=0, failure=failure, delay=60).run(), 10)
    assert not run.sent and run.closed and run.asked == 1


async def test_a_question_that_fails_in_any_way_ends_it_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only where the database is away; the server logs what it does not expect, and closes the connection."""
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 0.05)
    for failure in (psycopg.InterfaceError("closed"), psycopg.errors.UndefinedColumn("old"), KeyError("x")):
        run = Run(failure=failure, delay=60)
        with pytest.raises(type(failure)):
            await asyncio.wait_for(run.run(), 10)
        assert not run.sent and run.closed and run.asked == 1


async def test_a_slow_reader_of_what_stands_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 0.01)
    run = await Run(delay=0.001).run()
    assert run.complete and run.asked > 200 * PIECE // ASK_AGAIN_BYTES


@pytest.mark.parametrize("failure", [psycopg.OperationalError("gone"), StoreUnavailable("gone")])
async def test_it_fails_closed(failure: Exception) -> None:
    run = await Run(failure=failure).run()
    assert not run.complete and run.closed


async def test_nothing_is_read_for_a_client_that_left() -> None:
    run = Run(delay=0.01)
    task = asyncio.create_task(run.run())
    await asyncio.sleep(0.05)
    run.left.set()
    with pytest.raises(BrokenPipeError):
        await asyncio.wait_for(task, 10)
    assert run.closed and not run.complete and 0 < run.pieces < 20


async def test_a_cancelled_stream_closes_its_file() -> None:
    run = Run(delay=0.01)
    task = asyncio.create_task(run.run())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.closed
