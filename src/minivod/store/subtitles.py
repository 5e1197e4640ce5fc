"""Subtitle rows: the WebVTT files that belong to videos."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from minivod.store import doomed
from minivod.store.database import Connection, Database, from_row


class Subtitle(msgspec.Struct, frozen=True, kw_only=True):
    """A subtitle file; `language` as in RFC 5646."""

    subtitle_id: str
    name: str
    language: str
    object_key: str


async def add(connection: Connection, sub_app_id: int, file_id: str, new: Subtitle) -> None:
    """Gives a locked video a subtitle, whose id it does not have yet."""
    await connection.execute(
        """insert into subtitle (file_id, sub_app_id, subtitle_id, name, language, object_key, created_at)
           values (%s, %s, %s, %s, %s, %s, clock_timestamp())""",
        [file_id, sub_app_id, new.subtitle_id, new.name, new.language, new.object_key],
    )


async def ids_of(connection: Connection, sub_app_id: int, file_id: str) -> set[str]:
    """Of the subtitles of a locked video."""
    cursor = await connection.execute(
        "select subtitle_id from subtitle where sub_app_id = %s and file_id = %s", [sub_app_id, file_id]
    )
    return {row["subtitle_id"] for row in await cursor.fetchall()}


async def remove(connection: Connection, sub_app_id: int, file_id: str, subtitle_ids: Sequence[str]) -> None:
    """Takes subtitles from a locked video; ids that it does not have are no error. Their objects are doomed."""
    cursor = await connection.execute(
        """delete from subtitle where sub_app_id = %s and file_id = %s and subtitle_id = any(%s)
           returning object_key""",
        [sub_app_id, file_id, list(subtitle_ids)],
    )
    await doomed.doom(connection, [row["object_key"] for row in await cursor.fetchall()], timedelta())


async def find(db: Database, sub_app_id: int, file_ids: Sequence[str]) -> dict[str, list[Subtitle]]:
    """The subtitles of the application's videos, the oldest first, by FileId."""
    rows = await db.fetch_all(
        "select * from subtitle where sub_app_id = %s and file_id = any(%s) order by created_at, subtitle_id",
        [sub_app_id, list(file_ids)],
    )
    found: dict[str, list[Subtitle]] = defaultdict(list)
    for row in rows:
        found[row["file_id"]].append(from_row(row, Subtitle))
    return found
