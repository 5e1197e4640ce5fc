"""What operators see of events and their deliveries, and how they have them sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from minivod.store.database import Database
from minivod.store.event_configs import PUSH
from minivod.store.event_deliveries import NEWS
from minivod.store.events import CHANNEL, RETENTION


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event, as `minivod events tail` and `forward` have it."""

    event_id: int
    message_id: str
    sub_app_id: int
    kind: str
    payload: dict[str, Any]
    created_at: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event with how far its delivery is; the last five members are of its last call, if there was one.

    `state` is that of the delivery, or for one that is pulled `PULL` (it waits) or `CONFIRMED`.
    """

    message_id: str
    sub_app_id: int
    kind: str
    subject: str
    created_at: datetime
    state: str
    due_at: datetime | None
    calls: int
    made_at: datetime | None
    url: str | None
    status: int | None
    seconds: float | None
    words: str | None


class LoggedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the log."""

    made_at: datetime
    url: str
    status: int | None
    seconds: float
    error: str
    words: str


async def since(db: Database, start: datetime, sub_app_id: int | None, *, besides: list[int]) -> list[Told]:
    """Events of one application or of all, in their order, that began to exist at that time or later.

    Transactions end in another order than they began: whoever asks again must ask for a time before the last answer,
    and leave out what there was in it (`besides`).
    """
    rows = await db.fetch_all(
        """select event_id, message_id, sub_app_id, kind, payload, created_at from event
            where created_at >= %(start)s and (%(app)s::bigint is null or sub_app_id = %(app)s)
              and event_id <> all(%(besides)s::bigint[]) order by event_id""",
        {"start": start, "app": sub_app_id, "besides": besides},
    )
    return [Told(**row) for row in rows]


async def now(db: Database) -> datetime:
    """The database's time."""
    row = await db.fetch_one("select now() as now")
    if row is None:
        raise LookupError("the database does not know the time")
    moment: datetime = row["now"]
    return moment


async def recent(
    db: Database, sub_app_id: int, *, limit: int, state: str = "", before: str = "", only: str = ""
) -> list[Delivery]:
    """The newest events with their deliveries.

    Args:
        db: the database.
        sub_app_id: of the application.
        limit: the most that are given.
        state: only those of that state.
        before: the id of an event; only what is older.
        only: the id of an event; this one alone.
    """
    rows = await db.fetch_all(
        """select found.*, (select count(*) from event_call where event_id = found.event_id) as calls,
                  last.made_at, last.url, last.status, last.seconds, last.words
             from (
               select * from (
                   select e.event_id, e.message_id, e.sub_app_id, e.kind, e.subject, e.created_at,
                          case when e.by_push then d.state
                               when e.confirmed_at is null then 'PULL' else 'CONFIRMED' end as state,
                          case when d.state = 'WAITING' then d.due_at end as due_at
                     from event e left join event_delivery d using (event_id)
                    where e.sub_app_id = %(app)s) shown
                where (%(state)s = '' or state = %(state)s) and (%(only)s = '' or message_id = %(only)s)
                  and (%(before)s = '' or (created_at, event_id) < (
                       select created_at, event_id from event where message_id = %(before)s and sub_app_id = %(app)s))
                order by created_at desc, event_id desc limit %(limit)s) found
             left join lateral (select * from event_call where event_id = found.event_id
                                 order by call_id desc limit 1) last on true
            order by created_at desc, found.event_id desc""",
        {"app": sub_app_id, "limit": limit, "state": state, "before": before, "only": only},
    )
    return [Delivery(**{name: row[name] for name in Delivery.__struct_fields__}) for row in rows]


async def payload(db: Database, sub_app_id: int, message_id: str) -> dict[str, Any] | None:
    """What an event says; None: there is no such event in the application."""
    row = await db.fetch_one(
        "select payload from event where message_id = %s and sub_app_id = %s", [message_id, sub_app_id]
    )
    told: dict[str, Any] | None = row and row["payload"]
    return told


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What PullEvents has to give: how many wait, how many were given and not confirmed, and the oldest of both.

    Counts end at MOST_COUNTED.
    """

    waiting: int
    given: int
    oldest: datetime | None


MOST_COUNTED = 10_000


async def queue(db: Database, sub_app_id: int) -> Queue:
    """That of an application."""
    row = await db.fetch_one(
        """select count(*) filter (where visible_at <= now()) as waiting,
                  count(*) filter (where visible_at > now()) as given, min(created_at) as oldest
             from (select visible_at, created_at from event
                    where sub_app_id = %(app)s and confirmed_at is null and not by_push
                      and created_at > now() - %(kept)s limit %(most)s) unconfirmed""",
        {"app": sub_app_id, "kept": RETENTION, "most": MOST_COUNTED},
    )
    return Queue(**row) if row else Queue(waiting=0, given=0, oldest=None)


async def about(db: Database, sub_app_id: int, kinds: Sequence[str], subjects: Sequence[str], limit: int) -> list[Told]:
    """The newest events of these kinds that tell of these subjects: FileIds, TaskIds, or as they were appended."""
    rows = await db.fetch_all(
        """select event_id, message_id, sub_app_id, kind, payload, created_at from event
            where kind = any(%s) and subject = any(%s) and sub_app_id = %s order by event_id desc limit %s""",
        [list(kinds), list(subjects), sub_app_id, limit],
    )
    return [Told(**row) for row in rows]


async def calls(db: Database, sub_app_id: int, message_id: str) -> list[LoggedCall] | None:
    """All calls that were made for an event, oldest first; None: there is no such event in the application."""
    event = await db.fetch_one(
        "select event_id from event where message_id = %s and sub_app_id = %s", [message_id, sub_app_id]
    )
    if event is None:
        return None
    rows = await db.fetch_all(
        """select made_at, url, status, seconds, error, words from event_call
            where event_id = %(event_id)s order by call_id""",
        event,
    )
    return [LoggedCall(**row) for row in rows]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are to be told again: those of the ids, or those since a time, perhaps only what failed."""

    sub_app_id: int
    message_ids: list[str]
    since: datetime | None = None
    only_failed: bool = False


async def replay(db: Database, wish: Wish) -> int:
    """Has events told again the way that the application has now; how many there are.

    By callbacks each begins anew with the whole schedule. By PullEvents they come again, if they are not older than
    what it gives.
    """
    async with db.transaction() as connection:
        cursor = await connection.execute(
            "select mode from event_config where sub_app_id = %s for share", [wish.sub_app_id]
        )
        row = await cursor.fetchone()
        statement = _SEND if row and row["mode"] == PUSH else _QUEUE
        values = msgspec.structs.asdict(wish) | {"kept": RETENTION}
        number = (await connection.execute(statement, values)).rowcount
        channel = NEWS if statement is _SEND else CHANNEL
        await connection.execute("select pg_notify(%s, %s)", [channel, str(wish.sub_app_id)])
        return number


_CHOSEN = """
with chosen as (
    select e.event_id from event e left join event_delivery d using (event_id)
     where e.sub_app_id = %(sub_app_id)s
       and (e.message_id = any(%(message_ids)s) or e.created_at >= %(since)s::timestamptz)
       and (not %(only_failed)s or d.state = 'FAILED')
)"""
_SEND = f"""{_CHOSEN}, sent as (
    insert into event_delivery (event_id, sub_app_id) select event_id, %(sub_app_id)s from chosen order by event_id
    on conflict (event_id) do update
       set state = 'WAITING', failures = 0, began_at = now(), due_at = now(), lease = null, leased_until = null
    returning event_id)
update event set by_push = true, confirmed_at = null, handle = null from sent where event.event_id = sent.event_id
"""  # noqa: S608 - of a constant
_QUEUE = f"""{_CHOSEN}, given as (
    update event set by_push = false, confirmed_at = null, visible_at = now(), handle = null
      from chosen where event.event_id = chosen.event_id and event.created_at > now() - %(kept)s
    returning event.event_id),
queued as (
    update event_delivery d set state = 'QUEUED', lease = null, leased_until = null
      from given where d.event_id = given.event_id)
select from given
"""  # noqa: S608 - of a constant
