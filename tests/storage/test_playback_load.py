"""Playback of large files, to slow readers and many at once, by a real server process; and a real player's seeks."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest

from minivod import ids
from minivod.media.tools import ffmpeg_path
from minivod.store import accounts, media
from minivod.store.database import Database

from ..waiting import PATIENCE
from .life import metadata

SIZE = 2 * 1024**3
MOST_GROWTH = 80 * 1024**2
READERS = 60


@dataclass
class Server:
    """`minivod api` in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    home: Path
    db: Database
    app_id: int

    def peak_memory(self) -> int:
        """The most resident memory that the process ever had, bytes."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) * 1024

    async def published(self, content: Path) -> str:
        """The path of a published video; the file becomes its object as it is."""
        file_id, directory = ids.new_file_id(), ids.new_directory()
        key = f"published/{file_id}/{uuid.uuid4().hex}.mp4"
        size = _move(content, self.home / "objects" / key)
        probed = msgspec.to_builtins(metadata()) | {"size": size}
        async with self.db.transaction() as connection:
            await media.create(
                connection, file_id=file_id, sub_app_id=self.app_id, directory=directory, name="v", media_type="mp4",
                object_key=f"vod_upload/{file_id}/source.mp4", metadata=probed,
            )  # fmt: skip
            await connection.execute(
                """insert into publication (file_id, sub_app_id, task_id, definition, state, object_key, metadata)
                   select file_id, sub_app_id, 'task', 0, 'PASS', %s, metadata from media where file_id = %s""",
                [key, file_id],
            )
        return f"/{self.app_id}/{directory}/{file_id}/f0.mp4"


def _move(content: Path, place: Path) -> int:
    place.parent.mkdir(parents=True)
    content.rename(place)
    return place.stat().st_size


@pytest.fixture
async def server(database_url: str, tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Server]:
    db = await Database(database_url).open()
    async with db.transaction() as connection:
        app_id = await accounts.create_account(connection)
    env = {name: value for name, value in os.environ.items() if not name.startswith("MINIVOD_")}
    env |= {"MINIVOD_DATABASE_URL": database_url, "MINIVOD_DATA_DIR": str(tmp_path)}
    env |= {"MINIVOD_PORT": str(unused_tcp_port)}
    with (tmp_path / "log").open("wb") as log:
        argv = [sys.executable, "-m", "minivod", "api"]
        process = await asyncio.to_thread(lambda: subprocess.Popen(argv, env=env, stdout=log, stderr=log))
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as http:
            while not await ready(http, unused_tcp_port):
                assert process.poll() is None, (tmp_path / "log").read_text()
                await asyncio.sleep(0.1)
        yield Server(process, unused_tcp_port, tmp_path, db, app_id)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE)
        await db.close()


async def ready(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def read(port: int, path: str) -> tuple[bytes, int]:
    """GET over a socket: the head of the answer, and the number of bytes of its body, which nobody looks at."""
    buffer = memoryview(bytearray(1024**2))
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        head, _, body = head.partition(b"\r\n\r\n")
        size = len(body)
        while number := connection.recv_into(buffer, 0, socket.MSG_TRUNC):  # counted and dropped, not copied
            size += number
    return head, size


@pytest.mark.slow
async def test_a_file_of_2_gib_in_constant_memory_to_fast_and_slow_readers(server: Server, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        os.truncate(file.fileno(), SIZE)
    path = await server.published(large)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE) as http:
        for asked, end in (
            ("bytes=0-9", 10),
            (f"bytes={SIZE - 7}-", SIZE),
            (f"bytes={SIZE - 3000}-{SIZE - 2001}", SIZE - 2000),
        ):
            part = await http.get(path, headers={"range": asked})
            assert (part.status_code, part.headers["content-range"].rpartition("-")[2]) == (206, f"{end - 1}/{SIZE}")
        before = server.peak_memory()
        slow = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(READERS)]
        try:
            for connection in slow:  # they take the first bytes and then no more, until the test ends
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            for connection in slow:
                assert (await asyncio.to_thread(connection.recv, 15)) == b"HTTP/1.1 200 OK"
            reading = asyncio.create_task(asyncio.to_thread(read, server.port, path))
            answered = 0
            while not reading.done():  # whoever asks meanwhile gets an answer
                assert (await http.get("/readyz")).status_code == 200
                answered += 1
                await asyncio.sleep(0.02)  # else it would ask for most of the processor time
            head, size = await reading
        finally:
            for connection in slow:
                connection.close()
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert size == SIZE
    assert answered > 5, "other requests starved"
    growth = server.peak_memory() - before
    assert growth < MOST_GROWTH, f"{growth / 1e6:.0f} MB for {READERS + 1} readers"


async def test_a_player_that_seeks(server: Server, tmp_path: Path) -> None:
    """ffmpeg finds the index at the end of the file first, and goes from there to the second that it was asked for."""
    clip = tmp_path / "clip.mp4"
    source = "testsrc2=size=640x360:rate=10"
    making: list[str | Path] = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", source, "-t", "40", "-c:v",
              "libx264", "-preset", "ultrafast", "-qp", "10", "-g", "10", "-pix_fmt", "yuv420p", clip]  # fmt: skip
    await asyncio.to_thread(lambda: subprocess.run(making, check=True, timeout=PATIENCE))
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    url = f"http://127.0.0.1:{server.port}{await server.published(clip)}"

    def frame(source: str | Path) -> bytes:
        argv: list[str | Path] = [
            ffmpeg_path(),
            "-v",
            "error",
            "-ss",
            "33.3",
            "-i",
            source,
            "-frames:v",
            "1",
            "-f",
            "framemd5",
            "-",
        ]
        done = subprocess.run(argv, check=True, capture_output=True, timeout=PATIENCE)
        assert done.stderr == b""
        return done.stdout

    local = await asyncio.to_thread(frame, other)
    assert local.count(b"\n0,") == 1
    assert await asyncio.to_thread(frame, url) == local
    seeks = re.findall(r'"range":"bytes=(\d+)-', (tmp_path / "log").read_text())
    assert len({int(start) for start in seeks if int(start) > 0}) >= 2, seeks
