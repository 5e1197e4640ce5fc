"""Sends prepared requests over keep-alive connections and times every answer: a client that is not the bottleneck."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_SILENCE = 60.0


class LoadFailed(Exception):
    """The server did not answer, or not as it should; a figure of that would be worth nothing."""


@dataclass(frozen=True)
class Load:
    """What was measured: `seconds` in all, `latencies` in seconds, ascending; `answers` are bodies in any order.

    `client_seconds` is the processor time of the client itself.
    """

    seconds: float
    latencies: Sequence[float]
    answers: Sequence[bytes]
    client_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """The latency, in milliseconds, that this part (0 to 1) of the answers did not exceed."""
        return self.latencies[min(int(len(self.latencies) * part), len(self.latencies) - 1)] * 1000


def send(host: str, port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Sends every request once; each connection sends its next one when its last one is answered."""
    return uvloop.run(_send(host, port, requests, connections))


async def _send(host: str, port: int, requests: Sequence[bytes], connections: int) -> Load:
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    opened = [await loop.create_connection(lambda: _Caller(waiting), host, port) for _ in range(connections)]
    callers = [caller for _, caller in opened]
    begun, cpu = time.perf_counter(), time.process_time()
    for caller in callers:
        caller.next()
    try:
        await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), _SILENCE + len(requests) / 50)
    except TimeoutError:
        raise LoadFailed(f"{host}:{port} stopped answering") from None
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    for transport, _ in opened:
        transport.close()
    answers = [answer for caller in callers for answer in caller.answers]
    if len(answers) != len(requests):
        raise LoadFailed(f"{len(requests)} requests had {len(answers)} answers")
    return Load(seconds, sorted(latency for caller in callers for latency in caller.latencies), answers, cpu)


class _Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, waiting: Iterator[bytes]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.answers: list[bytes] = []
        self._waiting = waiting
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def next(self) -> None:
        """Sends the next request, if there is one."""
        request = next(self._waiting, None)
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _content_length(head):
            return
        self.latencies.append(time.perf_counter() - self._sent)
        if not head.startswith(b"HTTP/1.1 200 "):
            self._fail(f"the server answered {self._received[:200]!r}")
            return
        self.answers.append(body)
        self._received = b""
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the server closed a connection: {error}")

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed(reason))


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    if not found:
        raise LoadFailed(f"an answer without Content-Length: {head!r}")
    return int(rest.partition(b"\r\n")[0])
