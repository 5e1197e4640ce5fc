"""Procedure rows: what an application wants done with videos, by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row


class ProcedureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure of an application's own.

    Attributes:
        task: a MediaProcessTaskInput, as JSON values.
        publish: the template whose result is published then, 0 for the original, None for nothing.
    """

    name: str
    comment: str
    task: dict[str, Any]
    publish: int | None
    created_at: datetime
    updated_at: datetime


async def count(connection: Connection, sub_app_id: int) -> int:
    """How many the application has; others that count before they add wait until this transaction ends."""
    await connection.execute("select 1 from sub_app where sub_app_id = %s for no key update", [sub_app_id])
    cursor = await connection.execute(
        "select count(*) as number from procedure_template where sub_app_id = %s", [sub_app_id]
    )
    row = await cursor.fetchone()
    return msgspec.convert(row and row["number"], int)


async def create(
    connection: Connection, *, sub_app_id: int, name: str, comment: str, task: dict[str, Any], publish: int | None
) -> bool:
    """Writes a new procedure; False: there is one of that name."""
    cursor = await connection.execute(
        """insert into procedure_template (sub_app_id, name, comment, task, publish) values (%s, %s, %s, %s, %s)
           on conflict (sub_app_id, name) do nothing""",
        [sub_app_id, name, comment, Jsonb(task), publish],
    )
    return cursor.rowcount == 1


async def reset(
    db: Database, *, sub_app_id: int, name: str, comment: str | None, task: dict[str, Any], publish: int | None
) -> bool:
    """Replaces what a procedure does; a comment of None stays as it was. False: there is no such procedure."""
    changed = await db.execute(
        """update procedure_template set comment = coalesce(%s, comment), task = %s, publish = %s, updated_at = now()
            where sub_app_id = %s and name = %s""",
        [comment, Jsonb(task), publish, sub_app_id, name],
    )
    return changed == 1


async def delete(db: Database, sub_app_id: int, name: str) -> bool:
    """Deletes the procedure; False: there is none."""
    return (
        await db.execute("delete from procedure_template where sub_app_id = %s and name = %s", [sub_app_id, name]) == 1
    )


async def find(db: Database, sub_app_id: int, names: Sequence[str] | None = None) -> list[ProcedureRow]:
    """The application's procedures, the oldest first; `names`: only these."""
    rows = await db.fetch_all(
        """select name, comment, task, publish, created_at, updated_at from procedure_template
            where sub_app_id = %s and name = any(coalesce(%s, array[name])) order by created_at, name""",
        [sub_app_id, None if names is None else list(names)],
    )
    return [from_row(row, ProcedureRow) for row in rows]
