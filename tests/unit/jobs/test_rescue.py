"""Stalled jobs are found by the beat of their tasks, and left alone after an outage."""

from uuid import uuid4

import psycopg
import pytest

from minivod.jobs.rescue import Rescue
from minivod.store import tasks
from minivod.store.database import Database
from minivod.store.publications import QUEUE
from minivod.store.tasks import Outcome

from .conftest import Accept

SILENCE, HEARTBEAT = 20.0, 5.0
GRACE = SILENCE + 2 * HEARTBEAT


async def fetch(db: Database) -> str:
    """Takes a job like a worker does; its TaskId."""
    worker = await db.fetch_one("select worker_id from procrastinate_register_worker_v1()")
    assert worker is not None
    job = await db.fetch_one(
        "select args ->> 'task_id' as task from procrastinate_fetch_job_v2(%s::varchar[], %s)",
        [[QUEUE], worker["worker_id"]],
    )
    assert job is not None
    return str(job["task"])


async def time_passes(db: Database, seconds: float) -> None:
    """Everything that happened lies that much further back."""
    await db.execute("update procrastinate_events set at = at - %s * interval '1 second'", [seconds])
    await db.execute(
        "update procrastinate_workers set last_heartbeat = last_heartbeat - %s * interval '1 s'", [seconds]
    )
    await db.execute("update task set beat = beat - %s * interval '1 second'", [seconds])


async def status(db: Database) -> list[str]:
    return [row["status"] for row in await db.fetch_all("select status::text from procrastinate_jobs")]


async def test_a_silent_tasks_job_is_given_to_others(db: Database, accept: Accept) -> None:
    task_id = await accept()
    assert await fetch(db) == task_id
    await tasks.claim(db, task_id, uuid4(), -1)
    await time_passes(db, SILENCE - 5)
    assert await tasks.rescue(db, SILENCE) == []
    await time_passes(db, 10)
    assert await tasks.rescue(db, SILENCE) == [task_id]
    assert await status(db) == ["todo"]
    assert await tasks.rescue(db, SILENCE) == []


async def test_the_jobs_of_a_worker_that_is_known_to_be_dead_are_free_at_once(db: Database, accept: Accept) -> None:
    dead, other, finished, nameless = [await accept() for _ in range(4)]
    for task_id, name in ((dead, "a"), (other, "b"), (finished, "a"), (nameless, None)):
        assert await fetch(db) == task_id
        owner = uuid4()
        await tasks.claim(db, task_id, owner, -1, name)
        if task_id == finished:
            async with db.transaction() as connection:
                assert await tasks.finish(connection, task_id, owner, Outcome())
    assert await tasks.release(db, "a") == [dead]
    assert await tasks.release(db, "a") == []
    assert sorted(await status(db)) == ["doing", "doing", "doing", "todo"]
    rows = await db.fetch_all("select task_id, status, attempt from task order by created_at")
    assert [(row["task_id"], row["status"], row["attempt"]) for row in rows] == [
        (dead, "WAITING", 1), (other, "PROCESSING", 1), (finished, "FINISH", 1), (nameless, "PROCESSING", 1),
    ]  # fmt: skip
    assert await fetch(db) == dead
    assert (await tasks.claim(db, dead, uuid4(), -1, "c")) is not None
    assert await tasks.release(db, "a") == []


async def test_a_job_that_was_fetched_and_never_begun_is_rescued(db: Database, accept: Accept) -> None:
    task_id = await accept()
    await fetch(db)
    assert await tasks.rescue(db, SILENCE) == []
    await time_passes(db, SILENCE + 1)
    assert await tasks.rescue(db, SILENCE) == [task_id]


async def test_a_task_that_shows_signs_of_life_is_left_alone(db: Database, accept: Accept) -> None:
    """Whatever the queue thinks of its worker."""
    task_id, owner = await accept(), uuid4()
    await fetch(db)
    await tasks.claim(db, task_id, owner, -1)
    await time_passes(db, 10 * SILENCE)
    assert await tasks.beat(db, task_id, owner, 0.5)
    assert await tasks.rescue(db, SILENCE) == []


async def test_a_living_workers_job_without_an_attempt_is_rescued(db: Database, accept: Accept) -> None:
    """The database went away when the worker told the queue how its attempt had ended; it lives on."""
    task_id, owner = await accept(), uuid4()
    await fetch(db)
    await tasks.claim(db, task_id, owner, -1)
    await tasks.hand_back(db, task_id, owner)
    await time_passes(db, SILENCE + 1)
    await db.execute("update procrastinate_workers set last_heartbeat = now()")
    assert await tasks.rescue(db, SILENCE) == [task_id]


class Clock:
    """Seconds that a test decides."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Uptime:
    """A database whose age a test decides; everything else is the real one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.seconds: float | None = 1e6

    async def uptime(self) -> float:
        if self.seconds is None:
            raise psycopg.OperationalError("away")
        return self.seconds

    def __getattr__(self, name: str) -> object:
        return getattr(self._db, name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aged(db: Database) -> Uptime:
    return Uptime(db)


@pytest.fixture
async def rescue(aged: Uptime, db: Database, accept: Accept, clock: Clock) -> Rescue:
    """With a stalled job to be rescued."""
    await accept()
    await fetch(db)
    await time_passes(db, 3600)
    return Rescue(aged, stalled_after=SILENCE, heartbeat=HEARTBEAT, now=clock)  # type: ignore[arg-type]


async def turns(rescue: Rescue, clock: Clock, seconds: float) -> int:
    """A turn every heartbeat, for that long; how many jobs were rescued."""
    rescued = 0
    for _ in range(int(seconds / HEARTBEAT)):
        clock.now += HEARTBEAT
        rescued += await rescue.turn()
    return rescued


async def test_rescue_begins_when_the_living_could_have_shown_it(rescue: Rescue, clock: Clock) -> None:
    assert await rescue.turn() == 0
    assert await turns(rescue, clock, GRACE - HEARTBEAT) == 0
    assert await turns(rescue, clock, HEARTBEAT) == 1


async def test_a_database_that_has_just_started_is_given_time(rescue: Rescue, clock: Clock, aged: Uptime) -> None:
    aged.seconds = GRACE - 1
    assert await turns(rescue, clock, 3 * GRACE) == 0
    aged.seconds = GRACE
    assert await turns(rescue, clock, HEARTBEAT) == 1


async def test_after_an_outage_the_time_begins_anew(rescue: Rescue, clock: Clock, aged: Uptime) -> None:
    await turns(rescue, clock, HEARTBEAT)
    aged.seconds = None
    for _ in range(10):
        clock.now += HEARTBEAT
        with pytest.raises(psycopg.OperationalError):
            await rescue.turn()
    aged.seconds = 1e6  # the network was away, the server was not
    assert await turns(rescue, clock, GRACE) == 0
    assert await turns(rescue, clock, HEARTBEAT) == 1


async def test_a_process_that_slept_gives_the_others_time_to_wake_up(rescue: Rescue, clock: Clock) -> None:
    await turns(rescue, clock, GRACE - HEARTBEAT)
    clock.now += SILENCE + 1
    assert await rescue.turn() == 0
    assert await turns(rescue, clock, GRACE - HEARTBEAT) == 0
    assert await turns(rescue, clock, HEARTBEAT) == 1
