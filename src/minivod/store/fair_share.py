"""Who is next in a queue: accounts take turns, and an account's own tasks go by their priority (engine.md §5)."""

from collections.abc import Sequence

from minivod.store.database import Connection, Database

SHORT = "media"
"""The queue of what takes seconds to minutes: publishing, snapshots."""
LONG = "encode"
"""The queue of what may take hours: encoding."""
PULL = "pull"
"""The queue of what waits for others: pulls from URLs."""
QUEUES = (SHORT, LONG, PULL)
IDLE = -100
"""The priority of tasks that run when there is nothing else; they have no share in the turns of accounts."""
_LAST = -2_000_000_000
"""The priority of their jobs: below that of every other one."""
JOB = "publish"
"""The name of the one kind of job, whose argument is a TaskId; it was given when there was nothing but publishing."""


async def enqueue(connection: Connection, app_id: int, queue: str, task_ids: Sequence[str], priority: int = 0) -> None:
    """Makes jobs of an account's accepted tasks, in their order.

    A job's priority is its negative virtual time. The account's virtual time goes on by one for each of its jobs, from
    the floor at least: the highest that was handed to a worker. A task of higher `priority` then takes the place of
    the account's own waiting jobs of lower ones, and of nobody else's.
    """
    await connection.execute(
        """with share as (
               insert into fair_share as s (app_id, queue, virtual_time)
               select %(app)s, %(queue)s, %(turns)s + f.virtual_time from fair_share f
                where f.app_id = 0 and f.queue = %(queue)s
                   on conflict (app_id, queue) do update set virtual_time = greatest(s.virtual_time + %(turns)s,
                                                                                     excluded.virtual_time)
            returning virtual_time)
           select procrastinate_defer_jobs_v1(array_agg(
                      (%(queue)s, %(job)s, (%(turns)s - t.turn - s.virtual_time)::integer, null, null,
                       jsonb_build_object('task_id', t.task_id), null)::procrastinate_job_to_defer_v1 order by t.turn))
             from unnest(%(tasks)s::text[]) with ordinality as t (task_id, turn), share s""",
        {"app": app_id, "queue": queue, "turns": len(task_ids), "tasks": list(task_ids), "job": JOB},
    )
    await _deal_again(connection, app_id, queue, priority)


async def enqueue_idle(connection: Connection, queue: str, task_ids: Sequence[str]) -> None:
    """Makes jobs of tasks with the priority IDLE, in their order."""
    await connection.execute(
        """select procrastinate_defer_jobs_v1(array_agg(
                      (%s, %s, %s, null, null, jsonb_build_object('task_id', t.task_id), null)
                      ::procrastinate_job_to_defer_v1 order by t.turn))
             from unnest(%s::text[]) with ordinality as t (task_id, turn) having count(*) > 0""",
        [queue, JOB, _LAST, list(task_ids)],
    )


async def _deal_again(connection: Connection, app_id: int, queue: str, priority: int) -> None:
    """Gives the account's places in the queue to its tasks by their priority, where these differ at all."""
    account = {"app": app_id, "queue": queue, "priority": priority, "idle": IDLE}
    cursor = await connection.execute(
        """select 1 from procrastinate_jobs j
             join task t on t.task_id = j.args ->> 'task_id' join sub_app s using (sub_app_id)
            where j.status = 'todo' and j.queue_name = %(queue)s and s.app_id = %(app)s
              and t.priority <> %(priority)s and t.priority > %(idle)s limit 1""",
        account,
    )
    if await cursor.fetchone() is None:
        return
    await connection.execute(
        """with waiting as (
               select j.id, j.priority as place, t.priority from procrastinate_jobs j
                 join task t on t.task_id = j.args ->> 'task_id' join sub_app s using (sub_app_id)
                where j.status = 'todo' and j.queue_name = %(queue)s and s.app_id = %(app)s
                  and t.priority > %(idle)s),
           places as (select place, row_number() over (order by place desc, id) as number from waiting),
           turns as (select id, row_number() over (order by priority desc, place desc, id) as number from waiting)
           update procrastinate_jobs j set priority = p.place from turns join places p using (number)
            where j.id = turns.id and j.status = 'todo' and j.priority <> p.place""",
        account,
    )


async def rebase(db: Database, highest: int = 2**30) -> bool:
    """Lets virtual time begin at 0 again in the queues whose floor is above `highest`; whether there was one.

    A job's priority is a 32-bit integer, so virtual time must not grow for ever. The waiting jobs keep their order.
    A worker that has fetched a job and not claimed it yet may raise the floor to its old height again; the next call
    mends that.
    """
    # Publishing waits while the table is locked, so it is locked only where there is something to do.
    if not await db.fetch_one("select 1 from fair_share where app_id = 0 and virtual_time > %s", [highest]):
        return False
    async with db.transaction() as connection:
        await connection.execute("lock table fair_share in exclusive mode")
        cursor = await connection.execute(
            """with floor as (select queue, virtual_time from fair_share where app_id = 0 and virtual_time > %s),
               jobs as (
                   update procrastinate_jobs j set priority = priority + floor.virtual_time from floor
                    where j.queue_name = floor.queue and j.status = 'todo')
               update fair_share s set virtual_time = greatest(s.virtual_time - floor.virtual_time, 0)
                 from floor where floor.queue = s.queue""",
            [highest],
        )
    return cursor.rowcount > 0
