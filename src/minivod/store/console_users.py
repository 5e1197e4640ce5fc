"""Who may use the console: names, roles and hashes of passwords, and the sessions of those who have signed in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from minivod.store.database import Connection, Database, from_row

Role = Literal["viewer", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
IDLE = timedelta(hours=1)
"""After which a session ends that nobody used."""
LIFETIME = timedelta(hours=12)
"""After which it ends in any case."""
_STEP = timedelta(minutes=1)
"""A session that was seen so lately is not written again."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the console; `sessions` are those that have not ended."""

    name: str
    role: Role
    enabled: bool
    created_at: datetime
    password_at: datetime
    sessions: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has signed in."""

    token_hash: bytes
    user_name: str
    role: Role
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str


class Secret(msgspec.Struct, frozen=True):
    """The hash of a user's password, and whether the user may sign in."""

    password_hash: str
    enabled: bool


async def add(db: Database, name: str, role: Role, password_hash: str) -> bool:
    """Makes a user; False: there is one of that name."""
    return (
        await db.execute(
            "insert into console_user (name, role, password_hash) values (%s, %s, %s) on conflict do nothing",
            [name, role, password_hash],
        )
        == 1
    )


async def add_unlike(
    db: Database, name: str, role: Role, password_hash: str, alike: Callable[[str, str], bool]
) -> str | None:
    """Makes a user whose name is like that of no other; else the name that there is. Two at once wait for another.

    Args:
        db: the database.
        name: of the new user.
        role: of it.
        password_hash: of its password.
        alike: whether two names would be taken for one another.
    """
    async with db.transaction() as connection:
        await connection.execute("lock table console_user in share row exclusive mode")
        cursor = await connection.execute("select name from console_user order by name <> %s, name", [name])
        taken = next((row["name"] for row in await cursor.fetchall() if alike(row["name"], name)), None)
        if taken is None:
            await connection.execute(
                "insert into console_user (name, role, password_hash) values (%s, %s, %s)", [name, role, password_hash]
            )
        return taken


async def list_users(db: Database) -> list[User]:
    """All users, by name."""
    rows = await db.fetch_all(
        """select u.*, (select count(*) from console_session s
                         where s.user_name = u.name and s.seen_at > now() - %s and s.created_at > now() - %s)::int
                       as sessions
             from console_user u order by name""",
        [IDLE, LIFETIME],
    )
    return [from_row(row, User) for row in rows]


async def secret(db: Database, name: str) -> Secret | None:
    """What the user's password is compared with; None: there is no such user."""
    row = await db.fetch_one("select password_hash, enabled from console_user where name = %s", [name])
    return Secret(**row) if row else None


async def set_password(db: Database, name: str, password_hash: str, *, keep: bytes | None = None) -> bool:
    """Sets the password and ends the user's sessions but `keep`; False: there is no such user."""
    async with db.transaction() as connection:
        cursor = await connection.execute(
            "update console_user set password_hash = %s, password_at = now() where name = %s", [password_hash, name]
        )
        await _end_all(connection, name, keep)
        return cursor.rowcount == 1


async def set_hash(db: Database, name: str, before: str, after: str) -> None:
    """The same password, hashed by newer parameters; nothing happens if it is another one by now."""
    await db.execute(
        "update console_user set password_hash = %s where name = %s and password_hash = %s", [after, name, before]
    )


async def set_role(db: Database, name: str, role: Role) -> bool:
    """Sets the role, from the next request on; False: there is no such user."""
    return await db.execute("update console_user set role = %s where name = %s", [role, name]) == 1


async def set_enabled(db: Database, name: str, *, enabled: bool) -> bool:
    """Lets a user sign in, or not any more, which ends the sessions too; False: there is no such user."""
    async with db.transaction() as connection:
        cursor = await connection.execute("update console_user set enabled = %s where name = %s", [enabled, name])
        if not enabled:
            await _end_all(connection, name)
        return cursor.rowcount == 1


async def remove(db: Database, name: str) -> bool:
    """Deletes a user with all sessions; what the audit table says stays. False: there is no such user."""
    return await db.execute("delete from console_user where name = %s", [name]) == 1


async def open_session(db: Database, name: str, password_hash: str, token_hash: bytes, address: str,
                       browser: str) -> bool:  # fmt: skip
    """Signs a user in whose password was right; False: it has changed, or the user may not sign in any more.

    Sessions that have ended, of whomever, are deleted on this occasion.
    """
    async with db.transaction() as connection:
        await connection.execute(
            "delete from console_session where seen_at <= now() - %s or created_at <= now() - %s", [IDLE, LIFETIME]
        )
        cursor = await connection.execute(
            """insert into console_session (token_hash, user_name, address, browser)
               select %s, name, %s, %s from console_user where name = %s and password_hash = %s and enabled
                  for share of console_user""",
            [token_hash, address, browser, name, password_hash],
        )
        return cursor.rowcount == 1


async def find_session(db: Database, token_hash: bytes, *, used: bool = True) -> Session | None:
    """The session of that token while it lasts; `used`: a person asks, so it lasts on."""
    row = await db.fetch_one(
        """select s.*, u.role, s.seen_at < now() - %(step)s as stale
             from console_session s join console_user u on u.name = s.user_name
            where s.token_hash = %(hash)s and u.enabled
              and s.seen_at > now() - %(idle)s and s.created_at > now() - %(life)s""",
        {"hash": token_hash, "idle": IDLE, "life": LIFETIME, "step": _STEP},
    )
    if row is not None and used and row["stale"]:
        await db.execute("update console_session set seen_at = now() where token_hash = %s", [token_hash])
    return from_row(row, Session) if row else None


async def sessions(db: Database, name: str) -> list[Session]:
    """The user's sessions that have not ended, the newest use first."""
    rows = await db.fetch_all(
        """select s.*, u.role from console_session s join console_user u on u.name = s.user_name
            where s.user_name = %s and s.seen_at > now() - %s and s.created_at > now() - %s
            order by s.seen_at desc, s.created_at desc limit 100""",
        [name, IDLE, LIFETIME],
    )
    return [from_row(row, Session) for row in rows]


async def end_session(db: Database, token_hash: bytes) -> None:
    """Signs out."""
    await db.execute("delete from console_session where token_hash = %s", [token_hash])


async def end_others(db: Database, name: str, keep: bytes) -> int:
    """Signs the user out everywhere else; how many sessions that were."""
    async with db.transaction() as connection:
        return await _end_all(connection, name, keep)


async def _end_all(connection: Connection, name: str, keep: bytes | None = None) -> int:
    cursor = await connection.execute(
        "delete from console_session where user_name = %s and token_hash is distinct from %s", [name, keep]
    )
    return cursor.rowcount
