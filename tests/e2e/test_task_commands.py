"""`minivod transcode` and `minivod publish`, as users type them."""

import re
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer

from .user import minivod, upload


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


def test_a_step_that_fails_says_why(server: LocalServer, env: dict[str, str]) -> None:
    missing = minivod("transcode", "5285485487985271487", "--template", "10", "--endpoint", server.url, env=env)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "ResourceNotFound.FileNotExist" in missing.stderr and "RequestId" in missing.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "http://127.0.0.1:9"])
def test_a_wrong_endpoint_is_named(env: dict[str, str], endpoint: str) -> None:
    done = minivod("publish", "5285485487985271487", "--endpoint", endpoint, env=env)
    assert done.returncode == 1 and endpoint in done.stderr
