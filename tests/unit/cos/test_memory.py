"""A PUT streams to the object store: a file of 2 GiB costs the server no more memory than a small one."""

import asyncio
import re
import socket
import time
from pathlib import Path

import pytest

from minivod.store.uploads import Upload

from ...waiting import PATIENCE
from .conftest import SIZE_ALONE, Alone, CosServer
from .signing import signed

MOST_GROWTH = 60 * 1024**2
DIGEST = "a981130cf2b7e09f4686dc273cf7187e"
"""What md5sum says of 2 GiB of zeros; it takes seconds."""
BLOCK = bytes(1024**2)


def peak_memory(pid: int) -> int:
    """The most resident memory that the process ever had, bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def put(port: int, session: Upload, blocks: int) -> bytes:
    """PUT of that many blocks; the head of the answer.

    They come from one place. Of a file of that size, though nothing were in it, the kernel would fill as much memory.
    """
    path = f"/{session.media_key}"
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(session, "PUT", path).items())
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {blocks * len(BLOCK)}\r\n{headers}\r\n"
        )
        connection.sendall(head.encode())
        for _ in range(blocks):
            connection.sendall(BLOCK)
        return connection.recv(65536)


@pytest.mark.slow
async def test_put_of_2_gib(cos: CosServer, alone: Alone) -> None:
    pid, port = alone.pid, alone.port
    first = await cos.session()
    assert b" 200 " in await asyncio.to_thread(put, port, first, 10)
    before, begun = peak_memory(pid), time.monotonic()
    session = await cos.session()
    answer = await asyncio.to_thread(put, port, session, SIZE_ALONE // len(BLOCK))
    took, growth = time.monotonic() - begun, peak_memory(pid) - before
    print(f"2 GiB in {took:.1f} s, {SIZE_ALONE / took / 1e6:.0f} MB/s, peak memory +{growth / 1e6:.1f} MB")
    assert f'"{DIGEST}"'.encode() in answer, answer
    assert growth < MOST_GROWTH
