"""The only module that makes HTTP requests to the outside: by URLs that tenants and operators give (field.md §4, T11).

A URL is read by `destinations.py`. A name is looked up once for each connection, the answers that are not permitted
are dropped, and the connection goes to one of the others: `_open` looks at the address again when the socket is made.
Redirects are followed here, each read and looked up like the first URL, or not at all. There are no proxies, no
cookies, no compression and no kept connections. What is raised names the URL without its query and says in words of
ours what went wrong: nothing that the other side sent is in it, but the status.
"""

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from minivod import __version__
from minivod.destinations import Address, BadUrl, Destinations, Target, addresses
from minivod.settings import Settings

USER_AGENT = f"minivod/{__version__}"
MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOLD = ("content-length", "content-range", "content-type", "date", "etag", "last-modified", "retry-after")
_LONGEST_TOLD = 1024
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_LOOKUPS_AT_ONCE = 8
_OK = 200

log = structlog.get_logger(__name__)

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a host name, as text; OSError: there are none, or nobody who knows answered."""


class EgressError(Exception):
    """A request came to nothing; the message is for whoever gave the URL."""


class Forbidden(EgressError):
    """It is not made: the URL, or one that it redirects to, says itself that it leads where this server does not call.

    A name whose addresses are not called is `Unreachable`, like one that does not exist.
    """


class Unreachable(EgressError):
    """No connection: no address of the name, refused, no route, or TLS failed."""


class TimedOut(EgressError):
    """One of the limits of time was over."""


class TooLarge(EgressError):
    """The answer has more bytes than are taken."""


class Broken(EgressError):
    """The answer ended early, is no HTTP, or has a form that was not asked for."""


@dataclass(frozen=True)
class Limits:
    """Of one `get`, redirects included: seconds, and bytes of the body."""

    total: float
    max_bytes: int
    connect: float = 15.0
    """For one connection: the lookup of the name, TCP and TLS."""
    silence: float = 30.0
    """Without a byte from the other side."""


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
            raise _failure(error, self.target, self._limits) from None

    async def read(self) -> bytes:
        """The whole body; raises like `chunks`."""
        return b"".join([piece async for piece in self.chunks()])

    def _too_large(self) -> TooLarge:
        return TooLarge(f"{self.target.shown} answered with more than {self._limits.max_bytes} bytes")


class Egress:
    """Requests within what the settings `egress_networks` and `egress_ports` allow; nothing has to be closed.

    Args:
        settings: of the server.
        lookup: who looks names up; the system's resolver unless given.
        destinations: where requests may go, in place of what the two settings say.

    Raises:
        SettingsError: one of the two settings cannot be read.
    """

    def __init__(
        self, settings: Settings, *, lookup: Lookup | None = None, destinations: Destinations | None = None
    ) -> None:
        self.destinations = destinations or Destinations(settings)
        self._lookup = lookup or _system_lookup()

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
                timeout = self._timeout(ends, limits, target)
                response = await self._send(session, "GET", target, limits, headers=given, timeout=timeout)
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
        async with self._posted(url, body, headers, limits, aiohttp.ClientTimeout(total=timeout)) as answer:
            return Reply(answer.status, answer.headers)

    async def ask(self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> tuple[Reply, bytes]:
        """Sends a body and reads that of an answer with status 200; redirects are not followed.

        Args:
            url: http or https.
            body: as it is.
            headers: beside ours; with Content-Type.
            limits: of the call, and of the answer's body.

        Raises:
            EgressError: one of its kinds.
        """
        timeout = aiohttp.ClientTimeout(total=limits.total, connect=limits.connect, sock_read=limits.silence)
        async with self._posted(url, body, headers, limits, timeout) as answer:
            return Reply(answer.status, answer.headers), await answer.read() if answer.status == _OK else b""

    @asynccontextmanager
    async def _posted(
        self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits, timeout: aiohttp.ClientTimeout
    ) -> AsyncIterator[Answer]:
        target = self._read(url)
        async with self._session() as session:
            response = await self._send(session, "POST", target, limits, headers=headers, timeout=timeout, data=body)
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
        self, session: aiohttp.ClientSession, method: str, target: Target, limits: Limits, **more: Any
    ) -> aiohttp.ClientResponse:
        url, tls = URL(target.url, encoded=True), self._tls if target.scheme == "https" else True
        try:
            return await session.request(method, url, allow_redirects=False, ssl=tls, **more)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _failure(error, target, limits) from None

    def _timeout(self, ends: float, limits: Limits, target: Target) -> aiohttp.ClientTimeout:
        left = ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise _failure(TimeoutError(), target, limits)
        return aiohttp.ClientTimeout(total=left, connect=limits.connect, sock_read=limits.silence)

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self._lookup, self.destinations),
            use_dns_cache=False,
            force_close=True,
            socket_factory=self._open,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        )

    def _open(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket of a connection, if its address may be connected to: whoever chose it, nothing comes after this.

        Raises:
            _NotPermitted: it may not.
        """
        family, kind, protocol, _, where = info
        if not self.destinations.permits(ipaddress.ip_address(where[0])):
            raise _NotPermitted
        return socket.socket(family=family, type=kind, proto=protocol)


class _NotPermitted(OSError):
    """An address that is not connected to; an OSError, for what lies between to take it for one of a connection."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "not permitted")


class _Resolver(AbstractResolver):
    """Answers with the permitted addresses of a name."""

    def __init__(self, lookup: Lookup, destinations: Destinations) -> None:
        self._lookup = lookup
        self._destinations = destinations

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """In the order of the lookup; OSError: there are none."""
        try:
            found = addresses(await self._lookup(host))
        except OSError as error:
            log.warning("egress_without_address", host=host, refused=[], reason=error.strerror)
            raise
        permitted = [address for address in found if self._destinations.permits(address)]
        if not permitted:
            log.warning("egress_without_address", host=host, refused=[str(address) for address in found])
            raise _NotPermitted
        return [_result(host, port, address) for address in permitted]

    async def close(self) -> None:
        """Nothing to close."""


def _result(host: str, port: int, address: Address) -> ResolveResult:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


def _system_lookup() -> Lookup:
    """The system's resolver in threads of its own: names that hang hold up other names alone."""
    threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="egress-lookup")

    async def in_thread(host: str) -> list[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, look_up, host)

    return in_thread


def look_up(host: str) -> list[str]:
    """The addresses of a name by the system's resolver, which waits for others; raises OSError."""
    name = host.encode("ascii")  # bytes: the resolver shall not read the name in a way of its own
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def _location(response: aiohttp.ClientResponse) -> str | None:
    """Where a redirect leads."""
    return response.headers.get("Location") if response.status in _REDIRECTS else None


def _told(response: aiohttp.ClientResponse) -> dict[str, str]:
    have = {name: response.headers.get(name, "") for name in _TOLD}
    return {name: value for name, value in have.items() if value and len(value) <= _LONGEST_TOLD}


def _failure(error: Exception, target: Target, limits: Limits) -> EgressError:
    """In words of ours: those of libraries repeat what the other side sent."""
    where = target.shown
    if isinstance(error, TimeoutError):
        return TimedOut(f"{where} {_late(error, limits)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "") or "it is not trusted"
        return Unreachable(f"{where} has a certificate that is not accepted: {reason}")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Unreachable(f"{where} cannot be reached: TLS failed")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _no_connection(error, target)
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | OSError):
        return Broken(f"{where} broke the connection off")
    return Broken(f"{where} did not answer in HTTP that can be read")


def _late(error: Exception, limits: Limits) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"cannot be reached within {limits.connect:g} seconds"
    if isinstance(error, aiohttp.SocketTimeoutError):
        return f"sent nothing for {limits.silence:g} seconds"
    return f"took longer than {limits.total:g} seconds"


def _no_connection(error: aiohttp.ClientConnectorError, target: Target) -> EgressError:
    """A name that is unknown and one whose addresses are private are told alike: nobody finds out private names.

    Alike means in kind, too: what callers do then, and so how long it takes, shows which one it was.
    """
    by_name = isinstance(error, aiohttp.ClientConnectorDNSError)
    if by_name or isinstance(error.os_error, _NotPermitted):  # an address as host says for itself what it is
        kind = Unreachable if by_name else Forbidden
        return kind(
            f"{target.shown} cannot be reached: the name {target.host} has no address, or none that this server calls "
            "(setting egress_networks)"
        )
    number = error.os_error.errno or 0
    reason = os.strerror(number) if number in errno.errorcode else "no connection"
    return Unreachable(f"{target.shown} cannot be reached: {reason}")
