"""Tasks with steps: accepted whole, ended by their last step; priorities within an account; sessions."""

from datetime import timedelta
from uuid import uuid4

import pytest

from minivod import ids
from minivod.store import accounts, fair_share, steps, tasks
from minivod.store.database import Database
from minivod.store.fair_share import LONG, SHORT
from minivod.store.steps import NewStep, NewTask
from minivod.store.tasks import Outcome, Task

from .conftest import NewMedia

DONE = Outcome(output={"made": 1})


async def accept(
    db: Database, app_id: int, file_id: str, queues: tuple[str, ...] = (LONG, LONG, SHORT), priority: int = 0
) -> list[str]:
    """The TaskIds of the task and of its steps."""
    task_id = ids.new_task_id(app_id, "procedurev2")
    made = [NewStep(kind=f"kind-{queue}", queue=queue, definition=10, params={"a": 1}) for queue in queues]
    wanted = NewTask(
        task_id=task_id, sub_app_id=app_id, app_id=app_id, kind="procedurev2", file_id=file_id, priority=priority,
        params={}, steps=made,
    )  # fmt: skip
    async with db.transaction() as connection:
        return [task_id, *await steps.accept(connection, wanted)]


async def task(db: Database, app_id: int, task_id: str) -> Task:
    [found] = await tasks.find_many(db, [(app_id, task_id)])
    assert found is not None
    return found


async def end(db: Database, step_id: str) -> Task | None:
    """What a worker does with a step, as far as rows are concerned: the task, as it is then."""
    owner = uuid4()
    assert await tasks.claim(db, step_id, owner, 0)
    async with db.transaction() as connection:
        step = await tasks.finish(connection, step_id, owner, DONE)
        assert step is not None
        whole = await steps.count_down(connection, step)
        await steps.release_waiting(connection, step_id)
    return whole


async def jobs(db: Database, queue: str) -> list[str]:
    """The TaskIds of the waiting jobs, the next one first."""
    rows = await db.fetch_all(
        """select args ->> 'task_id' as task from procrastinate_jobs where queue_name = %s and status = 'todo'
            order by priority desc, id""",
        [queue],
    )
    return [row["task"] for row in rows]


async def test_the_last_step_ends_the_task(db: Database, app_id: int, new_media: NewMedia) -> None:
    whole, first, second, third = await accept(db, app_id, await new_media())
    assert [name.removeprefix(whole.removesuffix("0")) for name in (first, second, third)] == ["1", "2", "3"]
    assert (await task(db, app_id, whole)).status == "WAITING"
    seen = [await end(db, step) for step in (second, third, first)]
    told = [one and (one.status, one.steps_left) for one in seen]
    assert told == [("PROCESSING", 2), ("PROCESSING", 1), ("FINISH", 0)]
    found = await task(db, app_id, whole)
    assert found.begun_at is not None and found.finished_at is not None and found.progress == 1
    async with db.connection() as connection:
        assert [step.output for step in await steps.find(connection, whole)] == [{"made": 1}] * 3


async def test_steps_are_no_tasks_of_their_own(db: Database, app_id: int, new_media: NewMedia) -> None:
    _, step, *_ = await accept(db, app_id, await new_media())
    assert await tasks.find_many(db, [(app_id, step)]) == [None]


async def test_each_queue_has_its_jobs(db: Database, app_id: int, new_media: NewMedia) -> None:
    _, first, second, third = await accept(db, app_id, await new_media())
    assert (await jobs(db, LONG), await jobs(db, SHORT)) == ([first, second], [third])


async def test_a_task_with_steps_is_no_orphan_but_its_steps_may_be(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    _, *made = await accept(db, app_id, await new_media())
    await db.execute("update task set created_at = now() - interval '2 minutes'")
    assert await tasks.requeue_orphans(db, 60) == 0
    await db.execute("delete from procrastinate_jobs")
    assert await tasks.requeue_orphans(db, 60) == 3
    assert sorted([*await jobs(db, LONG), *await jobs(db, SHORT)]) == sorted(made)


async def test_whoever_waits_gets_a_job_when_that_has_ended(db: Database, app_id: int, new_media: NewMedia) -> None:
    whole, first, *_ = await accept(db, app_id, await new_media())
    async with db.transaction() as connection:
        await connection.execute(
            """insert into task (task_id, sub_app_id, kind, file_id, waits_for)
               select 'waiting', sub_app_id, 'k', file_id, %s from task where task_id = %s""",
            [first, whole],
        )
    await db.execute("update task set created_at = now() - interval '2 minutes'")
    assert await tasks.requeue_orphans(db, 60) == 0
    assert "waiting" not in await jobs(db, SHORT)
    await end(db, first)
    assert "waiting" in await jobs(db, SHORT)


async def test_a_cancelled_task_ends_with_its_steps_and_does_not_end_again(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    file_id = await new_media()
    whole, first, *others = await accept(db, app_id, file_id)
    owner = uuid4()
    await tasks.claim(db, first, owner, 0)
    async with db.transaction() as connection:
        ended = await tasks.cancel(connection, app_id, file_id, Outcome(err_code=30000, err_code_ext="Cancelled"))
    assert [one.task_id for one in ended] == [whole]
    assert not await tasks.beat(db, first, owner, 0.5)
    assert [await tasks.claim(db, step, uuid4(), 0) for step in (first, *others)] == [None] * 3
    async with db.transaction() as connection:
        assert await tasks.finish(connection, first, owner, DONE) is None


async def test_tasks_of_higher_priority_come_first_within_their_account(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    file_id = await new_media()
    low = (await accept(db, app_id, file_id, (LONG,) * 2, -10))[1:]
    middle = (await accept(db, app_id, file_id, (LONG,) * 2))[1:]
    high = (await accept(db, app_id, file_id, (LONG,) * 2, 10))[1:]
    more = (await accept(db, app_id, file_id, (LONG,), 0))[1:]
    assert await jobs(db, LONG) == [*high, *middle, *more, *low]


async def test_a_high_priority_takes_nothing_from_other_accounts(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    async with db.transaction() as connection:
        other = await accounts.create_account(connection)
    file_id = await new_media()
    ours = [(await accept(db, app_id, file_id, (LONG,)))[1] for _ in range(3)]
    theirs = [(await accept(db, other, file_id, (LONG,)))[1] for _ in range(3)]
    before = await jobs(db, LONG)
    high = (await accept(db, other, file_id, (LONG,), 10))[1]
    after = await jobs(db, LONG)
    assert [name for name in after if name in ours] == ours
    assert [after.index(name) for name in ours] == [before.index(name) for name in ours]
    assert [name for name in after if name not in ours] == [high, *theirs]


async def test_one_of_another_account_does_not_wait_for_a_thousand(
    db: Database, app_id: int, new_media: NewMedia
) -> None:
    async with db.transaction() as connection:
        other = await accounts.create_account(connection)
    file_id = await new_media()
    await accept(db, app_id, file_id, (LONG,) * 1000, 10)
    few = await accept(db, other, file_id, (LONG,), -10)
    assert (await jobs(db, LONG)).index(few[1]) <= 1


@pytest.mark.parametrize("days", [3, 7])
async def test_a_session_is_refused_for_its_days(db: Database, app_id: int, days: int) -> None:
    async def opened(name: str) -> bool:
        async with db.transaction() as connection:
            return await steps.open_session(connection, app_id, name, timedelta(days=days))

    assert [await opened(name) for name in ("a", "a", "b")] == [True, False, True]
    age = "update task_session set created_at = now() - %s"
    await db.execute(age, [timedelta(days=days, seconds=-60)])
    assert not await opened("a")
    await db.execute(age, [timedelta(days=days, seconds=60)])
    assert [await opened(name) for name in ("a", "a")] == [True, False]
    await db.execute(age, [timedelta(days=7, seconds=-60)])
    assert await steps.forget_sessions(db) == 0
    await db.execute(age, [timedelta(days=7, seconds=60)])
    assert await steps.forget_sessions(db) == 2


async def test_forgotten_tasks_take_their_steps_along(db: Database, app_id: int, new_media: NewMedia) -> None:
    whole, *made = await accept(db, app_id, await new_media(), (SHORT,))
    await end(db, made[0])
    await db.execute("update task set finished_at = now() - interval '31 days'")
    kept, *_ = await accept(db, app_id, await new_media(), (SHORT,))
    assert await tasks.forget(db, timedelta(days=3)) == 1
    rows = await db.fetch_all("select task_id from task order by 1")
    assert {row["task_id"] for row in rows} == {kept, kept.removesuffix("0") + "1"}
    assert whole not in {row["task_id"] for row in rows}


@pytest.mark.parametrize("queue", [SHORT, LONG])
async def test_virtual_time_begins_again_in_each_queue(
    db: Database, app_id: int, new_media: NewMedia, queue: str
) -> None:
    await db.execute("update fair_share set virtual_time = %s where queue = %s", [2**31 - 100, queue])
    _, first, second = await accept(db, app_id, await new_media(), (queue,) * 2)
    assert await fair_share.rebase(db) and not await fair_share.rebase(db)
    assert await jobs(db, queue) == [first, second]
    rows = await db.fetch_all("select priority from procrastinate_jobs")
    assert all(-10 <= row["priority"] <= 0 for row in rows)
