"""What rejected videos would play as: kept for a time, so that an operator's approval needs no upload and no remux."""

from datetime import timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a publication that stands."""

    definition: int
    object_key: str
    cover_key: str | None
    files: list[str]
    metadata: dict[str, Any] | None
    reviewed_source: str | None


_DOOM = """
insert into doomed_object (object_key)
select key from gone, unnest(array[object_key, cover_key]) as key where key is not null
 union select left(object_key, -length(files[1])) || name from gone, unnest(files) as name
on conflict do nothing
"""


async def keep(connection: Connection, sub_app_id: int, file_id: str, kept: Kept, seconds: float) -> None:
    """Keeps the objects of a held video's publication for that long, in place of earlier ones, which are doomed."""
    await drop(connection, sub_app_id, file_id)
    await connection.execute(
        """insert into kept_publication (file_id, sub_app_id, definition, object_key, cover_key, files, metadata,
                                         reviewed_source, expires_at)
           values (%s, %s, %s, %s, %s, %s, %s, %s, now() + %s)""",
        [
            file_id, sub_app_id, kept.definition, kept.object_key, kept.cover_key, kept.files,
            Jsonb(kept.metadata) if kept.metadata is not None else None, kept.reviewed_source,
            timedelta(seconds=seconds),
        ],
    )  # fmt: skip


async def take(connection: Connection, sub_app_id: int, file_id: str, definition: int) -> Kept | None:
    """What was kept of a locked video for that template; whoever takes it refers to its objects from now on."""
    cursor = await connection.execute(
        "delete from kept_publication where file_id = %s and sub_app_id = %s and definition = %s returning *",
        [file_id, sub_app_id, definition],
    )
    row = await cursor.fetchone()
    return from_row(row, Kept) if row else None


async def find(db: Database, sub_app_id: int, file_id: str) -> Kept | None:
    """What is kept of a video."""
    row = await db.fetch_one(
        "select * from kept_publication where file_id = %s and sub_app_id = %s", [file_id, sub_app_id]
    )
    return from_row(row, Kept) if row else None


async def drop(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Keeps nothing of a held video any more; the objects are doomed."""
    await connection.execute(
        f"""with gone as (delete from kept_publication where file_id = %s and sub_app_id = %s returning *)
            {_DOOM}""",  # noqa: S608 - of constants
        [file_id, sub_app_id],
    )


async def expire(db: Database) -> int:
    """Dooms what was kept long enough; how many objects."""
    return await db.execute(
        f"with gone as (delete from kept_publication where expires_at <= now() returning *) {_DOOM}"  # noqa: S608
    )
