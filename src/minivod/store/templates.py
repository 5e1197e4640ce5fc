"""Template rows: what an application has made, by kind and definition."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import doomed
from minivod.store.database import Connection, Database, from_row

FIRST_DEFINITION = 1_000_001
"""An application's first definition; those of presets have six digits at most."""
KEPT = timedelta(days=7)
"""How long the picture of a watermark outlives its template, for tasks that were accepted before.

And the sessions of uploads that were opened before, whose procedures are begun with the picture as it was.
"""


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A template of an application's own; `body` is its kind's settings, `object_key` a watermark's picture."""

    sub_app_id: int
    kind: str
    definition: int
    name: str
    comment: str
    body: dict[str, Any]
    object_key: str | None
    created_at: datetime
    updated_at: datetime


async def next_definition(connection: Connection, sub_app_id: int) -> int:
    """A definition that the application never had; others that ask wait until this transaction ends."""
    cursor = await connection.execute(
        """insert into template_number as number (sub_app_id, last) values (%s, %s)
           on conflict (sub_app_id) do update set last = number.last + 1 returning last""",
        [sub_app_id, FIRST_DEFINITION],
    )
    row = await cursor.fetchone()
    return msgspec.convert(row and row["last"], int)


async def count(connection: Connection, sub_app_id: int, kind: str) -> int:
    """How many the application has of the kind."""
    cursor = await connection.execute(
        "select count(*) as number from template where sub_app_id = %s and kind = %s", [sub_app_id, kind]
    )
    row = await cursor.fetchone()
    return msgspec.convert(row and row["number"], int)


async def create(
    connection: Connection,
    *,
    sub_app_id: int,
    kind: str,
    definition: int,
    name: str,
    comment: str,
    body: dict[str, Any],
    object_key: str | None = None,
) -> None:
    """Writes a new template."""
    await connection.execute(
        """insert into template (sub_app_id, kind, definition, name, comment, body, object_key)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [sub_app_id, kind, definition, name, comment, Jsonb(body), object_key],
    )


async def lock(connection: Connection, sub_app_id: int, kind: str, definition: int) -> TemplateRow | None:
    """The template, held against other changes until the transaction ends."""
    cursor = await connection.execute(
        "select * from template where sub_app_id = %s and kind = %s and definition = %s for update",
        [sub_app_id, kind, definition],
    )
    row = await cursor.fetchone()
    return from_row(row, TemplateRow) if row else None


async def replace(connection: Connection, before: TemplateRow, after: TemplateRow) -> None:
    """Writes the changed template over a locked one; a picture that it no longer has is doomed."""
    await connection.execute(
        """update template set name = %s, comment = %s, body = %s, object_key = %s, updated_at = now()
            where sub_app_id = %s and definition = %s""",
        [after.name, after.comment, Jsonb(after.body), after.object_key, before.sub_app_id, before.definition],
    )
    if before.object_key and before.object_key != after.object_key:
        await _doom(connection, before.sub_app_id, before.object_key)


async def delete(connection: Connection, sub_app_id: int, kind: str, definition: int) -> bool:
    """Deletes the template, and dooms its picture; False: there is none."""
    cursor = await connection.execute(
        "delete from template where sub_app_id = %s and kind = %s and definition = %s returning object_key",
        [sub_app_id, kind, definition],
    )
    row = await cursor.fetchone()
    if row is not None and row["object_key"]:
        await _doom(connection, sub_app_id, row["object_key"])
    return row is not None


async def _doom(connection: Connection, sub_app_id: int, object_key: str) -> None:
    """Gives a picture up, some days after the last session that may know it has become a task."""
    cursor = await connection.execute(
        """select coalesce(max(expires_at) - now(), interval '0') as longest from upload
            where sub_app_id = %s and file_id is null and expires_at > now()""",
        [sub_app_id],
    )
    row = await cursor.fetchone()
    await doomed.doom(connection, [object_key], KEPT + (row["longest"] if row else timedelta()))


async def find(db: Database, sub_app_id: int, kind: str, definitions: Sequence[int] | None = None) -> list[TemplateRow]:
    """The application's templates of the kind, by definition; `definitions`: only these."""
    rows = await db.fetch_all(
        """select * from template
            where sub_app_id = %s and kind = %s and definition = any(coalesce(%s, array[definition]))
            order by definition""",
        [sub_app_id, kind, None if definitions is None else list(definitions)],
    )
    return [from_row(row, TemplateRow) for row in rows]


async def find_picture(db: Database, app_id: int, object_key: str) -> TemplateRow | None:
    """The template of that account whose picture the object is; None also when the account is disabled."""
    row = await db.fetch_one(
        """select t.* from template t join sub_app s using (sub_app_id) join account a using (app_id)
            where s.app_id = %s and t.object_key = %s and a.enabled""",
        [app_id, object_key],
    )
    return from_row(row, TemplateRow) if row else None
