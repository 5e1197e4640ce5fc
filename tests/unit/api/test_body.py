"""Bodies are read up to their limit, in time, and within the memory of all requests."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from minivod import errors
from minivod.api import body
from minivod.api.body import OLD_SIGNATURE_LIMIT, TC3_LIMIT, BodyReader, Disconnected, Receive, check_query, limit_of


def arriving(*messages: Mapping[str, Any] | float) -> tuple[Receive, list[Any]]:
    """A `receive` that gives these messages, sleeping where there is a number; and what is left of them."""
    left = list(messages)

    async def receive() -> Mapping[str, Any]:
        message = left.pop(0)
        while isinstance(message, float):
            await asyncio.sleep(message)
            message = left.pop(0)
        return message

    return receive, left


def chunk(data: bytes, *, more: bool = True) -> Mapping[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


async def test_one_and_many_chunks() -> None:
    assert await BodyReader().read(arriving(chunk(b"abc", more=False))[0], 3, "3") == b"abc"
    assert await BodyReader().read(arriving({"type": "http.request"})[0], 3, None) == b""
    chunks = [chunk(b"a"), chunk(b""), chunk(b"b"), chunk(b"c", more=False)]
    assert await BodyReader().read(arriving(*chunks)[0], 3, None) == b"abc"


async def test_an_announced_size_is_refused_before_anything_is_read() -> None:
    for announced in ("4", "9" * 50):
        receive, left = arriving(chunk(b"abcd", more=False))
        with pytest.raises(errors.RequestSizeLimitExceeded, match="3 bytes"):
            await BodyReader().read(receive, 3, announced)
        assert len(left) == 1


async def test_no_more_than_the_limit_is_kept() -> None:
    receive, left = arriving(chunk(b"ab"), chunk(b"cd"), chunk(b"ef"), chunk(b"gh", more=False))
    with pytest.raises(errors.RequestSizeLimitExceeded):
        await BodyReader().read(receive, 3, None)
    assert len(left) == 2
    with pytest.raises(errors.RequestSizeLimitExceeded):
        await BodyReader().read(arriving(chunk(b"abcd", more=False))[0], 3, "3")


async def test_a_slow_body_is_given_up() -> None:
    with pytest.raises(errors.InvalidRequest, match="did not arrive"):
        await BodyReader(timeout=0.05).read(arriving(chunk(b"a"), 5.0)[0], 3, None)


async def test_a_cancelled_reader_is_cancelled() -> None:
    task = asyncio.create_task(BodyReader().read(arriving(5.0)[0], 3, None))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_readers_in_time_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the test's own: the machine may take longer than these readers do."""
    now = 0.0
    monkeypatch.setattr(body, "time", SimpleNamespace(monotonic=lambda: now))

    def arriving_after(seconds: float, *messages: Mapping[str, Any] | float) -> Receive:
        receive, _ = arriving(*messages)

        async def late() -> Mapping[str, Any]:
            nonlocal now
            now += seconds
            return await receive()

        return late

    reader = BodyReader(timeout=0.2)
    for _ in range(5):  # each is looked at while it waits
        assert await reader.read(arriving_after(0.1, 0.1, chunk(b"a", more=False)), 3, None) == b"a"
    now += 0.3
    with pytest.raises(errors.InvalidRequest):
        await reader.read(arriving_after(0.3, 5.0), 3, None)
    await asyncio.sleep(0)  # the task itself goes on: nothing of the cancellation is left
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_caller_who_hangs_up() -> None:
    for before in ([], [chunk(b"a")]):
        with pytest.raises(Disconnected):
            await BodyReader().read(arriving(*before, {"type": "http.disconnect"})[0], 3, None)


async def test_all_bodies_together_are_bounded_and_the_budget_comes_back() -> None:
    reader = BodyReader(budget=10)
    slow = asyncio.create_task(reader.read(arriving(chunk(b"x" * 8), 0.5, chunk(b"", more=False))[0], 100, None))
    await asyncio.sleep(0)  # it has taken its first piece
    with pytest.raises(errors.ServiceUnavailable):
        await reader.read(arriving(chunk(b"y" * 8), chunk(b"", more=False))[0], 100, None)
    assert await slow == b"x" * 8
    assert await reader.read(arriving(chunk(b"y" * 8), chunk(b"", more=False))[0], 100, None) == b"y" * 8


def test_limits_depend_on_the_way_of_calling() -> None:
    assert limit_of("TC3-HMAC-SHA256 Credential=") == TC3_LIMIT == 10 * 2**20
    assert limit_of(None) == limit_of("SKIP") == OLD_SIGNATURE_LIMIT == 2**20
    check_query(b"x" * 32 * 1024)
    with pytest.raises(errors.RequestSizeLimitExceeded, match="32768"):
        check_query(b"x" * (32 * 1024 + 1))
