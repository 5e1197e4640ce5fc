"""Media rows: the videos of an application."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import doomed, publications
from minivod.store.database import Connection, Database, from_row

MADE = "made/"
"""What the keys of objects begin with that tasks make of videos."""


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A video.

    Attributes:
        class_names: the names of its class and of those above, from the first level.
        object_key: None once its original was deleted.
        metadata: a probe's answer.
        key_frames: descriptions of moments, as MediaKeyFrameDescItem of the wire.
        forbidden: it plays nowhere.
    """

    file_id: str
    sub_app_id: int
    app_id: int
    directory: str
    name: str
    description: str
    media_type: str
    class_id: int
    source_context: str
    storage_region: str
    object_key: str | None
    cover_key: str | None
    cover_type: str | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    class_names: list[str] = []
    tags: list[str] = []
    key_frames: list[dict[str, Any]] = []
    forbidden: bool = False


_SELECT = """
select m.file_id, m.sub_app_id, s.app_id, m.directory, m.name, m.description, m.media_type, m.class_id,
       m.source_context, m.storage_region, m.object_key, m.cover_key, m.cover_type, m.metadata, m.created_at,
       m.updated_at, m.expires_at, m.tags, m.key_frames, m.forbidden,
       case when m.class_id <> 0 then array(
           select c.name from media_class c where c.sub_app_id = m.sub_app_id and c.class_id = any(m.class_path)
            order by cardinality(c.path)) else '{}' end as class_names
  from media m join sub_app s using (sub_app_id)
"""


async def create(
    connection: Connection,
    *,
    file_id: str,
    sub_app_id: int,
    directory: str,
    name: str,
    media_type: str,
    object_key: str,
    metadata: dict[str, Any],
    cover_key: str | None = None,
    cover_type: str | None = None,
    cover_bytes: int | None = None,
    class_id: int = 0,
    source_context: str = "",
    storage_region: str = "",
    expires_at: datetime | None = None,
) -> None:
    """Writes a new video; a class that does not exist, or not any more, is class 0.

    `cover_bytes` is the size of its cover; None: the janitor finds it out.
    """
    await connection.execute(
        """with found as (select class_id, path from media_class where sub_app_id = %s and class_id = %s for key share)
           insert into media (class_id, class_path, file_id, sub_app_id, directory, name, media_type, source_context,
                              storage_region, object_key, cover_key, cover_type, cover_bytes, metadata,
                              expires_at)
           values (coalesce((select class_id from found), 0), coalesce((select path from found), '{}'),
                   %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            sub_app_id, class_id, file_id, sub_app_id, directory, name, media_type, source_context,
            storage_region, object_key, cover_key, cover_type, cover_bytes, Jsonb(metadata), expires_at,
        ],
    )  # fmt: skip


async def find(db: Database, sub_app_id: int, file_ids: Sequence[str]) -> dict[str, Media]:
    """The videos of the application among these ids; the others are left out."""
    rows = await db.fetch_all(
        _SELECT + " where m.sub_app_id = %s and m.file_id = any(%s)", [sub_app_id, list(file_ids)]
    )
    return {row["file_id"]: from_row(row, Media) for row in rows}


async def find_one(connection: Connection, sub_app_id: int, file_id: str) -> Media | None:
    """The video of the application, as the transaction sees it."""
    cursor = await connection.execute(_SELECT + " where m.sub_app_id = %s and m.file_id = %s", [sub_app_id, file_id])
    row = await cursor.fetchone()
    return from_row(row, Media) if row else None


async def find_twins(connection: Connection, sub_app_id: int, file_id: str, source: dict[str, Any]) -> list[str]:
    """FileIds of published videos of the application whose original is, by size and MD5, the same as this one's."""
    cursor = await connection.execute(
        """select m.file_id from media m join publication p using (file_id)
            where m.sub_app_id = %s and m.file_id <> %s and p.state = 'PASS' and m.metadata ->> 'md5' <> ''
              and m.metadata ->> 'md5' = %s and m.metadata -> 'size' = %s order by 1""",
        [sub_app_id, file_id, source.get("md5"), Jsonb(source.get("size"))],
    )
    return [row["file_id"] for row in await cursor.fetchall()]


async def set_forbidden(db: Database, sub_app_id: int, file_ids: Sequence[str], *, forbidden: bool) -> set[str]:
    """Bans videos from playing, or lets them; which of these the application has. Streams are told of a ban."""
    rows = await db.fetch_all(
        """with wanted as (
               select file_id, forbidden from media where sub_app_id = %(app)s and file_id = any(%(files)s)
                order by file_id for no key update),
           changed as (
               update media set forbidden = %(forbidden)s, updated_at = now() from wanted
                where media.file_id = wanted.file_id and wanted.forbidden <> %(forbidden)s)
           select file_id from wanted""",
        {"app": sub_app_id, "files": list(file_ids), "forbidden": forbidden},
    )
    return {row["file_id"] for row in rows}


async def set_cover(connection: Connection, sub_app_id: int, file_id: str, cover_key: str, source_key: str) -> bool:
    """Gives a held video another cover, of the type that its key ends with; the old one is doomed.

    False: the video, or the original that the cover was taken from, does not exist any more.
    """
    cursor = await connection.execute(
        """with changed as (
               update media set cover_key = %(key)s, cover_type = %(type)s, updated_at = now() from media as before
                where media.file_id = before.file_id and media.file_id = %(file)s and media.sub_app_id = %(app)s
                  and media.object_key = %(source)s
            returning before.cover_key),
           doomed as (
               insert into doomed_object (object_key) select cover_key from changed where cover_key is not null
               on conflict do nothing)
           select from changed""",
        {
            "key": cover_key,
            "type": cover_key.rpartition(".")[2],
            "file": file_id,
            "app": sub_app_id,
            "source": source_key,
        },
    )
    return cursor.rowcount == 1


async def change(connection: Connection, before: Media, after: Media, class_path: Sequence[int]) -> None:
    """Writes what callers may change over a locked video; a cover that it no longer has is doomed.

    Args:
        connection: of the transaction, which holds the class too.
        before: the video as it is.
        after: as it is to be: name, description, class_id, expires_at, tags, key_frames, cover_key.
        class_path: that of its class.
    """
    cover_type = after.cover_key.rpartition(".")[2] if after.cover_key else None
    await connection.execute(
        """update media set name = %s, description = %s, class_id = %s, class_path = %s, expires_at = %s, tags = %s,
                            key_frames = %s, cover_key = %s, cover_type = %s, updated_at = now()
            where sub_app_id = %s and file_id = %s""",
        [
            after.name, after.description, after.class_id, list(class_path), after.expires_at, after.tags,
            Jsonb(after.key_frames), after.cover_key,
            cover_type if after.cover_key != before.cover_key else before.cover_type,
            before.sub_app_id, before.file_id,
        ],
    )  # fmt: skip
    if before.cover_key and before.cover_key != after.cover_key:
        await doomed.doom(connection, [before.cover_key], timedelta())


async def lock(connection: Connection, sub_app_id: int, file_id: str) -> bool:
    """Holds the video's row against other changes until the transaction ends; whether it exists."""
    cursor = await connection.execute(
        "select 1 from media where sub_app_id = %s and file_id = %s for update", [sub_app_id, file_id]
    )
    return await cursor.fetchone() is not None


async def hold(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Keeps the video from being deleted until the transaction ends.

    Before any row of a task is locked: whoever deletes a video takes it and its tasks in this order too.
    """
    await connection.execute(
        "select 1 from media where sub_app_id = %s and file_id = %s for key share", [sub_app_id, file_id]
    )


async def lock_expired(connection: Connection) -> tuple[int, str] | None:
    """Holds a video whose time is over like `lock`: SubAppId and FileId; None when there is none that is free."""
    cursor = await connection.execute(
        """select sub_app_id, file_id from media where expires_at <= now()
            order by expires_at limit 1 for update skip locked"""
    )
    row = await cursor.fetchone()
    return (row["sub_app_id"], row["file_id"]) if row else None


async def delete(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Deletes a locked video, its results and its publication; their objects are doomed."""
    await publications.withdraw(connection, sub_app_id, file_id)
    await connection.execute(
        """insert into doomed_object (object_key)
           select key from (
               select unnest(array[object_key, cover_key]) as key from media
                where file_id = %(f)s and sub_app_id = %(s)s
               union select prefix || '/' || name from media_result, unnest(files) as name
                      where file_id = %(f)s and sub_app_id = %(s)s
               union select object_key from subtitle where file_id = %(f)s and sub_app_id = %(s)s
               union select object_key from preview where file_id = %(f)s and sub_app_id = %(s)s
           ) doomed where key is not null on conflict do nothing""",
        {"f": file_id, "s": sub_app_id},
    )
    await connection.execute("delete from media where file_id = %s and sub_app_id = %s", [file_id, sub_app_id])


async def delete_original(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Takes original and uploaded cover from a locked video, keeps the rest (DeleteMedia, OriginalFiles)."""
    await connection.execute(
        """with gone as (
               update media set object_key = null, review = null, updated_at = now(),
                                cover_key = case when starts_with(media.cover_key, %(made)s) then media.cover_key end
                 from media as before
                where media.file_id = before.file_id and media.file_id = %(file)s and media.sub_app_id = %(app)s
            returning before.object_key, nullif(before.cover_key, media.cover_key) as cover_key)
           insert into doomed_object (object_key)
           select key from gone, unnest(array[object_key, cover_key]) as key where key is not null
           on conflict do nothing""",
        {"file": file_id, "app": sub_app_id, "made": MADE},
    )


async def delete_made_cover(connection: Connection, sub_app_id: int, file_id: str) -> None:
    """Takes a cover that a task made from a locked video (DeleteMedia, TranscodeFiles); any other one stays."""
    await connection.execute(
        """with gone as (
               update media set cover_key = null, cover_type = null, updated_at = now() from media as before
                where media.file_id = before.file_id and media.file_id = %(file)s and media.sub_app_id = %(app)s
                  and starts_with(media.cover_key, %(made)s)
            returning before.cover_key)
           insert into doomed_object (object_key) select cover_key from gone on conflict do nothing""",
        {"file": file_id, "app": sub_app_id, "made": MADE},
    )
