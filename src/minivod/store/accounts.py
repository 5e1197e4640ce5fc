"""Accounts, their applications (SubApps) and access keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.store.database import Connection, Database


class AccessKey(msgspec.Struct, frozen=True):
    """A key as authentication needs it; `token` and `expires_at` are set for temporary keys alone."""

    secret_id: str
    app_id: int
    secret_key: str
    enabled: bool
    account_enabled: bool
    token: str | None = None
    expires_at: datetime | None = None
    sub_app_ids: list[int] | None = None
    actions: list[str] | None = None


class SubApp(msgspec.Struct, frozen=True):
    """An application of an account; `play_key` signs psign, `status` is On, Off, Destroying or Destroyed.

    The quotas are as in `store.quotas`; None: as the setting says.
    """

    sub_app_id: int
    app_id: int
    name: str
    play_key: str
    status: str = "On"
    quota_bytes: int | None = None
    quota_media: int | None = None
    quota_tasks: int | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it is listed, with how many applications, enabled keys and videos it has."""

    app_id: int
    enabled: bool
    applications: int
    keys: int
    videos: int
    created_at: datetime


async def find_key(db: Database, secret_id: str) -> AccessKey | None:
    """The key of that SecretId, enabled or not."""
    row = await db.fetch_one(
        """select k.secret_id, k.app_id, k.secret_key, k.enabled, a.enabled as account_enabled,
                  k.token, k.expires_at, k.sub_app_ids, k.actions
             from access_key k join account a using (app_id) where k.secret_id = %s""",
        [secret_id],
    )
    return AccessKey(**row) if row else None


async def find_sub_app(db: Database, app_id: int, sub_app_id: int) -> SubApp | None:
    """The application, if it is one of this account."""
    row = await db.fetch_one(
        """select sub_app_id, app_id, name, play_key, status, quota_bytes, quota_media, quota_tasks
             from sub_app where app_id = %s and sub_app_id = %s""",
        [app_id, sub_app_id],
    )
    return SubApp(**row) if row else None


async def has_sub_app(db: Database, sub_app_id: int) -> bool:
    """Whether it is an application of any account."""
    return await account_of(db, sub_app_id) is not None


async def account_of(db: Database, sub_app_id: int) -> int | None:
    """The AppId of the account whose application it is; None: there is no such application. For operators alone."""
    row = await db.fetch_one("select app_id from sub_app where sub_app_id = %s", [sub_app_id])
    return int(row["app_id"]) if row else None


async def create_account(connection: Connection, app_id: int | None = None) -> int:
    """A new account with its default application, whose SubAppId equals the AppId (contract.md §3)."""
    app_id = app_id or ids.new_app_id()
    await connection.execute("insert into account (app_id) values (%s)", [app_id])
    await create_sub_app(connection, app_id, "default", sub_app_id=app_id)
    return app_id


async def create_sub_app(
    connection: Connection,
    app_id: int,
    name: str,
    *,
    sub_app_id: int | None = None,
    description: str = "",
    tags: Sequence[Mapping[str, str]] = (),
) -> SubApp:
    """A new application of the account; `tags` as on the wire."""
    new = SubApp(sub_app_id or ids.new_app_id() + 100_000_000, app_id, name, ids.new_secret_key())
    await connection.execute(
        """insert into sub_app (sub_app_id, app_id, name, play_key, description, tags)
           values (%s, %s, %s, %s, %s, %s)""",
        [new.sub_app_id, new.app_id, new.name, new.play_key, description, Jsonb(list(tags))],
    )
    return new


async def set_account_enabled(db: Database, app_id: int, *, enabled: bool) -> bool:
    """Switches an account; whether it exists."""
    return await db.execute("update account set enabled = %s where app_id = %s", [enabled, app_id]) == 1


async def list_accounts(db: Database) -> list[Account]:
    """Every account, oldest first."""
    rows = await db.fetch_all(
        """select a.app_id, a.enabled, a.created_at,
                  (select count(*) from sub_app s where s.app_id = a.app_id) as applications,
                  (select count(*) from access_key k where k.app_id = a.app_id and k.enabled) as keys,
                  (select count(*) from media m join sub_app s using (sub_app_id) where s.app_id = a.app_id) as videos
             from account a order by a.created_at, a.app_id"""
    )
    return [Account(**row) for row in rows]


async def has_account(db: Database, app_id: int) -> bool:
    """Whether there is such an account."""
    return await db.fetch_one("select from account where app_id = %s", [app_id]) is not None


async def first_account(db: Database) -> int | None:
    """The AppId of the oldest account, or None on a new database."""
    row = await db.fetch_one("select app_id from account order by created_at, app_id limit 1")
    return int(row["app_id"]) if row else None


async def create_key(
    connection: Connection,
    app_id: int,
    *,
    expires_at: datetime | None = None,
    sub_app_ids: list[int] | None = None,
    actions: list[str] | None = None,
) -> AccessKey:
    """A new key of the account; a temporary one, with a token, when `expires_at` is given."""
    key = AccessKey(
        secret_id=ids.new_secret_id(),
        app_id=app_id,
        secret_key=ids.new_secret_key(),
        enabled=True,
        account_enabled=True,
        token=ids.new_token() if expires_at else None,
        expires_at=expires_at,
        sub_app_ids=sub_app_ids,
        actions=actions,
    )
    await connection.execute(
        """insert into access_key (secret_id, app_id, secret_key, token, expires_at, sub_app_ids, actions)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [key.secret_id, app_id, key.secret_key, key.token, expires_at, sub_app_ids, actions],
    )
    return key


async def list_keys(db: Database) -> list[AccessKey]:
    """Every key, oldest first, without its secret."""
    rows = await db.fetch_all(
        """select k.secret_id, k.app_id, '' as secret_key, k.enabled, a.enabled as account_enabled,
                  null as token, k.expires_at, k.sub_app_ids, k.actions
             from access_key k join account a using (app_id) order by k.created_at, k.secret_id"""
    )
    return [AccessKey(**row) for row in rows]


async def newest_keys(db: Database, limit: int) -> list[AccessKey]:
    """The last keys that were made, with their secrets; for the operator's own machine."""
    rows = await db.fetch_all(
        """select k.secret_id, k.app_id, k.secret_key, k.enabled, a.enabled as account_enabled,
                  k.token, k.expires_at, k.sub_app_ids, k.actions
             from access_key k join account a using (app_id) order by k.created_at desc, k.secret_id limit %s""",
        [limit],
    )
    return [AccessKey(**row) for row in rows]


async def set_key_enabled(db: Database, secret_id: str, *, enabled: bool) -> bool:
    """Switches a key; whether it exists."""
    return await db.execute("update access_key set enabled = %s where secret_id = %s", [enabled, secret_id]) == 1
