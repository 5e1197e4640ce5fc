"""Attempts are fenced by their owner: one finish, one event."""

from uuid import uuid4

from minivod import ids
from minivod.store import events, tasks
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.tasks import Outcome

from .conftest import NewMedia

PASSED = Outcome(result="Pass")


async def accepted(db: Database, app_id: int, file_id: str) -> str:
    wanted = PublishRequest(
        sub_app_id=app_id, app_id=app_id, file_id=file_id, definition=0, task_id=ids.new_task_id(app_id, KIND)
    )
    assert (await Publications(db, lambda *_: True).accept(wanted)).accepted
    return wanted.task_id


async def finish(db: Database, task_id: str, owner: object) -> bool:
    async with db.transaction() as connection:
        return await tasks.finish(connection, task_id, owner, PASSED) is not None  # type: ignore[arg-type]


async def test_a_worker_given_up_for_dead_cannot_finish(db: Database, app_id: int, new_media: NewMedia) -> None:
    task_id = await accepted(db, app_id, await new_media())
    dead, alive = uuid4(), uuid4()
    first = await tasks.claim(db, task_id, dead, -1)
    second = await tasks.claim(db, task_id, alive, -1)
    assert first is not None and second is not None and (first.attempt, second.attempt) == (1, 2)
    assert not await tasks.beat(db, task_id, dead, 0.5)
    assert not await finish(db, task_id, dead)
    assert await tasks.beat(db, task_id, alive, 0.5)
    assert await finish(db, task_id, alive)
    assert not await finish(db, task_id, alive)
    assert await tasks.claim(db, task_id, uuid4(), -1) is None


async def test_a_handed_back_attempt_does_not_count(db: Database, app_id: int, new_media: NewMedia) -> None:
    task_id = await accepted(db, app_id, await new_media())
    owner = uuid4()
    await tasks.claim(db, task_id, owner, -1)
    await tasks.hand_back(db, task_id, owner)
    [task] = await tasks.find_many(db, [(app_id, task_id)])
    assert task is not None and (task.status, task.attempt) == ("WAITING", 0)


async def test_a_task_without_a_job_gets_one(db: Database, app_id: int, new_media: NewMedia) -> None:
    task_id = await accepted(db, app_id, await new_media())
    await db.execute("update task set created_at = now() - interval '2 minutes'")
    assert await tasks.requeue_orphans(db, 60) == 0
    await db.execute("delete from procrastinate_jobs")
    assert await tasks.requeue_orphans(db, 60) == 1
    assert await tasks.requeue_orphans(db, 60) == 0
    job = await db.fetch_one("select args from procrastinate_jobs")
    assert job is not None and job["args"] == {"task_id": task_id}


async def test_other_applications_see_no_task(db: Database, app_id: int, new_media: NewMedia) -> None:
    task_id = await accepted(db, app_id, await new_media())
    assert await tasks.find_many(db, [(app_id + 1, task_id), (app_id, "x"), (app_id, task_id)]) == [
        None,
        None,
        (await tasks.find_many(db, [(app_id, task_id)]))[0],
    ]


async def test_an_event_is_announced_once(db: Database, app_id: int) -> None:
    for _ in range(2):
        async with db.transaction() as connection:
            await events.append(connection, app_id, "WechatMiniProgramPublishComplete", "task", {"TaskId": "task"})
    assert len(await events.pull(db, app_id)) == 1
