"""Reads the body of a request, never more than the limit of its way of calling, and not for ever."""

import asyncio
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


class BodyReader:
    """Reads bodies, and holds no more of them at a time than a budget allows (T8, T9)."""

    def __init__(self, *, budget: int = 256 * 1024 * KIB, timeout: float = 30.0) -> None:
        """Args: budget: bytes of bodies that are being read, all requests together; timeout: seconds for one."""
        self._budget = budget
        self._timeout = timeout
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
        try:
            async with asyncio.timeout(self._timeout):
                message = await receive()
                if not message.get("more_body") and message["type"] == "http.request":
                    return _bounded(message.get("body", b""), limit)
                return await self._read_chunks(message, receive, limit)
        except TimeoutError:
            raise InvalidRequest(f"the body did not arrive within {self._timeout:.0f} s") from None

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
