"""Reads the body of a request, never more than the limit of its way of calling, and not for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from minivod.api import signature_v3
from minivod.errors import InvalidRequest, RequestSizeLimitExceeded, ServiceUnavailable

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

KIB = 1024
GET_LIMIT = 32 * KIB
"""Bytes of the query of a GET request (contract.md §1.1)."""
OLD_SIGNATURE_LIMIT = 1024 * KIB
"""Bytes of the body of a POST request with the old signature."""
TC3_LIMIT = 10 * 1024 * KIB
"""Bytes of the body of a POST request with TC3-HMAC-SHA256."""


class Disconnected(Exception):
    """The caller hung up before the request was complete."""


def limit_of(authorization: str | None) -> int:
    """Largest body, bytes, of a POST request with that Authorization header."""
    tc3 = authorization is not None and authorization.startswith(signature_v3.ALGORITHM)
    return TC3_LIMIT if tc3 else OLD_SIGNATURE_LIMIT


class Deadlines:
    """Cancels tasks that take too long; one timer serves all, because one for each costs as much as a signature."""

    def __init__(self, seconds: float) -> None:
        """Args: seconds: a task is cancelled this long after its beginning, or up to a quarter later."""
        self.seconds = seconds
        self._begun: dict[asyncio.Task[object], float] = {}
        self._missed: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> asyncio.Task[object]:
        """The current task's time runs from now on."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - only coroutines of tasks come here
        self._begun[task] = time.monotonic()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.seconds / 4, self._look)
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        """The task is through."""
        self._begun.pop(task, None)
        self._missed.discard(task)

    def missed(self, task: asyncio.Task[object]) -> bool:
        """Whether the task was cancelled for being late, and by nobody else."""
        return task in self._missed and task.uncancel() == 0

    def _look(self) -> None:
        late = time.monotonic() - self.seconds
        for task in [task for task, begun in self._begun.items() if begun <= late and task not in self._missed]:
            self._missed.add(task)
            task.cancel()
        again = bool(self._begun)
        self._timer = asyncio.get_running_loop().call_later(self.seconds / 4, self._look) if again else None


class BodyReader:
    """Reads bodies, and holds no more of them at a time than a budget allows (T8, T9)."""

    def __init__(self, *, budget: int = 256 * 1024 * KIB, timeout: float = 30.0) -> None:
        """Args: budget: bytes of bodies that are being read, all requests together; timeout: seconds for one."""
        self._budget = budget
        self._deadlines = Deadlines(timeout)
        self._held = 0

    async def read(self, receive: Receive, limit: int, announced: str | None) -> bytes:
        """The whole body.

        Args:
            receive: of the ASGI server.
            limit: bytes.
            announced: the Content-Length header; what exceeds the limit is refused before it is read.

        Raises:
            RequestSizeLimitExceeded, ServiceUnavailable: over the limit, or over the budget of all requests.
            InvalidRequest: it did not arrive in time.
            Disconnected: the caller is gone.
        """
        if announced and announced.isascii() and announced.isdigit() and (len(announced) > 9 or int(announced) > limit):
            raise _too_large(limit)
        task = self._deadlines.begin()
        try:
            message = await receive()
            if not message.get("more_body") and message["type"] == "http.request":
                return _bounded(message.get("body", b""), limit)
            return await self._read_chunks(message, receive, limit)
        except asyncio.CancelledError:
            if not self._deadlines.missed(task):
                raise
            raise InvalidRequest(f"the body did not arrive within {self._deadlines.seconds:.0f} s") from None
        finally:
            self._deadlines.end(task)

    async def _read_chunks(self, message: Mapping[str, Any], receive: Receive, limit: int) -> bytes:
        body = bytearray()
        try:
            while message["type"] == "http.request":
                chunk = message.get("body", b"")
                body += chunk
                self._held += len(chunk)
                if len(body) > limit:
                    raise _too_large(limit)
                if self._held > self._budget:
                    raise ServiceUnavailable("too many large requests arrive at the same time; try again")
                if not message.get("more_body"):
                    return bytes(body)
                message = await receive()
            raise Disconnected
        finally:
            self._held -= len(body)


def check_query(query: bytes) -> None:
    """Raises RequestSizeLimitExceeded for a query over 32 KB."""
    if len(query) > GET_LIMIT:
        raise RequestSizeLimitExceeded(
            f"the query has {len(query)} bytes; a GET request may have {GET_LIMIT}; use POST for more"
        )


def _bounded(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> RequestSizeLimitExceeded:
    way = "with TC3-HMAC-SHA256" if limit == TC3_LIMIT else "with the old signature"
    return RequestSizeLimitExceeded(f"the body of a POST request {way} may have {limit} bytes, this one has more")
