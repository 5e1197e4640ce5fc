"""What the janitor removes, what it leaves, and that no part of it keeps the others from their work."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from procrastinate import App

from minivod import ids
from minivod.jobs.engine import make_engine
from minivod.jobs.janitor import Janitor, delete_doomed
from minivod.media import workspace
from minivod.objects import Objects
from minivod.store import doomed, events, tasks, uploads
from minivod.store.database import Database
from minivod.store.tasks import Outcome
from minivod.store.uploads import Upload, UploadDetails

from .conftest import Accept

STALLED_AFTER = 120.0


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[App]:
    async def nothing(task_id: str, priority: int) -> None:
        raise AssertionError(task_id)

    async with make_engine(database_url, nothing, slots=1).open_async() as opened:
        yield opened


@pytest.fixture
def janitor(db: Database, objects: Objects, engine: App, tmp_path: Path) -> Janitor:
    return Janitor(db, objects, engine, str(tmp_path), stalled_after=STALLED_AFTER)


async def keys(objects: Objects) -> list[str]:
    return sorted([entry.key async for entry in objects.entries()])


async def put(db: Database, objects: Objects, *names: str) -> None:
    """Reserved and written, like in an attempt."""
    await doomed.reserve(db, names)
    for name in names:
        await objects.put_bytes(name, b"content")


async def a_day_passes(db: Database) -> None:
    await db.execute("update doomed_object set after = after - interval '1 day'")


async def test_objects_that_nobody_adopted_are_deleted_a_day_later(
    db: Database, objects: Objects, janitor: Janitor
) -> None:
    await put(db, objects, "published/1/a.mp4", "published/1/b.mp4")
    async with db.transaction() as connection:
        assert await doomed.spare(connection, ["published/1/a.mp4"])
    await janitor.clean()
    assert await keys(objects) == ["published/1/a.mp4", "published/1/b.mp4"]
    await a_day_passes(db)
    await janitor.clean()
    assert await keys(objects) == ["published/1/a.mp4"]
    assert await db.fetch_all("select * from doomed_object") == []


async def test_what_was_deleted_cannot_be_adopted_any_more(db: Database, objects: Objects) -> None:
    await put(db, objects, "published/1/a.mp4", "published/1/b.mp4")
    await db.execute("update doomed_object set after = now() where object_key like '%a.mp4'")
    assert await delete_doomed(db, objects) == 1
    async with db.transaction() as connection:
        assert not await doomed.spare(connection, ["published/1/a.mp4", "published/1/b.mp4"])


async def test_nothing_is_deleted_that_is_being_adopted(db: Database, objects: Objects) -> None:
    await put(db, objects, "published/1/a.mp4")
    await a_day_passes(db)
    async with db.transaction() as connection:
        assert await doomed.spare(connection, ["published/1/a.mp4"])
        assert await delete_doomed(db, objects) == 0  # beside the transaction
    assert await keys(objects) == ["published/1/a.mp4"]


class Stubborn(Objects):
    """A store in which some objects cannot be deleted."""

    async def delete(self, key: str) -> None:
        if "stubborn" in key:
            raise PermissionError(13, "Permission denied")
        await super().delete(key)


async def test_an_object_that_cannot_be_deleted_is_left_for_an_hour(db: Database, tmp_path: Path) -> None:
    objects = Stubborn((tmp_path / "objects").as_uri())
    await put(db, objects, "a/stubborn", "b/meek")
    await db.execute("update doomed_object set after = now() - interval '1 second'")
    await db.execute("update doomed_object set after = now() - interval '2 seconds' where object_key = 'a/stubborn'")
    with pytest.raises(PermissionError):
        await delete_doomed(db, objects)
    assert await delete_doomed(db, objects) == 1
    assert await keys(objects) == ["a/stubborn"]
    await db.execute("update doomed_object set after = after - interval '1 hour'")
    with pytest.raises(PermissionError):
        await delete_doomed(db, objects)


async def test_a_part_that_fails_does_not_keep_the_others_from_their_work(
    db: Database, engine: App, tmp_path: Path, accept: Accept
) -> None:
    objects = Stubborn((tmp_path / "objects").as_uri())
    await put(db, objects, "a/stubborn")
    await a_day_passes(db)
    await accept()
    await db.execute("delete from procrastinate_jobs")
    await db.execute("update task set created_at = now() - interval '1 hour'")
    tmp_path.joinpath("work").write_text("not a directory")  # the sweeping of directories fails, too
    with pytest.raises(OSError):
        await Janitor(db, objects, engine, str(tmp_path), stalled_after=STALLED_AFTER).clean()
    assert len(await db.fetch_all("select 1 from procrastinate_jobs where status = 'todo'")) == 1


@pytest.mark.parametrize("left", ["deleted", "failed", "aborted", "cancelled", "succeeded"])
async def test_a_task_whose_job_has_ended_gets_another(
    db: Database, janitor: Janitor, accept: Accept, left: str
) -> None:
    """Once it has been silent for long."""
    task_id, owner = await accept(), uuid4()
    await tasks.claim(db, task_id, owner, -1)
    await db.execute("update task set created_at = now() - interval '1 hour'")
    if left == "deleted":
        await db.execute("delete from procrastinate_jobs")
    else:
        await db.execute("update procrastinate_jobs set status = %s::procrastinate_job_status", [left])
    jobs = "select args ->> 'task_id' as task from procrastinate_jobs where status = 'todo'"
    await janitor.clean()
    assert await db.fetch_all(jobs) == []
    await db.execute("update task set beat = now() - %s * interval '1 second'", [STALLED_AFTER + 1])
    await janitor.clean()
    await janitor.clean()
    assert [row["task"] for row in await db.fetch_all(jobs)] == [task_id]


async def test_finished_tasks_are_no_orphans(db: Database, janitor: Janitor, accept: Accept, app_id: int) -> None:
    task_id, owner = await accept(), uuid4()
    await tasks.claim(db, task_id, owner, -1)
    async with db.transaction() as connection:
        assert await tasks.finish(connection, task_id, owner, tasks.Outcome(result="Pass"))
    await db.execute("delete from procrastinate_jobs")
    await db.execute("update task set created_at = now() - interval '1 hour', beat = now() - interval '1 hour'")
    await janitor.clean()
    assert await db.fetch_all("select 1 from procrastinate_jobs") == []


async def test_old_failed_jobs_are_forgotten(db: Database, janitor: Janitor, accept: Accept) -> None:
    await accept()
    await accept()
    await db.execute(
        "update procrastinate_jobs set status = 'failed' where id = (select min(id) from procrastinate_jobs)"
    )
    await janitor.clean()
    assert len(await db.fetch_all("select 1 from procrastinate_jobs")) == 2
    await db.execute("update procrastinate_events set at = at - interval '25 hours'")
    await janitor.clean()
    assert [row["status"] for row in await db.fetch_all("select status::text from procrastinate_jobs")] == ["todo"]


async def test_old_events_are_forgotten(db: Database, janitor: Janitor, app_id: int) -> None:
    async with db.transaction() as connection:
        for subject in ("old", "new"):
            await events.append(connection, app_id, "FileDeleted", subject, {})
    await db.execute("update event set created_at = now() - interval '97 hours' where subject = 'old'")
    await janitor.clean()
    assert [row["subject"] for row in await db.fetch_all("select subject from event")] == ["new"]


async def test_uploads_that_nobody_committed_are_removed(
    db: Database, janitor: Janitor, objects: Objects, app_id: int
) -> None:
    for name in ("over", "open"):
        key = f"{name}.mp4"
        await uploads.create(
            db,
            Upload(
                session_key=name, sub_app_id=app_id, secret_id=ids.new_directory(), secret_key="s", token="t",
                media_key=key, cover_key=None, media_type="mp4", cover_type=None, details=UploadDetails(),
            ),
            lifetime=3600,
        )  # fmt: skip
        await put(db, objects, f"stored/{name}")
        async with db.transaction() as connection:
            await uploads.place(
                connection,
                uploads.UploadedObject(
                    object_key=key, session_key=name, stored_key=f"stored/{name}", size=7, etag="0" * 32, crc64="0"
                ),
            )
    await db.execute("update upload set expires_at = now() where session_key = 'over'")
    await janitor.clean()
    assert await keys(objects) == ["stored/open"]
    assert [row["session_key"] for row in await db.fetch_all("select session_key from upload")] == ["open"]


async def test_directories_of_dead_processes_are_swept(janitor: Janitor, tmp_path: Path) -> None:
    with workspace.job_directory(tmp_path, "attempt") as living:
        dead = living.with_name("attempt-dead")
        dead.mkdir()
        (dead / "video.mp4").write_bytes(b"half")
        for path in (living, dead):
            os.utime(path, (0, 0))
        await janitor.clean()
        assert [path.name for path in (tmp_path / "work").iterdir()] == [living.name]


async def test_tasks_are_forgotten_when_their_time_is_over(
    db: Database, objects: Objects, engine: App, accept: Accept, tmp_path: Path
) -> None:
    janitor = Janitor(db, objects, engine, str(tmp_path), stalled_after=STALLED_AFTER, task_lifetime=10 * 86400.0)
    old, recent, unfinished = [await accept() for _ in range(3)]
    for task_id in (old, recent):
        owner = uuid4()
        assert await tasks.claim(db, task_id, owner, -1)
        async with db.transaction() as connection:
            assert await tasks.finish(connection, task_id, owner, Outcome())
    await db.execute("update task set created_at = now() - interval '30 days'")
    await db.execute("update task set finished_at = now() - interval '9 days' where task_id = %s", [recent])
    await db.execute("update task set finished_at = now() - interval '11 days' where task_id = %s", [old])
    await janitor.clean()
    rows = await db.fetch_all("select task_id from task")
    assert {row["task_id"] for row in rows} == {recent, unfinished}
