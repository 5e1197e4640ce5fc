"""What is stored and used is counted truly: whatever happens to videos, and however often somebody tries."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minivod import ids
from minivod.jobs.counting import count_storage
from minivod.jobs.janitor import delete_doomed
from minivod.media.metadata import MediaMetadata
from minivod.processing.accept import Order, accept
from minivod.processing.plan import Step
from minivod.processing.procedure import Procedure
from minivod.processing.reviewing import Reviewed
from minivod.processing.step import Product, StepEnd, StepKind
from minivod.processing.used import pictures
from minivod.publishing.decision import Decision
from minivod.store import media, results, storage, subtitles, usage
from minivod.store.subtitles import Subtitle
from minivod.store.tasks import Outcome, Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import AttemptLost, Kinds
from minivod.tasking.outcome import failure
from minivod.wire.procedure import PROCEDURE

from ..publishing.stage import Stage, open_stage
from ..publishing.test_conclude import reviewed
from ..publishing.test_preflight import FINE


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


def file(tmp_path: Path, name: str, size: int) -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    return path


async def counted(stage: Stage) -> tuple[int, int]:
    """Videos and bytes, which are the same before and after they were added up."""
    before = await storage.stored(stage.db, stage.app_id)
    await storage.add_up(stage.db)
    assert await storage.stored(stage.db, stage.app_id) == before
    assert await stage.db.fetch_all("select * from storage_change") == []
    return before.media, before.bytes


async def really(stage: Stage) -> int:
    """Bytes in the object store, without the evidence of reviews."""
    return sum([entry.size async for entry in stage.objects.entries() if not entry.key.startswith("evidence/")])


async def step_of(stage: Stage, file_id: str) -> tuple[Task, uuid.UUID]:
    step = Step(type="ImageSprite", definition=10, input={"Definition": 10}, template={}, marks=[])
    order = Order(sub_app_id=stage.app_id, app_id=stage.app_id, file_id=file_id, steps=[step])
    async with stage.db.transaction() as connection:
        task_id = await accept(connection, "http://vod.example", order)
    return await stage.claim(task_id.removesuffix("0") + "1")


async def end_step(stage: Stage, task: Task, owner: uuid.UUID, end: StepEnd) -> Task:
    shop: Any = None
    kinds = Kinds(
        single={"ImageSprite": StepKind("ImageSprite", shop, shop)}, wholes={PROCEDURE: Procedure("http://v.example")}
    )
    return await conclude(stage.db, stage.objects, kinds, task, owner, end)


def sprite(files: dict[str, Path], source: str, number: int = 1) -> StepEnd:
    body = {"width": 1, "height": 1, "total": 1}
    made = Product(files=files, entry="v.vtt", body=body, used=pictures("ImageSprite", number))
    return StepEnd(kind="ImageSprite", outcome=Outcome(), product=made, source_key=source)


async def lines(stage: Stage) -> list[tuple[str, str, int, int]]:
    rows = await stage.db.fetch_all("select * from usage order by kind, specification")
    assert {row["sub_app_id"] for row in rows} <= {stage.app_id}
    return [(row["kind"], row["specification"], row["tasks"], row["amount"]) for row in rows]


def metadata(size: int, duration: float = 10.0) -> MediaMetadata:
    return msgspec.structs.replace(FINE, size=size, duration=duration)


async def test_bytes_of_a_whole_life(stage: Stage, tmp_path: Path) -> None:
    original, video = file(tmp_path, "a.mp4", 1000), file(tmp_path, "b.mp4", 700)
    task, owner = await stage.claim(
        await stage.accepted(original, metadata=msgspec.to_builtins(metadata(1000)), cover_key=f"c/{ids.new_file_id()}")
    )
    found = (await media.find(stage.db, stage.app_id, [task.file_id]))[task.file_id]
    await stage.objects.put_bytes(str(found.cover_key), bytes(50))
    assert await counted(stage) == (1, 1000)  # the cover's size is not known yet
    await count_storage(stage.db, stage.objects)
    assert await counted(stage) == (1, 1050)
    cover = file(tmp_path, "c.jpg", 30)
    passed = Decision(
        outcome=Outcome(result="Pass"), state="PASS", files={"": video}, cover=cover, review=reviewed("Pass"),
        metadata=metadata(700),
    )  # fmt: skip
    await stage.conclude(task, owner, passed)
    assert await counted(stage) == (1, 1780)
    step, step_owner = await step_of(stage, task.file_id)
    sheets = {"1.jpg": file(tmp_path, "1.jpg", 9), "v.vtt": file(tmp_path, "v.vtt", 2)}
    end = sprite(sheets, str(found.object_key))
    await end_step(stage, step, step_owner, end)
    assert await counted(stage) == (1, 1791)
    async with stage.db.transaction() as connection:
        words = Subtitle(subtitle_id="s", name="n", language="en", object_key="subtitle/1")
        await subtitles.add(connection, stage.app_id, task.file_id, words)
    await stage.objects.put_bytes("subtitle/1", bytes(5))
    await count_storage(stage.db, stage.objects)
    assert await counted(stage) == (1, await really(stage)) == (1, 1796)
    async with stage.db.transaction() as connection:
        await media.delete_original(connection, stage.app_id, task.file_id)
        await results.delete(connection, stage.app_id, task.file_id, "ImageSprite", 0)
    await delete_doomed(stage.db, stage.objects)
    assert await counted(stage) == (1, await really(stage)) == (1, 735)
    async with stage.db.transaction() as connection:
        await media.delete(connection, stage.app_id, task.file_id)
    assert await counted(stage) == (0, 0)


async def test_what_was_there_before_is_measured(stage: Stage, tmp_path: Path) -> None:
    """Rows of an earlier version know no sizes: of playlists with their segments, and of what was approved."""
    task, owner = await stage.claim(await stage.accepted())
    sizes = {"v.m3u8": 3, "a/1.ts": 40, "a/2.ts": 50}
    files = {name: file(tmp_path, name.replace("/", "_"), size) for name, size in sizes.items()}
    passed = Decision(
        outcome=Outcome(result="Pass"), state="PASS", files=files, cover=file(tmp_path, "c.jpg", 7),
        review=reviewed("Pass"), metadata=metadata(93),
    )  # fmt: skip
    await stage.conclude(task, owner, passed)
    assert await counted(stage) == (1, 100)
    await stage.db.execute("update publication set bytes = null")
    assert await counted(stage) == (1, 0)
    await count_storage(stage.db, stage.objects)
    assert await counted(stage) == (1, 100)
    await stage.objects.delete((await stage.keys("published"))[0])
    await stage.db.execute("update publication set bytes = null")
    await count_storage(stage.db, stage.objects)  # what is missing has no bytes, and is asked for once
    assert (await counted(stage))[1] < 100
    assert await storage.unmeasured(stage.db) == []


async def test_another_object_has_another_size(stage: Stage) -> None:
    await stage.accepted(cover_key="c/1", cover_bytes=10)
    assert await counted(stage) == (1, 10)
    await stage.objects.put_bytes("c/2", bytes(4))
    await stage.db.execute("update media set cover_key = 'c/2'")
    assert await counted(stage) == (1, 0)
    await count_storage(stage.db, stage.objects)
    assert await counted(stage) == (1, 4)
    await stage.db.execute("update media set cover_key = 'c/3', cover_bytes = 9")
    assert await counted(stage) == (1, 9)
    await stage.db.execute("update media set cover_key = null")
    assert await counted(stage) == (1, 0)


async def test_only_what_commits_is_counted(stage: Stage) -> None:
    class Ended(Exception):
        pass

    task, _ = await stage.claim(await stage.accepted(metadata=msgspec.to_builtins(metadata(8))))
    with pytest.raises(Ended):
        async with stage.db.transaction() as connection:
            await media.delete(connection, stage.app_id, task.file_id)
            await usage.note(connection, stage.app_id, pictures("ImageSprite", 1))
            raise Ended
    assert await counted(stage) == (1, 8)
    assert await lines(stage) == []


async def test_samples_are_taken_of_what_changed(stage: Stage) -> None:
    async def taken() -> list[int]:
        return [row["bytes"] for row in await stage.db.fetch_all("select bytes from storage_sample order by taken_at")]

    async def time_passes() -> None:
        await stage.db.execute("update storage_sample set taken_at = taken_at - interval '5 minutes'")

    await stage.accepted(metadata=msgspec.to_builtins(metadata(8)))
    for _ in range(2):
        await storage.add_up(stage.db)
    await time_passes()
    await storage.add_up(stage.db)
    assert await taken() == [8]
    await stage.accepted(metadata=msgspec.to_builtins(metadata(2)))
    await storage.add_up(stage.db)
    await stage.accepted(metadata=msgspec.to_builtins(metadata(3)))
    await storage.add_up(stage.db)
    assert await taken() in ([8, 13], [8, 10, 13])  # the second, where five minutes were over just then


async def test_a_step_that_ends_twice_counts_once(stage: Stage, tmp_path: Path) -> None:
    publication = await stage.task(await stage.accepted(metadata=msgspec.to_builtins(metadata(1))))
    source = f"vod_upload/{publication.file_id}/clip.mp4"
    slow, slow_owner = await step_of(stage, publication.file_id)
    fast, fast_owner = await stage.claim(slow.task_id)
    sheets = {"v.vtt": file(tmp_path, "v.vtt", 9)}
    end = sprite(sheets, source, 3)
    await end_step(stage, fast, fast_owner, end)
    with pytest.raises(AttemptLost):
        await end_step(stage, slow, slow_owner, end)
    assert await lines(stage) == [("VideoSnapshot", "", 1, 3), ("VideoSnapshot", "ImageSprite", 1, 3)]
    failed, owner = await step_of(stage, publication.file_id)
    await end_step(stage, failed, owner, StepEnd(kind="ImageSprite", outcome=failure("SourceFileError", "torn")))
    late, owner = await step_of(stage, publication.file_id)
    superseded = await end_step(stage, late, owner, sprite(sheets, "another original", 3))
    assert superseded.err_code
    assert await lines(stage) == [("VideoSnapshot", "", 1, 3), ("VideoSnapshot", "ImageSprite", 1, 3)]


@pytest.mark.parametrize(
    ("stopped", "evidence", "counted_seconds"),
    [(None, None, [12]), (4.4, None, [4]), (99.0, None, [12]), (None, "evidence/x", [])],
)
async def test_reviews_count_what_they_inspected(
    stage: Stage, tmp_path: Path, stopped: float | None, evidence: str | None, counted_seconds: list[int]
) -> None:
    """Where a review stopped; nothing where an earlier verdict was used again."""
    task, owner = await stage.claim(await stage.accepted())
    review = reviewed("Rejected")
    review.record.stopped_at = stopped
    ended = Decision(
        outcome=Outcome(result="Rejected"), state="REJECTED", review=review, evidence=evidence,
        metadata=metadata(9, 12.0),
    )  # fmt: skip
    await stage.conclude(task, owner, ended)
    assert await lines(stage) == [("ContentAudit", "", 1, seconds) for seconds in counted_seconds]


async def test_what_failed_to_be_published_counts_nothing(stage: Stage) -> None:
    task, owner = await stage.claim(await stage.accepted())
    await stage.conclude(task, owner, Decision(outcome=failure("SourceFileError", "torn"), state="FAILED"))
    assert await lines(stage) == []


@pytest.mark.parametrize(("seconds", "told"), [(0.0, []), (5.0, [("ContentAudit", "", 1, 5)])])
async def test_reviews_that_publish_nothing(stage: Stage, seconds: float, told: list[Any]) -> None:
    task = await stage.task(await stage.accepted())
    async with stage.db.transaction() as connection:
        await Reviewed(outcome=Outcome(), seconds=seconds).settle(connection, task, uuid.uuid4())
    assert await lines(stage) == told


async def test_old_lines_are_forgotten_and_the_last_sample_stays(stage: Stage) -> None:
    for age in (500, 450, 400, 1):
        await stage.db.execute(
            """with d as (select (now() - %(age)s * interval '1 day') as at)
               , u as (insert into usage select %(app)s, at::date, 'VideoSnapshot', '', 1, %(age)s from d)
               , p as (insert into play select %(app)s, at::date, 'f', %(age)s, 1 from d)
               insert into storage_sample select %(app)s, at, %(age)s from d""",
            {"age": age, "app": stage.app_id},
        )
    await usage.forget(stage.db, timedelta(days=396))
    assert [line[3] for line in await lines(stage)] == [1]
    assert [row["plays"] for row in await stage.db.fetch_all("select plays from play")] == [1]
    kept_samples = await stage.db.fetch_all("select bytes from storage_sample order by 1 desc")
    assert [row["bytes"] for row in kept_samples] == [400, 1]  # how much it was when the time begins
