"""A step of a worker is called again, whatever happened to it."""

import asyncio

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from minivod.jobs import repeat as module
from minivod.jobs.repeat import repeat, through_outages
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


def lost(cause: Exception) -> ConnectorException:
    """As Procrastinate tells of it."""
    error = ConnectorException()
    error.__cause__ = cause
    return error


async def test_what_an_outage_ended_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BEGIN_AGAIN", 0.0)
    failures: list[Exception] = [lost(psycopg.OperationalError("server closed the connection"))] * 2
    calls: list[int] = []

    async def step() -> None:
        calls.append(1)
        if failures:
            raise failures.pop()

    await through_outages("test", step)
    assert len(calls) == 3


@pytest.mark.parametrize("error", [lost(PoolTimeout("away for long")), KeyError("a mistake of ours")])
async def test_other_failures_end_it(error: Exception) -> None:
    async def step() -> None:
        raise error

    with pytest.raises(type(error)):
        await through_outages("test", step)
