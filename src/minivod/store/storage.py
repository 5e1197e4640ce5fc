"""How much applications store: triggers note each change, the janitor adds them up and takes samples.

A video counts with original and cover, what was made of it, its published files, and subtitles. What only the server
keeps does not: uploads that were not committed, evidence of reviews, and what rejected videos would play as.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from minivod.store.database import Database, from_row

_MOST = 1000


class Stored(msgspec.Struct, frozen=True):
    """How many videos, and how many bytes."""

    media: int
    bytes: int


class Sample(msgspec.Struct, frozen=True):
    """How many bytes they were from then on, until the next sample."""

    taken_at: datetime
    bytes: int


class Unmeasured(msgspec.Struct, frozen=True, kw_only=True):
    """A row whose objects have a size that is not known: its table and place in it, and their keys."""

    place: str
    file_id: str
    name: str
    definition: int
    keys: list[str]


COUNTED = """counted as (
    select media, bytes from storage where sub_app_id = %(app)s
     union all select media, bytes from storage_change where sub_app_id = %(app)s)"""
"""A common table expression: what was added up of an application, and the changes since."""


async def stored(db: Database, sub_app_id: int) -> Stored:
    """What an application stores now."""
    row = await db.fetch_one(
        f"""with {COUNTED}
            select coalesce(sum(media), 0)::bigint as media, coalesce(sum(bytes), 0)::bigint as bytes
              from counted""",  # noqa: S608 - of a constant
        {"app": sub_app_id},
    )
    return msgspec.convert(row, Stored)


async def samples(db: Database, sub_app_id: int, since: datetime, until: datetime) -> list[Sample]:
    """The samples in their order, beginning with the one that tells how much it was at `since`."""
    rows = await db.fetch_all(
        """select taken_at, bytes from storage_sample where sub_app_id = %(app)s and taken_at < %(until)s
              and taken_at >= coalesce((select max(taken_at) from storage_sample
                                         where sub_app_id = %(app)s and taken_at <= %(since)s), %(since)s)
            order by taken_at""",
        {"app": sub_app_id, "since": since, "until": until},
    )
    return [from_row(row, Sample) for row in rows]


async def add_up(db: Database) -> None:
    """Adds up the changes, and takes a sample of each application that stores more or less than at the last one.

    Whoever does it twice adds nothing: a change is gone when it was added, and a sample of the same five minutes is
    replaced.
    """
    async with db.transaction() as connection:
        # Two of these at once could wait for each other's applications.
        lock = "select pg_try_advisory_xact_lock(hashtext('minivod add_up')) as ours"
        turn = await (await connection.execute(lock)).fetchone()
        if not turn or not turn["ours"]:
            return
        await connection.execute(
            """with gone as (delete from storage_change returning sub_app_id, media, bytes)
               insert into storage as s (sub_app_id, media, bytes)
               select sub_app_id, sum(media), sum(bytes) from gone group by 1
                   on conflict (sub_app_id) do update
                      set media = s.media + excluded.media, bytes = s.bytes + excluded.bytes"""
        )
        await connection.execute(
            """insert into storage_sample (sub_app_id, taken_at, bytes)
               select sub_app_id, date_bin('5 minutes', now(), 'epoch'), bytes from storage
                where bytes is distinct from (
                      select bytes from storage_sample old where old.sub_app_id = storage.sub_app_id
                       order by taken_at desc limit 1)
                   on conflict (sub_app_id, taken_at) do update set bytes = excluded.bytes"""
        )


async def unmeasured(db: Database) -> list[Unmeasured]:
    """Some rows whose objects have a size that is not known."""
    rows = await db.fetch_all(
        """select 'media' as place, file_id, '' as name, 0 as definition, array[cover_key] as keys
             from media where cover_bytes is null and cover_key is not null
            union all
           select 'media_result', file_id, kind, definition, array(select prefix || '/' || f from unnest(files) f)
             from media_result where bytes is null
            union all
           select 'publication', file_id, '', 0, array_remove(array[object_key, cover_key] || array(
                      select left(object_key, -length(files[1])) || f from unnest(files[2:]) f), null)
             from publication where bytes is null and object_key is not null
            union all
           select 'subtitle', file_id, subtitle_id, 0, array[object_key] from subtitle where bytes is null
            limit %s""",
        [_MOST],
    )
    return [from_row(row, Unmeasured) for row in rows]


_MEASURED = {
    "media": "update media set cover_bytes = %(bytes)s where file_id = %(file)s and cover_key = %(key)s",
    "media_result": """update media_result set bytes = %(bytes)s
                        where file_id = %(file)s and kind = %(name)s and definition = %(definition)s and bytes is null
                          and (cardinality(files) = 0 or prefix || '/' || files[1] = %(key)s)""",
    "publication": "update publication set bytes = %(bytes)s where file_id = %(file)s and object_key = %(key)s",
    "subtitle": "update subtitle set bytes = %(bytes)s where file_id = %(file)s and subtitle_id = %(name)s",
}


async def set_measured(db: Database, row: Unmeasured, sizes: Sequence[int]) -> None:
    """Notes how large the row's objects are together, unless it has got others meanwhile."""
    await db.execute(_MEASURED[row.place], _values(row, sum(sizes)))


def _values(row: Unmeasured, size: int) -> dict[str, Any]:
    first = row.keys[0] if row.keys else ""
    return {"bytes": size, "file": row.file_id, "name": row.name, "definition": row.definition, "key": first}
