"""HTTP connections: uvicorn's, with bounds on all of a request that is not its body, and answers of our own."""

from asyncio import TimerHandle, Transport
from typing import Any, cast

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from minivod.asgi import Then
from minivod.serving.answer import Answer
from minivod.serving.header_names import written
from minivod.serving.zero_copy import ZeroCopy

log = structlog.get_logger(__name__)

LARGEST_HEAD = 128 * 1024
"""Bytes of a request line and headers, or of trailers; what the API refuses by itself (a query of 32 KB) is less."""
HEAD_SECONDS = 30.0
"""For which a connection may be silent before its first request, and a request line and headers be incomplete."""
REST_SECONDS = 30.0
"""For which what is left of a body is read and thrown away after the answer. A connection that is closed while its
client is still sending is reset, and the client may never see the answer (RFC 9112 §9.6)."""

_TLS = b"\x16\x03"
"""What every connection of TLS begins with (RFC 8446 §5.1)."""


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections whose requests never get to their body, in size or in time.

    uvicorn keeps a request line and headers of any length in memory, copies a long request line anew with each piece,
    and waits for the rest for ever; nobody needs a key for that.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unparsed = 0
        self._moved = False
        self._in_head = True
        self._alarm: TimerHandle | None = None
        self._rest: TimerHandle | None = None
        self._unread: Then | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn has it so
        """The first request line and headers are awaited from now on."""
        super().connection_made(transport)
        self._zero_copy = ZeroCopy(transport)
        self._set_alarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more. A reset, unlike an orderly end, leaves what the client had not read unread."""
        self._clear_alarm()
        self._clear_rest()
        self._zero_copy.close()
        if exc is not None and self._unread is not None:
            task = self.loop.create_task(_run(self._unread))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what led neither to the end of the headers, nor to a piece of a body, nor to the body's end."""
        if self.cycle is None and data.startswith(_TLS) and self.scheme == "http":
            log.info("http_refused", client=self.client and self.client[0], reason="TLS was sent to the port of HTTP")
            self.transport.abort()
            return
        self._moved = False
        super().data_received(data)
        self._unparsed = 0 if self._moved else self._unparsed + len(data)
        if self._unparsed > LARGEST_HEAD:
            self._refuse("The request line and headers are too large.")
        elif self._in_head and self._alarm is None:  # an ordinary request comes in one piece and needs no timer
            self._set_alarm()

    def on_message_begin(self) -> None:
        """Of a request line; its client has read the answers before."""
        self._in_head, self._unread = True, None
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of a header, or of a trailer, which means nothing here and must not pass for a header."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The application gets the request."""
        self._in_head, self._moved = False, True
        self._clear_alarm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Of a piece, whose size is the application's business."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """After the body and the trailers."""
        self._moved = True
        super().on_message_complete()
        if self._clear_rest() and not self.cycle.keep_alive:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no request."""
        head = [*self.server_state.default_headers, (b"content-type", b"text/plain; charset=utf-8")]
        head += [(b"content-length", b"%d" % len(msg)), (b"connection", b"close")]
        lines = [b"%b: %b\r\n" % (written(name), value) for name, value in head]
        self.transport.write(b"".join([b"HTTP/1.1 400 Bad Request\r\n", *lines, b"\r\n", msg.encode("ascii")]))
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        answer = Answer(cycle, self.transport, self.flow, self._zero_copy, self._answered)
        setattr(cycle, "send", answer.send)  # noqa: B010 - uvicorn's own answers, too, go out by ours
        super()._start_asgi_task(cycle, cast(Any, answer.guarded(app, self._if_unread)))

    def _if_unread(self, then: Then) -> None:
        self._unread = then

    def _answered(self, cycle: RequestResponseCycle) -> None:
        """The connection is closed, if it is to be, once the client has sent what it wanted to send."""
        if cycle.more_body:
            self._rest = self.loop.call_later(REST_SECONDS, self.transport.close)
        elif not cycle.keep_alive:
            self.transport.close()

    def _clear_rest(self) -> bool:
        """Whether the rest of a body was awaited."""
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.cancel()
        return rest is not None

    def _busy(self) -> bool:
        """Whether an earlier request of this connection is still being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, reason: str) -> None:
        if self._busy():
            self.transport.abort()
        elif not self.transport.is_closing():
            self.send_400_response(reason)

    def _set_alarm(self) -> None:
        self._alarm = self.loop.call_later(HEAD_SECONDS, self._late)

    def _clear_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _late(self) -> None:
        if self._busy():  # perhaps it is we who do not read on
            self._set_alarm()
        else:
            self._refuse("The request line and headers did not arrive in time.")


async def _run(then: Then) -> None:
    await then()


OPTIONS: dict[str, Any] = {
    "http": BoundedProtocol,
    "ws": "none",
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "lifespan": "on",
}
"""What the server asks of uvicorn, beside where to listen and how long to drain."""
