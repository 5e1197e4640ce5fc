"""The component for Mini Programs in Chromium, against a server: what it says is played is played."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from minivod.cli.local_server import LocalServer
from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.ugc.shapes import Members
from minivod.ugc.signature import create

from ..browser import chromium
from ..node import copied, node
from .user import PATIENCE, call, minivod, publish, upload

PACKAGE = Path(__file__).parents[2] / "miniprogram"
ORIGIN = "http://program.test"
MODULES = {
    "glass-easel": "node_modules/glass-easel/dist/glass_easel.all.es.js",
    "glass-easel-miniprogram-adapter":
        "node_modules/glass-easel-miniprogram-adapter/dist/glass_easel_miniprogram_adapter.es.js",
}  # fmt: skip
HTML = f"""<!doctype html><meta charset="utf-8"><style>{{style}}</style><body>
<script type="importmap">{json.dumps({"imports": {name: f"/{path}" for name, path in MODULES.items()}})}</script>
<script type="module" src="/test/page.mjs"></script>"""
UNPUBLISHED = "视频不存在或未发布"
SECONDS = 3


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(PACKAGE, tmp_path_factory.mktemp("npm") / "package")


@pytest.fixture(scope="module")
def padded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of some MB, so that a browser cannot have all of it before it seeks; most of it is filler."""
    clip = tmp_path_factory.mktemp("padded") / "padded.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc=size=320x180:rate=25:duration={SECONDS}", "-pix_fmt", "yuv420p"]
    rate = [*(part for name in ("b:v", "minrate", "maxrate") for part in (f"-{name}", "14M")), "-bufsize", "1M"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-x264-params", "nal-hrd=cbr:filler=1", *rate]
    done = run_trusted([ffmpeg_path(), "-v", "error", *picture, *coded, clip], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    assert clip.stat().st_size > 4_000_000
    return clip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser, package: Path, padded: Path) -> Iterator[Page]:
    """An empty page that has what the program is made of."""
    context = browser.new_context(locale="zh-CN")
    opened = context.new_page()
    html = HTML.replace("{style}", (package / "dist/player.wxss").read_text("utf-8"))

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            route.fulfill(body=html, content_type="text/html")
        elif path == "/clip.MP4":
            route.fulfill(path=padded)
        else:
            route.fulfill(path=package / path[1:], content_type="text/javascript")

    opened.route(f"{ORIGIN}/**", answer)
    opened.goto(f"{ORIGIN}/")
    yield opened
    context.close()


def show(page: Page, package: Path, server: LocalServer, file_id: str, **attributes: Any) -> None:
    """Shows a player."""
    given = {"appid": str(server.app_id), "fileid": file_id, "playerid": "mine", "server": server.url} | attributes
    done = node("test/program.mjs", json.dumps(given), cwd=package, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    page.wait_for_function("() => Boolean(window.begin)")
    page.evaluate("program => begin(program)", json.loads(done.stdout))


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(condition, timeout=PATIENCE * 1000)


def play(page: Page) -> None:
    page.evaluate("shown.load('minivod-player/index').getContext('mine').play()")


def seek(page: Page, seconds: float) -> None:
    page.evaluate("at => shown.load('minivod-player/index').getContext('mine').seek(at)", seconds)


def told(page: Page, event: str) -> list[Any]:
    """The details of an event, so far."""
    details: list[Any] = page.evaluate("event => told.filter(one => one.type === event).map(one => one.detail)", event)
    return details


@pytest.fixture(scope="module")
def published(server: LocalServer, padded: Path) -> str:
    file_id = upload(server, padded)
    assert publish(server, file_id).PublishResult == "Pass"
    return file_id


def test_it_plays_to_its_end(page: Page, package: Path, server: LocalServer, published: str) -> None:
    show(page, package, server, published)
    play(page)
    wait(page, "told.some(one => one.type === 'timeupdate' && one.detail.currentTime > 0.2)")
    size = page.evaluate("(video => [video.videoWidth, video.videoHeight])(document.querySelector('video'))")
    assert size == [320, 180]
    seek(page, SECONDS - 0.3)
    wait(page, "told.some(one => one.type === 'ended')")
    [*_, last] = told(page, "timeupdate")
    assert last["currentTime"] == pytest.approx(SECONDS, abs=0.2) == last["duration"]
    assert page.evaluate("document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames") > 5
    assert told(page, "error") == []


def test_it_seeks_by_ranges_and_stops_when_the_video_is_withdrawn(
    page: Page, package: Path, server: LocalServer, published: str, env: dict[str, str]
) -> None:
    begun: list[int] = []

    def note(response: Response) -> None:
        if response.url.endswith("/f0.mp4"):
            assert response.status == 206
            begun.append(int(response.headers["content-range"].removeprefix("bytes ").split("-")[0]))

    page.on("response", note)
    network = page.context.new_cdp_session(page)

    def throttle(rate: int) -> None:
        limits = {"offline": False, "latency": 0, "downloadThroughput": rate, "uploadThroughput": -1}
        network.send("Network.emulateNetworkConditions", limits)

    throttle(200_000)
    show(page, package, server, published, checkInterval=0)
    wait(page, "told.some(one => one.type === 'loadedmetadata')")
    with page.expect_response(lambda response: response.url.endswith("/f0.mp4")):
        seek(page, SECONDS - 0.5)
    throttle(-1)
    wait(page, "told.some(one => one.type === 'seekcomplete')")
    assert begun[0] == 0 and begun[-1] > 2_000_000
    play(page)
    wait(page, "told.some(one => one.type === 'ended')")
    reject = minivod("review", "reject", published, "--reason", "a test", "--type", "Political", env=env)
    assert reject.returncode == 0, reject.stderr
    try:
        seek(page, 1)
        play(page)
        expect(page.get_by_text(UNPUBLISHED)).to_be_visible(timeout=PATIENCE * 1000)
        page.get_by_text("重试").click()
        wait(page, "told.filter(one => one.type === 'error').length === 2")
        expect(page.get_by_text(UNPUBLISHED)).to_be_visible()
        assert {(one["reason"], one["code"]) for one in told(page, "error")} == {("unpublished", 404)}
    finally:
        approve = minivod("review", "approve", published, "--reason", "a test", env=env)
    assert approve.returncode == 0, approve.stderr
    page.get_by_text("重试").click()
    expect(page.get_by_text(UNPUBLISHED)).to_be_hidden()


def test_it_uploads_in_parts(page: Page, package: Path, server: LocalServer, padded: Path) -> None:
    show(page, package, server, "5285485487985271487")
    now = int(time.time())
    members = Members(secretId=server.secret_id, currentTimeStamp=now, expireTime=now + 600, random=1)
    given = {
        "server": server.url,
        "filePath": f"{ORIGIN}/clip.MP4",
        "size": padded.stat().st_size,
        "name": "一段视频",
        "signature": create(server.secret_key, members),
    }
    done = page.evaluate(
        "given => shown.load('minivod-player/index').upload({...given, getSignature: async () => given.signature})",
        given,
    )
    [found] = call(server, "DescribeMediaInfos", FileIds=[done["fileId"]]).MediaInfoSet
    assert (found.BasicInfo.Name, found.BasicInfo.Type) == ("一段视频", "mp4")
    assert found.MetaData.Md5 == hashlib.md5(padded.read_bytes()).hexdigest()
    assert done["url"] == found.BasicInfo.MediaUrl
