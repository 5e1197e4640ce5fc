"""Policies of applications: each change is a row that stays, and the newest one holds."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database, from_row


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change: `policy` is a `review.own_policy.OwnPolicy` as JSON; None: that of the settings again."""

    version: int
    made_at: datetime
    sub_app_id: int
    policy: dict[str, Any] | None
    made_by: str
    reason: str


async def find(db: Database, sub_app_id: int) -> PolicyRow | None:
    """The newest change of an application's policy; None: there never was one."""
    row = await db.fetch_one(
        "select * from review_policy where sub_app_id = %s order by version desc limit 1", [sub_app_id]
    )
    return from_row(row, PolicyRow) if row else None


async def history(db: Database, sub_app_id: int) -> list[PolicyRow]:
    """All changes, oldest first."""
    rows = await db.fetch_all("select * from review_policy where sub_app_id = %s order by version", [sub_app_id])
    return [from_row(row, PolicyRow) for row in rows]


async def lock(connection: Connection, sub_app_id: int) -> PolicyRow | None:
    """Like `find`, and keeps others from changing the policy until the transaction ends."""
    await connection.execute("select 1 from sub_app where sub_app_id = %s for no key update", [sub_app_id])
    cursor = await connection.execute(
        "select * from review_policy where sub_app_id = %s order by version desc limit 1", [sub_app_id]
    )
    row = await cursor.fetchone()
    return from_row(row, PolicyRow) if row else None


async def save(
    connection: Connection, sub_app_id: int, policy: dict[str, Any] | None, *, made_by: str, reason: str
) -> None:
    """Writes a change; `policy` None means that of the settings again."""
    await connection.execute(
        "insert into review_policy (sub_app_id, policy, made_by, reason) values (%s, %s, %s, %s)",
        [sub_app_id, Jsonb(policy) if policy is not None else None, made_by, reason],
    )
