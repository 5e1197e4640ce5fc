"""The ledger: what applications used, by days of UTC+8, kind of work and specification."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

import msgspec

from minivod.store.database import Connection, Database, from_row

ZONE = timezone(timedelta(hours=8))
"""By which days are counted, Beijing's; statements have it as `+ interval '8 hours'`."""
TRANSCODING = "Transcoding"
"""Kinds are named as TaskType of a TaskStatData."""
ADAPTIVE = "AdaptiveBitrateStreaming"
SNAPSHOT = "VideoSnapshot"
REVIEW = "ContentAudit"
ALL = ""
"""The specification under which each task counts once, whatever it made."""


class Used(msgspec.Struct, frozen=True):
    """What a task used: `amounts` by specification are seconds, of SNAPSHOT pictures."""

    kind: str
    amounts: Mapping[str, int]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What an application used in a day of one kind and specification."""

    day: date
    kind: str
    specification: str
    tasks: int
    amount: int


def day_of(at: datetime) -> date:
    """The day in which a moment is counted."""
    return at.astimezone(ZONE).date()


def reviewed(seconds: float) -> Used:
    """A review that inspected so much of a video."""
    return Used(REVIEW, {ALL: whole_seconds(seconds)})


def whole_seconds(seconds: float) -> int:
    """As they are counted: rounded for each task, and never none."""
    return max(1, round(seconds))


async def note(connection: Connection, sub_app_id: int, used: Used) -> None:
    """Counts a task, in the transaction that ends it: what does not commit, or fails, is not counted.

    Rows are written in one order, whoever writes them, so that nobody waits in a circle.
    """
    amounts = sorted(({ALL: sum(used.amounts.values())} | dict(used.amounts)).items())
    await connection.execute(
        """insert into usage (sub_app_id, day, kind, specification, tasks, amount)
           select %s, (now() at time zone 'UTC' + interval '8 hours')::date, %s, specification, 1, amount
             from unnest(%s::text[], %s::bigint[]) with ordinality as used (specification, amount, turn) order by turn
               on conflict (sub_app_id, day, kind, specification) do update
                  set tasks = usage.tasks + 1, amount = usage.amount + excluded.amount""",
        [sub_app_id, used.kind, [name for name, _ in amounts], [amount for _, amount in amounts]],
    )


async def find(db: Database, sub_app_id: int, kinds: Sequence[str], first: date, last: date) -> list[Line]:
    """The lines of these days, both included, by kind, specification and day."""
    rows = await db.fetch_all(
        """select day, kind, specification, tasks, amount from usage
            where sub_app_id = %s and kind = any(%s) and day between %s and %s order by 2, 3, 1""",
        [sub_app_id, list(kinds), first, last],
    )
    return [from_row(row, Line) for row in rows]


async def forget(db: Database, age: timedelta) -> None:
    """Deletes what is older: lines and plays by their days, samples of storage when later ones tell as much."""
    await db.execute("delete from usage where day < (now() - %s)::date", [age])
    await db.execute("delete from play where day < (now() - %s)::date", [age])
    await db.execute(
        """delete from storage_sample old where taken_at < now() - %(age)s and exists (
               select from storage_sample s where s.sub_app_id = old.sub_app_id and s.taken_at > old.taken_at
                  and s.taken_at < now() - %(age)s)""",
        {"age": age},
    )
