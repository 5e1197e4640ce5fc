"""Accounts take turns where several call, and have all to themselves where they are alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from minivod.api.turns import COMPANY_SECONDS, Turns

GREEDY, QUIET = 1, 2


class World:
    """Requests that are worked on until they are let go, and a clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.turns = Turns(lambda: self.now, share=2)
        self.running: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def call(self, app_id: int, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._work(app_id, name))
        await self.settle()

    async def _work(self, app_id: int, name: str) -> None:
        async with self.turns.one(app_id):
            self.running.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.running.remove(name)

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@asynccontextmanager
async def begun() -> AsyncIterator[World]:
    world = World()
    try:
        yield world
    finally:
        for task in world.tasks.values():
            task.cancel()
        await asyncio.gather(*world.tasks.values(), return_exceptions=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with begun() as one:
        yield one


async def test_an_account_that_is_alone_has_everything(world: World) -> None:
    await world.call(GREEDY, *"abcdef")
    assert world.running == list("abcdef")


async def test_beside_another_one_it_has_its_share_and_what_came_first_is_first(world: World) -> None:
    await world.call(QUIET, "q")
    await world.call(GREEDY, *"abcde")
    assert world.running == ["q", "a", "b"]
    await world.call(QUIET, "r")
    assert world.running == ["q", "a", "b", "r"], "the quiet one waits for nobody"
    await world.end("b")
    assert world.running == ["q", "a", "r", "c"]
    await world.end("a", "c")
    assert world.running == ["q", "r", "d", "e"]


async def test_what_is_running_when_another_one_comes_goes_on_and_nothing_is_added(world: World) -> None:
    await world.call(GREEDY, *"abcd")
    await world.call(QUIET, "q")
    await world.call(GREEDY, "e")
    await world.end("a", "b")
    assert world.running == ["c", "d", "q"]
    await world.end("c")
    assert world.running == ["d", "q", "e"]


async def test_it_is_alone_again_when_the_other_has_been_silent_for_a_while(world: World) -> None:
    await world.call(QUIET, "q")
    await world.call(GREEDY, *"abcdef")
    await world.end("q")
    assert world.running == ["a", "b"]
    world.now += COMPANY_SECONDS + 1
    await world.end("a")
    assert world.running == ["b", "c", "d", "e", "f"]


async def test_who_leaves_while_waiting_takes_no_turn(world: World) -> None:
    await world.call(QUIET, "q")
    await world.call(GREEDY, *"abcde")
    world.tasks["c"].cancel()
    await world.settle()
    await world.end("a")
    assert world.running == ["q", "b", "d"]


async def test_who_leaves_when_let_in_gives_the_turn_on(world: World) -> None:
    await world.call(QUIET, "q")
    await world.call(GREEDY, *"abcd")
    world._ends["a"].set()
    while not world.tasks["a"].done():
        await asyncio.sleep(0)
        if world.tasks["a"].done():
            world.tasks["c"].cancel()  # its turn was set, and it has not run yet
    await world.settle()
    assert world.running == ["q", "b", "d"]
    await world.end("b", "d")
    await world.call(GREEDY, *"efg")
    assert world.running == ["q", "e", "f"], "no turn is lost"


async def test_one_that_fails_gives_its_turn_on(world: World) -> None:
    async def fail() -> None:
        async with world.turns.one(GREEDY):
            raise ValueError

    await world.call(QUIET, "q")
    for _ in range(5):
        with pytest.raises(ValueError):
            await fail()
    await world.call(GREEDY, "a", "b")
    assert world.running == ["q", "a", "b"]


async def test_who_does_not_call_any_more_is_forgotten(world: World) -> None:
    for app_id in range(2000):
        async with world.turns.one(app_id):
            pass
    assert (len(world.turns._seen), len(world.turns._busy)) == (2000, 0)
    world.now += COMPANY_SECONDS + 1
    async with world.turns.one(GREEDY):
        assert (len(world.turns._seen), len(world.turns._busy)) == (1, 1)
    assert not world.turns._busy


async def test_a_cancelled_request_leaves_nothing_behind(world: World) -> None:
    await world.call(QUIET, "q")
    await world.call(GREEDY, *"abcd")
    for task in world.tasks.values():
        task.cancel()
    await world.settle()
    assert world.running == [] and not world.turns._busy


async def test_what_a_request_costs_does_not_grow_with_the_accounts_that_call() -> None:
    """Of ten, and of ten thousand; each has more requests than its share."""

    async def cost(accounts: int) -> float:
        turns = Turns(lambda: 1000.0, share=1)
        for app_id in range(accounts):
            async with turns.one(app_id):
                pass
        begun = time.process_time()
        for _ in range(200):
            async with turns.one(GREEDY):
                assert turns._is_shared(GREEDY)
        return time.process_time() - begun

    few, many = [min([await cost(accounts) for _ in range(3)]) for accounts in (10, 10_000)]
    assert many < 20 * few
