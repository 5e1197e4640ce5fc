"""The official uploaders for the Web and for Mini Programs, as they are, against the whole application by HTTPS.

That for the Web runs in Debian's Chromium, which is told that the vendor's names lead here; the other one in Node.
"""

import asyncio
import hashlib
import io
import json
import random
import secrets
import shutil
import ssl
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image
from tencentcloud.vod.v20180717 import models

from .. import tls
from ..clips import BUNNY, CLIPS
from ..node import node, unpacked
from ..unit.ugc.conftest import sign
from ..waiting import PATIENCE
from ..wire.served import Served, serve

HERE = Path(__file__).parent / "ugc"
WEB, MINI_PROGRAM = "vod-js-sdk-v6", "vod-wx-sdk-v2"
MIB = 1024 * 1024
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def packages() -> Path:
    """A directory with the two packages; what they depend on is in their files."""
    return unpacked(HERE, "uploaders")


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    tls.make(tmp_path / "data", "localhost")
    async with serve(database_url, tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos of 0.5, 3 and 20 MB, and a cover."""
    made = tmp_path_factory.mktemp("files")
    for name, clip, size in (
        ("half", CLIPS / "bikes.mp4", MIB // 2),
        ("three", BUNNY, 3 * MIB),
        ("twenty", BUNNY, 20 * MIB),
    ):
        (made / f"{name}.mp4").write_bytes(padded(clip.read_bytes(), size))
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    (made / "cover.jpg").write_bytes(picture.getvalue())
    return made


def padded(video: bytes, size: int) -> bytes:
    """The MP4 with a box of noise at its end, which players pass over."""
    missing = size - len(video) - 8
    return video + struct.pack(">I4s", missing + 8, b"free") + random.Random(size).randbytes(missing)


def signature(served: Served) -> str:
    """For one upload."""
    now, key = int(time.time()), served.key
    said = {"secretId": key.secret_id, "currentTimeStamp": now, "expireTime": now + 600, "oneTimeValid": 1}
    return sign(key.secret_key, urlencode(said | {"random": secrets.randbelow(2**32)}).encode())


async def described(served: Served, file_id: str) -> Any:
    request = models.DescribeMediaInfosRequest()
    request.FileIds = [file_id]
    [found] = (await asyncio.to_thread(served.sdk().DescribeMediaInfos, request)).MediaInfoSet
    return found


async def assert_is(served: Served, file_id: str, file: Path) -> Any:
    """The video has the bytes of the file; what is described."""
    found = await described(served, file_id)
    content = await asyncio.to_thread(file.read_bytes)
    assert (found.MetaData.Size, found.MetaData.Md5) == (len(content), hashlib.md5(content).hexdigest())
    return found


# in Chromium


class Site(BaseHTTPRequestHandler):
    """The application's own server, by HTTPS: page, uploader, files to choose from, signatures, reports."""

    def __init__(self, *arguments: Any, served: Served, packages: Path, files: Path, reports: list[Any]) -> None:
        self.served, self.reports = served, reports
        self.found = {
            "/": HERE / "page.html",
            "/page.js": HERE / "page.js",
            "/vod-js-sdk-v6.js": packages / WEB / "package" / "dist" / "vod-js-sdk-v6.js",
            **{f"/files/{one.name}": one for one in files.iterdir()},
        }
        super().__init__(*arguments)

    def do_GET(self) -> None:
        if self.path == "/server":
            self.answer(f"https://localhost:{self.served.secure_port}".encode(), "text/plain")
        elif self.path in self.found:
            kind = {".html": "text/html", ".js": "text/javascript"}.get(Path(self.found[self.path]).suffix, "video/mp4")
            self.answer(self.found[self.path].read_bytes(), kind)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        if self.path == "/report":
            self.reports.append(json.loads(body))
        self.answer(signature(self.served).encode() if self.path == "/signature" else b"", "text/plain")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def site(served: Served, packages: Path, files: Path, reports: list[Any]) -> Iterator[int]:
    handler = partial(Site, served=served, packages=packages, files=files, reports=reports)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True  # the browser opens connections that it does not use
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.Place.of(Path(served.settings.data_dir)).server)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def browse(url: str, served: Served, reports: list[Any], home: Path) -> Any:
    """Opens the page in Chromium; what it reports."""
    here = f"127.0.0.1:{served.secure_port}"
    rules = (
        f"MAP vod2.qcloud.com {here}, MAP *.myqcloud.com {here}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    )
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
        "--ignore-certificate-errors", f"--host-resolver-rules={rules}", f"--user-data-dir={home}",
        "--enable-logging=stderr",
    ]  # fmt: skip
    log = home.with_suffix(".log")
    with log.open("wb") as said:
        browser = await asyncio.create_subprocess_exec(str(CHROMIUM), *flags, url, stdout=said, stderr=said)
    try:
        async with asyncio.timeout(4 * PATIENCE):
            while not reports and browser.returncode is None:  # noqa: ASYNC110 - told by another thread, or the end
                await asyncio.sleep(0.05)
    finally:
        if browser.returncode is None:
            browser.terminate()
        await browser.wait()
    assert reports, log.read_text(encoding="utf-8", errors="replace")[-3000:]
    return reports[0]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)")
async def test_in_a_browser(served: Served, packages: Path, files: Path, tmp_path: Path) -> None:
    """Three sizes, one of them across a reload of the page, and the helper with a cover."""
    reports: list[Any] = []
    with site(served, packages, files, reports) as port:
        told = await browse(f"https://localhost:{port}/", served, reports, tmp_path / "chromium")
    assert "error" not in told, told
    done = told["done"]
    for name in ("half.mp4", "three.mp4", "twenty.mp4"):
        await assert_is(served, done[name]["fileId"], files / name)
        assert done[name]["video"]["url"].startswith(f"https://localhost:{served.secure_port}/")
    helped = await assert_is(served, done["helped"]["fileId"], files / "half.mp4")
    assert helped.BasicInfo.Name == "helped"
    assert helped.BasicInfo.CoverUrl.partition("://")[2].partition("/")[2] in done["helped"]["cover"]["url"]
    assert told["parts"]["twenty.mp4"] == 20, "what was there before the reload was not sent again"
    sessions = await served.db.fetch_all("select file_id from upload")
    assert len(sessions) == 4, "the reload went on with a session that was there"
    assert done["refused"]["code"] == 10001
    assert done["refused"]["message"].startswith("videoType 'exe' is not a type of media")
    bucket = f"minivod-{served.key.app_id}.cos.minivod-local.myqcloud.com"
    assert set(told["requests"]) <= {f"localhost:{port}", "vod2.qcloud.com", bucket, f"localhost:{served.secure_port}"}


# in Node


async def mini_program(served: Served, packages: Path, home: Path, **told: Any) -> Any:
    """What the uploader said; None when it was stopped."""
    argument = {
        "sdk": str(packages / MINI_PROGRAM / "package" / "dist" / "vod-wx-sdk-v2.js"),
        "port": served.secure_port,
        "ca": str(tls.Place.of(Path(served.settings.data_dir)).ca),
        "storage": str(home / "storage.json"),
        "signature": signature(served),
        **told,
    }
    done = await asyncio.to_thread(node, HERE / "miniprogram.js", json.dumps(argument), cwd=home, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout) if done.stdout else None


async def test_in_a_mini_program(served: Served, packages: Path, files: Path, tmp_path: Path) -> None:
    """Closed after two parts of a video, and opened again; then with an old base library, where it posts forms."""
    video, cover = files / "three.mp4", files / "cover.jpg"
    chosen = {"file": str(video), "cover": str(cover), "name": "来自小程序"}
    assert await mini_program(served, packages, tmp_path, **chosen, stopAfter=2) is None
    said = await mini_program(served, packages, tmp_path, **chosen)
    assert "finish" in said, said
    finished = said["finish"]
    found = await assert_is(served, finished["fileId"], video)
    assert found.BasicInfo.Name == finished["videoName"] == "来自小程序"
    assert finished["videoUrl"].startswith(f"https://localhost:{served.secure_port}/")
    assert finished["coverUrl"].endswith(".jpg")
    assert set(said["seen"]["hosts"]) == {"vod2.qcloud.com", "localhost"}
    assert set(said["seen"]["forwarded"]) == {f"minivod-{served.key.app_id}.cos.minivod-local.myqcloud.com"}
    assert said["seen"]["parts"] <= 3, "two of the four parts were there"
    assert said["storage"] == {}
    assert len(await served.db.fetch_all("select 1 from upload")) == 1

    old = {"file": str(files / "half.mp4"), "cover": str(cover), "name": "old", "library": "2.9.5"}
    said = await mini_program(served, packages, tmp_path, **old)
    assert "finish" in said, said
    found = await assert_is(served, said["finish"]["fileId"], files / "half.mp4")
    assert found.BasicInfo.CoverUrl.endswith(".jpg")
    assert (said["seen"]["forms"], said["seen"]["parts"]) == (2, 0)
