"""Task rows: accepted work and its fenced attempts (engine.md §7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row
from minivod.store.fair_share import IDLE, JOB, QUEUES

AGAIN = "review-again"
"""The kind of tasks that review what is published anew: no caller of the API asked for them, or sees them."""
TAKEN = "minivod_task"
"""The channel on which workers hear that a task is not theirs any more."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task, or a step of one; times are UTC, `progress` runs from 0 to 1.

    A step has a `parent_id` and its `ordinal`, from 1. `params` are what it was told, `output` what it made, as its
    kind has them. `priority` is TasksPriority.
    """

    task_id: str
    sub_app_id: int
    kind: str
    status: str
    file_id: str
    definition: int
    err_code: int
    err_code_ext: str
    message: str
    result: str | None
    attempt: int
    progress: float
    created_at: datetime
    begun_at: datetime | None
    finished_at: datetime | None
    parent_id: str | None = None
    ordinal: int = 0
    steps_left: int = 0
    priority: int = 0
    params: dict[str, Any] = {}
    output: dict[str, Any] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a task ended: the wire's ErrCode (0: it worked), its name, a Message; a PublishResult; what it made."""

    err_code: int = 0
    err_code_ext: str = ""
    message: str = ""
    result: str | None = None
    output: dict[str, Any] | None = None


async def find_many(db: Database, wanted: list[tuple[int, str]]) -> list[Task | None]:
    """The tasks of these (SubAppId, TaskId) pairs, in their order; None where there is none. Steps are none."""
    rows = await db.fetch_all(
        "select * from task where task_id = any(%s) and parent_id is null", [[task_id for _, task_id in wanted]]
    )
    found = {(row["sub_app_id"], row["task_id"]): from_row(row, Task) for row in rows}
    return [found.get(pair) for pair in wanted]  # another application's task is not among them


async def claim(db: Database, task_id: str, owner: UUID, job_priority: int, worker: str | None = None) -> Task | None:
    """Begins an attempt and makes `owner` the only one that may finish it; the task of a step is begun with it.

    None when the task is finished or gone. The fair-share floor rises to the job's virtual time. `worker` is the name
    by which a supervisor knows the process.
    """
    # Not in one transaction: every claim needs the floor's row, and this one may have to wait for its task's.
    await db.execute(
        """update fair_share set virtual_time = greatest(virtual_time, %s)
            where app_id = 0 and queue = (select queue from task where task_id = %s and priority > %s)""",
        [-job_priority, task_id, IDLE],
    )
    row = await db.fetch_one(
        """with claimed as (
               update task set status = 'PROCESSING', owner = %s, worker = %s, attempt = attempt + 1, beat = now(),
                               progress = 0, begun_at = coalesce(begun_at, now())
                where task_id = %s and status <> 'FINISH' returning *),
           whole as (
               update task set status = 'PROCESSING', begun_at = now()
                where task_id = (select parent_id from claimed) and status = 'WAITING')
           select * from claimed""",
        [owner, worker, task_id],
    )
    return from_row(row, Task) if row else None


async def beat(db: Database, task_id: str, owner: UUID, progress: float) -> bool:
    """A sign of life; False means that the attempt is no longer this owner's, who must drop its work."""
    changed = await db.execute(
        "update task set beat = now(), progress = %s where task_id = %s and owner = %s and status = 'PROCESSING'",
        [progress, task_id, owner],
    )
    return changed == 1


async def hand_back(db: Database, task_id: str, owner: UUID) -> None:
    """Gives up an attempt without fault of the task (shutdown): it waits again and the attempt does not count."""
    await db.execute(
        """update task set status = 'WAITING', owner = null, attempt = attempt - 1
            where task_id = %s and owner = %s and status = 'PROCESSING'""",
        [task_id, owner],
    )


async def finish(connection: Connection, task_id: str, owner: UUID, outcome: Outcome) -> Task | None:
    """Ends the task if the attempt is still this owner's; None if not, and the caller must drop its work."""
    cursor = await connection.execute(
        """update task set status = 'FINISH', owner = null, progress = 1, finished_at = now(),
                           err_code = %s, err_code_ext = %s, message = %s, result = %s, output = %s
            where task_id = %s and owner = %s and status = 'PROCESSING' returning *""",
        [*_ended(outcome), task_id, owner],
    )
    row = await cursor.fetchone()
    return from_row(row, Task) if row else None


async def cancel(connection: Connection, sub_app_id: int, file_id: str, outcome: Outcome) -> list[Task]:
    """Ends every unfinished task of a video, with its steps, and tells their workers; the tasks, without steps."""
    cursor = await connection.execute(
        """select task_id from task where sub_app_id = %s and file_id = %s and status <> 'FINISH'
            order by parent_id is null, task_id""",
        [sub_app_id, file_id],
    )
    return await end(connection, [row["task_id"] for row in await cursor.fetchall()], outcome)


async def lock_video_of(connection: Connection, sub_app_id: int, task_id: str) -> Task | None:
    """The task of the application, no step, with its video held so that no attempt can end meanwhile."""
    cursor = await connection.execute(
        "select file_id from task where sub_app_id = %s and task_id = %s and parent_id is null", [sub_app_id, task_id]
    )
    if (row := await cursor.fetchone()) is None:
        return None
    await connection.execute("select 1 from media where file_id = %s for update", [row["file_id"]])
    cursor = await connection.execute("select * from task where task_id = %s", [task_id])
    row = await cursor.fetchone()
    return from_row(row, Task) if row else None


async def end(connection: Connection, task_ids: Sequence[str], outcome: Outcome) -> list[Task]:
    """Ends those of the tasks and steps that are unfinished, and tells their workers; the tasks, without steps.

    Steps come before their tasks: that is the order in which the end of a step locks them.
    """
    ended = []
    for task_id in task_ids:
        cursor = await connection.execute(
            """update task set status = 'FINISH', owner = null, finished_at = now(), steps_left = 0,
                               err_code = %s, err_code_ext = %s, message = %s, result = %s, output = %s
                where task_id = %s and status <> 'FINISH'
            returning *, pg_notify(%s, task_id)""",
            [*_ended(outcome), task_id, TAKEN],
        )
        if row := await cursor.fetchone():
            ended.append(from_row(row, Task))
    return [task for task in ended if task.parent_id is None]


def _ended(outcome: Outcome) -> list[Any]:
    output = Jsonb(outcome.output) if outcome.output is not None else None
    return [outcome.err_code, outcome.err_code_ext, outcome.message, outcome.result, output]


async def counts(db: Database) -> list[dict[str, Any]]:
    """How many tasks there are by kind, status and result, for the metrics page."""
    return await db.fetch_all(
        "select kind, status, coalesce(result, '') as result, count(*) as number from task group by 1, 2, 3"
    )


async def waiting_jobs(db: Database) -> int:
    """Jobs that no worker has taken yet."""
    row = await db.fetch_one("select count(*) as number from procrastinate_jobs where status = 'todo'")
    return int(row["number"]) if row else 0


async def rescue(db: Database, silence: float) -> list[str]:
    """Gives the jobs whose workers show no sign of life to others; the TaskIds.

    What counts is the task's own beat, and the job's start before there is one. So a job is also rescued whose
    worker lives but could not tell the queue how it ended.

    Args:
        db: the database.
        silence: seconds that count as death.
    """
    rows = await db.fetch_all(
        """with stalled as (
               select id, args ->> 'task_id' as task_id from procrastinate_jobs j
                where status = 'doing' and queue_name = any(%(queues)s)
                  and not exists (select 1 from procrastinate_events e
                                   where e.job_id = j.id and e.type = 'started' and e.at > now() - %(silence)s)
                  and not exists (select 1 from task t
                                   where t.task_id = j.args ->> 'task_id' and t.beat > now() - %(silence)s)
                  for update skip locked)
           select task_id, procrastinate_retry_job_v2(id, null, null, null, null) from stalled""",
        {"queues": list(QUEUES), "silence": timedelta(seconds=silence)},
    )
    return [row["task_id"] for row in rows]


async def release(db: Database, worker: str) -> list[str]:
    """Gives the jobs of a worker that is known to be dead to others, at once; the TaskIds.

    Args:
        db: the database.
        worker: the name that its attempts were claimed with.
    """
    rows = await db.fetch_all(
        """with dead as (
               update task set status = 'WAITING', owner = null, worker = null
                where worker = %(worker)s and status = 'PROCESSING' returning task_id),
           stalled as (
               select id, task_id from procrastinate_jobs j join dead on j.args ->> 'task_id' = task_id
                where j.status = 'doing' and queue_name = any(%(queues)s) for update of j skip locked)
           select task_id, procrastinate_retry_job_v2(id, null, null, null, null) from stalled""",
        {"queues": list(QUEUES), "worker": worker},
    )
    return [row["task_id"] for row in rows]


async def forget(db: Database, age: timedelta) -> int:
    """Deletes the tasks that ended longer ago than that; how many. What they made is not touched."""
    return await db.execute(
        """with old as (
               delete from task where (parent_id is null or kind = %s) and status = 'FINISH'
                  and finished_at < now() - %s returning task_id),
           steps as (delete from task where parent_id in (select task_id from old))
           select from old""",
        [AGAIN, age],
    )


async def requeue_orphans(db: Database, silence: float) -> int:
    """Defers a job for every unfinished task that has none, so that no accepted task can vanish; how many.

    A task that shows signs of life is no orphan, although its job may have been finished by a worker that had been
    given up for dead. A task with steps has no job, nor has one that waits for another. `silence` is seconds.
    """
    async with db.transaction() as connection:
        # Two of these at once would make two jobs of an orphan. Nobody waits for another one, who may stand still.
        lock = "select pg_try_advisory_xact_lock(hashtext('minivod requeue_orphans')) as ours"
        turn = await (await connection.execute(lock)).fetchone()
        if not turn or not turn["ours"]:
            return 0
        cursor = await connection.execute(
            """with orphan as (
                   select t.task_id, t.queue from task t
                    where t.status <> 'FINISH' and t.steps_left = 0 and t.waits_for is null
                      and t.created_at < now() - interval '1 minute'
                      and (t.status = 'WAITING' or t.beat < now() - %s)
                      and not exists (select 1 from procrastinate_jobs j
                                       where j.status in ('todo', 'doing') and j.args ->> 'task_id' = t.task_id))
               select array_length(procrastinate_defer_jobs_v1(array_agg(
                          (queue, %s, 0, null, null, jsonb_build_object('task_id', task_id), null)
                          ::procrastinate_job_to_defer_v1)), 1) as number
                 from orphan having count(*) > 0""",
            [timedelta(seconds=silence), JOB],
        )
        row = await cursor.fetchone()
    return int(row["number"]) if row else 0


async def set_output(connection: Connection, task: Task, output: dict[str, Any]) -> None:
    """What a task that has just ended made, where only its end could tell."""
    await connection.execute("update task set output = %s where task_id = %s", [Jsonb(output), task.task_id])


async def save_review(connection: Connection, task: Task, record: dict[str, Any]) -> None:
    """Keeps what review saw in an attempt; a later attempt of the same task replaces it."""
    await connection.execute(
        """insert into review_record (task_id, sub_app_id, file_id, record) values (%s, %s, %s, %s)
           on conflict (task_id) do update set record = excluded.record, created_at = now()""",
        [task.task_id, task.sub_app_id, task.file_id, Jsonb(record)],
    )


async def forget_reviews(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Removes what reviews kept of a video that is deleted; their pictures and sounds are doomed."""
    await connection.execute(
        """with gone as (
               delete from review_record where sub_app_id = %s and file_id = %s returning record)
           insert into doomed_object (object_key)
           select format('%%s/%%s%%s', record ->> 'evidence_prefix', finding ->> 'evidence',
                         case when finding ->> 'evidence' like '%%.%%' then '' else '.jpg' end)
             from gone, jsonb_array_elements(record -> 'findings') as finding where finding ->> 'evidence' <> ''
               on conflict do nothing""",
        [sub_app_id, file_id],
    )


async def find_review(db: Database, sub_app_id: int, task_id: str) -> dict[str, Any] | None:
    """The review record of a task of the application."""
    row = await db.fetch_one(
        "select record from review_record where sub_app_id = %s and task_id = %s", [sub_app_id, task_id]
    )
    return row["record"] if row else None
