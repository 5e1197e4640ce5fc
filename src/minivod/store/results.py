"""What tasks made of a video: transcodes, snapshots and the like, one for each kind and template."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row
from minivod.store.tasks import Task

TRANSCODE = "Transcode"
"""The kind of result that can be published; kinds are named as Type of a MediaProcessTaskResult."""
ADAPTIVE = "AdaptiveDynamicStreaming"
SPRITE = "ImageSprite"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A result.

    Attributes:
        file_id: of the video.
        kind: what it is.
        definition: of the template.
        task_id: of the step that made it.
        prefix: of the keys of its objects.
        files: their names below the prefix.
        entry: the file that a player opens; empty where there is none.
        metadata: a probe's answer for what can be played.
        whole: whether it shows the source from begin to end, and nothing else.
        source_key: the original that it was made of.
        body: what else the wire tells of it, as its kind has it.
        created_at: when it was made.
    """

    file_id: str
    kind: str
    definition: int
    task_id: str
    prefix: str
    files: list[str]
    entry: str
    metadata: dict[str, Any] | None
    whole: bool
    source_key: str
    body: dict[str, Any]
    created_at: datetime

    def key(self, name: str) -> str:
        """The object of one of its files."""
        return f"{self.prefix}/{name}"


async def save(
    connection: Connection,
    task: Task,
    kind: str,
    *,
    prefix: str,
    files: Sequence[str],
    source_key: str,
    entry: str = "",
    metadata: dict[str, Any] | None = None,
    whole: bool = False,
    body: dict[str, Any] | None = None,
    size: int | None = None,
) -> bool:
    """Keeps what a step made, in place of an earlier result of the same template, whose objects are doomed.

    `size` is the number of bytes of all files; None: the janitor finds it out.

    The video is held (`media.hold`). False: it, or the original that the result was made of, does not exist any more,
    and nothing was changed.
    """
    cursor = await connection.execute(
        """select 1 from media where file_id = %s and sub_app_id = %s and object_key = %s""",
        [task.file_id, task.sub_app_id, source_key],
    )
    if await cursor.fetchone() is None:
        return False
    await delete(connection, task.sub_app_id, task.file_id, kind, task.definition, exactly=True)
    await connection.execute(
        """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry, metadata,
                                     whole, source_key, body, bytes)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            task.file_id, task.sub_app_id, kind, task.definition, task.task_id, prefix, list(files), entry,
            Jsonb(metadata) if metadata is not None else None, whole, source_key, Jsonb(body or {}), size,
        ],
    )  # fmt: skip
    return True


async def find(db: Database, sub_app_id: int, file_ids: Sequence[str]) -> dict[str, list[Result]]:
    """The results of these videos, by FileId, in the order of their kinds and templates."""
    rows = await db.fetch_all(
        """select * from media_result where sub_app_id = %s and file_id = any(%s)
            order by file_id, kind, definition""",
        [sub_app_id, list(file_ids)],
    )
    found: dict[str, list[Result]] = {}
    for row in rows:
        found.setdefault(row["file_id"], []).append(from_row(row, Result))
    return found


async def find_one(db: Database, sub_app_id: int, file_id: str, kind: str, definition: int) -> Result | None:
    """The result of one template."""
    row = await db.fetch_one(
        """select * from media_result where sub_app_id = %s and file_id = %s and kind = %s and definition = %s""",
        [sub_app_id, file_id, kind, definition],
    )
    return from_row(row, Result) if row else None


async def delete(
    connection: Connection, sub_app_id: int, file_id: str, kind: str, definition: int, *, exactly: bool = False
) -> None:
    """Deletes the results of a kind, of one template or, when `definition` is 0 and not meant `exactly`, of all."""
    await connection.execute(
        """with gone as (
               delete from media_result where file_id = %(file)s and sub_app_id = %(app)s and kind = %(kind)s
                  and (definition = %(definition)s or %(all)s) returning prefix, files)
           insert into doomed_object (object_key) select prefix || '/' || name from gone, unnest(files) as name
               on conflict do nothing""",
        {
            "file": file_id, "app": sub_app_id, "kind": kind, "definition": definition,
            "all": definition == 0 and not exactly,
        },
    )  # fmt: skip
