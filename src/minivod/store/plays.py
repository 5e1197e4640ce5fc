"""Plays: how often videos were played, and how many bytes of them were sent, by days of UTC+8."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from minivod.store.database import Database, from_row


class Place(NamedTuple):
    """What is counted together."""

    sub_app_id: int
    day: date
    file_id: str


class Count(NamedTuple):
    """Plays, and bytes."""

    plays: int = 0
    bytes: int = 0


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A video in a day."""

    day: date
    file_id: str
    plays: int
    bytes: int


async def add(db: Database, counts: Mapping[Place, Count]) -> None:
    """Adds all of it, or nothing; in one order, so that processes do not wait for each other in a circle."""
    rows = [(*place, *count) for place, count in sorted(counts.items())]
    await db.execute(
        """insert into play (sub_app_id, day, file_id, plays, bytes)
           select * from unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[], %s::bigint[])
               on conflict (sub_app_id, day, file_id) do update
                  set plays = play.plays + excluded.plays, bytes = play.bytes + excluded.bytes""",
        [list(column) for column in zip(*rows, strict=True)],
    )


async def daily(db: Database, sub_app_id: int, file_id: str, first: date, last: date) -> list[Played]:
    """The days of these, both included, on which there was any of the video."""
    rows = await db.fetch_all(
        """select day, file_id, plays, bytes from play
            where sub_app_id = %s and file_id = %s and day between %s and %s order by day""",
        [sub_app_id, file_id, first, last],
    )
    return [from_row(row, Played) for row in rows]


async def most(db: Database, sub_app_id: int, day: date, by: Literal["plays", "bytes"], limit: int) -> list[Played]:
    """The videos with the most plays or bytes of a day."""
    rows = await db.fetch_all(
        """select day, file_id, plays, bytes from play where sub_app_id = %s and day = %s
            order by case when %s then plays else bytes end desc, file_id limit %s""",
        [sub_app_id, day, by == "plays", limit],
    )
    return [from_row(row, Played) for row in rows]
