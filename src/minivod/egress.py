"""The only module that makes HTTP requests to the outside: by URLs that tenants and operators give (field.md §4, T11).

A URL is read by `destinations.py`, and `egress_connections.py` connects to addresses that were looked at, and to no
others. Redirects are followed here, each read and looked up like the first URL, or not at all. There are no proxies,
no cookies and no compression; connections are kept only where that was asked for. What is raised names the URL without
its query and says in words of ours what went wrong (`egress_failures.py`).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import aiohttp
from aiohttp import ClientTimeout
from yarl import URL

from minivod import __version__
from minivod.destinations import BadUrl, Destinations, Target
from minivod.egress_connections import Connections, Lookup, Reuse, system_lookup
from minivod.egress_failures import GIVEN_UP, Broken, Forbidden, Limits, TooLarge, failure
from minivod.settings import Settings

USER_AGENT = f"minivod/{__version__}"
MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOLD = ("content-length", "content-range", "content-type", "date", "etag", "last-modified", "retry-after")
_LONGEST_TOLD = 1024
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_OK = 200


@dataclass(frozen=True)
class Reply:
    """What is told of an answer without its body."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters; only those that say something of the body, of time, or when to come again."""


class Answer:
    """An answer whose body can be read once, while the `async with` of `get` is open."""

    def __init__(self, response: aiohttp.ClientResponse, target: Target, limits: Limits) -> None:
        self.status = response.status
        self.headers = _told(response)
        self.target = target
        """Where it came from, after redirects."""
        self._response = response
        self._limits = limits

    @property
    def length(self) -> int | None:
        """Bytes of the body as they are announced."""
        return self._response.content_length

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in pieces of any size.

        Raises:
            Broken: it is compressed, or ended before the announced length.
            TooLarge, TimedOut: as said.
        """
        if self._response.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
            raise Broken(f"{self.target.shown} answered with a compressed body, which was not asked for")
        if (self.length or 0) > self._limits.max_bytes:
            raise self._too_large()
        got = 0
        try:
            async for piece in self._response.content.iter_any():
                got += len(piece)
                if got > self._limits.max_bytes:
                    raise self._too_large()
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise failure(error, self.target, self._limits) from None

    async def read(self) -> bytes:
        """The whole body; raises like `chunks`."""
        return b"".join([piece async for piece in self.chunks()])

    def _too_large(self) -> TooLarge:
        return TooLarge(f"{self.target.shown} answered with more than {self._limits.max_bytes} bytes")


class _Session(NamedTuple):
    """Of one call."""

    http: aiohttp.ClientSession
    reuse: Reuse


class Egress:
    """Requests within what the settings `egress_networks` and `egress_ports` allow; nothing has to be closed.

    Args:
        settings: of the server.
        lookup: who looks names up; the system's resolver unless given.
        destinations: where requests may go, in place of what the two settings say.
        kept_for: seconds for which connections are used again, of those whose answer was read whole; 0: not at all.

    Raises:
        SettingsError: one of the two settings cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        lookup: Lookup | None = None,
        destinations: Destinations | None = None,
        kept_for: float = 0.0,
    ) -> None:
        self.destinations = destinations or Destinations(settings)
        self._connections = Connections(lookup or system_lookup(), self.destinations, kept_for)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts what the system trusts, or `SSL_CERT_FILE`; made when it is needed, because it takes its time."""
        return ssl.create_default_context()

    @asynccontextmanager
    async def get(
        self, url: str, limits: Limits, *, headers: Mapping[str, str] | None = None, redirects: int = MOST_REDIRECTS
    ) -> AsyncIterator[Answer]:
        """The answer of the last hop, whatever its status; its body is read by the caller, or not at all.

        Args:
            url: http or https.
            limits: for all hops together.
            headers: beside ours; credentials among them do not go to another origin than that of `url`.
            redirects: how many are followed; 0: an answer that redirects is given as it is.

        Raises:
            EgressError: one of its kinds; `Broken` too for more redirects than are followed.
        """
        target, given = self._read(url), dict(headers or {})
        ends = asyncio.get_running_loop().time() + limits.total
        async with self._session() as session:
            for _ in range(redirects + 1):
                response = await self._send(session, "GET", target, limits, ends, headers=given)
                onward = _location(response) if redirects else None
                if onward is None:
                    try:
                        yield Answer(response, target, limits)
                    finally:
                        response.close()
                    return
                response.close()
                before, target = target, self._onward(target, onward)
                if before.origin != target.origin:
                    given = {name: value for name, value in given.items() if name.lower() not in _CREDENTIALS}
        raise Broken(f"{target.shown} is the end of more than {redirects} redirects")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Reply:
        """Sends a body; redirects are not followed, and the body of the answer is not read.

        Args:
            url: http or https.
            body: as it is.
            headers: beside ours; with Content-Type.
            timeout: seconds for all of it.

        Raises:
            EgressError: one of its kinds.
        """
        limits = Limits(total=timeout, max_bytes=0, connect=timeout, silence=timeout)
        async with self._posted(url, body, headers, limits) as answer:
            return Reply(answer.status, answer.headers)

    async def ask(self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> tuple[Reply, bytes]:
        """Sends a body and reads that of an answer with status 200; redirects are not followed.

        Where connections are kept, the body may arrive twice: a kept one that ends without a word of an answer was
        perhaps ended before the body came, and nobody can tell.

        Args:
            url: http or https.
            body: as it is.
            headers: beside ours; with Content-Type.
            limits: of the call, and of the answer's body.

        Raises:
            EgressError: one of its kinds.
        """
        async with self._posted(url, body, headers, limits) as answer:
            return Reply(answer.status, answer.headers), await answer.read() if answer.status == _OK else b""

    @asynccontextmanager
    async def _posted(self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> AsyncIterator[Answer]:
        target, ends = self._read(url), asyncio.get_running_loop().time() + limits.total
        async with self._session() as session:
            response = await self._send(session, "POST", target, limits, ends, headers=headers, data=body)
            try:
                yield Answer(response, target, limits)
            finally:
                response.close()

    def _read(self, url: str) -> Target:
        try:
            return self.destinations.read(url)
        except BadUrl as error:
            raise Forbidden(f"the URL {error}") from None

    def _onward(self, target: Target, location: str) -> Target:
        try:
            return self.destinations.read(target.join(location))
        except BadUrl as error:
            raise Forbidden(f"{target.shown} redirects to a URL that {error}") from None

    async def _send(
        self, session: _Session, method: str, target: Target, limits: Limits, ends: float, **more: Any
    ) -> aiohttp.ClientResponse:
        """The answer; over a kept connection that the other side has given up, another one is taken."""
        url, more["ssl"] = URL(target.url, encoded=True), self._tls if target.scheme == "https" else True
        while True:
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                raise failure(TimeoutError(), target, limits)
            timeout = ClientTimeout(total=left, connect=limits.connect, sock_read=limits.silence)
            try:
                return await session.http.request(method, url, allow_redirects=False, timeout=timeout, **more)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if not (session.reuse.happened and isinstance(error, GIVEN_UP)):
                    raise failure(error, target, limits) from None

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        reuse = Reuse()
        async with (
            self._connections.connector() as connector,
            aiohttp.ClientSession(
                connector=connector,
                connector_owner=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                trace_configs=[reuse.trace],
                headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
            ) as session,
        ):
            yield _Session(session, reuse)


def _location(response: aiohttp.ClientResponse) -> str | None:
    """Where a redirect leads."""
    return response.headers.get("Location") if response.status in _REDIRECTS else None


def _told(response: aiohttp.ClientResponse) -> dict[str, str]:
    have = {name: response.headers.get(name, "") for name in _TOLD}
    return {name: value for name, value in have.items() if value and len(value) <= _LONGEST_TOLD}
