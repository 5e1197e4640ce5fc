"""Changes of publications by an operator's word; the video is locked by the caller, before all else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import doomed, fair_share, kept
from minivod.store.database import Connection, from_row
from minivod.store.kept import Kept
from minivod.store.publications import KIND, QUEUE, Publication
from minivod.store.tasks import Task

_AT_ONCE = timedelta()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The newest review record of a video: who reviewed, what was found."""

    task_id: str
    record: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the review let it pass."""
        return bool(self.record["decision"] == "Pass")


async def find(connection: Connection, sub_app_id: int, file_id: str) -> tuple[Publication, str | None] | None:
    """A locked video's publication, and its `reviewed_source`."""
    cursor = await connection.execute(
        "select * from publication where sub_app_id = %s and file_id = %s for update", [sub_app_id, file_id]
    )
    row = await cursor.fetchone()
    return (from_row(row, Publication), row["reviewed_source"]) if row else None


async def newest_verdict(connection: Connection, sub_app_id: int, file_id: str, definition: int) -> Verdict | None:
    """What the newest review of the video, as that template makes it, has found; trials do not count."""
    cursor = await connection.execute(
        """select task_id, record from review_record
            where sub_app_id = %s and file_id = %s and not record ? 'trial'
              and coalesce((record ->> 'definition')::bigint, %s) = %s order by created_at desc limit 1""",
        [sub_app_id, file_id, definition, definition],
    )
    row = await cursor.fetchone()
    return from_row(row, Verdict) if row else None


async def let_play(connection: Connection, publication: Publication, what: Kept, summary: Sequence[Any]) -> None:
    """REJECTED becomes PASS, with the objects that were kept; `summary` are the rows of ReviewSummary from now on."""
    await connection.execute(
        """update publication set state = 'PASS', object_key = %s, cover_key = %s, files = %s, metadata = %s,
                                  reviewed_source = %s, review_summary = %s, updated_at = now()
            where file_id = %s and sub_app_id = %s""",
        [
            what.object_key, what.cover_key, what.files, Jsonb(what.metadata) if what.metadata is not None else None,
            what.reviewed_source, Jsonb(list(summary)), publication.file_id, publication.sub_app_id,
        ],
    )  # fmt: skip


async def withhold(
    connection: Connection,
    publication: Publication,
    reviewed_source: str | None,
    summary: Sequence[Any],
    seconds: float,
) -> list[str]:
    """PASS or RUNNING becomes REJECTED: it plays nowhere once this is committed.

    Args:
        connection: of the transaction.
        publication: as it is.
        reviewed_source: of it, as `find` says.
        summary: rows of ReviewSummary from now on.
        seconds: for which its objects are kept; 0: they are doomed.

    Returns:
        The keys that are doomed.
    """
    await connection.execute(
        """update publication set state = 'REJECTED', object_key = null, cover_key = null, files = '{}',
                                  reviewed_source = null, review_summary = %s, updated_at = now()
            where file_id = %s and sub_app_id = %s""",
        [Jsonb(list(summary)), publication.file_id, publication.sub_app_id],
    )
    if publication.object_key is None:
        return []
    what = Kept(
        definition=publication.definition,
        object_key=publication.object_key,
        cover_key=publication.cover_key,
        files=publication.files,
        metadata=publication.metadata,
        reviewed_source=reviewed_source,
    )
    if seconds > 0:
        await kept.keep(connection, publication.sub_app_id, publication.file_id, what, seconds)
        return []
    keys = _keys(publication)
    await doomed.doom(connection, keys, _AT_ONCE)
    return keys


async def begin(connection: Connection, publication: Publication, app_id: int, task_id: str) -> None:
    """REJECTED becomes RUNNING: a task of its own publishes it again, as if it had been asked for."""
    await connection.execute(
        """update publication set state = 'RUNNING', task_id = %s, metadata = null, review_summary = '[]',
                                  updated_at = now()
            where file_id = %s and sub_app_id = %s""",
        [task_id, publication.file_id, publication.sub_app_id],
    )
    await connection.execute(
        """insert into task (task_id, sub_app_id, kind, file_id, definition, queue, params)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [
            task_id, publication.sub_app_id, KIND, publication.file_id, publication.definition, QUEUE,
            Jsonb({"instead_of": publication.task_id}),
        ],
    )  # fmt: skip
    await fair_share.enqueue(connection, app_id, QUEUE, [task_id])


async def retell(connection: Connection, sub_app_id: int, task_id: str, result: str, message: str) -> Task | None:
    """Gives a publish task that ended another result; None when it was forgotten, or never ended so."""
    cursor = await connection.execute(
        """update task set result = %s, message = %s, err_code = 0, err_code_ext = ''
            where task_id = %s and sub_app_id = %s and kind = %s and status = 'FINISH' returning *""",
        [result, message, task_id, sub_app_id, KIND],
    )
    row = await cursor.fetchone()
    return from_row(row, Task) if row else None


async def message_of(connection: Connection, sub_app_id: int, task_id: str) -> str | None:
    """The Message of a publish task; None when it was forgotten."""
    cursor = await connection.execute(
        "select message from task where task_id = %s and sub_app_id = %s", [task_id, sub_app_id]
    )
    row = await cursor.fetchone()
    return str(row["message"]) if row else None


async def set_summary(connection: Connection, publication: Publication, summary: Sequence[Any]) -> None:
    """Changes the rows of ReviewSummary alone."""
    await connection.execute(
        "update publication set review_summary = %s where file_id = %s and sub_app_id = %s",
        [Jsonb(list(summary)), publication.file_id, publication.sub_app_id],
    )


def _keys(publication: Publication) -> list[str]:
    """Of all objects of a publication that stands."""
    found = [key for key in (publication.object_key, publication.cover_key) if key]
    if publication.files and publication.object_key:
        stem = publication.object_key.removesuffix(publication.files[0])
        found += [f"{stem}{name}" for name in publication.files[1:]]
    return found
