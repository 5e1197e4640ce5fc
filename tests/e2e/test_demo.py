"""`minivod demo`: what it shows, and how it ends when something cannot be shown."""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from minivod.cli import app
from minivod.cli.local_server import LocalServer
from minivod.console import paths
from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path

from .user import CLIP, PATIENCE, alive, deafen, eventually, minivod, tree

RunDemo = Callable[[Path], tuple[int, str]]
DEAD = "http://127.0.0.1:9"
JOURNEY_SECONDS = 3 * PATIENCE
NO_MEDIA = "failed: FailedOperation.MediaType: the uploaded file is not media that can be read"
STEP = re.compile(r"  ✓ .{34} +\d+\.\d\d s(  \S.*)?")


def kept_client(text: str) -> VodClient:
    """The client that the lines for Python make, run as they are shown."""
    shown = text.partition("with the official SDK:\n")[2].partition("From another terminal")[0]
    names: dict[str, Any] = {}
    exec(shown, names)
    client = names["client"]
    assert isinstance(client, VodClient)
    return client


def known(line: str) -> models.DescribeMediaInfosRequest:
    request = models.DescribeMediaInfosRequest()
    request.FileIds = [line.split()[1]]
    return request


def signs_in(line: str) -> None:
    """The line of the console has all that is needed to get in; without the password one does not."""
    found = re.fullmatch(r"console: (\S+) \(user (\w+), password (\S+): for this server alone, shown this once\)", line)
    assert found is not None, line
    for password, status in (("a password of nobody", 401), (found[3], 303)):
        with httpx.Client(timeout=PATIENCE, trust_env=False) as browser:
            form = browser.get(found[1], follow_redirects=True)
            token = re.search(r'name="csrf" value="(\w+)"', form.text)
            assert token is not None and form.url.path == paths.LOGIN
            fields = {"csrf": token[1], "name": found[2], "password": password}
            answer = browser.post(form.url, data=fields, headers={"origin": found[1].partition(paths.HOME)[0]})
            assert answer.status_code == status
            assert browser.get(f"{found[1]}review").status_code == (200 if status == 303 else 303)


def plays(line: str, file_id: str) -> None:
    """The line of the player is a page, and what the page asks for plays."""
    page = line.removeprefix("player: ")
    assert page.endswith(f"/{file_id}")
    answer = httpx.get(page, timeout=PATIENCE, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/html")
    info = httpx.get(page.replace("/player/", "/getplayinfo/v4/"), timeout=PATIENCE, trust_env=False).json()
    assert info["code"] == 0
    assert httpx.get(info["media"]["transcodeInfo"]["url"], timeout=PATIENCE, trust_env=False).status_code == 200


def test_the_whole_journey_and_a_server_that_is_kept(home: Path) -> None:
    out, said = home / "out", home / "said"
    env = {**os.environ, "TMPDIR": str(home), "NO_COLOR": "1"}
    env |= {"http_proxy": DEAD, "HTTPS_PROXY": DEAD, "ALL_PROXY": DEAD, "no_proxy": ""}  # not for a server of its own
    with out.open("wb") as stdout, said.open("wb") as stderr:
        demo = subprocess.Popen(
            [sys.executable, "-m", "minivod", "demo", "--keep"],
            env=env,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=deafen,  # as a background job of a shell, and worse
        )
    try:
        eventually(
            "it is over",
            lambda: "\nplayer: " in out.read_text(encoding="utf-8") or demo.poll() is not None,
            JOURNEY_SECONDS,
        )
        assert demo.poll() is None, out.read_text(encoding="utf-8")
        text = out.read_text(encoding="utf-8")
        published, refused, console, player = text.splitlines()[-4:]
        url = re.fullmatch(r"published: \d+ Pass (http://\S+)", published)
        assert url is not None
        assert httpx.get(url[1], timeout=PATIENCE).content[4:8] == b"ftyp"
        assert re.fullmatch(r'refused: \d+ Rejected Porn\.Ocr: the text ".+" at .+ \(confidence \d+\)', refused)
        steps = [line for line in text.splitlines() if line.startswith("  ✓")]
        assert len(steps) == 13
        assert all(STEP.fullmatch(line) for line in steps)
        assert "Ctrl-C" in text
        assert kept_client(text).DescribeMediaInfos(known(refused)).MediaInfoSet[0].FileId == refused.split()[1]
        assert re.search(r"^minivod upload video\.mp4 --endpoint http://\S+$", text, re.MULTILINE)
        signs_in(console)
        plays(player, published.split()[1])
        below = tree(demo.pid)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(PATIENCE) == 0
        assert not [pid for pid in below if alive(pid)]
        assert not list(home.glob("minivod-demo-*"))
        assert said.read_bytes() == b""
    finally:
        demo.kill()
        demo.wait()


def test_no_such_file(home: Path) -> None:
    done = minivod("demo", str(home / "none.mp4"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"minivod: there is no file {home / 'none.mp4'}\n"


@pytest.fixture
def demo(server: LocalServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> RunDemo:
    """The command with a video, on the shared server in place of one of its own: exit code, and what it says."""

    @contextmanager
    def shared(data_dir: Path) -> Iterator[LocalServer]:
        yield server

    monkeypatch.setattr("minivod.cli.demo.start_local_server", shared)
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    monkeypatch.setattr("minivod.proxies.forget", lambda: None)  # for this process is not the demo's alone
    monkeypatch.setenv("COLUMNS", "200")

    def run(video: Path) -> tuple[int, str]:
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as ended:
            app(["demo", str(video)])
        assert complained.getvalue() == ""
        assert not list(home.glob("minivod-demo-*"))
        return int(str(ended.value.code)), said.getvalue()

    return run


def test_a_video_that_could_not_be_published_as_it_is(home: Path, demo: RunDemo) -> None:
    """An MKV: the demo transcodes what it publishes."""
    video = home / "my [clip].mkv"
    coded = ["-t", "2.5", "-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy"]
    done = run_trusted([ffmpeg_path(), "-v", "error", "-i", CLIP, *coded, video], timeout=PATIENCE)
    assert done.returncode == 0
    code, said = demo(video)
    assert code == 0, said
    assert re.search(r"^published: \d+ Pass http\S+/v\.f10\.mp4$", said, re.MULTILINE)
    assert re.fullmatch(r"`\S*minivod demo --keep` leaves the server running: .+", said.splitlines()[-1])
    assert "console:" not in said


def test_what_is_no_video_ends_with_a_sentence(home: Path, demo: RunDemo) -> None:
    video = home / "my [clip].mp4"
    video.write_text("This is no video.\n" * 100, encoding="utf-8")
    code, said = demo(video)
    assert code == 1
    failed = said.splitlines()[-1]
    assert failed.startswith(NO_MEDIA)
    assert f"\n1 {video.name}\n" in said
    assert re.search(r"^  ✗ ", said, re.MULTILINE), "the step is marked"
    assert "published:" not in said


def test_a_claim_that_does_not_hold(home: Path, demo: RunDemo) -> None:
    """The demo shows a video that passes; one without a picture does not."""
    video = home / "sound.mp4"
    made: list[str | Path] = [ffmpeg_path(), "-v", "error", "-f", "lavfi", "-i", "sine=440:d=1", video]
    assert run_trusted(made, timeout=PATIENCE).returncode == 0
    code, said = demo(video)
    assert code == 1
    assert said.splitlines()[-1].startswith("this does not hold: the transcode is made: the source has no video stream")
