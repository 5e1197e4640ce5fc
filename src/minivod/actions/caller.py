"""Whoever waits for the answer of a call: whether they are still there, and what is taken back if they never get it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Undo = Callable[[], Awaitable[None]]


async def _stays() -> None:
    await asyncio.Event().wait()


class Caller:
    """The client's end of the connection that a call came by."""

    def __init__(self, left: Callable[[], Awaitable[None]] = _stays) -> None:
        """Args: left: returns when the client has closed the connection."""
        self._left = left
        self._undo: list[Undo] = []
        self.gone = False

    @asynccontextmanager
    async def watched(self, waker: asyncio.Event) -> AsyncIterator[None]:
        """While the block runs, the caller's departure sets `gone`, and then `waker`."""
        watching = asyncio.create_task(self._watch(waker))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, waker: asyncio.Event) -> None:
        await self._left()
        self.gone = True
        waker.set()

    def unless_sent(self, undo: Undo) -> None:
        """Has `undo` called if the caller does not get the answer."""
        self._undo.append(undo)

    @property
    def can_take_back(self) -> bool:
        """Whether anything was handed out that can be taken back."""
        return bool(self._undo)

    async def take_back(self) -> None:
        """The caller has not got the answer: calls each `undo`, once."""
        while self._undo:
            await self._undo.pop()()
