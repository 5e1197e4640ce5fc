"""The pool: callers that are cancelled, and what is left of it after the database was restarted."""

import asyncio
import time

import psycopg
import pytest

from minivod.store.database import Database

from ...waiting import PATIENCE

_SIZE = 5


async def _busy(db: Database) -> None:
    """All connections at once, so that the pool grows to its size."""
    await asyncio.gather(*(db.fetch_one("select pg_sleep(0.2)") for _ in range(_SIZE)))


async def _backends(other: psycopg.AsyncConnection, *, end: bool = False) -> set[int]:
    """The server's side of the pool's connections."""
    cursor = await other.execute(
        "select pid, case when %s then pg_terminate_backend(pid) end from pg_stat_activity"
        " where application_name = 'minivod' and datname = current_database()",
        [end],
    )
    return {row[0] for row in await cursor.fetchall()}


async def test_who_is_cancelled_ends_also_when_its_connection_comes_at_that_moment(database_url: str) -> None:
    """However far the connection is on its way from the one who gives it back to the one who waits for it."""
    db = await Database(database_url, max_size=1).open()
    try:
        for turns in range(40):
            async with db.connection():
                waiting = asyncio.create_task(db.fetch_one("select pg_sleep(0.2)"))
                await asyncio.sleep(0.002)
            for _ in range(turns):
                await asyncio.sleep(0)
            assert waiting.cancel()
            [end] = await asyncio.gather(waiting, return_exceptions=True)
            assert isinstance(end, asyncio.CancelledError), f"after {turns} turns of the loop it went on"
        assert await db.fetch_one("select 1 as one") == {"one": 1}, "no connection was lost"
    finally:
        await db.close()


async def test_one_failure_is_enough_to_replace_all_broken_connections(database_url: str) -> None:
    """Otherwise each of them waits for a caller of its own to fail, although the database is back."""
    db = Database(database_url, max_size=_SIZE)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
        await db.open()
        try:
            await _busy(db)
            old = await _backends(other, end=True)
            assert len(old) == _SIZE
            with pytest.raises(psycopg.OperationalError):
                await db.fetch_one("select 1 as one")
            end = time.monotonic() + PATIENCE
            while len(await _backends(other)) < _SIZE:
                assert time.monotonic() < end, "connections that are broken lie in the pool"
                await asyncio.sleep(0.05)
            assert not old & await _backends(other)
            for _ in range(2):
                await _busy(db)
        finally:
            await db.close()


async def test_statements_are_not_compiled(db: Database) -> None:
    """To compile a statement takes longer than any of them runs; where it is possible, it is on by default."""
    assert await db.fetch_one("show jit") == {"jit": "off"}
