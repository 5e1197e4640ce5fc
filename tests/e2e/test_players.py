"""Players in Chromium against a server: the one for Mini Programs, the page to embed, and the vendor's for the Web."""

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

from ..browser import chromium, new_page
from ..node import copied, installed, node
from .user import PATIENCE, call, eventually, minivod, publish, upload

PACKAGE = Path(__file__).parents[2] / "miniprogram"
ORIGIN = "http://program.test"
MODULES = {
    "glass-easel": "node_modules/glass-easel/dist/glass_easel.all.es.js",
    "glass-easel-miniprogram-adapter":
        "node_modules/glass-easel-miniprogram-adapter/dist/glass_easel_miniprogram_adapter.es.js",
}  # fmt: skip
HTML = f"""<!doctype html><meta charset="utf-8"><body>
<script type="importmap">{json.dumps({"imports": {name: f"/{path}" for name, path in MODULES.items()}})}</script>
<script type="module" src="/test/page.mjs"></script>"""
UNPUBLISHED = "视频不存在或未发布"
SECONDS = 3
AUDIO = {"Codec": "libfdk_aac", "Bitrate": 48, "SampleRate": 44100}


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
def browser(server: LocalServer) -> Iterator[Browser]:
    """It takes the server for the vendor's host of play-info."""
    with chromium(f"--host-resolver-rules=MAP playvideo.qcloud.com:80 {server.address}") as running:
        yield running


@pytest.fixture
def page(browser: Browser, package: Path, padded: Path) -> Iterator[Page]:
    """An empty page that has what the program is made of."""
    opened = new_page(browser, locale="zh-CN")

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            route.fulfill(body=HTML, content_type="text/html")
        elif path == "/clip.MP4":
            route.fulfill(path=padded)
        else:
            route.fulfill(path=package / path[1:], content_type="text/javascript")

    opened.route(f"{ORIGIN}/**", answer)
    opened.goto(f"{ORIGIN}/")
    yield opened
    opened.context.close()


def show(page: Page, package: Path, server: LocalServer, file_id: str, **attributes: Any) -> None:
    """Shows a player."""
    given = {"appid": str(server.app_id), "fileid": file_id, "playerid": "mine", "server": server.url} | attributes
    done = node("test/program.mjs", json.dumps(given), cwd=package, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    wait(page, "Boolean(window.begin)")
    page.evaluate("program => begin(program)", json.loads(done.stdout))


def wait(page: Page, condition: str) -> None:
    """Until the expression is true. (What Playwright has for that needs a page without a policy for its scripts.)"""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


def play(page: Page) -> None:
    page.evaluate("shown.load('minivod-player/index').getContext('mine').play()")


def seek(page: Page, seconds: float) -> None:
    page.evaluate("at => shown.load('minivod-player/index').getContext('mine').seek(at)", seconds)


def told(page: Page, event: str) -> list[Any]:
    """The details of an event, so far."""
    details: list[Any] = page.evaluate("event => told.filter(one => one.type === event).map(one => one.detail)", event)
    return details


@pytest.fixture(scope="module")
def template(server: LocalServer) -> int:
    """Of an adaptive stream with two small levels."""
    levels = [
        {"Video": {"Codec": "libx264", "Fps": 25, "Bitrate": 128 + height, "Height": height}, "Audio": AUDIO}
        for height in (128, 180)
    ]
    made = call(server, "CreateAdaptiveDynamicStreamingTemplate", Format="HLS", StreamInfos=levels)
    return int(made.Definition)


@pytest.fixture(scope="module")
def published(browser: Browser, server: LocalServer, padded: Path, template: int) -> str:
    """A video that plays, with an adaptive stream and image sprites."""
    file_id = upload(server, padded)
    made = {"AdaptiveDynamicStreamingTaskSet": [{"Definition": template}], "ImageSpriteTaskSet": [{"Definition": 10}]}
    task_id = call(server, "ProcessMedia", FileId=file_id, MediaProcessTask=made).TaskId
    assert publish(server, file_id).PublishResult == "Pass"
    task = {"TaskId": task_id}
    eventually("it is processed", lambda: call(server, "DescribeTaskDetail", **task).Status == "FINISH")
    return file_id


@pytest.fixture
def adaptive(published: str, template: int, env: dict[str, str]) -> str:
    """A psign for the adaptive stream and the sprites."""
    form = ("--audio-video-type", "RawAdaptive", "--definition", str(template), "--sprite", "10")
    made = minivod("psign", published, *form, env=env)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


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

    throttle(50_000)
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
        expect(page.get_by_text(UNPUBLISHED)).to_be_visible()
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


def test_levels_of_a_real_master_can_be_chosen(
    page: Page, package: Path, server: LocalServer, published: str, adaptive: str
) -> None:
    show(page, package, server, published, psign=adaptive)
    # Over the video, as the package's style has it: what lies under it moves when the video knows its size.
    expect(page.locator("[class*=minivod-levels]")).to_have_css("position", "absolute")
    page.get_by_text("自动").click()
    levels = page.locator("[class*=minivod-choice]")
    expect(levels).to_have_count(3)  # and that of the device's choice
    levels.nth(1).click()
    wait(page, "/adp\\.\\d+\\/(?!master)[^/]*m3u8/.test(document.querySelector('video').src)")
    play(page)
    wait(page, "told.some(one => one.type === 'timeupdate' && one.detail.currentTime > 0.2)")
    assert told(page, "error") == []


PLAYS = "document.querySelector('video')?.currentTime > 0.2"


def test_the_page_to_embed(browser: Browser, server: LocalServer, published: str, adaptive: str) -> None:
    page = new_page(browser, locale="zh-CN", viewport={"width": 640, "height": 400})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{server.url}/player/{server.app_id}/{published}?muted=1&autoplay=1&psign={adaptive}")
    wait(page, PLAYS)
    assert page.title() == "padded"
    assert page.evaluate("document.querySelector('video').src").startswith("blob:")
    level = page.get_by_label("清晰度")
    expect(level.locator("option")).to_have_count(3)
    level.select_option(index=1)
    page.get_by_label("倍速").select_option("2")
    assert page.evaluate("document.querySelector('video').playbackRate") == 2
    bar = page.get_by_label("播放位置")
    bar.hover()
    preview = page.locator(".mv-preview")
    expect(preview).to_be_visible()
    assert ".jpg" in preview.evaluate("one => getComputedStyle(one).backgroundImage")
    for width, height in ((320, 180), (360, 640), (480, 270), (640, 400)):  # such frames, and a phone
        page.set_viewport_size({"width": width, "height": height})
        assert page.locator(".mv-bar").evaluate("one => one.scrollWidth <= one.clientWidth"), width
        expect(page.get_by_label("全屏")).to_be_in_viewport(ratio=1)
        expect(level).to_be_in_viewport(ratio=1)
    bar.fill(str(SECONDS - 0.2))
    page.evaluate("void document.querySelector('video').play()")
    wait(page, "document.querySelector('video').ended")
    assert said == []  # by the page's policy too
    page.context.close()


def test_the_page_plays_a_file_and_says_why_it_does_not(
    browser: Browser, server: LocalServer, published: str, env: dict[str, str]
) -> None:
    page = new_page(browser, locale="en-US")
    page.goto(f"{server.url}/player/{server.app_id}/{published}?psign=a.b.c")
    expect(page.get_by_text("You may not play this video")).to_be_visible()
    page.goto(f"{server.url}/player/{server.app_id}/{published}?muted=1")
    page.get_by_label("Play", exact=True).click()
    wait(page, PLAYS)
    reject = minivod("review", "reject", published, "--reason", "a test", "--type", "Political", env=env)
    assert reject.returncode == 0, reject.stderr
    page.reload()
    expect(page.get_by_text("This video does not exist or is not published")).to_be_visible()
    approve = minivod("review", "approve", published, "--reason", "a test", env=env)
    assert approve.returncode == 0, approve.stderr
    page.get_by_text("Retry").click()
    wait(page, "document.querySelector('video').readyState >= 2")
    page.context.close()


def test_a_page_of_ones_own(browser: Browser, server: LocalServer, published: str) -> None:
    page = new_page(browser)
    options = {"appid": server.app_id, "fileid": published, "autoplay": True, "muted": True}
    html = f"""<!doctype html><div id="player"></div><script type="module">
    import {{ createPlayer }} from "{server.url}/static/minivod-player.js";
    window.player = createPlayer(document.getElementById("player"), {json.dumps(options)});</script>"""
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{ORIGIN}/")
    wait(page, PLAYS)
    page.evaluate("void player.load({fileid: 5285485487985271487})")
    expect(page.get_by_text("The player's attributes are wrong")).to_be_visible()
    page.evaluate("player.destroy()")
    assert page.locator("#player").evaluate("one => one.childElementCount") == 0
    page.context.close()


def test_the_vendors_player_plays_unchanged(browser: Browser, server: LocalServer, published: str) -> None:
    """TCPlayer 4.8.0 asks a host that it has built in, by the scheme of the page; the browser leads it here."""
    dist = installed(Path(__file__).parent / "tcplayer", "tcplayer") / "node_modules/tcplayer.js/dist"
    options = {"appID": str(server.app_id), "fileID": published, "autoplay": True, "muted": True, "reportable": False}
    html = f"""<!doctype html><link rel="stylesheet" href="/tcplayer.min.css"><video id="player"></video>
    <script src="/tcplayer.v4.8.0.min.js"></script><script>TCPlayer("player", {json.dumps(options)})</script>"""
    page = new_page(browser)
    asked: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        asked.append(url)
        if url == f"{ORIGIN}/":
            route.fulfill(body=html, content_type="text/html")
        elif url.startswith(f"{ORIGIN}/"):
            route.fulfill(path=dist / url.removeprefix(f"{ORIGIN}/"))
        elif url.startswith(("http://playvideo.qcloud.com/", server.url)):
            route.continue_()
        else:
            route.abort()

    page.context.route("**", answer)
    page.goto(f"{ORIGIN}/")
    wait(page, PLAYS)
    assert any(f"playvideo.qcloud.com/getplayinfo/v4/{server.app_id}/{published}" in url for url in asked)
    page.context.close()
