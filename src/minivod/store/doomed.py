"""Objects that no row refers to: written down before they could become orphans, deleted by the janitor."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from minivod.store.database import Connection, Database

SAFETY = timedelta(days=1)
"""How long an attempt may take to adopt the objects it wrote."""
_LONGEST_DELETION = "10min"
"""The database's word for how long deleting an object may take; nobody waits for what is locked meanwhile."""
_PAUSE = timedelta(hours=1)
"""After which an object that could not be deleted is tried again, so that it does not keep others waiting."""


async def reserve(db: Database, keys: Sequence[str], until: datetime | None = None) -> None:
    """Announces objects that are about to be written; without `spare` they are deleted a day later.

    Args:
        db: the database.
        keys: of the objects.
        until: when they can be adopted at the latest, if that is later.
    """
    await db.execute(
        """insert into doomed_object (object_key, after) select unnest(%s::text[]), greatest(now() + %s, %s)
           on conflict (object_key) do update set after = excluded.after""",
        [list(keys), SAFETY, until],
    )


async def spare(connection: Connection, keys: Sequence[str]) -> bool:
    """Adopts reserved objects in the transaction that writes the rows which refer to them.

    False: some are gone, because the day was over; nothing may refer to them.
    """
    cursor = await connection.execute("delete from doomed_object where object_key = any(%s)", [list(keys)])
    return cursor.rowcount == len(set(keys))


async def release(db: Database, keys: Sequence[str]) -> None:
    """Gives objects up that certainly no row refers to: they may be deleted at once.

    Also those whose day was over: they may have been written after they were deleted.
    """
    await db.execute(
        """insert into doomed_object (object_key) select unnest(%s::text[])
           on conflict (object_key) do update set after = now()""",
        [list(keys)],
    )


async def doom(connection: Connection, keys: Sequence[str], after: timedelta) -> None:
    """Gives objects up in the transaction that deletes the rows which refer to them.

    Args:
        connection: of the transaction.
        keys: of the objects.
        after: how long they are to be kept, for those who know of them from before.
    """
    await connection.execute(
        """insert into doomed_object (object_key, after) select unnest(%s::text[]), now() + %s
           on conflict (object_key) do update set after = excluded.after""",
        [list(keys), after],
    )


async def delete_next(db: Database, delete: Callable[[str], Awaitable[None]]) -> bool:
    """Has the object deleted that is due longest, while nobody can adopt it; False when none is due.

    Args:
        db: the database.
        delete: deletes the object of that key; what it raises is passed on, and the object is left for an hour.
    """
    key: str | None = None
    try:
        async with db.transaction() as connection:
            await connection.execute(f"set local idle_in_transaction_session_timeout = '{_LONGEST_DELETION}'")
            cursor = await connection.execute(
                """delete from doomed_object where object_key = (
                       select object_key from doomed_object where after <= now()
                        order by after limit 1 for update skip locked)
                   returning object_key"""
            )
            if (row := await cursor.fetchone()) is None:
                return False
            key = row["object_key"]
            await delete(row["object_key"])
    except Exception:
        await db.execute("update doomed_object set after = now() + %s where object_key = %s", [_PAUSE, key])
        raise
    return True


async def forget(db: Database, keys: Sequence[str]) -> None:
    """Objects that have been deleted."""
    await db.execute("delete from doomed_object where object_key = any(%s)", [list(keys)])
