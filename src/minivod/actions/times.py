"""Times in parameters: ISO 8601 with a zone, as the wire writes them (contract.md §1.4)."""

from datetime import UTC, datetime

from minivod import errors
from minivod.clock import Clock
from minivod.errors import shorten

_LAST_YEAR = 9999  # the reference writes "never" as a time in it, and PostgreSQL's driver knows none after it


NEVER = datetime(_LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What the wire tells as the time of an expiry that never comes."""


def moment(text: str) -> datetime | None:
    """The time in UTC; None: it is none, or has no zone. What lies at the ends of the calendar is held within it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return NEVER if found.year == _LAST_YEAR else datetime(1, 1, 1, tzinfo=UTC)


def expire_time(given: str, clock: Clock) -> datetime | None:
    """When a video is to expire; None: never.

    Raises:
        InvalidExpireTime: it is no time in the future.
    """
    found = moment(given)
    if found is None or found.timestamp() <= clock.now():
        raise errors.InvalidExpireTime(
            f"ExpireTime {shorten(given)} is not a time in the future as ISO 8601 writes it (2030-01-31T12:00:00Z)"
        )
    return found if found.year < _LAST_YEAR else None
