"""The bell goes on ringing, whatever came over its connection."""

import psycopg
import pytest

from minivod.store import bell
from minivod.store.bell import EventBell
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
