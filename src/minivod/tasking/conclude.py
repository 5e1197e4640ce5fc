"""Ends a task or a step: objects first, under names of the attempt, then one transaction that makes everything true."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from minivod.objects import Objects, StoreFull
from minivod.store import doomed, media, steps, tasks
from minivod.store.database import Connection, Database
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import AttemptLost, Conclusion, Kinds, Superseded
from minivod.tasking.outcome import failure


async def conclude(
    db: Database,
    objects: Objects,
    kinds: Kinds,
    task: Task,
    owner: UUID,
    conclusion: Conclusion,
    on_switch: Callable[[], None] = lambda: None,
) -> Task:
    """Writes the attempt's objects, then switches everything in with one transaction: task, rows, event.

    Until the transaction commits, nothing refers to the objects; if it never does, the janitor deletes them. The last
    step of a task ends that too, and gives jobs to those who waited, in the same transaction. `on_switch` is called
    just before it: from then on the database says whether the attempt was in time, and nobody else can.

    Returns:
        The finished task or step. It is Cancelled, and nothing else has changed, when it was superseded.

    Raises:
        AttemptLost: another worker owns the task, or it was cancelled; nothing has changed.
    """
    content = conclusion.objects(task, owner)
    await doomed.reserve(db, list(content))
    try:
        await _write(objects, content)
        on_switch()
        return await _switch_in(db, kinds, task, owner, conclusion, list(content))
    except (AttemptLost, Superseded, StoreFull, TimeoutError) as error:
        # Of these alone it is certain that no row refers to the objects, and that none appears later.
        await doomed.release(db, list(content))
        if not isinstance(error, Superseded):
            raise
        reason = str(error)
    async with db.transaction() as connection:
        return await _finish(connection, kinds, task, owner, failure("Cancelled", reason))


async def _write(objects: Objects, content: Mapping[str, Path | bytes]) -> None:
    for key, found in content.items():
        await (objects.put_file(key, found) if isinstance(found, Path) else objects.put_bytes(key, found))


async def _switch_in(
    db: Database, kinds: Kinds, task: Task, owner: UUID, conclusion: Conclusion, keys: list[str]
) -> Task:
    async with db.transaction() as connection:
        await media.hold(connection, task.sub_app_id, task.file_id)
        finished = await tasks.finish(connection, task.task_id, owner, conclusion.outcome)
        if finished is None:
            raise AttemptLost(task.task_id)
        await conclusion.settle(connection, finished, owner)
        if not await doomed.spare(connection, keys):
            raise TimeoutError("the attempt took so long that its objects were given up and deleted")
        await _announce(connection, kinds, finished)
    return finished


async def _finish(connection: Connection, kinds: Kinds, task: Task, owner: UUID, outcome: Outcome) -> Task:
    finished = await tasks.finish(connection, task.task_id, owner, outcome)
    if finished is None:
        raise AttemptLost(task.task_id)
    await _announce(connection, kinds, finished)
    return finished


async def _announce(connection: Connection, kinds: Kinds, finished: Task) -> None:
    if finished.parent_id is None:
        await kinds.single[finished.kind].announce(connection, finished)
    elif whole := await steps.count_down(connection, finished):
        await kinds.wholes[whole.kind].announce(connection, whole, finished)
    await steps.release_waiting(connection, finished.task_id)
