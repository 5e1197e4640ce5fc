"""`minivod pull`, `transcode` and `publish`, as users type them; the commands call by the official SDK."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from minivod.cli.local_server import LocalServer

from .user import call, minivod, told_of, upload


@pytest.fixture(scope="module")
def env(server: LocalServer) -> dict[str, str]:
    return {"TENCENTCLOUD_SECRET_ID": server.secret_id, "TENCENTCLOUD_SECRET_KEY": server.secret_key}


def test_transcode_and_publish(server: LocalServer, env: dict[str, str], short_clip: Path) -> None:
    file_id, at = upload(server, short_clip), ("--endpoint", server.url)
    refused = minivod("publish", file_id, "--template", "10", *at, env=env)
    assert refused.returncode == 1 and "InvalidParameterValue.SourceDefinition" in refused.stderr
    made = minivod("transcode", file_id, "--template", "10", "--template", "1010", "--wait", *at, env=env)
    assert (made.returncode, made.stderr) == (0, "")
    first, *results = made.stdout.splitlines()
    assert re.fullmatch(r"TaskId: \d+-procedurev2-[0-9a-f]{32}t0", first)
    assert [re.sub(r"http\S+/", "", line) for line in results] == [
        "template 10: done: v.f10.mp4",
        "template 1010: done: v.f1010.mp3",
    ]
    published = minivod("publish", file_id, "--template", "10", "--wait", *at, env=env)
    assert (published.returncode, published.stderr) == (0, "")
    assert re.search(r"^PublishResult: Pass\n(.*\n)*Url: http\S+/v\.f10\.mp4$", published.stdout, re.MULTILINE)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a directory, and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(short_clip: Path) -> Iterator[str]:
    """The URL of a server of the outside that has the clip."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(short_clip.parent))) as outside:
        Thread(target=outside.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{outside.server_port}"
        outside.shutdown()


def test_pull(server: LocalServer, env: dict[str, str], site: str, short_clip: Path) -> None:
    at = ("--endpoint", server.url, "--wait")
    made = minivod("pull", f"{site}/{short_clip.name}?sign=x", "--name", "pulled", *at, env=env)
    assert (made.returncode, made.stderr) == (0, "")
    task, file_id = re.fullmatch(r"TaskId: (\d+-pull-\w+)\nFileId: (\d+)\nMediaUrl: http\S+\n", made.stdout).groups()  # type: ignore[union-attr]
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    assert (info.BasicInfo.Name, info.BasicInfo.Type, info.MetaData.Width) == ("pulled", "mp4", 320)
    assert info.MetaData.Md5 == hashlib.md5(short_clip.read_bytes()).hexdigest()
    assert told_of(server, task, "PullCompleteEvent").FileId == file_id
    gone = minivod("pull", f"{site}/absent.mp4", *at, env=env)
    assert gone.returncode == 1 and "/absent.mp4 answered 404 Not Found (ErrCode 60000)" in gone.stderr
    inside = minivod("pull", "http://10.0.0.1/a.mp4", *at, env=env)
    assert inside.returncode == 1 and "InvalidParameterValue.MediaUrl" in inside.stderr


def test_a_step_that_fails_says_why(server: LocalServer, env: dict[str, str]) -> None:
    missing = minivod("transcode", "5285485487985271487", "--template", "10", "--endpoint", server.url, env=env)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "ResourceNotFound.FileNotExist" in missing.stderr and "RequestId" in missing.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "http://127.0.0.1:9"])
def test_a_wrong_endpoint_is_named(env: dict[str, str], endpoint: str) -> None:
    done = minivod("publish", "5285485487985271487", "--endpoint", endpoint, env=env)
    assert done.returncode == 1 and endpoint in done.stderr
