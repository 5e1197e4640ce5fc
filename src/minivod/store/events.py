"""The events of an application, and its queue: append, pull with a visibility timeout, confirm (contract.md §6)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from minivod.store.database import Connection, Database

VISIBILITY = timedelta(seconds=30)
RETENTION = timedelta(days=4)
BATCH = 16
CHANNEL = "minivod_event"
_PULLABLE = """confirmed_at is null and not by_push and visible_at <= now() and created_at > now() - %(kept)s"""
"""What a pull may find among the events of an application; `kept` is RETENTION."""


class Event(msgspec.Struct, frozen=True):
    """A delivered event; `handle` confirms this delivery until the visibility timeout has passed."""

    event_id: int
    sub_app_id: int
    handle: str
    kind: str
    payload: dict[str, Any]


async def append(connection: Connection, sub_app_id: int, kind: str, subject: str, payload: dict[str, Any]) -> None:
    """Announces a change inside the transaction that makes it; a second one of the same subject is dropped.

    Where the application is called, the delivery is a row of the same transaction. The way that it has chosen is
    locked until the end: an event that is told the one way was there before the application chose the other.
    """
    await connection.execute(
        """with config as (select mode from event_config where sub_app_id = %(app)s for share),
                told as (
                    insert into event (sub_app_id, kind, subject, payload, by_push)
                    values (%(app)s, %(kind)s, %(subject)s, %(payload)s,
                            coalesce((select mode = 'PUSH' from config), false))
                    on conflict (kind, subject) do nothing
                    returning event_id, sub_app_id, by_push)
           insert into event_delivery (event_id, sub_app_id) select event_id, sub_app_id from told where by_push""",
        {"app": sub_app_id, "kind": kind, "subject": subject, "payload": Jsonb(payload)},
    )


async def pull(db: Database, sub_app_id: int) -> list[Event]:
    """At most 16 events, oldest first, hidden from other callers for 30 s."""
    return await pull_many(db, {sub_app_id: 1})


async def pull_many(db: Database, callers: Mapping[int, int]) -> list[Event]:
    """Events of several applications, oldest first, hidden from other callers for 30 s.

    Concurrent callers get different events (`skip locked`).

    Args:
        db: the database.
        callers: how many there are of each SubAppId; each can take 16 events.
    """
    rows = await db.fetch_all(
        f"""with due as (
               select found.event_id
                 from unnest(%(apps)s::bigint[], %(callers)s::int[]) wanted(app, callers) cross join lateral (
                      select event_id from event
                       where sub_app_id = app and {_PULLABLE}
                       order by event_id limit %(batch)s * callers for update skip locked) found)
           update event set visible_at = now() + %(hidden)s, handle = gen_random_uuid()
             from due where event.event_id = due.event_id
        returning event.event_id, event.sub_app_id, event.handle, event.kind, event.payload""",  # noqa: S608 - of a constant
        {
            "apps": list(callers), "callers": list(callers.values()),
            "kept": RETENTION, "batch": BATCH, "hidden": VISIBILITY,
        },
    )  # fmt: skip
    return sorted((Event(**row) for row in rows), key=lambda event: event.event_id)


async def with_events(connection: Connection, sub_app_ids: list[int]) -> list[int]:
    """Those of the applications that a pull would find events of."""
    cursor = await connection.execute(
        f"""select app from unnest(%(apps)s::bigint[]) app
             where exists (select from event where sub_app_id = app and {_PULLABLE})""",  # noqa: S608 - of a constant
        {"apps": sub_app_ids, "kept": RETENTION},
    )
    return [row["app"] for row in await cursor.fetchall()]


async def give_back(db: Database, sub_app_id: int, handles: list[str]) -> None:
    """Makes deliveries that reached nobody visible at once, and wakes who waits; a confirmed one stays confirmed."""
    await db.execute(
        """with returned as (
               update event set visible_at = now(), handle = null
                where sub_app_id = %s and handle = any(%s) and confirmed_at is null
            returning 1)
           select pg_notify(%s, %s) where exists (select from returned)""",
        [sub_app_id, handles, CHANNEL, str(sub_app_id)],
    )


async def confirm(db: Database, sub_app_id: int, handles: list[str]) -> list[str]:
    """Confirms deliveries, all of them or none.

    Returns:
        The handles that are not valid (unknown, of another application, or older than 30 s); nothing was
        confirmed then. A handle that was confirmed before within its time is valid again.
    """
    async with db.transaction() as connection:
        cursor = await connection.execute(
            """select handle from event where sub_app_id = %s and handle = any(%s) and visible_at > now() for update""",
            [sub_app_id, handles],
        )
        valid = {row["handle"] for row in await cursor.fetchall()}
        wrong = [handle for handle in handles if handle not in valid]
        if not wrong:
            await connection.execute(
                "update event set confirmed_at = coalesce(confirmed_at, now()) where handle = any(%s)",
                [handles],
            )
    return wrong


async def count(db: Database, sub_app_id: int) -> int:
    """How many events a pull could find now."""
    row = await db.fetch_one(
        f"select count(*) as number from event where sub_app_id = %(app)s and {_PULLABLE}",  # noqa: S608 - of a constant
        {"app": sub_app_id, "kept": RETENTION},
    )
    return int(row["number"]) if row else 0


async def expire(db: Database, log_lifetime: timedelta = RETENTION) -> int:
    """Deletes events older than four days, and those of callbacks with their log after that time; how many."""
    return await db.execute(
        """delete from event where (not by_push and created_at < now() - %(kept)s)
                                or (by_push and created_at < now() - greatest(%(kept)s, %(log)s))""",
        {"kept": RETENTION, "log": log_lifetime},
    )
