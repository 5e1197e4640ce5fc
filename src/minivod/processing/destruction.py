"""Destroys applications: takes away, bit by bit, all that is in them."""

import structlog

from minivod.processing.removal import cancel_pulls, remove
from minivod.store import applications
from minivod.store.applications import DESTROYED, DESTROYING
from minivod.store.database import Database

log = structlog.get_logger(__name__)
_REASON = "the application was destroyed before the task had finished"


async def destroy_applications(db: Database, base: str) -> int:
    """Goes on with all applications that are Destroying; how many are Destroyed now. Can be ended at any moment.

    Args:
        db: the database.
        base: the setting public_url.
    """
    number = 0
    for sub_app_id in await applications.doomed(db):
        async with db.transaction() as connection:
            await cancel_pulls(connection, base, sub_app_id, _REASON)
        while await _remove_next(db, base, sub_app_id):
            pass
        number += await _end(db, sub_app_id)
    return number


async def _remove_next(db: Database, base: str, sub_app_id: int) -> bool:
    async with db.transaction() as connection:
        file_id = await applications.next_video(connection, sub_app_id)
        if file_id is not None:
            await remove(connection, base, sub_app_id, file_id, _REASON)
    return file_id is not None


async def _end(db: Database, sub_app_id: int) -> bool:
    """False: something is left that another transaction holds; the next round goes on."""
    async with db.transaction() as connection:
        if await applications.lock(connection, sub_app_id) != DESTROYING:
            return False
        if not await applications.is_empty(connection, sub_app_id):
            return False
        await applications.clear(connection, sub_app_id)
        await applications.set_status(connection, sub_app_id, DESTROYED)
    log.info("application_destroyed", sub_app_id=sub_app_id)
    return True
