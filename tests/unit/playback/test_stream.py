"""A stream asks again, by bytes and by time, and fails closed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

import psycopg
import psycopg_pool
import pytest
from starlette.types import Message

from minivod.objects import StoreUnavailable
from minivod.playback import stream
from minivod.playback.stream import ASK_AGAIN_BYTES, PIECE, FileStream, copied

from ...waiting import PATIENCE, until

CHUNK = bytes(2 * PIECE)


class Run:
    """A stream of two hundred pieces to a client; `withdrawn_after` questions the publication is gone."""

    def __init__(
        self, *, withdrawn_after: int | None = None, failure: BaseException | None = None, delay: float = 0
    ) -> None:
        self.asked = 0
        self.sent: list[Message] = []
        self.closed = False
        self.left = asyncio.Event()
        self.bell: list[Callable[[], None]] = []
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
        if self._failure and not isinstance(self._failure, StoreUnavailable):
            raise self._failure
        return self._withdrawn_after is None or self.asked <= self._withdrawn_after

    @contextmanager
    def watch(self, call: Callable[[], None]) -> Iterator[None]:
        self.bell.append(call)
        try:
            yield
        finally:
            self.bell.remove(call)

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
        headers = {"content-length": "26214400"}
        response = FileStream(HTTPStatus.OK, headers, pieces, self.stands, "id", self.watch)
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
    run = await asyncio.wait_for(Run(withdrawn_after=0, failure=failure, delay=60).run(), PATIENCE)
    assert not run.sent and run.closed and run.asked == 1


async def test_a_bell_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it rings: the first time the publication still stands."""
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 3600)
    monkeypatch.setattr(stream, "FIRST_ASK_SECONDS", 3600)
    run = Run(withdrawn_after=1, delay=3600)
    task = asyncio.create_task(run.run())

    async def listens() -> bool:
        return bool(run.bell)

    async def asked() -> bool:
        return run.asked > 0

    await until(listens, "it listens")
    run.bell[0]()
    await until(asked, "it asks")
    assert not task.done()
    run.bell[0]()
    await asyncio.wait_for(task, PATIENCE)
    assert not run.sent and run.closed and not run.bell


@pytest.mark.parametrize(
    "failure",
    [
        psycopg_pool.PoolTimeout("busy"),
        psycopg_pool.PoolClosed("closed"),
        TimeoutError("late"),
        psycopg.InterfaceError("closed"),
        psycopg.errors.UndefinedTable("gone"),
        OSError("broken"),
        ValueError("nobody thought of it"),
        asyncio.CancelledError("whoever asked for several was ended"),
    ],
    ids=lambda failure: type(failure).__name__,
)
@pytest.mark.parametrize("delay", [0, 60])
async def test_whatever_the_question_ends_with_ends_the_stream(
    monkeypatch: pytest.MonkeyPatch, failure: BaseException, delay: float
) -> None:
    """Asked by bytes and by time. What is no outage is also told to the server, which notes it."""
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 0.05 if delay else 60)
    run = Run(failure=failure, delay=delay)
    with suppress(type(failure)):
        await asyncio.wait_for(run.run(), PATIENCE)
    assert run.asked == 1 and run.closed
    assert run.pieces == (0 if delay else ASK_AGAIN_BYTES // PIECE)


@pytest.mark.parametrize("delay", [0, 60])
async def test_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch, delay: float) -> None:
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 0.05 if delay else 60)
    with pytest.raises(ValueError, match="nobody thought of it"):
        await asyncio.wait_for(Run(failure=ValueError("nobody thought of it"), delay=delay).run(), PATIENCE)


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
        await asyncio.wait_for(task, PATIENCE)
    assert run.closed and not run.complete and 0 < run.pieces < 20


async def test_a_cancelled_stream_closes_its_file() -> None:
    run = Run(delay=0.01)
    task = asyncio.create_task(run.run())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.closed


async def test_what_fails_before_it_began_has_a_status() -> None:
    """There is nothing to be cut yet, so the client is told."""

    async def pieces() -> AsyncGenerator[tuple[Message, int], None]:
        raise StoreUnavailable("gone")
        yield {}, 0

    run = Run()
    response = FileStream(HTTPStatus.OK, {"content-length": "9"}, pieces(), run.stands, "id")
    await response({"type": "http"}, run.receive, run.send)
    assert [message.get("status") for message in run.sent] == [503, None]
