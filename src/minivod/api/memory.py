"""Remembers for a second what the database said, so that a busy caller does not cost a query for every call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from minivod.clock import Clock

Name = TypeVar("Name")
Value = TypeVar("Value")


class ShortMemory(Generic[Name, Value]):
    """Looks names up, and again when what it knows of them is old; simultaneous callers share a look-up.

    From half its time on a value is looked up anew while callers still get the old one, so that nobody waits; at its
    end they wait. What was switched in the database therefore takes effect within that time.
    """

    def __init__(
        self, find: Callable[[Name], Awaitable[Value]], clock: Clock, *, seconds: float = 1.0, size: int = 10_000
    ) -> None:
        """Remembers what `find` returns.

        Args:
            find: asks the database.
            clock: the server's.
            seconds: for which a value may be used.
            size: values, after which everything is forgotten.
        """
        self._find = find
        self._clock = clock
        self._seconds = seconds
        self._size = size
        self._values: dict[Name, tuple[float, Value]] = {}
        self._running: dict[Name, asyncio.Task[Value]] = {}

    async def get(self, name: Name) -> Value:
        """The value of that name; raises what `find` raises."""
        entry = self._values.get(name)
        if entry is not None:
            age = self._clock.now() - entry[0]
            if 0 <= age < self._seconds:
                if age >= self._seconds / 2 and name not in self._running:
                    self._start(name)
                return entry[1]
        # A caller who hangs up must not end the look-up that others wait for.
        return await asyncio.shield(self._running.get(name) or self._start(name))

    def _start(self, name: Name) -> asyncio.Task[Value]:
        task = asyncio.ensure_future(self._look_up(name))
        self._running[name] = task
        task.add_done_callback(lambda done: self._end(name, done))
        return task

    async def _look_up(self, name: Name) -> Value:
        asked = self._clock.now()
        value = await self._find(name)
        if len(self._values) >= self._size:
            self._values.clear()
        self._values[name] = (asked, value)
        return value

    def _end(self, name: Name, task: asyncio.Task[Value]) -> None:
        del self._running[name]
        if not task.cancelled():
            task.exception()  # looked at: whoever waits has it, and a refresh that failed is tried again
