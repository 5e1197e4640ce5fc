"""The bell goes on ringing, whatever came over its connection."""

import psycopg
import pytest

from minivod.store import accounts, bell, events
from minivod.store.bell import EventBell
from minivod.store.database import Database
from minivod.store.events import CHANNEL

from ...waiting import until

_THE_BELL = "from pg_stat_activity where datname = current_database() and query like 'listen%'"
LISTENING = f"select 1 {_THE_BELL}"
END = f"select pg_terminate_backend(pid) {_THE_BELL}"


@pytest.mark.parametrize("said", [f"notify {CHANNEL}, 'nobody'", f"notify {CHANNEL}", END])
async def test_it_rings_after_what_it_does_not_understand(
    database_url: str, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(bell, "_RETRY_SECONDS", 0.01)
    async with (
        EventBell(database_url) as ringing,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):
        waiter = ringing.subscribe(7)

        async def listens() -> object:
            return await (await connection.execute(LISTENING)).fetchone()

        await until(listens, "it listens")
        await connection.execute(said)

        async def rung() -> bool:
            await connection.execute(f"notify {CHANNEL}, '7'")
            return waiter.is_set()

        await until(rung, "it rings")
        ringing.unsubscribe(7, waiter)


def test_each_news_wakes_the_first_who_sleeps(database_url: str) -> None:
    ringing = EventBell(database_url)
    first, second, other = ringing.subscribe(7), ringing.subscribe(7), ringing.subscribe(8)
    woken = []
    for _ in range(3):
        ringing.ring(7)
        woken.append((first.is_set(), second.is_set(), other.is_set()))
    assert woken == [(True, False, False), (True, True, False), (True, True, False)]


def test_who_goes_without_having_looked_wakes_the_next(database_url: str) -> None:
    ringing = EventBell(database_url)
    first, second = ringing.subscribe(7), ringing.subscribe(7)
    ringing.ring(7)
    ringing.unsubscribe(7, first)
    assert second.is_set()
    second.clear()
    third = ringing.subscribe(7)
    ringing.unsubscribe(7, second)
    assert not third.is_set(), "it had looked"
    ringing.unsubscribe(7, third)
    assert ringing._polls == {}


async def test_what_becomes_visible_again_rings(db: Database, app_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "_LOOK_SECONDS", 0.01)
    async with db.transaction() as connection:
        await events.append(connection, app_id, "FileDeleted", "a", {})
        other = await accounts.create_account(connection)
    assert len(await events.pull(db, app_id)) == 1
    async with EventBell(db.url) as ringing:
        waiter, stays = ringing.subscribe(app_id), ringing.subscribe(other)

        async def looked() -> object:
            return await db.fetch_one("select 1 from pg_stat_activity where query like 'select app from unnest%'")

        await until(looked, "it looks")
        assert not waiter.is_set()
        await db.execute("update event set visible_at = now()")

        async def rung() -> bool:
            return waiter.is_set()

        await until(rung, "it rings")
        assert not stays.is_set()
