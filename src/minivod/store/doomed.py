"""Objects that no row refers to: written down before they could become orphans, deleted by the janitor."""

from collections.abc import Sequence
from datetime import timedelta

from minivod.store.database import Connection, Database

SAFETY = timedelta(days=1)
"""How long an attempt may take to adopt the objects it wrote."""


async def reserve(db: Database, keys: Sequence[str]) -> None:
    """Announces objects that are about to be written; without `spare` they are deleted a day later."""
    await db.execute(
        """insert into doomed_object (object_key, after) select unnest(%s::text[]), now() + %s
           on conflict (object_key) do update set after = excluded.after""",
        [list(keys), SAFETY],
    )


async def spare(connection: Connection, keys: Sequence[str]) -> None:
    """Adopts reserved objects in the transaction that writes the rows which refer to them."""
    await connection.execute("delete from doomed_object where object_key = any(%s)", [list(keys)])


async def due(db: Database, limit: int = 100) -> list[str]:
    """Objects to be deleted now."""
    rows = await db.fetch_all(
        "select object_key from doomed_object where after <= now() order by after limit %s", [limit]
    )
    return [row["object_key"] for row in rows]


async def forget(db: Database, keys: Sequence[str]) -> None:
    """Objects that have been deleted."""
    await db.execute("delete from doomed_object where object_key = any(%s)", [list(keys)])
