"""Accepts connections of TLS: bounded handshakes, the newest certificate, and a word for who speaks plain HTTP."""

import asyncio
import socket
import ssl
from collections.abc import Callable

import structlog

from minivod.serving.tls import Certificates

log = structlog.get_logger(__name__)

HANDSHAKE_SECONDS = 10.0
"""From the accepted connection to the end of its handshake."""
MOST_HANDSHAKES = 512
"""At a time; whoever comes then takes the place of the one that has been waiting longest."""
GOODBYE_SECONDS = 5.0
"""For the end of TLS, when a client does not answer it."""

_ACCEPTED_AT_ONCE = 64
_RETRY_SECONDS = 1.0
_HANDSHAKE = 0x16
"""The first byte of every connection of TLS (RFC 8446 §5.1)."""
_WORDS = b"This port speaks HTTPS; plain HTTP was sent to it.\n"
_PLAIN = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s"
) % (len(_WORDS), _WORDS)
_UNREAD = 64 * 1024
"""Bytes of a plain request that are read before the goodbye: what is left unread resets the connection."""
_REASONS = {
    "UNSUPPORTED_PROTOCOL": "the client offers nothing newer than TLS 1.1",
    "NO_SHARED_CIPHER": "the client offers no cipher that is safe",
    "TLSV1_ALERT_UNKNOWN_CA": "the client does not trust the certificate's CA",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the client does not accept the certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the client does not accept the certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client finds the certificate expired",
}


class TlsListener:
    """A listening socket for TLS, with what uvicorn asks of its servers (`close`, `wait_closed`)."""

    def __init__(
        self, listening: socket.socket, certificates: Certificates, protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        """Args: listening: the socket; protocol: makes one for a connection whose handshake is done."""
        self.sockets = (listening,)
        self._listening = listening
        self._certificates = certificates
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._handshakes: dict[asyncio.Task[None], None] = {}  # in the order of their coming
        self._retry: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        self._loop.add_reader(listening, self._accept)
        self._watch = self._loop.create_task(certificates.watch())

    def close(self) -> None:
        """Accepts no more, and gives up the handshakes under way."""
        self._loop.remove_reader(self._listening)
        self._watch.cancel()
        if self._retry is not None:
            self._retry.cancel()
        for handshake in self._handshakes:
            handshake.cancel()

    async def wait_closed(self) -> None:
        """Returns when the handshakes are given up."""
        await asyncio.gather(self._watch, *self._handshakes, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                connection, address = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # no more descriptors; asyncio's own servers wait as long
                log.error("tls_not_accepted", reason=error.strerror)
                self._loop.remove_reader(self._listening)
                self._retry = self._loop.call_later(
                    _RETRY_SECONDS, self._loop.add_reader, self._listening, self._accept
                )
                return
            if len(self._handshakes) >= MOST_HANDSHAKES:
                oldest = next(iter(self._handshakes))
                del self._handshakes[oldest]
                oldest.cancel()
            handshake = self._loop.create_task(self._serve(connection, str(address[0])))
            self._handshakes[handshake] = None
            handshake.add_done_callback(lambda done: self._handshakes.pop(done, None))

    async def _serve(self, connection: socket.socket, client: str) -> None:
        """Until the connection is the protocol's; what goes wrong is told in a line, and harms nobody else."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._shake_hands(connection)
            return
        except _Refused as refused:
            reason = str(refused)
        except TimeoutError:
            reason = f"it took longer than {HANDSHAKE_SECONDS:g} s"
        except ssl.SSLError as error:
            reason = _REASONS.get(error.reason or "", (error.reason or "no TLS").lower().replace("_", " "))
        except OSError as error:
            reason = error.strerror or "the client closed the connection"
        if reason:
            log.info("tls_handshake_failed", client=client, reason=reason)

    async def _shake_hands(self, connection: socket.socket) -> None:
        """Hands the connection over to the event loop, which closes it from then on."""
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._readable(connection)
            first = connection.recv(1, socket.MSG_PEEK)
            if not first:
                raise _Refused  # who only looks whether anybody listens, as load balancers do, is no news
            if first[0] != _HANDSHAKE:
                connection.recv(_UNREAD)
                connection.send(_PLAIN)
                raise _Refused("plain HTTP, or what else is no TLS, was sent to the port of HTTPS")
            context = self._certificates.context
            if context is None:
                raise _Refused("there is no certificate that can be used")
        except BaseException:
            connection.close()
            raise
        await self._loop.connect_accepted_socket(
            self._protocol,
            connection,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=GOODBYE_SECONDS,
        )

    async def _readable(self, connection: socket.socket) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(connection, _resolve, ready)
        try:
            await ready
        finally:
            self._loop.remove_reader(connection)


def _resolve(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


class _Refused(Exception):
    """The connection is not taken; the message says why."""
