"""An nginx in front that sends the files (file_delivery=nginx), with the configuration that the guide shows."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from minivod.store.results import ADAPTIVE

from ..nginx import NGINX, configured
from ..unit.playback.stage import VIDEO, Stage, open_stage
from ..waiting import PATIENCE

GUIDE = Path(__file__).parents[2] / "docs" / "playback.md"

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@dataclass(frozen=True)
class Front:
    """nginx, and the server behind it."""

    stage: Stage
    http: httpx.AsyncClient


def configuration(port: int, stage: Stage) -> str:
    """That of the guide, with the addresses of this test."""
    found = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    server = found[1]
    for told, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("http://127.0.0.1:9050", f"http://127.0.0.1:{stage.port}"),
        ("/var/lib/minivod/objects/", f"{stage.root}/"),
    ):
        assert told in server
        server = server.replace(told, here)
    return server


@pytest.fixture
async def front(database_url: str, open_directory: Path, tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Front]:
    home = open_directory / f"nginx-{tmp_path.name}"
    home.mkdir()
    async with open_stage(database_url, home / "objects", by_nginx="/minivod-objects") as stage:
        server = configuration(unused_tcp_port, stage)
        command = configured(home, server, more="default_type application/octet-stream;")
        process = await asyncio.to_thread(lambda: subprocess.Popen(command, stderr=subprocess.DEVNULL))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as http:
                await _ready(http, home)
                yield Front(stage, http)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE)


async def _ready(http: httpx.AsyncClient, home: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await http.get("/nowhere")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return
    except TimeoutError:
        pytest.fail(f"nginx did not start: {(home / 'error.log').read_text()}")


async def test_files_ranges_and_conditions(front: Front) -> None:
    video = await front.stage.video()
    whole = await front.http.get(video.url)
    assert (whole.status_code, whole.content) == (200, VIDEO)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["cache-control"] == "no-cache"
    assert whole.headers["access-control-allow-origin"] == "*"
    assert "x-accel-redirect" not in whole.headers
    part = await front.http.get(video.url, headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, VIDEO[1:4])
    assert part.headers["content-range"] == f"bytes 1-3/{len(VIDEO)}"
    again = await front.http.get(video.url, headers={"if-none-match": whole.headers["etag"]})
    assert again.status_code == 304
    head = await front.http.head(video.url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(VIDEO)))
    cover = await front.http.get(video.cover_url)
    assert (cover.status_code, cover.headers["content-type"]) == (200, "image/jpeg")


async def test_results(front: Front) -> None:
    """Each with its own type, whatever nginx would make of the name; and only what may be played."""
    video = await front.stage.video()
    ladder = await front.stage.result(video, ADAPTIVE, 10)
    cut = await front.stage.result(video, ADAPTIVE, 20, whole=False)
    for name, kind in (("master.m3u8", "application/vnd.apple.mpegurl"), ("low/0.ts", "video/mp2t")):
        answer = await front.http.get(ladder.url(name))
        assert (answer.status_code, answer.content) == (200, ladder.content(name))
        assert answer.headers["content-type"] == kind
        assert (await front.http.get(cut.url(name))).status_code == 404


@pytest.mark.parametrize("state", ["NONE", "RUNNING", "REJECTED", "FAILED", "WITHDRAWN", "DELETED", "EXPIRED"])
async def test_what_is_not_published_is_not_sent(front: Front, state: str) -> None:
    """Also not by the location's own name, which is internal (T22)."""
    video = await front.stage.video(state)
    assert (await front.http.get(video.url)).status_code == 404
    for key in [*front.stage.keys, video.source_key]:
        assert (await front.http.get(f"/minivod-objects/{key}")).status_code == 404


async def test_a_withdrawal_counts_at_the_next_request(front: Front) -> None:
    video = await front.stage.video()
    assert (await front.http.get(video.url)).status_code == 200
    await front.stage.withdraw(video)
    assert (await front.http.get(video.url)).status_code == 404
