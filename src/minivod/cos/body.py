"""Reads request bodies as they come: bounded in size, in idle time and in slowness."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from minivod.cos.errors import EntityTooLarge, IncompleteBody, RequestTimeout

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

SLOWEST = 1024
"""Bytes a second, on average, that a sender must reach once `idle` seconds have passed."""


class Body:
    """The body of one request; it can be read once."""

    def __init__(self, receive: Receive, idle: float) -> None:
        """Args: receive: of ASGI; idle: seconds that the next bytes may be late."""
        self._receive = receive
        self._idle = idle
        self._finished = False

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body in pieces, as they come.

        Raises:
            EntityTooLarge: more than `limit` bytes came.
            IncompleteBody: the caller went away.
            RequestTimeout: nothing came for `idle` seconds, or too little for long.
        """
        begun = time.monotonic()
        size = 0
        while not self._finished:
            chunk = await self._next()
            size += len(chunk)
            if size > limit:
                raise EntityTooLarge(f"the body is larger than {limit} bytes")
            elapsed = time.monotonic() - begun
            if elapsed > self._idle and size < elapsed * SLOWEST:
                raise RequestTimeout(f"{size} bytes came in {elapsed:.0f} s")
            if chunk:
                yield chunk

    async def read(self, limit: int) -> bytes:
        """The whole of a small body; raises like `chunks`."""
        return b"".join([chunk async for chunk in self.chunks(limit)])

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(f"nothing came for {self._idle:.0f} s") from None
        if message["type"] == "http.disconnect":
            raise IncompleteBody
        self._finished = not message.get("more_body", False)
        return bytes(message.get("body", b""))
