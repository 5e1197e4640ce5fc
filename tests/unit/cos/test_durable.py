"""An upload is on disk before its answer is sent, as the kernel saw it (T19); needs strace."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.store.database import Database

from ...databases import LayDatabase
from ...waiting import PATIENCE
from .conftest import SIZE_ALONE, Alone, CosServer
from .signing import signed

CALLS = "fsync,fdatasync,rename,renameat,renameat2,mkdirat,write,writev,sendto,sendmsg"


def works(strace: str) -> bool:
    return subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True).returncode == 0


@pytest.fixture
async def traced(database_url: str, tmp_path: Path) -> AsyncIterator[Alone]:
    """The endpoint in a process of its own, whose system calls are written to `trace`."""
    strace = shutil.which("strace")
    if strace is None or not await asyncio.to_thread(works, strace):
        pytest.skip("no strace, or it may not trace here")
    child = await asyncio.create_subprocess_exec(
        *(strace, "-D", "-f", "-y", "-s", "64", "-e", f"trace={CALLS}", "-o", str(tmp_path / "trace")),
        *(sys.executable, str(Path(__file__).with_name("serve_alone.py"))),
        *(database_url, str(tmp_path / "objects"), str(SIZE_ALONE)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    port = int(await asyncio.wait_for(child.stdout.readline(), PATIENCE))
    yield Alone(child.pid, port, child)
    if child.returncode is None:
        child.terminate()
    await child.wait()


async def test_flushed_before_it_is_acknowledged(cos: CosServer, traced: Alone, tmp_path: Path) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{traced.port}", timeout=PATIENCE) as http:
        answer = await http.put(path, content=b"x" * 300_000, headers=signed(session, "PUT", path))
    assert answer.status_code == 200
    traced.process.terminate()
    await traced.process.wait()
    trace = tmp_path / "trace"
    async with asyncio.timeout(PATIENCE):
        ended = rf"(?m)^{traced.pid} +\+\+\+ "  # short numbers are padded
        while not re.search(ended, trace.read_text()):  # noqa: ASYNC110 - the tracer ends after what it traces
            await asyncio.sleep(0.05)
    # A call that another thread interrupts is written twice; what counts for a flush is when it had come back.
    lines = trace.read_text().splitlines()
    draft = _first(lines, r"fsync\(\d+<.*/\.partial/[0-9a-f]{32}>")
    renamed = _first(lines, r"rename\w*\(.*/\.partial/[0-9a-f]{32}")
    named = _first(lines[renamed:], r"fsync\(\d+<.*/objects/vod_upload/") + renamed
    answered = _first(lines, r"HTTP/1\.1 200 OK")
    assert draft < renamed < named < answered
    folders = [number for number, line in enumerate(lines) if "mkdirat" in line and "vod_upload" in line]
    assert folders and min(folders) < named
    started = lines[named]
    if "unfinished" in started:
        thread = started.split()[0]
        assert _first(lines[named:], rf"^{thread} +<\.\.\. fsync resumed") + named < answered


@pytest.fixture
async def database_as_served(open_directory: Path, lay_database: LayDatabase) -> AsyncIterator[Database]:
    """The connections of a server to the database that it starts (that of the other tests need not be durable)."""
    home = open_directory / "durable"
    home.mkdir(mode=0o755)
    lay_database(home)
    postgres = EmbeddedPostgres(home)
    database = await Database(await asyncio.to_thread(postgres.start)).open()
    yield database
    await database.close()
    await asyncio.to_thread(postgres.stop)


def _first(lines: list[str], pattern: str) -> int:
    found = [number for number, line in enumerate(lines) if re.search(pattern, line)]
    assert found, f"never: {pattern}"
    return found[0]


async def test_the_database_flushes_what_it_commits(database_as_served: Database) -> None:
    """On the server's own connections; every answer of success follows a commit."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        row = await database_as_served.fetch_one("select current_setting(%s) as value", [setting])
        assert row == {"value": "on"}, setting
