"""Tasks with steps: accepted with all of them, and ended with the last of them, whichever worker that has."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import fair_share
from minivod.store.database import Connection, Database, from_row
from minivod.store.tasks import Task

LONGEST_SESSION = timedelta(days=7)
"""How long a SessionId is kept: no action refuses it again for longer."""


TELLS = "tells"
"""Of the params of a step that is told of when it begins."""


class NewStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step to accept; `kind` says who runs it, `queue` is one of `fair_share.QUEUES`."""

    kind: str
    queue: str
    definition: int
    params: dict[str, Any]


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task with steps to accept; its TaskId ends in `t0`, and those of its steps in `t1`, `t2` and so on.

    `tells`: whether it is told of when a step begins.
    """

    task_id: str
    sub_app_id: int
    app_id: int
    kind: str
    file_id: str
    priority: int
    params: dict[str, Any]
    steps: Sequence[NewStep]
    tells: bool = False


async def open_session(connection: Connection, sub_app_id: int, session_id: str, window: timedelta) -> bool:
    """Whether the application has not used the SessionId within that time; it has from now on."""
    cursor = await connection.execute(
        """insert into task_session as s (sub_app_id, session_id) values (%s, %s)
               on conflict (sub_app_id, session_id) do update set created_at = now() where s.created_at < now() - %s
           returning 1""",
        [sub_app_id, session_id, window],
    )
    return await cursor.fetchone() is not None


async def forget_sessions(db: Database) -> int:
    """Deletes the SessionIds that may be used again; how many."""
    return await db.execute("delete from task_session where created_at < now() - %s", [LONGEST_SESSION])


async def accept(connection: Connection, task: NewTask) -> list[str]:
    """Writes the task, its steps and their jobs; the TaskIds of the steps."""
    await connection.execute(
        """insert into task (task_id, sub_app_id, kind, file_id, priority, params, steps_left)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [
            task.task_id, task.sub_app_id, task.kind, task.file_id, task.priority, Jsonb(task.params),
            len(task.steps),
        ],
    )  # fmt: skip
    stem = task.task_id.removesuffix("0")
    named = [(f"{stem}{number}", number, step) for number, step in enumerate(task.steps, 1)]
    for step_id, number, step in named:
        await connection.execute(
            """insert into task (task_id, sub_app_id, kind, file_id, definition, priority, params, parent_id, ordinal,
                                 queue)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                step_id, task.sub_app_id, step.kind, task.file_id, step.definition, task.priority,
                Jsonb(step.params | ({TELLS: True} if task.tells else {})),
                task.task_id, number, step.queue,
            ],
        )  # fmt: skip
    for queue in fair_share.QUEUES:
        waiting = [step_id for step_id, _, step in named if step.queue == queue]
        if waiting:
            await fair_share.enqueue(connection, task.app_id, queue, waiting, task.priority)
    return [step_id for step_id, _, _ in named]


async def end_without_steps(connection: Connection, task_id: str) -> Task:
    """Ends a task that was accepted without any step."""
    cursor = await connection.execute(
        """update task set status = 'FINISH', progress = 1, begun_at = now(), finished_at = now()
            where task_id = %s and steps_left = 0 returning *""",
        [task_id],
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - it was written in this transaction
    return from_row(row, Task)


async def find(connection: Connection, task_id: str) -> list[Task]:
    """The steps of a task, in their order."""
    cursor = await connection.execute("select * from task where parent_id = %s order by ordinal", [task_id])
    return [from_row(row, Task) for row in await cursor.fetchall()]


async def find_whole(connection: Connection, step: Task) -> Task | None:
    """The unfinished task that a step belongs to."""
    cursor = await connection.execute("select * from task where task_id = %s and status <> 'FINISH'", [step.parent_id])
    row = await cursor.fetchone()
    return from_row(row, Task) if row else None


async def count_down(connection: Connection, step: Task) -> Task | None:
    """Counts a step that ended; its task, which ends with the last of its steps. None when it had ended before."""
    cursor = await connection.execute(
        """update task set steps_left = steps_left - 1,
                           status = case when steps_left = 1 then 'FINISH' else status end,
                           progress = case when steps_left = 1 then 1 else progress end,
                           finished_at = case when steps_left = 1 then now() end
            where task_id = %s and status <> 'FINISH' returning *""",
        [step.parent_id],
    )
    row = await cursor.fetchone()
    return from_row(row, Task) if row else None


async def waiting_for(connection: Connection, step_ids: Sequence[str]) -> list[str]:
    """The TaskIds of those who wait for the end of one of these."""
    cursor = await connection.execute("select task_id from task where waits_for = any(%s)", [list(step_ids)])
    return [row["task_id"] for row in await cursor.fetchall()]


async def release_waiting(connection: Connection, ended: str) -> None:
    """Makes the jobs of tasks that waited for the end of that one."""
    cursor = await connection.execute(
        """update task t set waits_for = null from sub_app s
            where t.waits_for = %s and t.status = 'WAITING' and s.sub_app_id = t.sub_app_id
        returning t.task_id, t.queue, t.priority, s.app_id""",
        [ended],
    )
    for row in await cursor.fetchall():
        await fair_share.enqueue(connection, row["app_id"], row["queue"], [row["task_id"]], row["priority"])
