"""What operators see of all accounts: their applications with what these use, and their keys, page by page."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from minivod.store.database import Database, from_row
from minivod.store.quotas import UNFINISHED


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An application with its account; quotas as in `store.quotas`, None: as the setting says."""

    sub_app_id: int
    app_id: int
    account_enabled: bool
    name: str
    description: str
    status: str
    distribution: str
    created_at: datetime
    media: int
    bytes: int
    tasks: int
    quota_bytes: int | None
    quota_media: int | None
    quota_tasks: int | None


class ListedKey(msgspec.Struct, frozen=True, kw_only=True):
    """An access key without its secret; `sub_app_ids` and `actions` are None where it is not limited."""

    secret_id: str
    app_id: int
    enabled: bool
    expires_at: datetime | None
    expired: bool
    sub_app_ids: list[int] | None
    actions: list[str] | None
    created_at: datetime


class Named(msgspec.Struct, frozen=True):
    """An application by its name."""

    sub_app_id: int
    app_id: int
    name: str


_LISTED = f"""
select s.sub_app_id, s.app_id, a.enabled as account_enabled, s.name, s.description, s.status, s.distribution,
       s.created_at, s.quota_bytes, s.quota_media, s.quota_tasks,
       coalesce(stored.media, 0)::bigint as media, coalesce(stored.bytes, 0)::bigint as bytes,
       {UNFINISHED} as tasks
  from (select * from sub_app where (app_id, sub_app_id) > (%(app)s, %(sub_app)s)
           and (%(only)s::bigint is null or sub_app_id = %(only)s)
         order by app_id, sub_app_id limit %(limit)s) s
  join account a using (app_id)
  left join lateral (
       select sum(media) as media, sum(bytes) as bytes
         from (select media, bytes from storage where sub_app_id = s.sub_app_id
               union all select media, bytes from storage_change where sub_app_id = s.sub_app_id) both_of_them
       ) stored on true
 order by s.app_id, s.sub_app_id"""  # noqa: S608 - of a constant


async def page(db: Database, after: tuple[int, int], limit: int) -> list[Listed]:
    """Applications by account, the default one first, that follow those AppId and SubAppId."""
    rows = await db.fetch_all(_LISTED, {"app": after[0], "sub_app": after[1], "limit": limit, "only": None})
    return [from_row(row, Listed) for row in rows]


async def find(db: Database, sub_app_id: int) -> Listed | None:
    """One of them."""
    row = await db.fetch_one(_LISTED, {"app": 0, "sub_app": 0, "limit": 1, "only": sub_app_id})
    return from_row(row, Listed) if row else None


async def name_of(db: Database, sub_app_id: int) -> Named | None:
    """One of them, without what it uses."""
    row = await db.fetch_one("select sub_app_id, app_id, name from sub_app where sub_app_id = %s", [sub_app_id])
    return from_row(row, Named) if row else None


async def named(db: Database, app_id: int | None, limit: int) -> list[Named]:
    """Applications of one account, or of all, to choose from."""
    rows = await db.fetch_all(
        """select sub_app_id, app_id, name from sub_app where %(app)s::bigint is null or app_id = %(app)s
            order by app_id, sub_app_id limit %(limit)s""",
        {"app": app_id, "limit": limit},
    )
    return [from_row(row, Named) for row in rows]


async def account_ids(db: Database, limit: int) -> Sequence[int]:
    """The AppIds of accounts, the oldest first."""
    rows = await db.fetch_all("select app_id from account order by created_at, app_id limit %s", [limit])
    return [row["app_id"] for row in rows]


async def keys(db: Database, app_id: int | None, *, offset: int, limit: int) -> list[ListedKey]:
    """Keys of one account, or of all, the newest first."""
    rows = await db.fetch_all(
        """select secret_id, app_id, enabled, expires_at, coalesce(expires_at <= now(), false) as expired,
                  sub_app_ids, actions, created_at
             from access_key where %(app)s::bigint is null or app_id = %(app)s
            order by created_at desc, secret_id offset %(offset)s limit %(limit)s""",
        {"app": app_id, "offset": offset, "limit": limit},
    )
    return [from_row(row, ListedKey) for row in rows]
