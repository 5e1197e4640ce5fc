"""Keeps the counters of storage: asks the object store for sizes that are not known, and adds up what changed."""

from minivod.objects import Objects
from minivod.store import storage
from minivod.store.database import Database


async def count_storage(db: Database, objects: Objects) -> None:
    """One round; repeating it does no harm. An object that is missing has no bytes."""
    for row in await storage.unmeasured(db):
        sizes = [await objects.head(key) or 0 for key in row.keys]
        await storage.set_measured(db, row, sizes)
    await storage.add_up(db)
