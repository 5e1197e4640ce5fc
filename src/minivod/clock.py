"""The time of day, as a part that tests can replace."""

import time
from datetime import UTC, datetime


class Clock:
    """The machine's clock."""

    def now(self) -> float:
        """Unix time, seconds."""
        return time.time()

    def utc(self) -> datetime:
        """The same moment with its time zone, UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


class FixedClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, now: float) -> None:
        """Args: now: Unix time, seconds."""
        self._now = now

    def now(self) -> float:
        """Unix time, seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves the clock."""
        self._now += seconds
