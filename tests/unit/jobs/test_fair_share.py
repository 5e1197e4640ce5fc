"""Who is next: accounts take turns, and virtual time does not run out."""

from uuid import uuid4

import pytest

from minivod.store import accounts, fair_share, tasks
from minivod.store.database import Database
from minivod.store.publications import QUEUE

from .conftest import Accept

BELOW_OVERFLOW = 2**31 - 100


@pytest.fixture
async def other(db: Database) -> int:
    async with db.transaction() as connection:
        return await accounts.create_account(connection)


async def take(db: Database) -> str:
    """What a worker does with the next job, as far as the queue is concerned; its TaskId."""
    job = await db.fetch_one(
        "select id, priority, args ->> 'task_id' as task from procrastinate_fetch_job_v2(%s::varchar[], null)",
        [[QUEUE]],
    )
    assert job is not None
    await tasks.claim(db, job["task"], uuid4(), job["priority"])
    await db.execute("select procrastinate_finish_job_v1(%s, 'succeeded', true)", [job["id"]])
    return str(job["task"])


async def test_a_newcomer_takes_turns_with_whoever_was_there(
    db: Database, app_id: int, other: int, accept: Accept
) -> None:
    many = [await accept(app_id) for _ in range(20)]
    assert [await take(db) for _ in range(3)] == many[:3]
    few = [await accept(other) for _ in range(3)]
    order = [await take(db) for _ in range(20)]
    assert [task for task in order if task in few] == few
    assert max(order.index(task) for task in few) <= 6
    assert [task for task in order if task in many] == many[3:]  # in the order in which they came


async def test_nobody_pays_for_old_use(db: Database, app_id: int, other: int, accept: Accept) -> None:
    for _ in range(10):
        await accept(app_id)
    for _ in range(10):
        await take(db)
    theirs = [await accept(other) for _ in range(4)]
    again = [await accept(app_id) for _ in range(4)]
    order = [await take(db) for _ in range(8)]
    assert {task in theirs for task in order[:2]} == {True, False}
    assert max(order.index(task) for task in again[:2]) <= 4


async def test_virtual_time_begins_again_before_it_overflows(
    db: Database, app_id: int, other: int, accept: Accept
) -> None:
    await db.execute("update fair_share set virtual_time = %s", [BELOW_OVERFLOW])
    many = [await accept(app_id) for _ in range(10)]
    few = [await accept(other) for _ in range(2)]
    assert await fair_share.rebase(db)
    assert not await fair_share.rebase(db)
    many += [await accept(app_id) for _ in range(200)]  # more than there was room for
    few += [await accept(other)]
    order = [await take(db) for _ in range(len(many) + len(few))]
    assert [task for task in order if task in many] == many
    assert [task for task in order if task in few] == few
    assert max(order.index(task) for task in few) <= 6
    floor = await db.fetch_one("select virtual_time from fair_share where app_id = 0 and queue = 'media'")
    assert floor is not None and 0 < floor["virtual_time"] <= len(many)
