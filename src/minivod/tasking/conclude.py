"""Ends a task: objects first, under names of the attempt, then one transaction that makes everything true."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from minivod.objects import Objects, StoreFull
from minivod.store import doomed, tasks
from minivod.store.database import Database
from minivod.store.tasks import Task
from minivod.tasking.kind import AttemptLost, Conclusion, Kind, Superseded
from minivod.tasking.outcome import failure


async def conclude(db: Database, objects: Objects, kind: Kind, task: Task, owner: UUID, conclusion: Conclusion) -> Task:
    """Writes the attempt's objects, then switches everything in with one transaction: task, rows, event.

    Until the transaction commits, nothing refers to the objects; if it never does, the janitor deletes them.

    Returns:
        The finished task. It is Cancelled, and nothing else has changed, when it was superseded.

    Raises:
        AttemptLost: another worker owns the task, or it was cancelled; nothing has changed.
    """
    content = conclusion.objects(task, owner)
    await doomed.reserve(db, list(content))
    try:
        await _write(objects, content)
        return await _switch_in(db, kind, task, owner, conclusion, list(content))
    except (AttemptLost, Superseded, StoreFull, TimeoutError) as error:
        # Of these alone it is certain that no row refers to the objects, and that none appears later.
        await doomed.release(db, list(content))
        if not isinstance(error, Superseded):
            raise
        reason = str(error)
    return await _cancel(db, kind, task, owner, reason)


async def _write(objects: Objects, content: Mapping[str, Path | bytes]) -> None:
    for key, found in content.items():
        await (objects.put_file(key, found) if isinstance(found, Path) else objects.put_bytes(key, found))


async def _switch_in(
    db: Database, kind: Kind, task: Task, owner: UUID, conclusion: Conclusion, keys: list[str]
) -> Task:
    async with db.transaction() as connection:
        finished = await tasks.finish(connection, task.task_id, owner, conclusion.outcome)
        if finished is None:
            raise AttemptLost(task.task_id)
        await conclusion.settle(connection, finished, owner)
        if not await doomed.spare(connection, keys):
            raise TimeoutError("the attempt took so long that its objects were given up and deleted")
        await kind.announce(connection, finished)
    return finished


async def _cancel(db: Database, kind: Kind, task: Task, owner: UUID, reason: str) -> Task:
    async with db.transaction() as connection:
        finished = await tasks.finish(connection, task.task_id, owner, failure("Cancelled", reason))
        if finished is None:
            raise AttemptLost(task.task_id)
        await kind.announce(connection, finished)
    return finished
