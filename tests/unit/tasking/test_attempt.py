"""Attempts: what counts, what is handed back, what is given up, and who may go on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog

from minivod.objects import NoSuchObject, Objects, StoreUnavailable
from minivod.publishing.decision import Decision
from minivod.store import tasks
from minivod.store.database import Database
from minivod.store.publications import KIND
from minivod.store.tasks import Outcome, Task
from minivod.tasking.attempt import Attempts
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds, Run

from ...waiting import PATIENCE
from ..publishing.stage import Announcing
from .conftest import Accept

HEARTBEAT = 0.05
Step = Callable[[Path], Awaitable[object]]


class Scripted(Announcing):
    """The kind of the tasks: an attempt is what a test says."""

    def __init__(self, step: Step) -> None:
        self._step = step

    async def attempt(self, run: Run) -> Decision:
        run.on_progress(0.5)
        await self._step(run.work)
        return self.give_up(Outcome(result="Failed", message="the step came to its end"))


def failing(error: Exception) -> Step:
    async def step(work: Path) -> None:
        raise error

    return step


async def forever(work: Path) -> None:
    (work / "half").write_bytes(b"written")
    await asyncio.Event().wait()


class Stage:
    """Attempts at one task."""

    def __init__(self, db: Database, objects: Objects, home: Path, task_id: str) -> None:
        self.db, self.objects, self.home, self.task_id = db, objects, home, task_id

    def run(self, step: Step, most: int = 3) -> "asyncio.Task[None]":
        kinds = Kinds(single={KIND: Scripted(step)})
        attempts = Attempts(self.db, self.objects, kinds, str(self.home), heartbeat=HEARTBEAT, most=most)
        return asyncio.create_task(attempts.run(self.task_id, -1))

    async def task(self) -> Task:
        row = await self.db.fetch_one("select * from task where task_id = %s", [self.task_id])
        assert row is not None
        return Task(**{name: row[name] for name in Task.__struct_fields__})

    async def until(self, holds: Callable[[Task], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds(await self.task()):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def stage(db: Database, objects: Objects, tmp_path: Path, accept: Accept) -> Stage:
    return Stage(db, objects, tmp_path, await accept())


EXPLAINED = {NoSuchObject: ("attempt_interrupted", None), ValueError: ("attempt_failed", True)}
"""The line of the log, and whether it has a traceback."""
OUTAGES = [StoreUnavailable("away"), psycopg.OperationalError("gone"), OSError(5, "Input/output error")]


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
async def test_an_outage_does_not_count(stage: Stage, error: Exception) -> None:
    for _ in range(4):  # more than are allowed
        with pytest.raises(type(error)):
            await stage.run(failing(error))
        task = await stage.task()
        assert (task.status, task.attempt) == ("WAITING", 0)


async def test_an_outage_counts_when_it_does_not_end(stage: Stage) -> None:
    """So that a task which alone provokes it ends as well."""
    with pytest.raises(StoreUnavailable):
        await stage.run(failing(StoreUnavailable("away")))
    await stage.db.execute("update task set begun_at = now() - interval '7 hours'")
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await stage.run(failing(StoreUnavailable("away")))
    await stage.run(failing(AssertionError("not begun any more")))
    assert (await stage.task()).result == "Failed"


@pytest.mark.parametrize("error", [NoSuchObject("lost"), ValueError("ours")], ids=lambda error: type(error).__name__)
async def test_a_task_that_fails_again_and_again_is_given_up(stage: Stage, error: Exception) -> None:
    for attempt in (1, 2, 3):
        with pytest.raises(type(error)), structlog.testing.capture_logs() as lines:
            await stage.run(failing(error))
        assert (await stage.task()).attempt == attempt
        [line] = lines
        assert (line["event"], line.get("exc_info")) == EXPLAINED[type(error)]
    await stage.run(failing(AssertionError("not begun any more")))
    task = await stage.task()
    assert (task.status, task.result, task.err_code_ext) == ("FINISH", "Failed", "InternalError")
    assert task.message.startswith("given up after 3 attempts")
    [event] = await stage.db.fetch_all("select subject, payload from event")
    assert event["subject"] == stage.task_id and event["payload"]["PublishResult"] == "Failed"
    assert await stage.db.fetch_one("select 1 from publication where state = 'FAILED'")
    await stage.run(failing(AssertionError("it is finished")))


async def test_an_attempt_that_is_cancelled_is_handed_back(stage: Stage) -> None:
    running = stage.run(forever)
    await stage.until(lambda task: task.progress == 0.5)
    assert [path.name for path in (stage.home / "work").glob("*/*")] == ["half"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    task = await stage.task()
    assert (task.status, task.attempt) == ("WAITING", 0)
    assert list((stage.home / "work").iterdir()) == []


async def test_an_attempt_that_was_taken_over_stops(stage: Stage) -> None:
    running = stage.run(forever)
    await stage.until(lambda task: task.status == "PROCESSING")
    other = uuid4()
    await tasks.claim(stage.db, stage.task_id, other, -1)
    await asyncio.wait_for(running, PATIENCE)
    assert (await stage.task()).attempt == 2
    assert await tasks.beat(stage.db, stage.task_id, other, 0.1)  # it is still the other's
    assert list((stage.home / "work").iterdir()) == []


async def test_an_attempt_that_has_just_ended_its_task_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign of life may be due between the commit and the moment in which the attempt hears of it."""
    told: list[str] = []

    async def busy(*arguments: Any) -> Task:
        finished = await conclude(*arguments)
        await asyncio.sleep(5 * HEARTBEAT)
        told.append(finished.status)
        return finished

    async def done(work: Path) -> None:
        pass

    monkeypatch.setattr("minivod.tasking.attempt.conclude", busy)
    await stage.run(done)
    assert told == ["FINISH"]


async def test_handing_back_does_not_take_from_the_next_owner(stage: Stage) -> None:
    running = stage.run(forever)
    await stage.until(lambda task: task.status == "PROCESSING")
    other = uuid4()
    await tasks.claim(stage.db, stage.task_id, other, -1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    task = await stage.task()
    assert (task.status, task.attempt) == ("PROCESSING", 2)
