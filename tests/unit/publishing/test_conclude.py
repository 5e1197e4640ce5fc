"""The end of an attempt: everything is switched in at once, or nothing is, and no object is left over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from minivod.jobs.janitor import delete_doomed
from minivod.processing.removal import remove
from minivod.publishing.announce import announce
from minivod.publishing.decision import Decision
from minivod.review.model import Finding, ReviewRecord, ReviewResult, SummaryRow
from minivod.store import media, publications, tasks
from minivod.store.database import Connection, Database
from minivod.store.tasks import Outcome
from minivod.tasking.kind import AttemptLost
from minivod.tasking.outcome import failure

from .stage import Stage, open_stage


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


def reviewed(decision: Any) -> ReviewResult:
    found = Finding(category="Porn", label="x", confidence=90, start=0, end=1, evidence="worst")
    record = ReviewRecord(
        decision=decision,
        message="in words",
        summary=[SummaryRow(Type="Porn", Suggestion="pass", Confidence=90)],
        findings=[found],
        covered=["Porn"],
        uncovered={},
        samples_seen=2,
        samples_inspected=1,
        seconds={},
    )
    return ReviewResult(record=record, thumbnails={"worst": b"a picture"})


@pytest.fixture
def passed(tmp_path: Path) -> Decision:
    video, cover = tmp_path / "video.mp4", tmp_path / "cover.jpg"
    video.write_bytes(b"reviewed video")
    cover.write_bytes(b"reviewed cover")
    return Decision(
        outcome=Outcome(result="Pass"), state="PASS", files={"": video}, cover=cover, review=reviewed("Pass")
    )


async def left_after_a_day(stage: Stage) -> list[str]:
    await stage.db.execute("update doomed_object set after = after - interval '1 day'")
    await delete_doomed(stage.db, stage.objects)
    return await stage.keys("published", "evidence")


async def test_what_passed_is_switched_in_at_once(stage: Stage, passed: Decision) -> None:
    task_id = await stage.accepted()
    task, owner = await stage.claim(task_id)
    finished = await stage.conclude(task, owner, passed)
    assert (finished.status, finished.result) == ("FINISH", "Pass")
    found = await stage.publication(task)
    assert found is not None and found.state == "PASS"
    name = f"{task.file_id}/{owner.hex}"
    assert (found.object_key, found.cover_key) == (f"published/{name}.mp4", f"published/{name}.jpg")
    assert [event["PublishResult"] for event in await stage.events()] == ["Pass"]
    record = await tasks.find_review(stage.db, stage.app_id, task_id)
    assert record is not None and record["evidence_prefix"] == f"evidence/{task_id}/{owner.hex}"
    assert await left_after_a_day(stage) == [
        f"{record['evidence_prefix']}/worst.jpg", f"published/{name}.jpg", f"published/{name}.mp4",
    ]  # fmt: skip


async def test_nothing_is_left_of_a_video_that_is_deleted(stage: Stage, passed: Decision) -> None:
    task, owner = await stage.claim(task_id := await stage.accepted())
    await stage.conclude(task, owner, passed)
    async with stage.db.transaction() as connection:
        assert await media.lock(connection, stage.app_id, task.file_id)
        await remove(connection, "http://x", stage.app_id, task.file_id)
    assert await tasks.find_review(stage.db, stage.app_id, task_id) is None
    assert (await stage.task(task_id)).result == "Pass"  # what happened can still be asked
    await delete_doomed(stage.db, stage.objects)
    assert await stage.keys("published", "evidence") == []


@pytest.mark.parametrize("state", ["REJECTED", "FAILED"])
async def test_nothing_of_a_refused_video_can_be_played(stage: Stage, passed: Decision, state: str) -> None:
    """Even if somebody handed it over."""
    task, owner = await stage.claim(await stage.accepted())
    review = reviewed("Rejected") if state == "REJECTED" else None
    outcome = Outcome(result="Rejected") if review else failure("SourceFileError", "broken")
    decision = Decision(outcome=outcome, state=state, files=passed.files, cover=passed.cover, review=review)
    finished = await stage.conclude(task, owner, decision)
    assert finished.result == ("Rejected" if review else "Failed")
    found = await stage.publication(task)
    assert found is not None and (found.state, found.object_key, found.cover_key) == (state, None, None)
    assert await publications.find_playables(stage.db, [publications.Address(stage.app_id, task.file_id)]) == [None]
    left = await left_after_a_day(stage)
    assert left == ([f"evidence/{task.task_id}/{owner.hex}/worst.jpg"] if review else [])


async def test_who_lost_the_task_changes_nothing(stage: Stage, passed: Decision) -> None:
    task_id = await stage.accepted()
    slow, slow_owner = await stage.claim(task_id)
    fast, fast_owner = await stage.claim(task_id)
    with pytest.raises(AttemptLost):
        await stage.conclude(slow, slow_owner, passed)
    found = await stage.publication(slow)
    assert found is not None and found.state == "RUNNING" and await stage.events() == []
    await delete_doomed(stage.db, stage.objects)  # at once
    assert await stage.keys("published", "evidence") == []
    await stage.conclude(fast, fast_owner, passed)
    with pytest.raises(AttemptLost):
        await stage.conclude(slow, slow_owner, passed)
    assert len(await stage.events()) == 1
    assert all(fast_owner.hex in key for key in await left_after_a_day(stage))
    assert len(await stage.keys("published")) == 2


async def withdraw(connection: Connection, stage: Stage, file_id: str) -> None:
    assert await publications.withdraw(connection, stage.app_id, file_id) == "RUNNING"


async def test_a_task_that_was_cancelled_meanwhile(stage: Stage, passed: Decision) -> None:
    task, owner = await stage.claim(await stage.accepted())
    async with stage.db.transaction() as connection:
        [ended] = await tasks.cancel(connection, stage.app_id, task.file_id, failure("Cancelled", "deleted"))
        await announce(connection, ended)
        await withdraw(connection, stage, task.file_id)
    with pytest.raises(AttemptLost):
        await stage.conclude(task, owner, passed)
    assert [(event["Message"], event["PublishResult"]) for event in await stage.events()] == [("deleted", "Failed")]
    await delete_doomed(stage.db, stage.objects)
    assert await stage.keys("published", "evidence") == []


async def test_a_task_whose_publication_is_gone_ends_too(stage: Stage, passed: Decision) -> None:
    """Whoever took it away without a word to the task: it must not be tried for ever."""
    task, owner = await stage.claim(await stage.accepted())
    async with stage.db.transaction() as connection:
        await withdraw(connection, stage, task.file_id)
    finished = await stage.conclude(task, owner, passed)
    assert (finished.status, finished.result, finished.err_code_ext) == ("FINISH", "Failed", "Cancelled")
    assert [event["PublishResult"] for event in await stage.events()] == ["Failed"]
    assert await stage.publication(task) is None
    assert await tasks.find_review(stage.db, stage.app_id, task.task_id) is None
    await delete_doomed(stage.db, stage.objects)
    assert await stage.keys("published", "evidence") == []


async def test_a_newer_tasks_publication_is_left_alone(stage: Stage, passed: Decision) -> None:
    task, owner = await stage.claim(await stage.accepted())
    await stage.db.execute("update publication set task_id = 'newer'")
    finished = await stage.conclude(task, owner, passed)
    assert finished.result == "Failed"
    found = await stage.publication(task)
    assert found is not None and (found.task_id, found.state, found.object_key) == ("newer", "RUNNING", None)


class Dying(Database):
    """A database that is gone when the attempt wants to commit."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        raise psycopg.OperationalError("gone")
        yield


async def test_what_was_written_before_a_crash_is_deleted_a_day_later(stage: Stage, passed: Decision) -> None:
    task_id = await stage.accepted()
    task, owner = await stage.claim(task_id)
    dying = await Dying(stage.db.url).open()
    with pytest.raises(psycopg.OperationalError):
        await stage.conclude(task, owner, passed, db=dying)
    await dying.close()
    assert len(await stage.keys("published")) == 2
    again, next_owner = await stage.claim(task_id)
    await stage.conclude(again, next_owner, passed)
    assert len(await stage.keys("published")) == 4
    assert all(next_owner.hex in key for key in await left_after_a_day(stage))
    assert len(await stage.keys("published")) == 2


class Sleeping(Database):
    """A database whose user slept for two days before the commit; the janitor did not."""

    stage: Stage

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        await left_after_a_day(self.stage)
        async with super().transaction() as connection:
            yield connection


async def test_an_attempt_that_slept_for_days_publishes_no_deleted_object(stage: Stage, passed: Decision) -> None:
    task, owner = await stage.claim(await stage.accepted())
    sleeping = Sleeping(stage.db.url)
    sleeping.stage = stage
    await sleeping.open()
    with pytest.raises(TimeoutError):
        await stage.conclude(task, owner, passed, db=sleeping)
    await sleeping.close()
    found = await stage.publication(task)
    assert found is not None and found.state == "RUNNING"
    assert (await stage.task(task.task_id)).status == "PROCESSING"  # to be tried again
    assert await stage.events() == []
