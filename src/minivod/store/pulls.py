"""Accepts tasks that pull a video from a URL."""

from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import fair_share
from minivod.store.database import Connection

PULL = "pull"
"""The kind of task, in the middle of its TaskId."""


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A task to accept: `file_id` is that of the video that will be, `params` are what it is told."""

    task_id: str
    sub_app_id: int
    app_id: int
    file_id: str
    priority: int
    params: dict[str, Any]


async def accept(connection: Connection, asked: PullRequest) -> None:
    """Writes the task and its job."""
    await connection.execute(
        """insert into task (task_id, sub_app_id, kind, file_id, priority, params, queue)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [
            asked.task_id, asked.sub_app_id, PULL, asked.file_id, asked.priority, Jsonb(asked.params), fair_share.PULL,
        ],
    )  # fmt: skip
    await fair_share.enqueue(connection, asked.app_id, fair_share.PULL, [asked.task_id], asked.priority)


async def unfinished(connection: Connection, sub_app_id: int) -> list[str]:
    """The TaskIds of the application's pulls that are under way or wait."""
    cursor = await connection.execute(
        "select task_id from task where sub_app_id = %s and kind = %s and status <> 'FINISH'", [sub_app_id, PULL]
    )
    return [row["task_id"] for row in await cursor.fetchall()]
