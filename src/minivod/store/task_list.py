"""Lists the tasks of an application, page by page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, LiteralString

import msgspec

from minivod.store.database import Database, from_row
from minivod.store.tasks import Task

Field = Literal["CreateTime", "FinishTime"]
Order = Literal["Asc", "Desc"]


class Span(msgspec.Struct, frozen=True):
    """From `after` up to `before`, both included; None: without that end."""

    after: datetime | None = None
    before: datetime | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: the time by which the list is sorted, and the task."""

    moment: datetime
    task_id: str


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks, in which order; None: whichever. `limit` is the most of a page."""

    sub_app_id: int
    status: str | None = None
    file_id: str | None = None
    created: Span = Span()
    finished: Span = Span()
    field: Field = "CreateTime"
    order: Order = "Desc"
    start: Place | None = None
    limit: int = 10


class Page(msgspec.Struct, frozen=True):
    """Tasks, and where the next page begins; None: there is none."""

    tasks: list[Task]
    next: Place | None


_FROM: Mapping[tuple[Field, Order], LiteralString] = {
    ("CreateTime", "Asc"): "created_at, task_id) >= (%(moment)s, %(task)s)",
    ("CreateTime", "Desc"): "created_at, task_id) <= (%(moment)s, %(task)s)",
    ("FinishTime", "Asc"): "finished_at, task_id) >= (%(moment)s, %(task)s)",
    ("FinishTime", "Desc"): "finished_at, task_id) <= (%(moment)s, %(task)s)",
}
_ORDER: Mapping[tuple[Field, Order], LiteralString] = {
    ("CreateTime", "Asc"): "created_at, task_id",
    ("CreateTime", "Desc"): "created_at desc, task_id desc",
    ("FinishTime", "Asc"): "finished_at, task_id",
    ("FinishTime", "Desc"): "finished_at desc, task_id desc",
}


async def find_page(db: Database, query: Query) -> Page:
    """The tasks from `query.start` on; a list that is sorted by FinishTime has none that are not finished."""
    way = (query.field, query.order)
    conditions: list[LiteralString] = [
        "sub_app_id = %(app)s and parent_id is null",
        "(%(status)s::text is null or status = %(status)s)",
        "(%(file)s::text is null or file_id = %(file)s)",
        "(%(created_after)s::timestamptz is null or created_at >= %(created_after)s)",
        "(%(created_before)s::timestamptz is null or created_at <= %(created_before)s)",
        "(%(finished_after)s::timestamptz is null or finished_at >= %(finished_after)s)",
        "(%(finished_before)s::timestamptz is null or finished_at <= %(finished_before)s)",
    ]
    if query.field == "FinishTime":
        conditions.append("finished_at is not null")
    if query.start is not None:
        conditions.append("(" + _FROM[way])
    where: LiteralString = " and ".join(conditions)
    sql = f"select * from task where {where} order by {_ORDER[way]} limit %(limit)s"  # noqa: S608 - of our own words
    rows = await db.fetch_all(sql, _parameters(query))
    found = [from_row(row, Task) for row in rows]
    if len(found) <= query.limit:
        return Page(found, None)
    first = found.pop()
    moment = first.finished_at if query.field == "FinishTime" else first.created_at
    return Page(found, Place(moment, first.task_id) if moment else None)


def _parameters(query: Query) -> dict[str, Any]:
    return {
        "app": query.sub_app_id,
        "status": query.status,
        "file": query.file_id,
        "created_after": query.created.after,
        "created_before": query.created.before,
        "finished_after": query.finished.after,
        "finished_before": query.finished.before,
        "moment": query.start.moment if query.start else None,
        "task": query.start.task_id if query.start else None,
        "limit": query.limit + 1,
    }
