"""Receivers of callbacks on loopback: they verify as their documentation says, or misbehave as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from minivod.settings import Settings

OPEN: dict[str, Any] = {"egress_networks": ["127.0.0.1/32"], "egress_ports": ["1-65535"]}
"""Settings with which loopback may be called."""

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: str, *headers: str, body: bytes = b"secret of the receiver") -> Behaviour:
    """A whole answer."""

    async def write(writer: asyncio.StreamWriter) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return write


async def hang(_: asyncio.StreamWriter) -> None:
    """Nothing is answered."""
    await asyncio.Event().wait()


async def close(writer: asyncio.StreamWriter) -> None:
    """The connection is closed without an answer."""
    writer.transport.abort()


async def drip(writer: asyncio.StreamWriter) -> None:
    """A head that comes byte by byte, and has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A success whose body has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"secret of the receiver" * 1000)
        await writer.drain()


async def no_http(writer: asyncio.StreamWriter) -> None:
    """Something else than HTTP."""
    writer.write(b"SSH-2.0-secret of the receiver\r\n")
    await writer.drain()


@dataclass(frozen=True)
class Received:
    """A callback as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> Any:
        """As a receiver does it with the PyPI package; raises if the signature is not of that secret."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """A server that keeps what arrives, and behaves; `most` calls were under way at a time.

    A `lasting` one takes further calls over a connection, and `connections` says how many of these there were.
    """

    behaviour: Behaviour
    lasting: bool = False
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    port: int = 0
    running: int = 0
    most: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events?token=hunter2"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self._answer_one(reader, writer)
            while self.lasting:
                await self._answer_one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the last: a connection that still stands when the test ends
        finally:
            self.running -= 1
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append(Received(line, headers, body))
        self.arrived.set()
        await self.behaviour(writer)


def verifying(there: Receiver, secret: str) -> Behaviour:
    """Takes what verifies, and refuses all else."""

    async def write(writer: asyncio.StreamWriter) -> None:
        try:
            there.received[-1].verify(secret)
        except WebhookVerificationError:
            await answer("401 Unauthorized")(writer)
        else:
            await answer("200 OK")(writer)

    return write


TAKES_IT = answer("204 No Content", body=b"")


@asynccontextmanager
async def receiver(behaviour: Behaviour = TAKES_IT, *, lasting: bool = False) -> AsyncIterator[Receiver]:
    served = Receiver(behaviour, lasting)
    server = await asyncio.start_server(served.connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()


def settings(**more: Any) -> Settings:
    """With which these receivers may be called."""
    return Settings(**OPEN | more)
