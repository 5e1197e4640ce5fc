"""What an operator wants to know at a glance; each number is read from an index, and counted to a bound."""

from datetime import datetime
from typing import Any

import msgspec

from minivod.store.database import Database, from_row
from minivod.store.fair_share import QUEUES

BOUND = 1000
"""What is more is not counted on."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """How many, BOUND at most; those of `day` are of the last 24 hours.

    Attributes:
        running: tasks and steps that are under way.
        waiting: jobs that no worker has taken.
        failed_day: tasks and steps that failed.
        passed_day: publications that play since.
        rejected_day: those that were rejected.
        broken_day: those that failed for a technical reason.
        open: rejected, and no person has said anything.
        calls_waiting: callbacks that are to be made.
        calls_failed: those that were given up.
    """

    running: int
    waiting: int
    failed_day: int
    passed_day: int
    rejected_day: int
    broken_day: int
    open: int
    calls_waiting: int
    calls_failed: int


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """Worker processes: how many give signs of life, how many do not, and for how many seconds the latest of these."""

    alive: int
    silent: int
    silence: float


class Coverage(msgspec.Struct, frozen=True):
    """What the newest review did not look for, each with the reason, and what it looked for in part."""

    created_at: datetime
    uncovered: dict[str, str]
    partly: dict[str, str]


_NUMBERS = """
select (select count(*) from (select from task where status = 'PROCESSING' limit %(most)s) t)::int as running,
       (select count(*) from (select from procrastinate_jobs where status = 'todo' limit %(most)s) t)::int as waiting,
       (select count(*) from (select from task where status = 'FINISH' and finished_at > now() - interval '1 day'
                                 and err_code <> 0 limit %(most)s) t)::int as failed_day,
       (select count(*) from (select from publication where state = 'PASS' and updated_at > now() - interval '1 day'
                               limit %(most)s) t)::int as passed_day,
       (select count(*) from (select from publication where state = 'REJECTED'
                                 and updated_at > now() - interval '1 day' limit %(most)s) t)::int as rejected_day,
       (select count(*) from (select from publication where state = 'FAILED'
                                 and updated_at > now() - interval '1 day' limit %(most)s) t)::int as broken_day,
       (select count(*) from (
            select from publication p
              left join lateral (select word from review_decision d where d.file_id = p.file_id and word <> 'again'
                                  order by decision_id desc limit 1) d on true
             where p.state = 'REJECTED' and coalesce(d.word, 'reset') = 'reset' limit %(most)s) t)::int as open,
       (select count(*) from (select from event_delivery where state = 'WAITING' limit %(most)s) t)::int
           as calls_waiting,
       (select count(*) from (select from event_delivery where state = 'FAILED' limit %(most)s) t)::int as calls_failed
"""


async def numbers(db: Database) -> Numbers:
    """All of them."""
    row = await db.fetch_one(_NUMBERS, {"most": BOUND})
    if row is None:
        raise LookupError("the database did not count")
    return from_row(row, Numbers)


async def workers(db: Database, silent_after: float) -> Workers:
    """The worker processes that have not been forgotten.

    A process has a row of Procrastinate for each of its queues, and nothing in a row says of which process it is; all
    of a process begin, beat and end together, so that the rows are counted by as many as there are queues.

    Args:
        db: the database.
        silent_after: seconds without a sign of life.
    """
    row = await db.fetch_one(
        """select ceil(count(*) filter (where age <= %(after)s) / %(queues)s::float8)::int as alive,
                  ceil(count(*) filter (where age > %(after)s) / %(queues)s::float8)::int as silent,
                  coalesce(min(age) filter (where age > %(after)s), 0) as silence
             from (select extract(epoch from now() - last_heartbeat)::float8 as age from procrastinate_workers) w""",
        {"after": silent_after, "queues": len(QUEUES)},
    )
    if row is None:
        raise LookupError("the database did not count")
    return from_row(row, Workers)


async def coverage(db: Database) -> Coverage | None:
    """Of the newest review among the publications that changed last; None: there was none lately."""
    row = await db.fetch_one(
        """select r.created_at, r.record -> 'uncovered' as uncovered, coalesce(r.record -> 'partly', '{}') as partly
             from (select task_id, updated_at from publication order by updated_at desc limit 100) p
             join review_record r using (task_id) order by r.created_at desc limit 1"""
    )
    return from_row(row, Coverage) if row else None


async def decisions(db: Database, limit: int) -> list[dict[str, Any]]:
    """The newest words of operators, with the names of their videos."""
    return await db.fetch_all(
        """select d.made_at, d.sub_app_id, d.file_id, d.word, d.made_by, d.reason, m.name
             from review_decision d left join media m using (file_id) order by d.decision_id desc limit %s""",
        [limit],
    )
