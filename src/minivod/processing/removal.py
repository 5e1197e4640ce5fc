"""Ends tasks before their time, and takes whole videos away: those that are deleted, and those whose time is over."""

import structlog

from minivod.processing import procedure, pull_event, review_event
from minivod.publishing.announce import announce
from minivod.store import media, publications, pulls, steps, tasks
from minivod.store.database import Connection, Database
from minivod.store.media_reviews import REVIEW
from minivod.store.pulls import PULL
from minivod.store.tasks import Task
from minivod.tasking.outcome import failure
from minivod.wire.procedure import PROCEDURE, told

log = structlog.get_logger(__name__)
_DELETED = "the video was deleted before the task had finished"
_EXPIRED = "the video expired before the task had finished"
_ABORTED = "the task was aborted by ManageTask"
_IN_VAIN = "the task whose result was to be published was aborted by ManageTask"


async def remove(connection: Connection, base: str, sub_app_id: int, file_id: str, reason: str = _DELETED) -> None:
    """Deletes a locked video with all that was made of it; `reason` is told of tasks that are under way.

    The pictures that reviews kept go too: whoever deletes a video wants none of it left.
    """
    await cancel(connection, base, sub_app_id, file_id, reason)
    await tasks.forget_reviews(connection, sub_app_id, file_id)
    await media.delete(connection, sub_app_id, file_id)


async def cancel(connection: Connection, base: str, sub_app_id: int, file_id: str, reason: str = _DELETED) -> None:
    """Ends the tasks of a locked video that are under way, with their events; a publication that stands is left alone.

    Args:
        connection: of the transaction.
        base: the setting public_url.
        sub_app_id: of the application.
        file_id: of the video.
        reason: why, for the task's Message.
    """
    for task in await tasks.cancel(connection, sub_app_id, file_id, failure("Cancelled", reason)):
        await _conclude(connection, base, task)


async def cancel_pulls(connection: Connection, base: str, sub_app_id: int, reason: str) -> None:
    """Ends the pulls of an application that are under way, with their events: there are no videos they would end with.

    Args:
        connection: of the transaction.
        base: the setting public_url.
        sub_app_id: of the application.
        reason: why, for the task's Message.
    """
    waiting = await pulls.unfinished(connection, sub_app_id)
    for task in await tasks.end(connection, waiting, failure("Cancelled", reason)):
        await _conclude(connection, base, task)


async def cancel_publishing(connection: Connection, sub_app_id: int, file_id: str, reason: str) -> None:
    """Ends a publication of a locked video that is under way, with its event; one that stands is left alone."""
    running = await publications.running_task(connection, sub_app_id, file_id)
    if running is not None:
        for task in await tasks.end(connection, [running], failure("Cancelled", reason)):
            await _conclude(connection, "", task)


async def abort(connection: Connection, base: str, sub_app_id: int, task_id: str) -> Task | None:
    """Ends a task as ManageTask does, and what waits for its result; None when it had ended, or never was.

    The workers of its steps stop their tools at once.
    """
    task = await tasks.lock_video_of(connection, sub_app_id, task_id)
    if task is None or task.status == "FINISH":
        return None
    made = [step.task_id for step in await steps.find(connection, task_id)]
    waiting = await steps.waiting_for(connection, made)
    ended = await tasks.end(connection, [*made, task_id], failure("Cancelled", _ABORTED))
    if not ended:  # a pull has no video that could be held: its worker was faster
        return None
    ended += await tasks.end(connection, waiting, failure("Cancelled", _IN_VAIN))
    for one in ended:
        await _conclude(connection, base, one)
    return task


async def _conclude(connection: Connection, base: str, task: Task) -> None:
    """What belongs to the end of a task that was cancelled, beside its row."""
    if task.kind == REVIEW:
        await review_event.tell(connection, task)
    elif task.kind == PULL:
        await pull_event.tell(connection, base, task)
    elif task.kind != PROCEDURE:
        await announce(connection, task)
        await publications.withdraw(connection, task.sub_app_id, task.file_id)
    elif told(task).notify != "None":
        await procedure.tell(connection, base, task)


async def remove_expired(db: Database, base: str) -> int:
    """Removes the videos whose ExpireTime has passed, as the reference does; how many. `base` as for `cancel`."""
    number = 0
    while await _remove_next_expired(db, base):
        number += 1
    if number:
        log.info("expired_videos_removed", number=number)
    return number


async def _remove_next_expired(db: Database, base: str) -> bool:
    async with db.transaction() as connection:
        expired = await media.lock_expired(connection)
        if expired is not None:
            await remove(connection, base, *expired, _EXPIRED)
    return expired is not None
