"""A PUT streams to the object store: a file of 2 GiB costs the server no more memory than a small one."""

import asyncio
import os
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


def peak_memory(pid: int) -> int:
    """The most resident memory that the process ever had, bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def put(port: int, session: Upload, source: Path) -> bytes:
    """PUT with sendfile(2); the head of the answer."""
    path, size = f"/{session.media_key}", source.stat().st_size
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(session, "PUT", path).items())
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection, source.open("rb") as file:
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {size}\r\n{headers}\r\n"
        connection.sendall(head.encode())
        connection.sendfile(file)
        return connection.recv(65536)


@pytest.mark.slow
async def test_put_of_a_sparse_file_of_2_gib(cos: CosServer, alone: Alone, tmp_path: Path) -> None:
    pid, port = alone.pid, alone.port
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x" * 10 * 1024**2)
    with large.open("wb") as file:
        os.truncate(file.fileno(), SIZE_ALONE)
    first = await cos.session()
    assert b" 200 " in await asyncio.to_thread(put, port, first, small)
    before, begun = peak_memory(pid), time.monotonic()
    session = await cos.session()
    answer = await asyncio.to_thread(put, port, session, large)
    took, growth = time.monotonic() - begun, peak_memory(pid) - before
    print(f"2 GiB in {took:.1f} s, {SIZE_ALONE / took / 1e6:.0f} MB/s, peak memory +{growth / 1e6:.1f} MB")
    assert f'"{DIGEST}"'.encode() in answer, answer
    assert growth < MOST_GROWTH
