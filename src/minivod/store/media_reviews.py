"""Reviews that were asked for by themselves: their tasks, and what the newest of a video came to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import fair_share
from minivod.store.database import Connection, Database, from_row

REVIEW = "ReviewAudioVideo"
"""The kind of task, in the middle of its TaskId."""


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A task to accept; `params` are what it is told, `priority` is TasksPriority."""

    task_id: str
    sub_app_id: int
    app_id: int
    file_id: str
    definition: int
    priority: int
    params: dict[str, Any]


class MediaReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a review of a video (`content` is Media) or of its cover (Cover) came to.

    `subject` is the key of the object that was reviewed, `types` are `Form.Label`, the worst first.
    """

    content: str
    subject: str
    definition: int
    suggestion: str
    types: list[str]
    reviewed_at: datetime | None = None


async def accept(connection: Connection, asked: ReviewRequest) -> None:
    """Writes the task and its job."""
    await connection.execute(
        """insert into task (task_id, sub_app_id, kind, file_id, definition, priority, params, queue)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            asked.task_id, asked.sub_app_id, REVIEW, asked.file_id, asked.definition, asked.priority,
            Jsonb(asked.params), fair_share.SHORT,
        ],
    )  # fmt: skip
    await fair_share.enqueue(connection, asked.app_id, fair_share.SHORT, [asked.task_id], asked.priority)


async def save(connection: Connection, sub_app_id: int, file_id: str, found: MediaReview) -> None:
    """Keeps it in place of an earlier one; the video is held."""
    await connection.execute(
        """insert into media_review (file_id, sub_app_id, content, subject, definition, suggestion, types)
           values (%s, %s, %s, %s, %s, %s, %s)
               on conflict (file_id, content) do update
                  set subject = excluded.subject, definition = excluded.definition, types = excluded.types,
                      suggestion = excluded.suggestion, reviewed_at = excluded.reviewed_at""",
        [file_id, sub_app_id, found.content, found.subject, found.definition, found.suggestion, found.types],
    )
    if found.content == "Media":  # searches ask the video alone
        await connection.execute(
            "update media set review = %s where file_id = %s and sub_app_id = %s and object_key = %s",
            [found.suggestion, file_id, sub_app_id, found.subject],
        )


async def find(db: Database, sub_app_id: int, file_ids: Sequence[str]) -> dict[str, list[MediaReview]]:
    """What is known of the application's videos, by FileId."""
    rows = await db.fetch_all(
        "select * from media_review where sub_app_id = %s and file_id = any(%s)", [sub_app_id, list(file_ids)]
    )
    found: dict[str, list[MediaReview]] = defaultdict(list)
    for row in rows:
        found[row["file_id"]].append(from_row(row, MediaReview))
    return found
