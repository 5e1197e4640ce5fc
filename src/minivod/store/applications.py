"""The applications of an account: lists and changes; `accounts.py` has what each call needs of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.accounts import create_sub_app
from minivod.store.database import Connection, Database, from_row

ON, OFF, DESTROYING, DESTROYED = "On", "Off", "Destroying", "Destroyed"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as it is listed; `tags` are as on the wire, `status` is On, Off, Destroying or Destroyed."""

    sub_app_id: int
    app_id: int
    name: str
    description: str
    status: str
    tags: list[dict[str, Any]]
    created_at: datetime


async def create(
    connection: Connection, app_id: int, name: str, description: str, tags: list[dict[str, Any]], most: int
) -> int | None:
    """A new application of the account: its SubAppId; None when the account has `most` of them."""
    await connection.execute("select from account where app_id = %s for no key update", [app_id])  # counts are exact
    cursor = await connection.execute("select count(*) as number from sub_app where app_id = %s", [app_id])
    row = await cursor.fetchone()
    if row is None or row["number"] >= most:
        return None
    return (await create_sub_app(connection, app_id, name, description=description, tags=tags)).sub_app_id


async def search(
    db: Database,
    app_id: int,
    *,
    only: Sequence[int] | None,
    name: str | None,
    tags: list[dict[str, Any]],
    offset: int,
    limit: int,
) -> tuple[list[Application], int]:
    """A page of the account's applications, newest first, and how many there are in all.

    Args:
        db: the database.
        app_id: of the account.
        only: the applications among which to look; None: all.
        name: which they have; None: any.
        tags: which they all have.
        offset: how many to leave out.
        limit: the most that are given.
    """
    rows = await db.fetch_all(
        """with found as (
               select sub_app_id, app_id, name, description, status, tags, created_at from sub_app
                where app_id = %(app)s and (%(only)s::bigint[] is null or sub_app_id = any(%(only)s))
                  and (%(name)s::text is null or name = %(name)s) and tags @> %(tags)s)
           select page.*, total from (select count(*) as total from found) counted left join lateral (
               select * from found order by created_at desc, sub_app_id desc offset %(offset)s limit %(limit)s) page
               on true""",
        {
            "app": app_id,
            "only": list(only) if only is not None else None,
            "name": name,
            "tags": Jsonb(tags),
            "offset": offset,
            "limit": limit,
        },
    )
    page = [from_row(row, Application) for row in rows if row["sub_app_id"] is not None]
    return page, rows[0]["total"]


async def of_all_accounts(db: Database, most: int) -> list[Application]:
    """The applications of every account that are not destroyed, the oldest first; for operators alone."""
    rows = await db.fetch_all(
        "select * from sub_app where status <> 'Destroyed' order by created_at, sub_app_id limit %s", [most]
    )
    return [from_row(row, Application) for row in rows]


async def describe(db: Database, sub_app_id: int, *, name: str | None, description: str | None) -> None:
    """Changes what is given of an application's name and description."""
    await db.execute(
        "update sub_app set name = coalesce(%s, name), description = coalesce(%s, description) where sub_app_id = %s",
        [name, description, sub_app_id],
    )


async def lock(connection: Connection, sub_app_id: int) -> str | None:
    """Holds an application against everything that would add to it, until the transaction ends; its status."""
    cursor = await connection.execute("select status from sub_app where sub_app_id = %s for update", [sub_app_id])
    row = await cursor.fetchone()
    return str(row["status"]) if row else None


async def set_status(connection: Connection, sub_app_id: int, status: str) -> None:
    """Changes the status of a held application."""
    await connection.execute("update sub_app set status = %s where sub_app_id = %s", [status, sub_app_id])


async def doomed(db: Database) -> list[int]:
    """The applications that are being destroyed."""
    rows = await db.fetch_all("select sub_app_id from sub_app where status = 'Destroying' order by 1")
    return [row["sub_app_id"] for row in rows]


async def next_video(connection: Connection, sub_app_id: int) -> str | None:
    """Holds a video of the application that nobody else holds: its FileId."""
    cursor = await connection.execute(
        "select file_id from media where sub_app_id = %s limit 1 for update skip locked", [sub_app_id]
    )
    row = await cursor.fetchone()
    return str(row["file_id"]) if row else None


async def is_empty(connection: Connection, sub_app_id: int) -> bool:
    """Whether a held application has neither videos nor tasks that are under way."""
    cursor = await connection.execute(
        """select exists (select from media where sub_app_id = %(id)s)
               or exists (select from task where sub_app_id = %(id)s and status <> 'FINISH') as used""",
        {"id": sub_app_id},
    )
    row = await cursor.fetchone()
    return row is not None and not row["used"]


async def clear(connection: Connection, sub_app_id: int) -> None:
    """Removes what a held application has beside its videos: uploads, procedures, templates, classes, events.

    What uploads brought goes with the next round of their cleaning.
    """
    for statement in (
        "update upload set expires_at = now() where sub_app_id = %s and file_id is null",
        "delete from procedure_template where sub_app_id = %s",
        "delete from media_class where sub_app_id = %s",
        """with gone as (delete from template where sub_app_id = %s returning object_key)
           insert into doomed_object (object_key) select object_key from gone where object_key is not null
           on conflict do nothing""",
        "delete from event where sub_app_id = %s",
        "delete from event_config where sub_app_id = %s",
    ):
        await connection.execute(statement, [sub_app_id])
