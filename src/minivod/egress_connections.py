"""The connections of requests to the outside: to which addresses they go, and for how long they are used again.

A name is looked up for each connection, the addresses that are not permitted are dropped, and `_open` looks at the
address again when the socket is made. A kept connection leads where it was checked to lead when it was made, is used
for the same scheme, host and port alone, and carries no call that begins more than `kept_for` seconds later: then the
name is looked up anew, and a resolver that has changed its mind is asked again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from minivod.destinations import Address, Destinations, addresses
from minivod.egress_failures import NotPermitted

_LOOKUPS_AT_ONCE = 8

log = structlog.get_logger(__name__)

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a host name, as text; OSError: there are none, or nobody who knows answered."""


class Connections:
    """Those of one `Egress`; nothing has to be closed, for what is kept ends by itself or with the event loop.

    Args:
        lookup: who looks names up.
        destinations: where connections may lead.
        kept_for: seconds after the first call for which connections are used again; 0: each is for one call.
    """

    def __init__(self, lookup: Lookup, destinations: Destinations, kept_for: float) -> None:
        self._lookup = lookup
        self._destinations = destinations
        self._kept_for = kept_for
        self._pool: _Pool | None = None

    @asynccontextmanager
    async def connector(self) -> AsyncIterator[aiohttp.BaseConnector]:
        """What the session of one call gets its connections from; a session must not close it."""
        if not self._kept_for:
            async with self._make(force_close=True) as connector:
                yield connector
            return
        if self._pool is None or not self._pool.serves():
            self._pool = _Pool(self._make(keepalive_timeout=self._kept_for), self._kept_for)
        async with self._pool.used() as connector:
            yield connector

    def _make(self, **more: Any) -> aiohttp.TCPConnector:
        resolver = _Resolver(self._lookup, self._destinations)
        return _Connector(resolver=resolver, use_dns_cache=False, limit=0, socket_factory=self._open, **more)

    def _open(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket of a connection, if its address may be connected to: whoever chose it, nothing comes after this.

        Raises:
            NotPermitted: it may not.
        """
        family, kind, protocol, _, where = info
        if not self._destinations.permits(ipaddress.ip_address(where[0])):
            raise NotPermitted
        return socket.socket(family=family, type=kind, proto=protocol)


class _Pool:
    """Connections that are as old as this at most; a task closes them, which the end of the event loop cancels."""

    def __init__(self, connector: aiohttp.TCPConnector, seconds: float) -> None:
        self._connector = connector
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + seconds
        self._calls = 0
        self._unused = asyncio.Event()
        self._keeper = self._loop.create_task(self._keep(seconds))

    def serves(self) -> bool:
        """Whether a call may begin with it now."""
        here = asyncio.get_running_loop()
        return here is self._loop and here.time() < self._ends and not self._connector.closed

    @asynccontextmanager
    async def used(self) -> AsyncIterator[aiohttp.TCPConnector]:
        """For one call, until whose end nothing is closed."""
        self._calls += 1
        self._unused.clear()
        try:
            yield self._connector
        finally:
            self._calls -= 1
            if not self._calls:
                self._unused.set()

    async def _keep(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            await self._unused.wait()
        finally:
            await self._connector.close()


class _Connector(aiohttp.TCPConnector):
    """Uses no kept connection on which something came that nobody asked for: it would pass for the next answer."""

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (found := await super()._get(key, traces)) is not None:
            if found.protocol is not None and not found.protocol.should_close:
                break
            found.close()
        return found


class Reuse:
    """Whether the last request of a session went over a kept connection, which the other side may have given up."""

    def __init__(self) -> None:
        self.happened = False
        self.trace = aiohttp.TraceConfig()
        self.trace.on_connection_reuseconn.append(self._again)
        self.trace.on_connection_create_start.append(self._anew)

    async def _again(self, *_: object) -> None:
        self.happened = True

    async def _anew(self, *_: object) -> None:
        self.happened = False


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
            raise NotPermitted
        return [_result(host, port, address) for address in permitted]

    async def close(self) -> None:
        """Nothing to close."""


def _result(host: str, port: int, address: Address) -> ResolveResult:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


def system_lookup() -> Lookup:
    """The system's resolver in threads of its own: names that hang hold up other names alone."""
    threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="egress-lookup")

    async def in_thread(host: str) -> list[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, look_up, host)

    return in_thread


def look_up(host: str) -> list[str]:
    """The addresses of a name by the system's resolver, which waits for others; raises OSError."""
    name = host.encode("ascii")  # bytes: the resolver shall not read the name in a way of its own
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
