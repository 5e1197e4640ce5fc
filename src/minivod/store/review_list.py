"""Lists what reviews and operators decided, page by page, and finds the video that a FileId or TaskId means."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from minivod.store.database import Database, from_row

State = Literal["RUNNING", "PASS", "REJECTED", "FAILED"]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins."""

    moment: datetime
    file_id: str


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which publications; None: whichever.

    Attributes:
        sub_app_id: of this application.
        state: in this state.
        since: that changed then or later.
        borderline: of which a category was neither clear nor blocked, by the newest review.
        by_operator: of which an operator's word stands.
        undecided: of which none does.
        start: the first one of the page.
        limit: the most of a page.
    """

    sub_app_id: int | None = None
    state: State | None = None
    since: datetime | None = None
    borderline: bool = False
    by_operator: bool = False
    undecided: bool = False
    start: Place | None = None
    limit: int = 20


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A publication with what is known of it; `summary` is what the newest review found, `word` what stands."""

    file_id: str
    sub_app_id: int
    name: str
    definition: int
    state: str
    task_id: str
    updated_at: datetime
    message: str
    summary: list[dict[str, Any]]
    word: str | None
    made_by: str | None


class Page(msgspec.Struct, frozen=True):
    """Publications, newest change first, and where the next page begins; None: there is none."""

    items: list[Item]
    next: Place | None


# What follows is looked up for the rows of a page alone, unless a condition asks for it.
_LIST = """
select p.file_id, p.sub_app_id, m.name, p.definition, p.state, p.task_id, p.updated_at,
       coalesce(t.message, r.record ->> 'message', '') as message, coalesce(r.record -> 'summary', '[]') as summary,
       nullif(d.word, 'reset') as word, case when d.word <> 'reset' then d.made_by end as made_by
  from publication p join media m using (file_id) left join task t on t.task_id = p.task_id
  left join lateral (
       select record from review_record r where r.file_id = p.file_id and not record ? 'trial'
        order by created_at desc limit 1) r on true
  left join lateral (
       select word, made_by from review_decision d where d.file_id = p.file_id and d.word <> 'again'
        order by decision_id desc limit 1) d on true
 where (%(app)s::bigint is null or p.sub_app_id = %(app)s) and (%(state)s::text is null or p.state = %(state)s)
   and (%(since)s::timestamptz is null or p.updated_at >= %(since)s)
   and (not %(borderline)s or r.record -> 'summary' @> '[{"Suggestion": "review"}]')
   and (not %(borderline)s or p.file_id in (  -- few, by an index: else each record would be looked at
       select file_id from review_record where record -> 'summary' @> '[{"Suggestion": "review"}]'))
   and (not %(by_operator)s or d.word in ('approve', 'reject'))
   and (not %(undecided)s or coalesce(d.word, 'reset') = 'reset')
   and (%(moment)s::timestamptz is null or (p.updated_at, p.file_id) <= (%(moment)s, %(file)s))
 order by p.updated_at desc, p.file_id desc limit %(limit)s
"""


async def find_page(db: Database, query: Query) -> Page:
    """The publications from `query.start` on."""
    rows = await db.fetch_all(
        _LIST,
        {
            "app": query.sub_app_id,
            "state": query.state,
            "since": query.since,
            "borderline": query.borderline,
            "by_operator": query.by_operator,
            "undecided": query.undecided,
            "moment": query.start.moment if query.start else None,
            "file": query.start.file_id if query.start else None,
            "limit": query.limit + 1,
        },
    )
    found = [from_row(row, Item) for row in rows]
    if len(found) <= query.limit:
        return Page(found, None)
    first = found.pop()
    return Page(found, Place(first.updated_at, first.file_id))


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest review of a video that counts, and when it was made."""

    task_id: str
    record: dict[str, Any]
    created_at: datetime


async def newest(db: Database, sub_app_id: int, file_id: str) -> Newest | None:
    """What the newest review of a video has found."""
    row = await db.fetch_one(
        """select task_id, record, created_at from review_record
            where sub_app_id = %s and file_id = %s and not record ? 'trial' order by created_at desc limit 1""",
        [sub_app_id, file_id],
    )
    return from_row(row, Newest) if row else None


async def locate(db: Database, reference: str, sub_app_id: int | None = None) -> tuple[int, str] | None:
    """SubAppId and FileId that a FileId or a TaskId means; also of a video of which only the audit knows any more.

    Args:
        db: the database.
        reference: the FileId or TaskId.
        sub_app_id: in this application; None: in any.
    """
    row = await db.fetch_one(
        """select sub_app_id, file_id from (
               select sub_app_id, file_id from media where file_id = %(ref)s
                union all select sub_app_id, file_id from task where task_id = %(ref)s
                union all select sub_app_id, file_id from publication where task_id = %(ref)s
                union all select sub_app_id, file_id from review_decision where file_id = %(ref)s or task_id = %(ref)s
           ) known where %(app)s::bigint is null or sub_app_id = %(app)s limit 1""",
        {"ref": reference, "app": sub_app_id},
    )
    return (row["sub_app_id"], row["file_id"]) if row else None
