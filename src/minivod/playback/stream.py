"""The body of a published file: sent while the publication stands, and not a moment longer (T22)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from functools import lru_cache
from http import HTTPStatus

import psycopg
import structlog
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from minivod.asgi import FILE, cut
from minivod.metrics import PLAYED_BYTES
from minivod.objects import LocalFile, ObjectError

log = structlog.get_logger(__name__)

ASK_AGAIN_BYTES = 4 * 1024 * 1024
ASK_AGAIN_SECONDS = 2.0
"""A stream asks whether its publication still stands whenever it has sent so much, and whenever so long has passed.

Beside that it asks when a bell rings for its video, so that a withdrawal reaches it at once.
"""
FIRST_ASK_SECONDS = 0.5
"""After which it asks for the first time: a withdrawal just before it heard the bell would be missed otherwise."""

PIECE = 128 * 1024
"""Bytes of a copied body that are handed to the server at a time: so many a slow reader costs, or a few times more."""
FILE_PIECE = 1024 * 1024
"""Bytes of a file that are handed to the server at a time, which are in nobody's memory but the kernel's."""

Chunks = AsyncGenerator[bytes, None]
Pieces = AsyncGenerator[tuple[Message, int], None]
"""Messages of ASGI, each with the number of bytes that it sends; the last one may say that it is the last."""
Watch = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Has a function called, while a block runs, at the news that the publication may not stand any more."""


@lru_cache
def _lower(name: str) -> bytes:
    return name.lower().encode("latin-1")


def unwatched(_: Callable[[], None]) -> AbstractContextManager[None]:
    """No news: the stream asks by bytes and by time alone."""
    return nullcontext()


async def copied(first: bytes, rest: Chunks) -> Pieces:
    """A body out of the chunks of any object store, in small pieces: the server keeps what a reader has not taken."""
    async with aclosing(rest):
        chunk = first
        while chunk:
            for start in range(0, len(chunk), PIECE):
                piece = chunk[start : start + PIECE]
                yield {"type": "http.response.body", "body": piece, "more_body": True}, len(piece)
            chunk = await anext(rest, b"")


async def uncopied(file: LocalFile, start: int, end: int) -> Pieces:
    """A body that the server sends out of an open file; the file is closed at the end."""
    with file:
        for offset in range(start, end, FILE_PIECE):
            count = min(FILE_PIECE, end - offset)
            more = offset + count < end
            await file.bring(offset, count)
            yield {"type": FILE, "file": file.fileno(), "offset": offset, "count": count, "more_body": more}, count
            if more:
                await asyncio.sleep(0)  # a reader that is always faster must not keep the others waiting


class FileStream(Response):
    """A body that ends, with the connection, when the publication does: the client sees that it is incomplete."""

    def __init__(
        self,
        status: HTTPStatus,
        headers: dict[str, str],
        pieces: Pieces,
        stands: Callable[[], Awaitable[bool]],
        request_id: str,
        watch: Watch = unwatched,
    ) -> None:
        """Args: headers: with the length; pieces: the body; stands: whether the publication does; watch: its news."""
        self.status_code = status
        self.raw_headers = [(_lower(name), value.encode("latin-1")) for name, value in headers.items()]
        self._pieces = pieces
        self._stands = stands
        self._request_id = request_id
        self._watch = watch
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the body or the publication ends; `send` raises when the client has left."""
        try:
            async with aclosing(self._pieces):
                with _Asking(self._ask, self._watch):
                    await self._send(send)
        except (_Withdrawn, TimeoutError, ObjectError, psycopg.OperationalError) as end:
            log.warning("stream_ended_early", request_id=self._request_id, reason=type(end).__name__)
            if self._begun:
                cut(scope)  # without the last message
                return
            gone = isinstance(end, _Withdrawn)
            await Response(status_code=HTTPStatus.NOT_FOUND if gone else HTTPStatus.SERVICE_UNAVAILABLE)(
                scope, receive, send
            )

    async def _send(self, send: Send) -> None:
        unasked, more = 0, True
        piece = await anext(self._pieces, None)  # what was not begun would not be closed either
        self._begun = True
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while piece is not None:
            message, size = piece
            if unasked >= ASK_AGAIN_BYTES:
                await self._ask()
                unasked = 0
            await send(message)
            unasked += size
            PLAYED_BYTES.inc(size)
            more = message["more_body"]
            piece = await anext(self._pieces, None)
        if more:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _ask(self) -> None:
        if not await self._stands():
            raise _Withdrawn


class _Asking:
    """A block in which `ask` is called by time, and at news, because a slow reader may hold the block up.

    However the asking ends, the block does: nobody says any more that the publication stands. Most blocks end before
    it begins, and pay for a timer alone. (A contextmanager with asyncio.timeout in it does the same, and takes a tenth
    of all the time that a small file costs.)
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], watch: Watch) -> None:
        """Args: ask: raises what is to end the block; watch: has news told."""
        self._ask = ask
        self._watched = watch(self._begin)
        self._loop = asyncio.get_running_loop()
        self._asking: asyncio.Task[None] | None = None
        self._rung: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._within = True

    def __enter__(self) -> None:
        """Begins to listen, and sets the timer."""
        self._block = asyncio.current_task()
        self._cancelled_before = self._block.cancelling() if self._block else 0
        self._watched.__enter__()
        self._timer = self._loop.call_later(min(FIRST_ASK_SECONDS, ASK_AGAIN_SECONDS), self._begin)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raises what ended the asking, if that ended the block."""
        self._within = False
        self._timer.cancel()
        self._watched.__exit__(None, None, None)
        if self._asking is not None:
            self._asking.cancel()
        if self._failure is None or self._block is None:
            return
        if self._block.uncancel() <= self._cancelled_before and isinstance(error, asyncio.CancelledError):
            raise (self._failure if isinstance(self._failure, Exception) else TimeoutError()) from None

    def _begin(self) -> None:
        if self._asking is None:
            self._rung = asyncio.Event()
            self._asking = self._loop.create_task(self._ask_again(self._rung))
        elif self._rung is not None:
            self._rung.set()

    async def _ask_again(self, rung: asyncio.Event) -> None:
        try:
            while True:
                rung.clear()
                await self._ask()
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASK_AGAIN_SECONDS):
                        await rung.wait()
        except BaseException as error:
            if self._within and self._block is not None:
                self._failure = error
                self._block.cancel()


class _Withdrawn(Exception):
    """The publication ended while its file was being sent."""
