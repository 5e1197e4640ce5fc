"""A step of a worker is called again, whatever happened to it."""

import asyncio

from procrastinate.exceptions import ConnectorException

from minivod.jobs.repeat import repeat
from minivod.objects import StoreUnavailable


async def test_a_step_that_fails_is_repeated() -> None:
    failures: list[Exception] = [ConnectorException(), StoreUnavailable("away"), KeyError("a mistake of ours")]
    done = asyncio.Event()

    async def step() -> None:
        if failures:
            raise failures.pop()
        done.set()

    repeating = asyncio.create_task(repeat("test", 0, step))
    await asyncio.wait_for(done.wait(), 60)
    assert not repeating.done()
    repeating.cancel()
