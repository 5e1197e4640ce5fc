"""Lists tasks of all applications, or of one, for operators: the newest first, page by page, with names of videos."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

import msgspec

from minivod.store.database import Database, Row, from_row
from minivod.store.task_list import Place
from minivod.store.tasks import Task

FAILED = "FAILED"
"""In place of a status: it ended with an error, or a step of it did."""
_BROKEN: LiteralString = """(select coalesce(parent_id, task_id) from task
                              where sub_app_id = s.sub_app_id and err_code <> 0)"""
_OPEN: LiteralString = """task_id in (select coalesce(parent_id, task_id) from task
                              where sub_app_id = s.sub_app_id and status <> 'FINISH' and steps_left = 0)"""
STATES: dict[str, LiteralString] = {
    "": "true",
    "WAITING": f"status = 'WAITING' and {_OPEN}",
    "PROCESSING": f"status = 'PROCESSING' and {_OPEN}",
    "FINISH": f"status = 'FINISH' and task_id not in {_BROKEN}",
    FAILED: f"status = 'FINISH' and task_id in {_BROKEN}",
}
"""What a list may be of, by name; empty: everything. Rare ones are found by indexes that have nothing else."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks: a state of STATES, kinds, an application, a video (None: all); `limit` of them from `start` on."""

    kinds: Sequence[str]
    state: str = ""
    sub_app_id: int | None = None
    file_id: str | None = None
    start: Place | None = None
    limit: int = 20


class Listed(NamedTuple):
    """A task as a list shows it.

    Attributes:
        task: whatever it is of.
        name: of its video; None: that was deleted, or does not exist yet.
        failed: whether it, or a step of it, ended with an error.
        progress: of the whole, from 0 to 1.
        message: its own, else that of the first step that failed.
    """

    task: Task
    name: str | None
    failed: bool
    progress: float
    message: str


class Page(NamedTuple):
    """Tasks, and where the next page begins; None: there is none."""

    items: list[Listed]
    next: Place | None


async def find_page(db: Database, query: Query) -> Page:
    """The tasks from `query.start` on. Each application is asked by itself, because that is how they are indexed."""
    video: LiteralString = "and file_id = %(file)s" if query.file_id else ""
    start: LiteralString = "and (created_at, task_id) <= (%(moment)s, %(task)s)" if query.start else ""
    rows = await db.fetch_all(
        f"""select found.*, m.name as media_name,
                   found.err_code <> 0 or coalesce(steps.failed, false) as failed, coalesce(steps.done, 0) as done,
                   steps.told
              from sub_app s cross join lateral (
                   select * from task
                    where sub_app_id = s.sub_app_id and parent_id is null and kind = any(%(kinds)s)
                      and {STATES[query.state]} {video} {start}
                    order by created_at desc, task_id desc limit %(limit)s) found
              left join lateral (
                   select bool_or(err_code <> 0) as failed, avg(progress)::float8 as done,
                          (array_agg(message order by ordinal) filter (where err_code <> 0))[1] as told from task
                    where parent_id = found.task_id) steps on true
              left join media m on m.file_id = found.file_id and m.sub_app_id = found.sub_app_id
             where %(app)s::bigint is null or s.sub_app_id = %(app)s
             order by found.created_at desc, found.task_id desc limit %(limit)s""",  # noqa: S608 - of our own words
        _parameters(query),
    )
    items = [_listed(row) for row in rows]
    if len(items) <= query.limit:
        return Page(items, None)
    first = items.pop().task
    return Page(items, Place(first.created_at, first.task_id))


def _listed(row: Row) -> Listed:
    return Listed(
        task=from_row(row, Task),
        name=row["media_name"],
        failed=row["failed"],
        progress=max(row["progress"], row["done"]),
        message=row["message"] or row["told"] or "",
    )


def _parameters(query: Query) -> dict[str, Any]:
    return {
        "kinds": list(query.kinds),
        "app": query.sub_app_id,
        "file": query.file_id,
        "moment": query.start.moment if query.start else None,
        "task": query.start.task_id if query.start else None,
        "limit": query.limit + 1,
    }
