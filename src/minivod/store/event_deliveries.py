"""Events that are sent by HTTP: which are due, who calls now, what came of it, and the log (field.md §4, T17)."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from minivod.store.database import Connection, Database
from minivod.store.events import CHANNEL, RETENTION

NEWS = "minivod_delivery"
"""The channel that tells of deliveries that are due at once."""
_CLAIMING = 4_903_211
"""The advisory lock of those who claim: so the calls that are under way can be counted."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is the caller's until its lease ends."""

    event_id: int
    sub_app_id: int
    message_id: str
    kind: str
    payload: dict[str, Any]
    failures: int
    url: str
    sign_key: str
    secret: str
    old_secret: str | None
    claimed_at: datetime


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was made, for the log; `status` is None without an answer, `error` is empty after a success."""

    url: str
    status: int | None
    seconds: float
    error: str
    words: str


async def claim(db: Database, lease: UUID, *, slots: int, most: int, seconds: float) -> list[Due]:
    """At most `slots` deliveries that are due, each in the caller's hands alone for that many seconds.

    No application gets more than `most` calls at a time, of all workers together, and only one while its last call
    failed: a receiver that hangs takes few of a worker's slots. Those with the fewest calls under way come first.
    """
    async with db.transaction() as connection:
        await connection.execute("select pg_advisory_xact_lock(%s)", [_CLAIMING])
        cursor = await connection.execute(_CLAIM, {"lease": lease, "slots": slots, "most": most, "seconds": seconds})
        return sorted((Due(**row) for row in await cursor.fetchall()), key=lambda due: due.event_id)


_CLAIM: LiteralString = """
with receiver as (
    select c.sub_app_id, c.url, c.sign_key, c.secret, case when c.old_until > now() then c.old_secret end as old_secret,
           case when c.failing then 1 else %(most)s end as most,
           (select count(*) from event_delivery d
             where d.sub_app_id = c.sub_app_id and d.lease is not null and d.leased_until > now()) as calls
      from event_config c join sub_app using (sub_app_id) join account using (app_id)
     where c.mode = 'PUSH' and c.url <> '' and account.enabled and sub_app.status = 'On'
       and exists (select from event_delivery d
                    where d.sub_app_id = c.sub_app_id and d.state = 'WAITING' and d.due_at <= now())),
due as (
    select d.event_id, receiver.url, sign_key, secret, old_secret
      from receiver cross join lateral (
           select event_id from event_delivery
            where sub_app_id = receiver.sub_app_id and state = 'WAITING' and due_at <= now()
              and (leased_until is null or leased_until <= now())
            order by due_at, event_id limit greatest(most - calls, 0) for update skip locked) d
     order by calls, random() limit %(slots)s)
update event_delivery d
   set lease = %(lease)s, leased_until = now() + %(seconds)s * interval '1 second'
  from due join event e using (event_id)
 where d.event_id = due.event_id
returning d.event_id, d.sub_app_id, e.message_id, e.kind, e.payload, d.failures, due.url, due.sign_key, due.secret,
          due.old_secret, now() as claimed_at
"""


async def succeeded(db: Database, due: Due, lease: UUID, call: Call) -> None:
    """Notes that the receiver has it."""
    async with db.transaction() as connection:
        await connection.execute(
            "update event_config set failing = false where sub_app_id = %s and failing and url = %s",
            [due.sub_app_id, due.url],
        )
        await _log(connection, due, call)
        if await _give_up_lease(connection, due, lease, "state = 'DELIVERED'"):
            await connection.execute("update event set confirmed_at = now() where event_id = %s", [due.event_id])


async def failed(db: Database, due: Due, lease: UUID, call: Call, pause: float | None) -> None:
    """Notes that it has to be sent again after that many seconds, or never (None).

    An application that has chosen PullEvents meanwhile finds the event there.
    """
    async with db.transaction() as connection:
        await connection.execute(
            "update event_config set failing = true where sub_app_id = %s and not failing and url = %s",
            [due.sub_app_id, due.url],
        )
        await _log(connection, due, call)
        change: LiteralString = "state = 'FAILED', failures = failures + 1"
        if pause is not None:
            change = "failures = failures + 1, due_at = now() + %(pause)s * interval '1 second'"
        await _give_up_lease(connection, due, lease, change, pause=pause)
        await hand_to_queue(connection, due.sub_app_id)


async def gone(db: Database, due: Due, lease: UUID, call: Call) -> bool:
    """Takes a URL out that answered 410; its events wait for another. False: it has been set anew meanwhile."""
    async with db.transaction() as connection:
        cursor = await connection.execute(
            """update event_config set url = '', gone_url = url, gone_at = now(), failing = false
                where sub_app_id = %s and url = %s and url_since <= %s""",
            [due.sub_app_id, due.url, due.claimed_at],
        )
        await _log(connection, due, call)
        await _give_up_lease(connection, due, lease, "failures = failures + 1")
        await hand_to_queue(connection, due.sub_app_id)
        return cursor.rowcount == 1


async def hand_back(db: Database, lease: UUID) -> None:
    """Others may make the calls that were not made."""
    await db.execute("update event_delivery set lease = null, leased_until = null where lease = %s", [lease])


async def _give_up_lease(connection: Connection, due: Due, lease: UUID, change: LiteralString, **values: Any) -> bool:
    """Changes the delivery if it is still the caller's; whether it was."""
    cursor = await connection.execute(
        f"""update event_delivery set {change}, lease = null, leased_until = null
             where event_id = %(event)s and lease = %(lease)s""",  # noqa: S608 - of our own words
        {"event": due.event_id, "lease": lease, **values},
    )
    return cursor.rowcount == 1


async def _log(connection: Connection, due: Due, call: Call) -> None:
    await connection.execute(
        """insert into event_call (event_id, made_at, url, status, seconds, error, words)
           select event_id, %(at)s, %(url)s, %(status)s, %(seconds)s, %(error)s, %(words)s
             from event_delivery where event_id = %(event)s""",
        {"event": due.event_id, "at": due.claimed_at, **msgspec.structs.asdict(call)},
    )


async def begin_anew(connection: Connection, sub_app_id: int) -> None:
    """Makes all that waits due now, with the whole schedule before it, also what is being sent to another URL."""
    await connection.execute(
        """update event_delivery set failures = 0, began_at = now(), due_at = now(), lease = null, leased_until = null
            where sub_app_id = %s and state = 'WAITING'""",
        [sub_app_id],
    )
    await connection.execute("select pg_notify(%s, %s)", [NEWS, str(sub_app_id)])


async def hand_to_queue(connection: Connection, sub_app_id: int | None = None) -> None:
    """Lets PullEvents give what was not delivered to an application that has chosen it, or to all such (None)."""
    await connection.execute(
        """with queued as (
               update event_delivery d set state = 'QUEUED', lease = null, leased_until = null
                 from event_config c
                where c.sub_app_id = d.sub_app_id and c.mode = 'PULL' and d.state = 'WAITING'
                  and (d.leased_until is null or d.leased_until <= now())
                  and (%(app)s::bigint is null or d.sub_app_id = %(app)s)
            returning d.event_id),
           given as (
               update event set by_push = false, visible_at = now(), handle = null
                 from queued where event.event_id = queued.event_id returning event.sub_app_id)
           select pg_notify(%(channel)s, sub_app_id::text) from (select distinct sub_app_id from given) one""",
        {"app": sub_app_id, "channel": CHANNEL},
    )


async def tidy(db: Database) -> int:
    """Gives up what has waited for four days, and queues what is left of switches to PULL; how many were given up."""
    async with db.transaction() as connection:
        await hand_to_queue(connection)
        cursor = await connection.execute(
            """update event_delivery set state = 'FAILED'
                where state = 'WAITING' and began_at < now() - %s
                  and (leased_until is null or leased_until <= now())""",
            [RETENTION],
        )
        return cursor.rowcount


async def counts(db: Database) -> dict[str, int]:
    """How many deliveries wait, and how many were given up."""
    row = await db.fetch_one(
        """select (select count(*) from event_delivery where state = 'WAITING') as waiting,
                  (select count(*) from event_delivery where state = 'FAILED') as failed"""
    )
    return {state.upper(): number for state, number in (row or {}).items()}
