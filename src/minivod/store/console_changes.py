"""What users of the console have changed, and what came of it: an audit table that nothing changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the audit table with what came of it.

    Attributes:
        change_id: ascending.
        made_at: when.
        made_by: by whom.
        sub_app_id: of the application; None: of none.
        action: of the API, or of the console alone.
        about: what was to be changed: a FileId, a TaskId.
        parameters: as they were given, without secrets.
        ended_at: None: it is under way, or the server stopped meanwhile.
        code: of the error; empty: it was done.
        message: of the error, in English.
    """

    change_id: int
    made_at: datetime
    made_by: str
    sub_app_id: int | None
    action: str
    about: str
    parameters: dict[str, Any]
    ended_at: datetime | None
    code: str | None
    message: str | None


async def begin(
    connection: Connection, made_by: str, sub_app_id: int | None, action: str, about: str, parameters: Mapping[str, Any]
) -> int:
    """Writes down what is about to be done: the ChangeId, for `end`."""
    cursor = await connection.execute(
        """insert into console_change (made_by, sub_app_id, action, about, parameters)
           values (%s, %s, %s, %s, %s) returning change_id""",
        [made_by, sub_app_id, action, about, Jsonb(dict(parameters))],
    )
    row = await cursor.fetchone() or {}
    return int(row["change_id"])


async def end(connection: Connection, change_id: int, code: str = "", message: str = "") -> None:
    """Writes down what came of it; an empty code: it was done."""
    await connection.execute(
        "insert into console_outcome (change_id, code, message) values (%s, %s, %s)", [change_id, code, message]
    )


async def history(db: Database, sub_app_id: int | None, about: str, limit: int = 50) -> list[Change]:
    """The latest changes of one thing of an application, the newest first."""
    rows = await db.fetch_all(
        """select c.*, o.ended_at, o.code, o.message from console_change c left join console_outcome o using (change_id)
            where about = %s and sub_app_id is not distinct from %s order by change_id desc limit %s""",
        [about, sub_app_id, limit],
    )
    return [Change(**row) for row in rows]
