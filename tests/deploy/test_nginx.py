"""A real nginx with the files of `deploy/` before a running server: what passes, and what does not."""

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from minivod import settings
from minivod.store.results import ADAPTIVE

from ..nginx import NGINX, configured
from ..storage import s3
from ..unit.playback.stage import VIDEO, Stage, open_stage
from ..waiting import PATIENCE
from .reading import DEPLOY

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def server_of(file: str, *places: tuple[str, str]) -> str:
    """The file of nginx, with addresses of this machine in place of those of containers."""
    text = (DEPLOY / file).read_text(encoding="utf-8")
    for told, here in places:
        assert told in text
        text = text.replace(told, here)
    return text


@asynccontextmanager
async def nginx(home: Path, ready: str, *servers: str) -> AsyncIterator[None]:
    """Runs it until the block ends; `ready`: a URL that it answers."""
    command = configured(home, *servers)
    with await asyncio.to_thread(lambda: subprocess.Popen(command, stderr=subprocess.DEVNULL)) as process:
        try:
            async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as http:
                while True:
                    assert process.poll() is None, (home / "error.log").read_text()
                    try:
                        await http.get(ready)
                    except httpx.TransportError:
                        await asyncio.sleep(0.02)
                    else:
                        break
            yield
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE)


class Heard(BaseHTTPRequestHandler):
    """Keeps the headers of what comes."""

    kept: dict[str, str]

    def do_POST(self) -> None:
        type(self).kept = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Heard) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


async def test_what_the_api_hears(tmp_path: Path, unused_tcp_port: int) -> None:
    """The Host that was signed, with its port, and of addresses only what nginx has seen."""
    here = f"127.0.0.1:{unused_tcp_port}"
    with listening() as port:
        front = server_of("nginx.conf", ("listen 80;", f"listen {here};"), ("api:9050", f"127.0.0.1:{port}"))
        async with nginx(tmp_path, f"http://{here}/metrics", front), httpx.AsyncClient(trust_env=False) as http:
            lies = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
            answer = await http.post(f"http://{here}/", content=b"x" * 2**21, headers=lies)
            assert answer.status_code == 200, "of any size"
            assert Heard.kept["host"] == here
            assert Heard.kept["x-forwarded-for"] == "127.0.0.1"
            assert Heard.kept["x-forwarded-proto"] == "http"
            assert (await http.get(f"http://{here}/metrics")).status_code == 404


async def test_files_go_from_the_store_to_players(
    database_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a redirect through nginx, for which the URL is signed; minivod stores them by the same way."""
    front, back = (f"127.0.0.1:{unused_tcp_port_factory()}" for _ in range(2))
    with s3.running() as store:
        for name, value in store.env(AWS_ENDPOINT_URL=f"http://{back}").items():
            monkeypatch.setenv(name, value)
        behind = server_of("nginx-store.conf", ("listen 9000;", f"listen {back};"), ("http://store:7070", store.url))
        lifetime = settings.Settings().redirect_lifetime
        stage_of = open_stage(database_url, tmp_path, storage_url=f"s3://{s3.BUCKET}/vod", by_redirect=lifetime)
        async with stage_of as stage:
            here = f"127.0.0.1:{stage.port}"
            before = server_of("nginx.conf", ("listen 80;", f"listen {front};"), ("api:9050", here))
            http = httpx.AsyncClient(base_url=f"http://{front}", trust_env=False)
            async with nginx(tmp_path, f"http://{front}/metrics", before, behind), http:
                await _plays(stage, http, back)


async def _plays(stage: Stage, http: httpx.AsyncClient, back: str) -> None:
    video = await stage.video()
    sent = await http.get(video.url)
    assert sent.status_code == 302 and sent.headers["location"].startswith(f"http://{back}/{s3.BUCKET}/vod/")
    part = await http.get(sent.headers["location"], headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, VIDEO[1:4])
    assert part.headers.get_list("access-control-allow-origin") == ["*"]
    ladder = await stage.result(video, ADAPTIVE, 10)
    assert (await http.get(ladder.url("master.m3u8"))).content == ladder.content("master.m3u8")
    await stage.withdraw(video)
    assert (await http.get(video.url)).status_code == 404
