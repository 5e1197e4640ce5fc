"""Multipart uploads of a session and their parts; they outlive the server's restart."""

from datetime import datetime

import msgspec

from minivod.store.database import Connection, Database


class MultipartUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart upload that is neither complete nor aborted."""

    upload_id: str
    object_key: str
    session_key: str
    created_at: datetime


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part; `etag` is its MD5 in hex, `part_key` its object, `size` in bytes."""

    part_number: int
    etag: str
    size: int
    part_key: str
    modified_at: datetime | None = None


async def create(connection: Connection, upload_id: str, object_key: str, session_key: str) -> int:
    """Begins one in a session that this transaction has locked.

    Returns:
        How many unfinished ones the session has now.
    """
    await connection.execute(
        "insert into multipart_upload (upload_id, object_key, session_key) values (%s, %s, %s)",
        [upload_id, object_key, session_key],
    )
    cursor = await connection.execute(
        "select count(*) as number from multipart_upload where session_key = %s", [session_key]
    )
    row = await cursor.fetchone()
    return int(row["number"]) if row else 0


async def find(db: Database, session_key: str, object_key: str, upload_id: str) -> MultipartUpload | None:
    """The session's multipart upload of that object."""
    row = await db.fetch_one(
        """select upload_id, object_key, session_key, created_at from multipart_upload
            where session_key = %s and object_key = %s and upload_id = %s""",
        [session_key, object_key, upload_id],
    )
    return MultipartUpload(**row) if row else None


async def find_all(db: Database, session_key: str) -> list[MultipartUpload]:
    """The session's multipart uploads by key and then by age."""
    rows = await db.fetch_all(
        """select upload_id, object_key, session_key, created_at from multipart_upload
            where session_key = %s order by object_key, created_at, upload_id""",
        [session_key],
    )
    return [MultipartUpload(**row) for row in rows]


async def find_parts(db: Database, upload_id: str, after: int = 0, limit: int = 10_000) -> list[Part]:
    """At most `limit` parts with numbers above `after`, in order."""
    rows = await db.fetch_all(
        """select part_number, etag, size, part_key, modified_at from multipart_part
            where upload_id = %s and part_number > %s order by part_number limit %s""",
        [upload_id, after, limit],
    )
    return [Part(**row) for row in rows]


async def bytes_held(connection: Connection, session_key: str) -> int:
    """The size of all parts of the session's unfinished uploads."""
    cursor = await connection.execute(
        """select coalesce(sum(size), 0)::bigint as held
             from multipart_part join multipart_upload using (upload_id) where session_key = %s""",
        [session_key],
    )
    row = await cursor.fetchone()
    return int(row["held"]) if row else 0


async def place_part(connection: Connection, upload_id: str, part: Part) -> bool:
    """Lets an adopted part count, in a session that this transaction has locked; the one before it is doomed.

    Returns:
        Whether the multipart upload still exists; nothing was changed else.
    """
    cursor = await connection.execute("select 1 from multipart_upload where upload_id = %s for key share", [upload_id])
    if await cursor.fetchone() is None:
        return False
    await connection.execute(
        """with before as (
               select part_key from multipart_part where upload_id = %(upload_id)s and part_number = %(part_number)s),
           doom as (
               insert into doomed_object (object_key) select part_key from before
               on conflict (object_key) do update set after = now())
           insert into multipart_part (upload_id, part_number, etag, size, part_key)
           values (%(upload_id)s, %(part_number)s, %(etag)s, %(size)s, %(part_key)s)
           on conflict (upload_id, part_number) do update set etag = excluded.etag, size = excluded.size,
              part_key = excluded.part_key, modified_at = now()""",
        {"upload_id": upload_id, **msgspec.to_builtins(part)},
    )
    return True


async def remove(connection: Connection, upload_id: str) -> bool:
    """Ends a multipart upload, its parts are doomed; whether it existed."""
    cursor = await connection.execute("select 1 from multipart_upload where upload_id = %s for update", [upload_id])
    if await cursor.fetchone() is None:
        return False
    await connection.execute(
        """insert into doomed_object (object_key) select part_key from multipart_part where upload_id = %s
           on conflict (object_key) do update set after = now()""",
        [upload_id],
    )
    await connection.execute("delete from multipart_upload where upload_id = %s", [upload_id])
    return True
