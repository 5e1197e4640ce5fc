"""Answers as they arrive: framing, names, files without copies, and what happens when nobody listens any more."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from minivod.asgi import cut
from minivod.serving.answer import ClientGone
from minivod.serving.connection import OPTIONS, BoundedProtocol

from ...waiting import PATIENCE, until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MIB = 1024 * 1024
UNREAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (MIB, bytes(100_000))

Answering = Callable[[Send], Awaitable[None]]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterating would count its own


def application(answer: Answering) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send)

    return app


def start(status: int = 200, **headers: str) -> dict[str, Any]:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": lines}


def body(content: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


def piece(file: int, offset: int, count: int, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.zerocopysend", "file": file, "offset": offset, "count": count, "more_body": more}


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """The application on a free port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", **OPTIONS | {"lifespan": "off"})
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await task


async def ask(app: ASGIApp, request: bytes = LAST) -> tuple[list[bytes], bytes]:
    """The lines of the head and the rest, until the server closes the connection."""
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        told = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
    head, _, rest = told.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def test_the_head_and_the_body_are_one_write() -> None:
    """Two would be two system calls, and two times that the client wakes up."""

    class Counting(asyncio.Transport):
        def __init__(self, near: socket.socket) -> None:
            super().__init__({"socket": near, "peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
            self.writes: list[bytes] = []

        def write(self, data: bytes | bytearray | memoryview) -> None:
            self.writes.append(bytes(data))

        def is_closing(self) -> bool:
            return False

        def close(self) -> None:
            pass

    async def answer(send: Send) -> None:
        await send(start(content_length="4"))
        await send(body(b"body"))

    async def talk() -> list[bytes]:
        near, far = socket.socketpair()
        with near, far:
            config = uvicorn.Config(application(answer), **OPTIONS | {"lifespan": "off"})
            config.load()
            state = uvicorn.server.ServerState()
            protocol = BoundedProtocol(config=config, server_state=state, app_state={})
            transport = Counting(near)
            protocol.connection_made(transport)
            for _ in range(3):
                protocol.data_received(GET)
                await asyncio.gather(*state.tasks)
            protocol.connection_lost(None)
            return transport.writes

    writes = asyncio.run(talk())
    assert len(writes) == 3
    assert all(write.startswith(b"HTTP/1.1 200 OK\r\n") and write.endswith(b"\r\n\r\nbody") for write in writes)


async def test_names_and_framing_of_a_known_length() -> None:
    async def answer(send: Send) -> None:
        await send(start(content_length="10", etag='"1"', x_cos_request_id="7"))
        await send(body(b"hello", more=True))
        await send(body(b"world"))

    lines, rest = await ask(application(answer))
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines[1].startswith(b"Date: ")
    assert lines[2:] == [b"Content-Length: 10", b'ETag: "1"', b"x-cos-request-id: 7", b"Connection: close"]
    assert rest == b"helloworld"


async def test_an_unknown_length_comes_in_chunks_and_to_old_clients_until_the_end() -> None:
    async def answer(send: Send) -> None:
        await send(start())
        await send(body(b"hello", more=True))
        await send(body(b"", more=True))
        await send(body(b"!"))

    lines, rest = await ask(application(answer))
    assert b"Transfer-Encoding: chunked" in lines
    assert rest == b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
    lines, rest = await ask(application(answer), b"GET / HTTP/1.0\r\n\r\n")
    assert lines[-1] == b"Connection: close"
    assert not [line for line in lines if line.lower().startswith(b"transfer-encoding")]
    assert rest == b"hello!"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_answers_without_a_body(method: str, status: int) -> None:
    async def answer(send: Send) -> None:
        await send(start(status, content_length="1000") if method == "HEAD" else start(status))
        await send(body(b"x" if method == "HEAD" else b""))

    request = LAST.replace(b"GET", method.encode())
    lines, rest = await ask(application(answer), GET.replace(b"GET", method.encode()) + request)
    assert lines[0].startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: keep-alive" in lines
    assert (b"Content-Length: 1000" in lines) == (method == "HEAD")
    assert rest.count(b"HTTP/1.1 ") == 1, "the second answer follows the first at once"


async def test_a_body_of_another_length_ends_the_connection() -> None:
    async def short(send: Send) -> None:
        await send(start(content_length="10"))
        await send(body(b"short"))

    async def long(send: Send) -> None:
        await send(start(content_length="1"))
        await send(body(b"1", more=True))
        await send(body(b"23456"))

    assert (await ask(application(short), GET))[1] == b"short"
    assert (await ask(application(long), GET))[1] == b"1"


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\x00b", "a\x7f"])
async def test_a_header_cannot_become_two(value: str) -> None:
    async def answer(send: Send) -> None:
        await send(start(x_some=value, content_length="0"))
        await send(body())

    lines, _ = await ask(application(answer))
    assert lines[0] == b"HTTP/1.1 500 Internal Server Error"
    assert not [line for line in lines if b"ookie" in line]


async def test_a_failure_before_the_body_is_still_an_answer() -> None:
    async def answer(send: Send) -> None:
        await send(start(content_length="5"))
        raise ValueError("too bad")

    lines, rest = await ask(application(answer))
    assert lines[0] == b"HTTP/1.1 500 Internal Server Error"
    assert b"Content-Type: text/plain; charset=utf-8" in lines
    assert rest == b"Internal Server Error"


@pytest.mark.parametrize(
    "messages",
    [[body(b"x")], [start(content_length="0"), body(), body()], [start(content_length="1"), body(b"1"), start()]],
    ids=["no head", "two ends", "head after the end"],
)
async def test_messages_out_of_order(messages: list[dict[str, Any]]) -> None:
    failures: list[str] = []

    async def answer(send: Send) -> None:
        try:
            for message in messages:
                await send(message)
        except RuntimeError as failure:
            failures.append(str(failure))
            raise

    await ask(application(answer))
    assert failures == [f"the message {messages[-1]['type']} does not belong here"]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_who_is_gone_is_noticed_before_anything_is_handed_over(
    reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """By the kernel's word, at once: the event loop did not turn in between."""
    asked, gone = asyncio.Event(), asyncio.Event()
    seen: list[str] = []
    client = socket.create_connection  # a blocking client, which the event loop does not serve

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await gone.wait()
        if reset:
            client_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client_socket.close()
        await send(start(content_length="1"))
        try:
            await send(body(b"1"))
        except ClientGone:
            seen.append("gone")
            raise

    async with served(app) as port:
        client_socket = client(("127.0.0.1", port))
        client_socket.sendall(GET)
        await asyncio.wait_for(asked.wait(), PATIENCE)
        gone.set()
        await until(lambda: asyncio.sleep(0, seen), "the application is told")
    assert seen == ["gone"]
    assert not caplog.records, "it is no failure"


@pytest.mark.parametrize("heard", [False, True], ids=["told", "passed over"])
async def test_who_left_with_a_body_that_nobody_read_leaves_no_connection(heard: bool) -> None:
    """uvicorn reads on when a request is answered; the end of a connection that is not read goes unnoticed."""
    asked, gone, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await gone.wait()
        try:
            await send(start(content_length="1"))
            await send(body(b"1"))
        except ClientGone:
            if not heard:
                raise
        finally:
            ended.set()

    async with served(app) as port:
        before = descriptors()
        with socket.create_connection(("127.0.0.1", port)) as client:
            await asyncio.to_thread(client.sendall, UNREAD)
            await asyncio.wait_for(asked.wait(), PATIENCE)
            await asyncio.sleep(0.05)  # more of it comes in than the server wants to hold
        gone.set()
        await asyncio.wait_for(ended.wait(), PATIENCE)
        await until(lambda: asyncio.sleep(0, descriptors() <= before), "no connection is left")


@dataclass(frozen=True)
class File:
    path: Path
    content: bytes


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "file", os.urandom(3 * MIB + 17))
    made.path.write_bytes(made.content)
    return made


def sending(file: File, *, claimed: int | None = None) -> Answering:
    """An answer with a file, in pieces of a megabyte."""

    async def answer(send: Send) -> None:
        size = claimed or len(file.content)
        with file.path.open("rb") as opened:
            await send(start(content_length=str(size)))
            for offset in range(0, size, MIB):
                await send(piece(opened.fileno(), offset, min(MIB, size - offset)))
            await send(body())

    return answer


async def test_a_file_arrives_whole_also_behind_others(file: File) -> None:
    """The second request comes while the first is being answered, and finds a transport that is not empty."""
    content = file.content
    copied = os.urandom(5 * MIB)
    turns = iter([True, False, True])

    async def answer(send: Send) -> None:
        if next(turns):
            await sending(file)(send)
        else:
            await send(start(content_length=str(len(copied))))
            await send(body(copied))

    async with served(application(answer)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * 2 + LAST)
        for expected in (content, copied, content):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            assert f"Content-Length: {len(expected)}".encode() in head
            assert await asyncio.wait_for(reader.readexactly(len(expected)), PATIENCE) == expected
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


async def test_requests_in_one_piece_get_their_parts_of_a_file_in_order(file: File) -> None:
    """The last piece of each ends its answer; nothing is left of it for the next."""
    parts = [(0, 10), (MIB, 2 * MIB), (5, 1), (3 * MIB, 17), (0, len(file.content))]
    turns = iter(parts)

    async def answer(send: Send) -> None:
        offset, count = next(turns)
        with file.path.open("rb") as opened:
            await send(start(content_length=str(count)))
            await send(piece(opened.fileno(), offset, count, more=False))

    async with served(application(answer)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * (len(parts) - 1) + LAST)
        for offset, count in parts:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            assert f"Content-Length: {count}\r\n".encode() in head
            got = await asyncio.wait_for(reader.readexactly(count), PATIENCE)
            assert got == file.content[offset : offset + count]
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


@pytest.mark.parametrize("by_client", [True, False])
async def test_a_connection_costs_one_descriptor_more_however_many_files_it_gets(
    file: File, monkeypatch: pytest.MonkeyPatch, by_client: bool
) -> None:
    """And none once it is closed, by whichever side, without an answer being under way."""
    monkeypatch.setitem(OPTIONS, "timeout_keep_alive", 60 if by_client else 3)
    async with served(application(sending(file))) as port:
        before = descriptors()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seen = set()
        for _ in range(5):
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            assert await asyncio.wait_for(reader.readexactly(len(file.content)), PATIENCE) == file.content
            async with asyncio.timeout(PATIENCE):
                while descriptors() > before + 3:  # noqa: ASYNC110 - the file may be open a moment longer
                    await asyncio.sleep(0.01)
            seen.add(descriptors())
        assert seen == {before + 3}  # both ends of the connection, and the second descriptor of the server's
        if not by_client:
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""  # so it was really closed
        writer.close()
        async with asyncio.timeout(PATIENCE):
            while descriptors() > before:  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0.01)


async def test_a_slow_reader_gets_all_of_it_and_holds_nobody_up(file: File) -> None:
    content = file.content
    async with served(application(sending(file))) as port:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await asyncio.to_thread(slow.connect, ("127.0.0.1", port))
        slow.sendall(LAST)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(LAST)
        assert (await asyncio.wait_for(reader.read(), PATIENCE)).endswith(content)
        writer.close()
        got = bytearray()
        slow.setblocking(False)
        while data := await asyncio.wait_for(asyncio.get_running_loop().sock_recv(slow, 65536), PATIENCE):
            got += data
        slow.close()
    assert got.endswith(content)


async def test_whoever_leaves_in_the_middle_costs_no_descriptor(file: File) -> None:
    ended = asyncio.Semaphore(0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await sending(file)(send)
        finally:
            ended.release()

    async with served(app) as port:
        before = descriptors()
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(client.connect, ("127.0.0.1", port))
            client.sendall(GET)
            await asyncio.to_thread(client.recv, 1000)
            client.close()
            await asyncio.wait_for(ended.acquire(), PATIENCE)
        await until(lambda: asyncio.sleep(0, descriptors() <= before), "all descriptors are given back")


async def test_a_file_that_is_shorter_than_was_said_ends_the_connection(file: File) -> None:
    size = len(file.content)
    lines, rest = await ask(application(sending(file, claimed=size + 5)), GET)
    assert f"Content-Length: {size + 5}".encode() in lines
    assert rest == file.content


async def test_a_file_without_a_length_is_refused(file: File) -> None:
    async def answer(send: Send) -> None:
        with file.path.open("rb") as opened:
            await send(start())
            await send(piece(opened.fileno(), 0, 10))

    lines, _ = await ask(application(answer))
    assert lines[0] == b"HTTP/1.1 500 Internal Server Error"


@pytest.mark.parametrize("begun", [True, False])
async def test_what_is_cut_on_purpose_is_no_error_of_the_server(begun: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The connection ends, so that the client sees that something is missing; the log of errors stays empty."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(content_length="1000"))
        if begun:
            await send(body(b"some", more=True))
        cut(scope)

    _, rest = await ask(app, GET)
    assert rest in ((b"some", b"") if begun else (b"",))
    assert not caplog.records


async def test_an_answer_without_an_end_is_an_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(send: Send) -> None:
        await send(start(content_length="1000"))
        await send(body(b"some", more=True))

    await ask(application(answer), GET)
    assert "without completing response" in caplog.text
