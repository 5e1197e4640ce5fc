"""Tasks of several steps for the yard, some of which fail by intent, and what must hold when all of them have ended."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image

from minivod.media.metadata import MediaMetadata
from minivod.processing.procedure import EVENT as CHANGED
from minivod.processing.step import COVER
from minivod.publishing.announce import EVENT as PUBLISHED
from minivod.publishing.announce import publish_task
from minivod.shapes import to_payload
from minivod.store import publications as store
from minivod.store import results
from minivod.store.database import from_row
from minivod.store.publications import KIND
from minivod.store.results import Result
from minivod.store.tasks import Task
from minivod.wire.procedure import PROCEDURE

from ..storage.life import referred
from ..waiting import PATIENCE, until
from ..wire.wire import Answer
from .yard import Yard

BEHIND_THE_END = {"StartTimeOffset": 60.0}
"""What no short video has, as only a worker sees."""
TRANSCODE, IN_VAIN = {"Definition": 10}, {"Definition": 20} | BEHIND_THE_END
SEVERAL: dict[str, Any] = {
    "TranscodeTaskSet": [TRANSCODE, IN_VAIN],
    "SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["0s", "50%"]}],
    "ImageSpriteTaskSet": [{"Definition": 10}],
    "CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 10}],
}
PROCEDURES: dict[str, dict[str, Any]] = {
    "publishes": {"TranscodeTaskSet": [TRANSCODE], "SnapshotByTimeOffsetTaskSet": [{"Definition": 10} | {
        "ExtTimeOffsetSet": ["0s"]}]},
    "publishes in vain": {"TranscodeTaskSet": [TRANSCODE | BEHIND_THE_END]},
}  # fmt: skip
"""By name: what is made of the video. What is published is the first transcode."""


@dataclass(frozen=True)
class Errand:
    """A task that was accepted; of each step whether it ends well, and how the publication ends, if there is one."""

    task_id: str
    file_id: str
    steps: tuple[bool, ...]
    notify: str = "Finish"
    publishes: str = ""


async def make_procedures(yard: Yard) -> None:
    """Those of this module."""
    for name, made in PROCEDURES.items():
        publish = {"SourceDefinition": TRANSCODE["Definition"]}
        asked = {"Name": name, "MediaProcessTask": made, "MiniProgramPublishTask": publish}
        await _ask(yard, "CreateProcedureTemplate", asked)


async def process(yard: Yard, clip: Path, metadata: MediaMetadata, notify: str = "Finish") -> Errand:
    """ProcessMedia of a new video."""
    file_id = await yard.upload(clip, metadata)
    asked = {"FileId": file_id, "MediaProcessTask": SEVERAL, "TasksNotifyMode": notify}
    task_id = str((await _ask(yard, "ProcessMedia", asked))["TaskId"])
    return Errand(task_id, file_id, _endings(SEVERAL), notify=notify)


async def run_procedure(yard: Yard, clip: Path, metadata: MediaMetadata, name: str) -> Errand:
    """ProcessMediaByProcedure of a new video; one of PROCEDURES."""
    file_id = await yard.upload(clip, metadata)
    answer = await _ask(yard, "ProcessMediaByProcedure", {"FileId": file_id, "ProcedureName": name})
    endings = _endings(PROCEDURES[name])
    return Errand(str(answer["TaskId"]), file_id, endings, publishes="Pass" if endings[0] else "Failed")


async def _ask(yard: Yard, action: str, params: Mapping[str, Any]) -> Answer:
    """Calls again after an outage of the database, of which the answer tells that nothing was accepted."""
    while (answer := await yard.wire.call(action, params)).code == "ServiceUnavailable":
        pass
    assert answer.code == "OK", answer
    return answer


def _endings(asked: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[bool, ...]:
    return tuple(not item.keys() & BEHIND_THE_END.keys() for items in asked.values() for item in items)


async def assert_done(yard: Yard, errands: Sequence[Errand], alone: Sequence[str] = ()) -> None:
    """Everything that was accepted has ended exactly once, with what it made, and nothing else is left.

    Args:
        yard: where all workers are idle or at work on just these.
        errands: all tasks with steps.
        alone: the TaskIds of all publications that were asked for alone.
    """
    rows = await _ended(yard)
    assert sorted(row.task_id for row in rows if row.kind == PROCEDURE) == sorted(one.task_id for one in errands)
    await _no_job_is_left(yard)
    await yard.clean_up()
    for errand in errands:
        await _assert_made(yard, errand, [row for row in rows if row.file_id == errand.file_id])
    publications = [row for row in rows if row.kind == KIND]
    await _assert_published(yard, errands, alone, publications)
    await _assert_told(yard, errands, publications)
    stored = Counter([entry.key async for entry in yard.objects.entries()])
    assert stored == Counter(await referred(yard.db))
    assert await yard.db.fetch_all("select * from doomed_object") == []
    assert list((yard.home / "work").iterdir()) == []


async def _ended(yard: Yard) -> list[Task]:
    """All tasks and steps, when none is under way."""

    async def holds() -> bool:
        return await yard.db.fetch_all("select 1 from task where status <> 'FINISH'") == []

    await until(holds, "the end of all tasks", 2 * PATIENCE, yard.under_work)
    return [from_row(row, Task) for row in await yard.db.fetch_all("select * from task order by task_id, ordinal")]


async def _no_job_is_left(yard: Yard) -> None:
    async def holds() -> bool:
        return await yard.db.fetch_all("select 1 from procrastinate_jobs where status in ('todo', 'doing')") == []

    await until(holds, "the end of all jobs")
    assert await yard.db.fetch_all("select * from procrastinate_jobs") == []  # none has failed


async def _assert_made(yard: Yard, errand: Errand, rows: Sequence[Task]) -> None:
    [whole] = [row for row in rows if row.task_id == errand.task_id]
    steps = [row for row in rows if row.parent_id == errand.task_id]
    assert whole.steps_left == 0
    assert tuple(step.err_code == 0 for step in steps) == errand.steps, steps
    assert all("InvalidTimeOffset" in step.err_code_ext for step in steps if step.err_code), steps
    found = (await results.find(yard.db, yard.app_id, [errand.file_id])).get(errand.file_id, [])
    kept = Counter((step.task_id, step.kind, step.definition) for step in steps if not step.err_code)
    covers = [key for key in kept if key[1] == COVER]
    assert Counter((one.task_id, one.kind, one.definition) for one in found) == kept - Counter(covers)
    for one in found:
        _assert_result_is_whole(yard, one)
    if covers:
        row = await yard.db.fetch_one("select cover_key from media where file_id = %s", [errand.file_id])
        assert row is not None
        _show(_object(yard, row["cover_key"]))


async def _assert_published(
    yard: Yard, errands: Sequence[Errand], alone: Sequence[str], publications: Sequence[Task]
) -> None:
    assert {row.task_id for row in publications} >= set(alone)
    expected = Counter([(one.file_id, one.publishes) for one in errands if one.publishes])
    expected.update((row.file_id, "Pass") for row in publications if row.task_id in alone)
    assert Counter((row.file_id, row.result) for row in publications) == expected
    found = await store.find(yard.db, yard.app_id, [row.file_id for row in publications])
    for row in publications:
        one = found[row.file_id]
        assert (one.state, one.task_id) == ("PASS" if row.result == "Pass" else "FAILED", row.task_id)
        if one.object_key is not None:
            _play(_object(yard, one.object_key), str((one.metadata or {})["md5"]))
    for row in publications:
        payloads = await yard.db.fetch_all("select payload from event where subject = %s", [row.task_id])
        assert [each["payload"] for each in payloads] == [to_payload(publish_task(row))]


async def _assert_told(yard: Yard, errands: Sequence[Errand], publications: Sequence[Task]) -> None:
    """One event of each task, and of each change of a step where that was asked for."""
    rows = await yard.db.fetch_all("select kind, subject, payload from event")
    told = Counter((row["kind"], row["subject"]) for row in rows)
    expected = Counter([(PUBLISHED, row.task_id) for row in publications])
    expected.update((CHANGED, errand.task_id) for errand in errands)
    changes = told - expected
    assert expected - told == Counter()
    for errand in errands:
        its = sorted(subject for _, subject in changes if subject.startswith(f"{errand.task_id}/"))
        begun = [f"{errand.task_id}/{number}/begin" for number, _ in enumerate(errand.steps, 1)]
        assert [one for one in its if one.endswith("begin")] == (begun if errand.notify == "Change" else [])
        ends = len([one for one in its if one.endswith("end")])  # the last one's is the end of the task
        assert ends == (len(errand.steps) - 1 if errand.notify == "Change" else 0)
        [payload] = [row["payload"] for row in rows if row["subject"] == errand.task_id]
        made = payload["MediaProcessResultSet"]
        statuses = tuple(one[f"{_member(one['Type'])}Task"]["Status"] == "SUCCESS" for one in made)
        assert (payload["Status"], statuses) == ("FINISH", errand.steps)
    assert sum(changes.values()) == sum(2 * len(one.steps) - 1 for one in errands if one.notify == "Change")


def _member(kind: str) -> str:
    return {"AnimatedGraphics": "AnimatedGraphic"}.get(kind, kind)


def _assert_result_is_whole(yard: Yard, made: Result) -> None:
    for name in made.files:
        path = _object(yard, made.key(name))
        if made.kind == results.TRANSCODE:
            _play(path, str(made.body["md5"]))
        elif name.endswith(".vtt"):
            assert path.read_text(encoding="utf-8").startswith("WEBVTT")
        else:
            _show(path)


def _object(yard: Yard, key: str) -> Path:
    return yard.home / "objects" / key


def _play(path: Path, md5: str) -> None:
    assert hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == md5
    with av.open(str(path)) as video:
        assert len(list(video.decode(video=0))) > 1


def _show(picture: Path) -> None:
    with Image.open(picture) as shown:
        shown.load()
