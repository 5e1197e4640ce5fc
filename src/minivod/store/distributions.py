"""Who may play what of an application: its distribution, the key that signs links, and its rule for Referers."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.store.database import Connection, Database, from_row

PUBLISHED, SIGNED, OPEN = "published", "signed", "open"
KEY = r"^[!-~]{8,40}\Z"
"""What the key of links may be (EncryptedKey of the model)."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PORT = r"6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|0{0,4}[1-9]\d{0,3}"
REFERER = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::(?:{_PORT}))?(?:/[!\"$->@-~]*)?", re.ASCII | re.IGNORECASE)
"""A host, or with `*.` in front all hosts below it; with a port, that port alone; with a path, what begins with it."""
LONGEST_REFERER = 255


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """That of an application.

    Attributes:
        sub_app_id: of the application.
        app_id: of its account.
        name: of the application.
        distribution: `published`, `signed` or `open`.
        unsigned: what it goes back to when links need no signature any more: `published` or `open`.
        url_key: signs links; None: there is none yet.
        referers: RefererAuthPolicy as on the wire, Enabled; None: there is no rule.
        created_at: of the application.
    """

    sub_app_id: int
    app_id: int
    name: str
    distribution: str
    unsigned: str
    url_key: str | None
    referers: dict[str, Any] | None
    created_at: datetime


async def find(db: Database, sub_app_id: int) -> Distribution:
    """That of an application that exists."""
    rows = await db.fetch_all("select * from sub_app where sub_app_id = %s", [sub_app_id])
    return from_row(rows[0], Distribution)


async def find_all(db: Database) -> list[Distribution]:
    """Those of all applications, oldest first."""
    rows = await db.fetch_all("select * from sub_app order by created_at, sub_app_id")
    return [from_row(row, Distribution) for row in rows]


async def find_for_media(db: Database, file_id: str) -> Distribution | None:
    """That of a video's application, whoever it belongs to: for the operator's own commands."""
    row = await db.fetch_one("select s.* from media m join sub_app s using (sub_app_id) where file_id = %s", [file_id])
    return from_row(row, Distribution) if row else None


async def lock(connection: Connection, sub_app_id: int) -> Distribution:
    """That of an application that exists, held until the transaction ends."""
    cursor = await connection.execute("select * from sub_app where sub_app_id = %s for no key update", [sub_app_id])
    return from_row(await cursor.fetchone() or {}, Distribution)


async def save(connection: Connection, new: Distribution) -> None:
    """Writes that of a held application."""
    await connection.execute(
        "update sub_app set distribution = %s, unsigned = %s, url_key = %s, referers = %s where sub_app_id = %s",
        [
            new.distribution, new.unsigned, new.url_key,
            Jsonb(new.referers) if new.referers is not None else None, new.sub_app_id,
        ],
    )  # fmt: skip


def is_key(text: str) -> bool:
    """Whether it may be a key of links."""
    return re.fullmatch(KEY, text) is not None


async def change(db: Database, sub_app_id: int, kind: str, key: str = "") -> Distribution:
    """Makes the distribution of an application that exists `published`, `signed` or `open`.

    Args:
        db: the database.
        sub_app_id: of the application.
        kind: what it becomes.
        key: signs links, for `signed` alone; empty: that there is, or a new one.
    """
    async with db.transaction() as connection:
        before = await lock(connection, sub_app_id)
        key = key or before.url_key or ids.new_url_key()
        after = signed(before, key) if kind == SIGNED else unsigned(before, kind)
        await save(connection, after)
    return after


def signed(before: Distribution, key: str) -> Distribution:
    """Links need a signature from now on, by that key."""
    return msgspec.structs.replace(before, distribution=SIGNED, url_key=key)


def unsigned(before: Distribution, distribution: str | None = None) -> Distribution:
    """Links need none: `published` or `open`, or whichever of them it was before links were signed."""
    after = distribution or (before.unsigned if before.distribution == SIGNED else before.distribution)
    return msgspec.structs.replace(before, distribution=after, unsigned=after)


def with_referers(before: Distribution, policy: Mapping[str, Any] | None) -> Distribution:
    """Another rule for Referers, or none."""
    return msgspec.structs.replace(before, referers=dict(policy) if policy is not None else None)
