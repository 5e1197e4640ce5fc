"""Cleans up after uploads that were never finished."""

import structlog

from minivod.objects import Objects
from minivod.store import uploads
from minivod.store.database import Database

log = structlog.get_logger(__name__)
_IDLE_SECONDS = 3600.0
"""A live writer never pauses that long: the object endpoint's idle time is far shorter."""


async def remove_expired_uploads(db: Database, objects: Objects) -> int:
    """Ends sessions whose keys expired without a commit, and removes half-written files of dead writers.

    The sessions' objects are doomed in the same transaction; `jobs.janitor` deletes them.

    Returns:
        How many sessions were removed.
    """
    number = 0
    while removed := await uploads.remove_expired(db):
        number += removed
    swept = await objects.sweep(_IDLE_SECONDS)
    if number or swept:
        log.info("uploads_cleaned", sessions=number, unfinished_files=swept)
    return number
