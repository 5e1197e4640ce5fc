"""Workers that are killed, stopped, hung or asked to end in the middle of a publication."""

import os
import signal
from pathlib import Path
from typing import Any

from minivod.store.tasks import Task

from ..processes import alive
from ..waiting import until
from .yard import Worker, Yard, is_pending

PATIENT: dict[str, Any] = {"worker_stalled_after": 3600}
"""Settings of a worker that is stopped for longer than its own loop may stand still, and takes nobody's jobs."""


STALL = 10
"""Seconds without progress after which a tool is killed: more than one needs for its start on a busy machine."""


async def tools_of(worker: Worker) -> list[int]:
    found: list[int] = []

    async def holds() -> bool:
        found[:] = worker.tools()
        return bool(found)

    await until(holds, "a media tool at work")
    return found


async def readers_of(worker: Worker) -> list[int]:
    """The tools that read frames for the detector, which looks at one: they are there as long as it does.

    Others come before them, which may end by themselves between two lines of a test.
    """

    async def holds() -> bool:
        return worker.looks()

    await until(holds, "a sample to look at")
    return await tools_of(worker)


async def gone(pids: list[int]) -> None:
    async def holds() -> bool:
        return not any(alive(pid) for pid in pids)

    await until(holds, f"the end of {pids}")


async def has_logged(worker: Worker, event: str) -> None:
    async def holds() -> bool:
        return bool(worker.logged(event))

    await until(holds, event)


async def test_a_killed_workers_task_is_finished_by_another(yard: Yard, long_clip: Path) -> None:
    """The other one is `minivod worker` with the built-in detectors."""
    first = await yard.start().ready()
    task_id = await yard.publish(long_clip)
    await yard.reviewing(task_id)
    tools = await readers_of(first)
    first.kill()
    await gone(tools)
    second = await yard.start(real=True, review_interval=10).ready()
    await yard.assert_settled([task_id])
    assert (await yard.task(task_id)).attempt == 2
    assert [line["task_id"] for line in second.logged("job_rescued")] == [task_id]


async def test_a_worker_that_wakes_up_has_lost_its_task(yard: Yard) -> None:
    asleep = await yard.start(**PATIENT).ready()
    task_id = await yard.publish()
    await yard.reviewing(task_id)
    asleep.signal(signal.SIGSTOP)
    other = await yard.start().ready()
    await yard.reviewing(task_id, attempt=2)
    asleep.signal(signal.SIGCONT)
    await has_logged(asleep, "attempt_lost")
    assert (await yard.task(task_id)).status == "PROCESSING"
    yard.pace(0)
    await yard.assert_settled([task_id])
    assert (await yard.task(task_id)).attempt == 2
    assert len(other.logged("task_finished")) == 1 and not asleep.logged("task_finished")
    other.kill()  # the one that slept is in its right mind again and does the next task
    await yard.assert_settled([task_id, await yard.publish()])


async def test_a_worker_that_wakes_up_too_late_changes_nothing(yard: Yard, long_clip: Path) -> None:
    """It is stopped when all that is left to do is to write and to commit; the other one is done before it wakes."""
    asleep = await yard.start(worker_heartbeat=3600, worker_stalled_after=7200).ready()  # does not look up between
    task_id = await yard.publish(long_clip)
    await yard.under_way(task_id)
    await readers_of(asleep)
    asleep.signal(signal.SIGSTOP)
    yard.pace(0)
    other = await yard.start().ready()
    [task] = await yard.finished([task_id])
    [published] = (await yard.published([task])).values()
    asleep.signal(signal.SIGCONT)
    await has_logged(asleep, "attempt_lost")
    assert (await yard.task(task_id)) == task
    assert (await yard.published([task])) == {task.file_id: published}
    assert len(other.logged("task_finished")) == 1 and not asleep.logged("task_finished")
    await yard.assert_settled([task_id])


async def test_a_media_tool_that_hangs_is_killed(yard: Yard, long_clip: Path) -> None:
    worker = await yard.start(step_stall=STALL).ready()
    task_id = await yard.publish(long_clip)
    await yard.reviewing(task_id)
    tools = await readers_of(worker)
    for tool in tools:
        os.kill(tool, signal.SIGSTOP)
    yard.pace(0)
    [task] = await yard.finished([task_id])
    await gone(tools)
    assert (task.result, task.err_code_ext, task.attempt) == ("Failed", "SourceFileError", 1)
    assert task.message == f"the video cannot be processed: it was stopped after {STALL} s without progress"
    await yard.assert_settled([task_id], "Failed")


async def test_a_detector_that_hangs_fails_the_task_and_ends_the_worker(yard: Yard) -> None:
    worker = await yard.start(step_stall=STALL, worker_grace=5).ready()
    task_id = await yard.publish()
    [task] = await yard.finished([task_id])
    assert (task.result, task.err_code_ext) == ("Failed", "InternalError")
    assert task.message == f"the review failed: nothing was inspected for {2 * STALL} s"
    assert await worker.ended() == 1  # its supervisor starts another one, whose threads are free
    await yard.assert_settled([task_id], "Failed")


async def test_a_worker_that_freezes_ends_itself(yard: Yard) -> None:
    """Nobody else may be there to take over; its supervisor starts it anew."""
    yard.pace("freeze")
    frozen = await yard.start(worker_stalled_after=2).ready()
    task_id = await yard.publish()
    assert await frozen.ended() == 1
    assert "in inspect" in frozen.log.read_text()
    yard.pace(0)
    yard.start()
    await yard.assert_settled([task_id])


async def test_deleting_the_video_ends_the_attempt(yard: Yard, long_clip: Path) -> None:
    worker = await yard.start().ready()
    task_id = await yard.publish(long_clip)
    await yard.reviewing(task_id)
    tools = await readers_of(worker)
    task = await yard.task(task_id)
    assert "Error" not in await yard.wire.call("DeleteMedia", {"FileId": task.file_id})
    [task] = await yard.finished([task_id])
    assert (task.result, task.err_code_ext) == ("Failed", "Cancelled")
    await gone(tools)  # although the detector still looks at its sample
    await has_logged(worker, "attempt_lost")
    yard.pace(0)
    await yard.assert_settled([task_id], "Failed")
    assert [entry.key async for entry in yard.objects.entries("vod_upload")] == []
    await yard.assert_settled([await yard.publish()])  # the worker is free for others


async def test_a_worker_that_is_asked_to_end_finishes_its_job(yard: Yard) -> None:
    worker = await yard.start().ready()
    task_id = await yard.publish()
    await yard.reviewing(task_id)
    worker.signal(signal.SIGTERM)
    later = await yard.publish()
    yard.pace(0)
    [task] = await yard.finished([task_id])
    assert await worker.ended() == 0
    assert (await yard.task(later)).status == "WAITING"
    yard.start()
    await yard.assert_settled([task_id, later])
    assert task.attempt == (await yard.task(later)).attempt == 1


async def test_what_it_cannot_finish_is_handed_back(yard: Yard, long_clip: Path) -> None:
    """Media tools do not hear the signal, which service managers send to all processes."""
    worker = await yard.start(worker_grace=1).ready()
    task_id = await yard.publish(long_clip)
    await yard.reviewing(task_id)
    tools = await readers_of(worker)
    for tool in tools:
        os.kill(tool, signal.SIGTERM)
        assert is_pending(tool, signal.SIGTERM) and alive(tool)
    worker.signal(signal.SIGTERM)
    await has_logged(worker, "attempt_handed_back")
    assert not any(map(alive, tools))
    task: Task = await yard.task(task_id)
    assert (task.status, task.attempt) == ("WAITING", 0)
    yard.pace(0)
    assert await worker.ended() == 0
    assert list((yard.home / "work").iterdir()) == []
    yard.start(worker_stalled_after=3600)  # nobody has to be given up for dead first
    await yard.assert_settled([task_id])
    assert (await yard.task(task_id)).attempt == 1


async def test_a_task_that_kills_its_worker_is_given_up(yard: Yard) -> None:
    task_id = await yard.publish()
    worker = yard.start(job_attempts=1)
    await yard.reviewing(task_id)
    worker.kill()
    yard.start(job_attempts=1)
    [task] = await yard.finished([task_id])
    assert (task.result, task.err_code_ext, task.attempt) == ("Failed", "InternalError", 2)
    assert task.message.startswith("given up after 1 attempts that no worker finished")
    await yard.assert_settled([task_id], "Failed")


async def test_an_object_store_that_is_away_is_waited_for(yard: Yard) -> None:
    store, away = yard.home / "objects", yard.home / "unmounted"
    worker = await yard.start(job_attempts=1, **PATIENT).ready()
    worker.signal(signal.SIGSTOP)
    task_id = await yard.publish()
    store.rename(away)
    worker.signal(signal.SIGCONT)

    async def interrupted_twice() -> bool:
        told = len(worker.logged("attempt_interrupted")) >= 2
        return told and (await yard.task(task_id)).attempt == 0

    await until(interrupted_twice, "two attempts without a store, which do not count")
    yard.pace(0)
    away.rename(store)
    await yard.assert_settled([task_id])
    assert (await yard.task(task_id)).attempt == 1
