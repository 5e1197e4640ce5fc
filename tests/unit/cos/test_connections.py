"""Callers that go away, stop, dawdle or are late: what they leave behind, and what they are told."""

import asyncio
import os
import select
import socket
from contextlib import suppress

from minivod.jobs.janitor import delete_doomed
from minivod.store import uploads
from minivod.store.uploads import Upload

from ...waiting import PATIENCE, until
from .conftest import Alone, CosServer, Serve
from .signing import ask, signed


async def raw(
    cos: CosServer, session: Upload, *, length: int, body: bytes, port: int = 0
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begins a PUT by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port or cos.port)
    writer.write(head_of(cos, session, length) + body)
    await writer.drain()
    return reader, writer


def head_of(cos: CosServer, session: Upload, length: int) -> bytes:
    path = f"/{session.media_key}"
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(session, "PUT", path).items())
    return f"PUT {path} HTTP/1.1\r\nHost: {cos.address}\r\nContent-Length: {length}\r\n{headers}\r\n".encode()


def drip(cos: CosServer, session: Upload) -> bytes:
    """Sends the body byte by byte until the answer comes; the answer.

    By a plain socket: a byte may be on its way when the server closes the connection, and asyncio's reader does not
    give what it has after that.
    """
    with socket.create_connection(("127.0.0.1", cos.port), timeout=PATIENCE) as connection:
        connection.sendall(head_of(cos, session, 1000))
        while not select.select([connection], [], [], 0.1)[0]:
            connection.sendall(b"x")
        answer = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                answer += piece
    return answer


async def wait_until_empty(cos: CosServer) -> None:
    async def holds() -> bool:
        return not cos.files() and not await cos.db.fetch_all("select 1 from doomed_object")

    await until(holds, "nothing is left")


async def wait_until_files(cos: CosServer, number: int) -> None:
    async def holds() -> bool:
        return len(cos.files()) == number

    await until(holds, f"{number} files")


async def test_a_put_that_is_cut_off_leaves_nothing(cos: CosServer) -> None:
    session = await cos.session()
    _, writer = await raw(cos, session, length=10_000_000, body=os.urandom(3_000_000))
    await wait_until_files(cos, 1)  # the server has begun to write
    writer.close()
    await wait_until_empty(cos)
    assert await cos.content(session) is None


async def test_a_cut_off_replacement_leaves_the_first(cos: CosServer) -> None:
    session = await cos.session()
    await ask(cos, session, "PUT", f"/{session.media_key}", content=b"first")
    _, writer = await raw(cos, session, length=10_000_000, body=os.urandom(3_000_000))
    await wait_until_files(cos, 2)
    writer.close()
    await wait_until_files(cos, 1)
    assert await cos.content(session) == b"first"


async def test_idle_callers_are_sent_away(serve: Serve) -> None:
    cos = await serve(idle=0.3)
    session = await cos.session()
    reader, writer = await raw(cos, session, length=1000, body=b"x")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408") and b"<Code>RequestTimeout</Code>" in answer
    await wait_until_empty(cos)


async def test_slow_callers_are_sent_away(serve: Serve) -> None:
    cos = await serve(idle=0.5)
    session = await cos.session()
    assert b"<Code>RequestTimeout</Code>" in await asyncio.to_thread(drip, cos, session)
    await wait_until_empty(cos)


async def test_missing_length(cos: CosServer) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(session, "PUT", path).items())
    reader, writer = await asyncio.open_connection("127.0.0.1", cos.port)
    writer.write(f"PUT {path} HTTP/1.1\r\nHost: {cos.address}\r\nConnection: close\r\n{headers}\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert b"411" in answer and b"MissingContentLength" in answer


async def test_a_put_that_ends_after_the_commit_does_not_count(cos: CosServer) -> None:
    """What CommitUpload has looked at is what stays, whoever is still sending."""
    session = await cos.session()
    await ask(cos, session, "PUT", f"/{session.media_key}", content=b"looked at")
    before = await uploads.find_objects(cos.db, session.session_key)
    reader, writer = await raw(cos, session, length=4_000_000, body=b"y" * 2_000_000)
    await wait_until_files(cos, 2)
    async with cos.db.transaction() as connection:
        await uploads.commit(connection, session.session_key, "1234567890123456789")
    writer.write(b"y" * 2_000_000)
    answer = await asyncio.wait_for(reader.read(2000), PATIENCE)
    writer.close()
    assert b"<Code>ExpiredToken</Code>" in answer
    await wait_until_files(cos, 1)
    stored = before[session.media_key].stored_key
    assert b"".join([chunk async for chunk in cos.objects.get_range(stored)]) == b"looked at"


async def test_a_server_that_is_killed_in_the_middle_of_a_put(cos: CosServer, alone: Alone) -> None:
    """T18: what was acknowledged stays, what was not is found and removed."""
    session = await cos.session()
    await ask(cos, session, "PUT", f"/{session.media_key}", content=b"acknowledged")
    _, writer = await raw(cos, session, length=10_000_000, body=os.urandom(5_000_000), port=alone.port)
    await wait_until_files(cos, 2)  # the server has begun to write
    alone.process.kill()
    await alone.process.wait()
    writer.close()
    assert len(cos.files()) == 2
    assert await cos.objects.sweep(idle=0) == 1
    assert await delete_doomed(cos.db, cos.objects) == 0  # the attempt may still live, as far as the janitor knows
    await cos.db.execute("update doomed_object set after = now()")
    assert await delete_doomed(cos.db, cos.objects) == 1
    assert await cos.content(session) == b"acknowledged"
    assert len(cos.files()) == 1
