"""Sends files from the kernel's memory to a connection's, past the transport of the event loop (sendfile(2))."""

import asyncio
import os
import select
import socket
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_UNSENT_SECONDS = 0.005
"""Between two looks at what the transport still has to send of an earlier answer (a client that pipelines)."""
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class ZeroCopy:
    """A second descriptor of a connection's socket, because an event loop lets nobody else wait for its own.

    It is made for the first file and serves all that follow on the connection.
    """

    def __init__(self, transport: Transport) -> None:
        """Args: transport: of plain TCP, if anything is to be sent."""
        self._transport = transport
        self._own: socket.socket | None = None
        self._poll: select.poll | None = None
        self._in_use = False
        self._closed = False

    @property
    def gone(self) -> bool:
        """Whether the client has closed the connection; the kernel knows it before the event loop does."""
        if self._transport.is_closing():
            return True
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._transport.get_extra_info("socket").fileno(), _GONE)
        return bool(self._poll.poll(0))

    async def ready(self, ended: Callable[[], bool]) -> None:
        """Waits until the transport has sent what it was given before.

        Args:
            ended: whether the connection is at its end.

        Raises:
            ConnectionError: it is.
        """
        while self._transport.get_write_buffer_size() and not ended():  # noqa: ASYNC110 - a transport has no event
            await asyncio.sleep(_UNSENT_SECONDS)
        if ended() or self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")

    async def send(self, head: bytes, file: int, offset: int, count: int) -> None:
        """Sends bytes of a file, and `head` together with the first of them; returns when the kernel has all.

        Args:
            head: may be empty.
            file: descriptor of a regular file.
            offset: of the first byte.
            count: bytes.

        Raises:
            ConnectionError: the client is gone.
            EOFError: the file ends before.
        """
        with self._using() as own:
            left = memoryview(head)
            while left:
                try:
                    left = left[own.send(left, socket.MSG_MORE) :]
                except BlockingIOError:
                    await _writable(own)
            end = offset + count
            while offset < end:
                try:
                    sent = os.sendfile(own.fileno(), file, offset, end - offset)
                except BlockingIOError:
                    await _writable(own)
                    continue
                if sent == 0:
                    raise EOFError("the file is shorter than was said")
                offset += sent

    def close(self) -> None:
        """Gives the descriptor back, now or when whoever uses it is done; the connection itself has ended before."""
        self._closed = True
        if self._own is not None and not self._in_use:
            self._own.close()
            self._own = None

    @contextmanager
    def _using(self) -> Iterator[socket.socket]:
        if self._closed:
            raise ConnectionResetError("the connection is closed")
        if self._own is None:
            its: socket.socket = self._transport.get_extra_info("socket")
            self._own = socket.socket(its.family, its.type, its.proto, fileno=os.dup(its.fileno()))
        self._in_use = True
        try:
            yield self._own
        finally:
            self._in_use = False
            if self._closed:
                self.close()


async def _writable(own: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(own, _resolve, ready)
    try:
        await ready
    finally:
        loop.remove_writer(own)


def _resolve(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
