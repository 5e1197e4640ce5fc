"""A connection's sending side that puts small pieces together: the head of an answer and its body."""

from asyncio import AbstractEventLoop, Transport
from typing import Any

_SMALL = 4096
"""Bytes up to which a piece may wait for the next one."""


class JoinedWrites:
    """A transport that holds a small piece back until the next one, or until the event loop has turned.

    uvicorn writes the head and the body of an answer one after the other, and uvloop sends each at once: two system
    calls, and two times that the client wakes up.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        """Args: transport: of the connection; loop: its own."""
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Sends the bytes, soon."""
        if self._held:
            data, self._held = self._held + data, b""
        elif len(data) <= _SMALL:
            self._held = data
            self._loop.call_soon(self.flush)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Sends what is held, if the connection still stands."""
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Closes the connection when everything is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
