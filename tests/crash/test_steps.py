"""Workers that are killed, or asked to end, while they work on the steps of a task."""

import signal
from pathlib import Path
from typing import Any

from minivod.store import results, steps
from minivod.store.tasks import Task

from ..waiting import until
from .test_workers import gone, has_logged, tools_of
from .yard import Yard

LADDER = {
    "TranscodeTaskSet": [{"Definition": 100030}, {"Definition": 100010}],
    "SampleSnapshotTaskSet": [{"Definition": 10}],
}


async def begin(yard: Yard, clip: Path) -> tuple[str, str]:
    """The FileId of a new video, and the TaskId of three steps on it."""
    file_id = await yard.upload(clip, await yard.probed(clip))
    answer = await yard.wire.call("ProcessMedia", {"FileId": file_id, "MediaProcessTask": LADDER})
    return file_id, str(answer["TaskId"])


async def parts(yard: Yard, task_id: str) -> list[Task]:
    async with yard.db.connection() as connection:
        return await steps.find(connection, task_id)


async def encoding(yard: Yard, task_id: str) -> None:
    """Until an encoder tells of progress."""

    async def holds() -> bool:
        return any(step.status == "PROCESSING" and step.progress > 0 for step in await parts(yard, task_id))

    await until(holds, "a step is under way")


async def assert_settled(yard: Yard, file_id: str, task_id: str) -> list[Task]:
    """Every step ended well, the task once, with one event; its results are there, and nothing else."""
    [whole] = await yard.finished([task_id])
    made = await parts(yard, task_id)
    assert [(step.status, step.err_code, step.message) for step in made] == [("FINISH", 0, "")] * 3
    assert whole.steps_left == 0
    rows: list[dict[str, Any]] = await yard.db.fetch_all("select kind from event where subject = %s", [task_id])
    assert [row["kind"] for row in rows] == ["ProcedureStateChanged"]
    await yard.clean_up()
    found = (await results.find(yard.db, yard.app_id, [file_id]))[file_id]
    wanted = sorted(one.key(name) for one in found for name in one.files)
    assert sorted([entry.key async for entry in yard.objects.entries("made")]) == wanted
    assert list((yard.home / "work").iterdir()) == []
    return made


async def test_a_killed_workers_steps_are_finished_by_another(yard: Yard, long_clip: Path) -> None:
    first = await yard.start().ready()
    file_id, task_id = await begin(yard, long_clip)
    await encoding(yard, task_id)
    tools = await tools_of(first)
    first.kill()
    await gone(tools)
    yard.start()
    made = await assert_settled(yard, file_id, task_id)
    assert max(step.attempt for step in made) == 2


async def test_steps_of_a_worker_that_is_asked_to_end_are_handed_back(yard: Yard, long_clip: Path) -> None:
    worker = await yard.start(worker_grace=1).ready()
    file_id, task_id = await begin(yard, long_clip)
    await encoding(yard, task_id)
    worker.signal(signal.SIGTERM)
    await has_logged(worker, "attempt_handed_back")
    assert await worker.ended() == 0
    yard.start(worker_stalled_after=3600)  # nobody has to be given up for dead first
    made = await assert_settled(yard, file_id, task_id)
    assert max(step.attempt for step in made) == 1
