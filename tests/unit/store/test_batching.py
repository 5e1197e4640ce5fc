"""Group commit: who shares a batch with whom, and what becomes of a batch that fails."""

import asyncio

import pytest

from minivod.store.batching import Batcher


class Backend:
    """Doubles numbers, while it is open; `batches` is what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def run(self, batch: list[int]) -> list[int]:
        self.batches.append(batch)
        self.begun.set()
        await self.open.wait()
        if 13 in batch:
            raise ValueError("thirteen")
        return [2 * number for number in batch]


async def test_calls_that_come_together_share_a_batch_and_have_their_own_answers() -> None:
    backend = Backend()
    double = Batcher(backend.run)
    assert await asyncio.gather(*map(double, range(5))) == [0, 2, 4, 6, 8]
    assert backend.batches == [[0, 1, 2, 3, 4]]
    assert await double(7) == 14


@pytest.mark.parametrize("gather", [True, False])
async def test_what_the_loop_is_about_to_bring_is_waited_for_where_it_pays(gather: bool) -> None:
    backend = Backend()
    double = Batcher(backend.run, gather=gather)

    async def arrive(number: int) -> int:
        for _ in range(number):  # each a turn of the loop later than the one before
            await asyncio.sleep(0)
        return await double(number)

    assert await asyncio.gather(*map(arrive, range(5))) == [0, 2, 4, 6, 8]
    assert (backend.batches == [[0, 1, 2, 3, 4]]) is gather


async def test_calls_during_a_batch_go_into_the_next_one_up_to_the_limit() -> None:
    backend = Backend()
    backend.open.clear()
    double = Batcher(backend.run, limit=3)
    first = asyncio.create_task(double(1))
    await backend.begun.wait()
    later = [asyncio.create_task(double(number)) for number in range(2, 7)]
    await asyncio.sleep(0.01)
    assert backend.batches == [[1]]
    backend.open.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6, 8, 10, 12]
    assert backend.batches == [[1], [2, 3, 4], [5, 6]]


async def test_a_failed_batch_fails_for_its_callers_alone() -> None:
    backend = Backend()
    double = Batcher(backend.run, limit=2)
    answers = await asyncio.gather(*map(double, (1, 13, 2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int, int]
    with pytest.raises(ValueError, match="thirteen"):
        await double(13)
    assert await double(4) == 8


async def test_a_caller_who_leaves_takes_nothing_from_the_others() -> None:
    backend = Backend()
    backend.open.clear()
    double = Batcher(backend.run)
    calls = [asyncio.create_task(double(number)) for number in (1, 2)]
    await backend.begun.wait()
    calls[0].cancel()
    backend.open.set()
    assert await calls[1] == 4
    assert calls[0].cancelled()
    assert await double(3) == 6
