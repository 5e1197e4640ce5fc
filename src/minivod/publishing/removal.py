"""Takes whole videos away: those that are deleted, and those whose time is over."""

import structlog

from minivod.publishing.announce import announce
from minivod.store import media, publications, tasks
from minivod.store.database import Connection, Database
from minivod.tasking.outcome import failure

log = structlog.get_logger(__name__)
_DELETED = "the video was deleted before its publication was finished"
_EXPIRED = "the video expired before its publication was finished"


async def remove(connection: Connection, sub_app_id: int, file_id: str, reason: str = _DELETED) -> None:
    """Deletes a locked video with all that was made of it; `reason` is told of a publication that is under way.

    The pictures that reviews kept go too: whoever deletes a video wants none of it left.
    """
    await cancel_publishing(connection, sub_app_id, file_id, reason)
    await tasks.forget_reviews(connection, sub_app_id, file_id)
    await media.delete(connection, sub_app_id, file_id)


async def cancel_publishing(connection: Connection, sub_app_id: int, file_id: str, reason: str = _DELETED) -> None:
    """Ends a publication of a locked video that is under way, with its event; one that stands is left alone."""
    cancelled = await tasks.cancel(connection, sub_app_id, file_id, failure("Cancelled", reason))
    for task in cancelled:
        await announce(connection, task)
    if cancelled:
        await publications.withdraw(connection, sub_app_id, file_id)


async def remove_expired(db: Database) -> int:
    """Removes the videos whose ExpireTime has passed, as the reference does; how many."""
    number = 0
    while await _remove_next_expired(db):
        number += 1
    if number:
        log.info("expired_videos_removed", number=number)
    return number


async def _remove_next_expired(db: Database) -> bool:
    async with db.transaction() as connection:
        expired = await media.lock_expired(connection)
        if expired is not None:
            await remove(connection, *expired, _EXPIRED)
    return expired is not None
