"""A stream asks again, by bytes and by time, and fails closed."""

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus

import psycopg
import pytest
from starlette.types import Message

from minivod.objects import StoreUnavailable
from minivod.playback import files
from minivod.playback.files import ASK_AGAIN_BYTES, PIECE, FileStream, is_app_id

from ...waiting import PATIENCE

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
            for _ in range(99):
                yield CHUNK
            if isinstance(self._failure, StoreUnavailable):
                raise self._failure
        finally:
            self.closed = True

    async def stands(self) -> bool:
        self.asked += 1
        if isinstance(self._failure, psycopg.Error):
            raise self._failure
        return self._withdrawn_after is None or self.asked <= self._withdrawn_after

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self._delay)
        self.sent.append(message)

    async def run(self) -> "Run":
        stream = FileStream(HTTPStatus.OK, {"content-length": "26214400"}, CHUNK, self.chunks(), self.stands, "id")
        await stream({"type": "http"}, self.receive, self.send)
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


async def test_slow_readers_are_asked_about_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ASK_AGAIN_SECONDS", 0.05)
    run = await Run(withdrawn_after=0, delay=0.03).run()
    assert not run.complete and run.pieces <= 3


@pytest.mark.parametrize("failure", [psycopg.OperationalError("gone"), StoreUnavailable("gone")])
async def test_it_fails_closed(failure: Exception) -> None:
    run = await Run(failure=failure).run()
    assert not run.complete and run.closed


async def test_nothing_is_read_for_a_client_that_left() -> None:
    run = Run(delay=0.01)
    task = asyncio.create_task(run.run())
    await asyncio.sleep(0.05)
    run.left.set()
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1300000001", True), ("1", True), ("9" * 18, True), ("9" * 19, False), ("", False), ("0", False),
        ("01300000001", False), ("+1", False), ("-1", False), ("1e9", False), ("١", False), ("²", False), ("1 ", False),
    ],
)  # fmt: skip
def test_app_ids(text: str, expected: bool) -> None:
    assert is_app_id(text) is expected
