"""`minivod demo`: what it shows, and how it ends when something cannot be shown."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path

from .user import CLIP, PATIENCE, alive, eventually, minivod, tree

JOURNEY_SECONDS = 150.0
WORDS = {
    "text": "FailedOperation.MediaType: the uploaded file is not media that can be read",
    "mkv": "InvalidParameterValue.FileType: FileId ",
}
STEP = re.compile(r"  ✓ .{34} +\d+\.\d\d s(  \S.*)?")


def test_the_whole_journey_and_a_server_that_is_kept(home: Path) -> None:
    out, said = home / "out", home / "said"
    env = {**os.environ, "TMPDIR": str(home), "NO_COLOR": "1"}
    with out.open("wb") as stdout, said.open("wb") as stderr:
        demo = subprocess.Popen(
            [sys.executable, "-m", "minivod", "demo", "--keep"], env=env, stdout=stdout, stderr=stderr
        )
    try:
        eventually(
            "it is over",
            lambda: "\nrefused: " in out.read_text(encoding="utf-8") or demo.poll() is not None,
            JOURNEY_SECONDS,
        )
        assert demo.poll() is None, out.read_text(encoding="utf-8")
        text = out.read_text(encoding="utf-8")
        published, refused = text.splitlines()[-2:]
        url = re.fullmatch(r"published: \d+ Pass (http://\S+)", published)
        assert url is not None
        assert httpx.get(url[1]).content[4:8] == b"ftyp"
        assert re.fullmatch(r'refused: \d+ Rejected Porn\.Ocr: the text ".+" at .+ \(confidence \d+\)', refused)
        steps = [line for line in text.splitlines() if line.startswith("  ✓")]
        assert len(steps) == 12
        assert all(STEP.fullmatch(line) for line in steps)
        assert "Ctrl-C" in text
        assert "credential.Credential(" in text
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


@pytest.mark.parametrize("kind", ["text", "mkv"])
def test_what_cannot_be_published_ends_with_a_sentence(kind: str, home: Path) -> None:
    video = home / f"video.{'mp4' if kind == 'text' else 'mkv'}"
    if kind == "text":
        video.write_text("This is no video.\n" * 100, encoding="utf-8")
    else:
        done = run_trusted([ffmpeg_path(), "-v", "error", "-i", CLIP, "-c", "copy", video], timeout=PATIENCE)
        assert done.returncode == 0
    ended = minivod("demo", str(video), env={"TMPDIR": str(home)})
    assert (ended.returncode, ended.stderr) == (1, "")
    failed = ended.stdout.splitlines()[-1]
    assert failed.startswith(f"failed: {WORDS[kind]}")
    assert re.search(r"^  ✗ ", ended.stdout, re.MULTILINE), "the step is marked"
    assert "published:" not in ended.stdout
