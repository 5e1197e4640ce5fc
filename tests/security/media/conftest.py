"""A sandbox and a job's directory, a listener that must never be called, and a neighbour's file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from minivod.media.sandbox import Limits, Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path

from ...processes import alive
from ...waiting import PATIENCE, until


@dataclass
class Canary:
    """A TCP server on loopback; `calls` counts connections."""

    port: int = 0
    calls: int = 0


async def gone(pid: int) -> bool:
    """Waits for the end of the process."""

    async def holds() -> bool:
        return not alive(pid)

    await until(holds, f"the end of {pid}")
    return True


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    found = Canary()

    async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.calls += 1
        writer.close()

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    directory = tmp_path / "job"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def neighbour(tmp_path: Path) -> Path:
    """A playable video of another tenant."""
    path = tmp_path / "other" / "private.ts"
    path.parent.mkdir()
    argv = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-t", "1"]
    assert run_trusted([*argv, "-c:v", "mpeg2video", "-f", "mpegts", path], timeout=PATIENCE).returncode == 0
    return path


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Limits(stall=20.0, wall=60.0, memory=1024**3))
