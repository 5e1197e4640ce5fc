"""A process that stands still (SIGSTOP, a paused container) keeps its locks; others must not wait for it for long."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from minivod import ids
from minivod.store import database, doomed, fair_share, media, tasks
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest

from ...waiting import PATIENCE, eventually
from .conftest import NewMedia

SHORT = 0.3


@pytest.fixture
async def quick(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Connections whose transactions may stand still for SHORT seconds only."""
    monkeypatch.setattr(database, "STANDSTILL", SHORT)
    opened = await Database(database_url).open()
    yield opened
    await opened.close()


async def accepted(db: Database, app_id: int, file_id: str) -> str:
    task_id = ids.new_task_id(app_id, KIND)
    wanted = PublishRequest(sub_app_id=app_id, app_id=app_id, file_id=file_id, definition=0, task_id=task_id)
    assert (await Publications(db, lambda *_: True).accept(wanted)).accepted
    return task_id


async def test_its_transaction_is_ended_and_it_is_told(
    quick: Database, db: Database, app_id: int, new_media: NewMedia
) -> None:
    file_id = await new_media()
    with pytest.raises(psycopg.OperationalError, match="this process stood still"):
        async with quick.transaction() as standing:
            assert await media.lock(standing, app_id, file_id)
            async with asyncio.timeout(PATIENCE), db.transaction() as other:
                assert await media.lock(other, app_id, file_id), "who waited goes on"
            await media.delete(standing, app_id, file_id)
    assert await media.find(db, app_id, [file_id]), "nothing of it was committed"
    assert await quick.fetch_one("select 1 as one") == {"one": 1}, "another connection took the place of the broken one"


@pytest.mark.parametrize("statements_after", [0, 1])
async def test_it_is_told_also_when_it_had_not_read_the_answer_to_a_statement(
    quick: Database, database_url: str, statements_after: int
) -> None:
    with psycopg.connect(database_url, autocommit=True) as looking:

        def at_work(pid: int) -> bool:
            return bool(looking.execute("select 1 from pg_stat_activity where pid = %s", [pid]).fetchall())

        with pytest.raises(psycopg.OperationalError, match="this process stood still"):
            async with quick.transaction() as standing:
                asked = asyncio.create_task(standing.execute("select 1"))
                while standing.pgconn.transaction_status != TransactionStatus.ACTIVE:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                process = standing.info.backend_pid
                eventually("its transaction was ended", lambda: not at_work(process))  # and nothing was read meanwhile
                assert await asked, "the answer had come before"
                for _ in range(statements_after):
                    await standing.execute("select 1")
    assert await quick.fetch_one("select 1 as one") == {"one": 1}


async def test_another_end_of_the_connection_is_no_standstill(db: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="terminating connection due to administrator command"):
        async with db.transaction() as connection:
            assert await db.fetch_one("select pg_terminate_backend(%s)", [connection.info.backend_pid])
            await connection.execute("select 1")


async def test_who_waits_for_a_task_does_not_keep_others_from_theirs(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    held, free = [await accepted(db, app_id, await new_media()) for _ in range(2)]
    async with db.transaction() as standing:
        await standing.execute("select 1 from task where task_id = %s for update", [held])
        waiting = asyncio.create_task(tasks.claim(db, held, uuid4(), -5))
        async with asyncio.timeout(PATIENCE):
            while not await db.fetch_all("select 1 from pg_locks where not granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert await tasks.claim(db, free, uuid4(), -5) is not None
        assert not waiting.done()
    assert await waiting is not None


async def test_cleaning_holds_up_no_publishing_where_there_is_nothing_to_do(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    """And does not wait for it either."""
    async with asyncio.timeout(PATIENCE), db.transaction() as publishing:
        await publishing.execute("update fair_share set virtual_time = virtual_time")
        assert not await fair_share.rebase(db)
    await accepted(db, app_id, await new_media())


async def test_one_janitor_does_not_wait_for_another(db: Database) -> None:
    async with asyncio.timeout(PATIENCE), db.transaction() as other:
        await other.execute("select pg_advisory_xact_lock(hashtext('minivod requeue_orphans'))")
        assert await tasks.requeue_orphans(db, 60) == 0


async def test_deleting_an_object_may_take_its_time(quick: Database) -> None:
    """A slow object store is no standstill."""
    await doomed.release(quick, ["a/b"])

    async def slow(key: str) -> None:
        await asyncio.sleep(3 * SHORT)

    assert await doomed.delete_next(quick, slow)
    assert not await doomed.delete_next(quick, slow)
