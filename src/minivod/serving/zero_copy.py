"""Sends files from the kernel's memory to a connection's, past the transport of the event loop (sendfile(2))."""

import asyncio
import os
import socket
from asyncio import Transport
from collections.abc import Callable
from typing import Self

_UNSENT_SECONDS = 0.005
"""Between two looks at what the transport still has to send of an earlier answer (a client that pipelines)."""


class ZeroCopy:
    """A second descriptor of a connection's socket, because an event loop lets nobody else wait for its own."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def on(cls, transport: Transport, closed: Callable[[], bool]) -> Self:
        """For a connection whose transport has sent all that it was given.

        Args:
            transport: of plain TCP.
            closed: whether the connection has ended.

        Raises:
            ConnectionError: it has.
        """
        while transport.get_write_buffer_size() and not closed():  # noqa: ASYNC110 - a transport has no event for it
            await asyncio.sleep(_UNSENT_SECONDS)
        if closed() or transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        own: socket.socket = transport.get_extra_info("socket")
        return cls(socket.socket(own.family, own.type, own.proto, fileno=os.dup(own.fileno())))

    async def send(self, data: bytes) -> None:
        """Sends the bytes, together with what follows; raises ConnectionError."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left, socket.MSG_MORE) :]
            except BlockingIOError:
                await self._writable()

    async def send_file(self, file: int, offset: int, count: int) -> None:
        """Sends bytes of a file.

        Args:
            file: descriptor of a regular file.
            offset: of the first byte.
            count: bytes.

        Raises:
            ConnectionError: the client is gone.
            EOFError: the file ends before.
        """
        end = offset + count
        while offset < end:
            try:
                sent = os.sendfile(self._socket.fileno(), file, offset, end - offset)
            except BlockingIOError:
                await self._writable()
                continue
            if sent == 0:
                raise EOFError("the file is shorter than was said")
            offset += sent

    def close(self) -> None:
        """Gives the descriptor back; the connection itself stays open."""
        self._socket.close()

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._socket, _resolve, ready)
        try:
            await ready
        finally:
            self._loop.remove_writer(self._socket)


def _resolve(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
