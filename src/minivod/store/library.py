"""Lists the videos of an application for operators: by name, tag, class and publication, always the newest first.

It is `search.py` with one more question, which the index does not know: the state of the publication. What few videos
are in is asked first, and those are looked at one by one; of a state that many are in, the search meets enough.
"""

from datetime import datetime
from typing import LiteralString

import msgspec

from minivod.store import search
from minivod.store.database import Database
from minivod.store.search import MOST, NONE, Found, Search


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; everything that is given must hold.

    Attributes:
        sub_app_id: of the application.
        file_id: this video alone; empty: not asked, like all the others.
        name: a part of the name, in any case and width.
        tag: one of the tags.
        class_id: of the class or of one above it; 0: no class; None: not asked.
        state: of the publication, or NONE.
        offset: so many are passed over.
        limit: at most so many.
    """

    sub_app_id: int
    file_id: str = ""
    name: str = ""
    tag: str = ""
    class_id: int | None = None
    state: str = ""
    offset: int = 0
    limit: int = 20


_OF_STATE: LiteralString = "select file_id from publication where sub_app_id = %(app)s and state = %(state)s"
_OF_NONE: LiteralString = """select file_id from media m where sub_app_id = %(app)s
                    and not exists (select from publication p where p.file_id = m.file_id)"""


async def find(db: Database, wanted: Wanted, now: datetime) -> Found:
    """Searches; `total` is MOST at most, and then there may be more."""
    if wanted.state and await _are_few(db, wanted):
        return await _one_by_one(db, wanted)
    terms = [[f"t{wanted.tag}"]] if wanted.tag else []
    if wanted.class_id is not None:
        terms.append([f"c{wanted.class_id}"])
    asked = Search(
        sub_app_id=wanted.sub_app_id,
        file_ids=[wanted.file_id] if wanted.file_id else [],
        names=[wanted.name] if wanted.name else [],
        terms=terms,
        publication=wanted.state,
        by_match=False,
        offset=wanted.offset,
        limit=wanted.limit,
    )
    return await search.find(db, asked, now)


def _of_state(wanted: Wanted) -> LiteralString:
    return _OF_NONE if wanted.state == NONE else _OF_STATE


async def _are_few(db: Database, wanted: Wanted) -> bool:
    """Whether at most MOST publications of the application are in that state."""
    row = await db.fetch_one(
        f"select count(*) as number from ({_of_state(wanted)} limit %(most)s) few",  # noqa: S608 - of our own words
        {"app": wanted.sub_app_id, "state": wanted.state, "most": MOST + 1},
    )
    return row is not None and row["number"] <= MOST


async def _one_by_one(db: Database, wanted: Wanted) -> Found:
    row = await db.fetch_one(
        f"""with found as materialized (
               select file_id, created_at from media
                where file_id in ({_of_state(wanted)}) and (expires_at is null or expires_at > now())
                  and %(file)s in ('', file_id)
                  and (%(name)s = '' or strpos(search_text(name), search_text(%(name)s)) > 0)
                  and (%(tag)s = '' or %(tag)s = any(tags))
                  and (%(class)s::bigint is null or %(class)s = any(class_path) or (%(class)s = 0 and class_id = 0)))
           select (select count(*) from found)::int as total,
                  array(select file_id from found order by created_at desc, file_id desc
                        offset %(offset)s limit %(limit)s) as file_ids""",  # noqa: S608 - of our own words
        {
            "app": wanted.sub_app_id, "state": wanted.state, "file": wanted.file_id, "name": wanted.name,
            "tag": wanted.tag, "class": wanted.class_id, "offset": wanted.offset, "limit": wanted.limit,
        },
    )  # fmt: skip
    return Found(row["total"], row["file_ids"]) if row else Found(0, [])
