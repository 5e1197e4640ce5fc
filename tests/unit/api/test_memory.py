"""What the database said is remembered for a second, and no caller waits for more than it must."""

import asyncio

import pytest

from minivod.api.memory import ShortMemory
from minivod.clock import FixedClock


class Table:
    """A table whose value changes, and which counts how often it was asked."""

    def __init__(self) -> None:
        self.value = "old"
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def find(self, name: int) -> str:
        self.asked += 1
        await self.open.wait()
        if self.value == "broken":
            raise ConnectionError
        return self.value


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_value_is_asked_for_once() -> None:
    table, clock = Table(), FixedClock(0)
    memory = ShortMemory(table.find, clock)
    assert await asyncio.gather(*(memory.get(1) for _ in range(100))) == ["old"] * 100
    clock.advance(0.49)
    assert await memory.get(1) == "old"
    assert table.asked == 1


async def test_from_half_its_time_it_is_renewed_while_callers_go_on() -> None:
    table, clock = Table(), FixedClock(0)
    memory = ShortMemory(table.find, clock)
    await memory.get(1)
    table.value = "new"
    table.open.clear()
    clock.advance(0.5)
    assert [await memory.get(1) for _ in range(10)] == ["old"] * 10
    await settle()
    assert table.asked == 2
    table.open.set()
    await settle()
    assert await memory.get(1) == "new"


async def test_an_old_value_is_never_used_at_its_end() -> None:
    table, clock = Table(), FixedClock(0)
    memory = ShortMemory(table.find, clock)
    await memory.get(1)
    table.value = "new"
    for step in (1.0, 100.0, -50.0):
        clock.advance(step)
        assert await memory.get(1) == "new"


async def test_failures_reach_those_who_wait_and_are_not_remembered() -> None:
    table, clock = Table(), FixedClock(0)
    memory = ShortMemory(table.find, clock)
    await memory.get(1)
    table.value = "broken"
    clock.advance(0.6)
    assert await memory.get(1) == "old"
    await settle()
    clock.advance(0.6)
    with pytest.raises(ConnectionError):
        await memory.get(1)
    table.value = "new"
    assert await memory.get(1) == "new"


async def test_a_caller_who_hangs_up_does_not_end_the_look_up_of_others() -> None:
    table = Table()
    table.open.clear()
    memory = ShortMemory(table.find, FixedClock(0))
    first, second = (asyncio.create_task(memory.get(1)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    table.open.set()
    assert await second == "old"
    assert table.asked == 1


async def test_what_is_remembered_is_bounded() -> None:
    memory = ShortMemory(Table().find, FixedClock(0), size=10)
    for name in range(1000):
        await memory.get(name)
    assert len(memory._values) <= 10
