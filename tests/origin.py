"""Servers of the outside, on loopback: they answer as they are told, and keep what they were asked."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
_RANGE = re.compile(rb"\r\nRange: bytes=([0-9]+)-([0-9]*)\r\n")
_CONDITION = re.compile(rb"\r\nIf-Range: ([^\r]*)\r\n")


class Origin:
    """A server of TCP that reads a head and lets `handler` answer; it keeps the heads."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.heads: list[bytes] = []
        self.port = 0

    def url(self, host: str = "127.0.0.1", path: str = "/a") -> str:
        return f"http://{host}:{self.port}{path}"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await self.handler(self.heads[-1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def origin(
    answer: bytes | Handler, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Origin]:
    """A server that answers so, whatever it is asked."""

    async def fixed(_: bytes, writer: asyncio.StreamWriter) -> None:
        assert isinstance(answer, bytes)
        writer.write(answer)
        await writer.drain()

    served = Origin(fixed if isinstance(answer, bytes) else answer)
    server = await asyncio.start_server(served.connected, host, 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Shop:
    """A handler that serves files with parts and validators; each of `breaks` ends one answer after so many bytes.

    `etag` is of all files; `knows_if_range` and `gives_parts` are what servers may lack.
    """

    files: dict[str, bytes]
    breaks: list[int] = field(default_factory=list)
    etag: str = '"1"'
    gives_parts: bool = True
    knows_if_range: bool = True
    on_break: Callable[[], None] = lambda: None

    async def __call__(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        body = self.files.get(head.split(b" ")[1].decode().partition("?")[0])
        answer = self._answer(head, body)
        if self.breaks and body is not None:
            writer.write(answer[: answer.index(b"\r\n\r\n") + 4 + self.breaks.pop(0)])
            await writer.drain()
            self.on_break()
            return
        writer.write(answer)
        await writer.drain()

    def _answer(self, head: bytes, body: bytes | None) -> bytes:
        if body is None:
            return plain(b"planted-in-a-foreign-answer", status="404 Nothing planted here")
        headers = [f"ETag: {self.etag}"] if self.etag else []
        part, condition = _RANGE.search(head), _CONDITION.search(head)
        changed = condition is not None and self.knows_if_range and condition[1].decode() != self.etag
        if part is None or changed or not self.gives_parts:
            return plain(body, *headers)
        first = int(part[1])
        last = min(int(part[2] or len(body)), len(body) - 1)
        if first >= len(body):
            return plain(b"", f"Content-Range: bytes */{len(body)}", status="416 Range Not Satisfiable")
        said = f"Content-Range: bytes {first}-{last}/{len(body)}"
        return plain(body[first : last + 1], *headers, said, status="206 Partial Content")
