"""The sending side of one request: the head and the first bytes together, names in their case, files without copies."""

import re
from asyncio import Transport
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from minivod.asgi import CUT, FILE, UNREAD, Then
from minivod.serving.header_names import written
from minivod.serving.zero_copy import ZeroCopy

START = "http.response.start"

_BAD_NAME = re.compile(rb'[\x00-\x20\x7f()<>@,;:\\\[\]={}"]')
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class ClientGone(ConnectionError):
    """The client closed the connection: what was to be sent has not been (ASGI 2.4: `send` raises an OSError)."""


class Answer:
    """What `send` does for a request, in place of uvicorn's, whose cycle still receives and keeps the state.

    uvicorn writes every header name in lower case, the head and the body one after the other (two system calls, and
    two times that the client wakes up), and nobody hears that the client is gone.
    """

    def __init__(
        self,
        cycle: RequestResponseCycle,
        transport: Transport,
        flow: FlowControl,
        zero_copy: ZeroCopy,
        answered: Callable[[RequestResponseCycle], None],
    ) -> None:
        """What answers a request.

        Args:
            cycle: the request.
            transport: of its connection.
            flow: says when the transport is full.
            zero_copy: sends files on the connection.
            answered: closes it after the answer, where that is due.
        """
        self._cycle = cycle
        self._transport = transport
        self._flow = flow
        self._head = b""
        self._left: int | None = None  # bytes of the body; None: it comes in chunks, or ends with the connection
        self._chunked = False
        self._zero_copy = zero_copy
        self._answered = answered

    def guarded(self, app: ASGIApp, if_unread: Callable[[Then], None]) -> ASGIApp:
        """The application; that its client is gone is the end of it, and no failure."""

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = scope.setdefault("extensions", {})
            extensions[UNREAD] = if_unread
            extensions[CUT] = self._cut
            if scope["scheme"] == "http":
                extensions[FILE] = {}
            try:
                await app(scope, receive, send)
            except ClientGone:
                return
            finally:
                if self._cycle.disconnected:  # while its body is not read on, the event loop does not notice the end
                    self._transport.abort()

        return run

    def _cut(self) -> None:
        """For uvicorn it is as if the client had left; the connection is closed once the application has returned."""
        self._cycle.disconnected = True

    async def send(self, message: Message) -> None:
        """Takes a message of ASGI; the head waits for the first piece of the body, as ASGI wants it.

        Raises:
            ClientGone: the client closed the connection; nothing of this message was sent.
            RuntimeError: not a message that may come now, a header with forbidden characters, or a body that is
                shorter or longer than its Content-Length.
        """
        if self._flow.write_paused and not self._cycle.disconnected:
            await self._flow.drain()
        kind = message["type"]
        if kind == START and not self._cycle.response_started:  # also in place of one that no body followed
            self._head = self._begin(message["status"], message.get("headers", []))
            return
        if kind == START or self._cycle.response_complete or not (self._head or self._cycle.response_started):
            raise RuntimeError(f"the message {kind} does not belong here")
        self._see_whether_anybody_listens()
        if kind == FILE:
            await self._send_file(message)
        else:
            self._send_body(message.get("body", b""), last=not message.get("more_body", False))
        if not message.get("more_body", False):
            self._finish()

    def _see_whether_anybody_listens(self) -> None:
        if self._cycle.disconnected or self._zero_copy.gone:
            self._cycle.disconnected = True
            raise ClientGone("the client closed the connection")

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        cycle = self._cycle
        self._left = None
        if cycle.waiting_for_100_continue:  # nobody knows whether the body follows, or the next request
            cycle.keep_alive = False
        lines = [STATUS_LINE[status]]
        headers = [*cycle.default_headers, *headers]
        _check(headers)
        for name, value in headers:
            lower = name.lower()
            if lower == b"connection":
                cycle.keep_alive = cycle.keep_alive and b"close" not in value.lower()
                continue
            if lower == b"content-length":
                self._left = int(value)
            lines += (written(lower), b": ", value, b"\r\n")
        self._frame(lines, status)
        lines.append(b"Connection: keep-alive\r\n\r\n" if cycle.keep_alive else b"Connection: close\r\n\r\n")
        return b"".join(lines)

    def _frame(self, lines: list[bytes], status: int) -> None:
        """How the client finds the end of the body (RFC 9112 §6.3)."""
        cycle = self._cycle
        bodiless = cycle.scope["method"] == "HEAD" or status in _BODILESS
        self._chunked = self._left is None and not bodiless and cycle.scope["http_version"] == "1.1"
        if self._chunked:
            lines.append(b"Transfer-Encoding: chunked\r\n")
        elif self._left is None and not bodiless:
            cycle.keep_alive = False
        if bodiless:
            self._left = 0

    def _account(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise RuntimeError("the body is longer than its Content-Length")

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        self._cycle.response_started = True
        self._cycle.waiting_for_100_continue = False
        return head

    def _send_body(self, body: bytes, *, last: bool) -> None:
        if self._cycle.scope["method"] == "HEAD":
            body = b""
        self._account(len(body))
        pieces = [self._take_head()] if not self._cycle.response_started else []
        if self._chunked:
            pieces += (b"%x\r\n" % len(body), body, b"\r\n") if body else ()
            pieces += (b"0\r\n\r\n",) if last else ()
        elif body:
            pieces.append(body)
        if pieces:
            self._transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    async def _send_file(self, message: Message) -> None:
        """A piece of a file, of which `count` bytes follow `offset`; returns when the kernel has taken them."""
        count: int = message["count"]
        if self._chunked or self._left is None:
            raise RuntimeError("a file is sent only where Content-Length was")
        self._account(count)
        try:
            head = b""
            if not self._cycle.response_started:
                await self._zero_copy.ready(lambda: self._cycle.disconnected)
                head = self._take_head()
            await self._zero_copy.send(head, message["file"], message["offset"], count)
        except ConnectionError as error:
            self._cycle.disconnected = True
            raise ClientGone(str(error)) from None

    def _finish(self) -> None:
        if self._left:
            raise RuntimeError("the body is shorter than its Content-Length")
        cycle = self._cycle
        cycle.response_complete = True
        cycle.message_event.set()
        self._answered(cycle)
        cycle.on_response()


def _check(headers: list[tuple[bytes, bytes]]) -> None:
    """Raises RuntimeError for what would be no header, or more than one."""
    names, values = zip(*headers, strict=True) if headers else ((), ())
    if _BAD_NAME.search(b"".join(names)) or _BAD_VALUE.search(b"".join(values)):
        wrong = [name for name, value in headers if _BAD_NAME.search(name) or _BAD_VALUE.search(value)]
        raise RuntimeError(f"the headers {wrong} have characters that no header may have")
