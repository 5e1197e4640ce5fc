"""Batches of reviews anew of what is published: begun together, run one by one when there is nothing else to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.store import fair_share
from minivod.store.database import Connection, Database, from_row
from minivod.store.fair_share import IDLE, LONG
from minivod.store.tasks import AGAIN, Task

_AT_A_TIME = 500


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A batch: publications that changed since then, of one application or all; `params` are what each task is told."""

    since: datetime
    sub_app_id: int | None
    params: dict[str, Any]


async def begin(db: Database, wish: Wish) -> tuple[str, int]:
    """Makes the tasks, of what is published now: the name of the batch, and how many they are."""
    batch = f"again-{ids.new_token()[:32]}"
    rows = await db.fetch_all(
        """select p.file_id, p.sub_app_id, p.task_id, p.definition, s.app_id
             from publication p join sub_app s using (sub_app_id)
            where p.state = 'PASS' and p.updated_at >= %s and (%s::bigint is null or p.sub_app_id = %s)
            order by p.updated_at, p.file_id""",
        [wish.since, wish.sub_app_id, wish.sub_app_id],
    )
    for start in range(0, len(rows), _AT_A_TIME):
        async with db.transaction() as connection:
            await _accept(connection, batch, wish, rows[start : start + _AT_A_TIME])
    return batch, len(rows)


async def _accept(connection: Connection, batch: str, wish: Wish, rows: Sequence[dict[str, Any]]) -> None:
    made = [ids.new_task_id(row["app_id"], AGAIN) for row in rows]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            """insert into task (task_id, sub_app_id, kind, file_id, definition, queue, priority, parent_id, params)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                (
                    task_id, row["sub_app_id"], AGAIN, row["file_id"], row["definition"], LONG, IDLE, batch,
                    Jsonb(wish.params | {"publication": row["task_id"]}),
                )
                for task_id, row in zip(made, rows, strict=True)
            ],
        )  # fmt: skip
    await fair_share.enqueue_idle(connection, LONG, made)


class Progress(msgspec.Struct, frozen=True):
    """How many tasks of a batch there are, have been begun, and have ended."""

    total: int
    begun: int
    ended: int


async def progress(db: Database, batch: str) -> Progress:
    """How far a batch is."""
    row = await db.fetch_one(
        """select count(*) as total, count(begun_at) as begun, count(finished_at) as ended
             from task where parent_id = %s and kind = %s""",
        [batch, AGAIN],
    )
    return from_row(row or {}, Progress)


async def tasks_of(db: Database, batch: str) -> list[Task]:
    """The tasks of a batch, by SubAppId and FileId."""
    rows = await db.fetch_all(
        "select * from task where parent_id = %s and kind = %s order by sub_app_id, file_id", [batch, AGAIN]
    )
    return [from_row(row, Task) for row in rows]
