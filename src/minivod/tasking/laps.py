"""How long the steps of an attempt took, for the log."""

import time
from collections.abc import Callable


class Laps:
    """A stopwatch: a step lasts until the next one begins; one that comes twice counts for both times."""

    def __init__(self, first: str, now: Callable[[], float] = time.perf_counter) -> None:
        """Args: first: the step that begins now; now: a clock, seconds."""
        self._now = now
        self._step = first
        self._since = now()
        self._seconds: dict[str, float] = {}

    def begin(self, step: str) -> None:
        """Ends the running step and begins the next."""
        now = self._now()
        self._seconds[self._step] = self._seconds.get(self._step, 0.0) + now - self._since
        self._step, self._since = step, now

    def seconds(self) -> dict[str, float]:
        """Seconds by step, in the order in which they first began; the running one up to now."""
        self.begin(self._step)
        return {step: round(seconds, 3) for step, seconds in self._seconds.items()}
