"""Clips made by ffmpeg once per run, and a sandbox with an empty directory per test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.sandbox import Limits, Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path

from ...waiting import PATIENCE

SOURCES = {
    "colours": "testsrc2=size=320x180:rate=25",
    "tone": "sine=frequency=440:sample_rate=44100",
}
RECIPES = {
    "plain.mp4": "-f lavfi -i {colours} -f lavfi -i {tone} -t 4 -c:v libx264 -preset veryfast -g 50 -c:a aac",
    "long_gop.mp4": "-f lavfi -i {colours} -t 8 -c:v libx264 -preset veryfast -g 1000 -sc_threshold 0",
    "short_gop.mp4": "-f lavfi -i {colours} -t 8 -c:v libx264 -preset veryfast -g 25 -keyint_min 25",
    "intra.mp4": "-f lavfi -i {colours} -t 4 -c:v libx264 -preset ultrafast -g 1",
    "hevc.mp4": "-f lavfi -i {colours} -t 3 -c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hev1",
    "sound.mp4": "-f lavfi -i {tone} -t 2 -c:a aac",
    "phone.3gp": "-f lavfi -i testsrc2=size=176x144:rate=10 -t 2 -c:v libx264 -profile:v baseline -f 3gp",
    "slow.mp4": "-f lavfi -i testsrc2=size=64x64:rate=1 -t 3000 -c:v libx264 -preset ultrafast -g 250",
    "matroska.mkv": "-f lavfi -i {colours} -f lavfi -i {tone} -t 2 -c:v libx264 -preset ultrafast -c:a aac",
    "quicktime.mov": "-f lavfi -i {colours} -t 1 -c:v libx264 -preset ultrafast",
    "web.webm": "-f lavfi -i {colours} -t 1 -c:v libvpx -deadline realtime",
    "flash.flv": "-f lavfi -i {colours} -t 1 -c:v libx264 -preset ultrafast",
    "stream.ts": "-f lavfi -i {colours} -t 1 -c:v libx264 -preset ultrafast",
    "two_videos.mp4": (
        "-f lavfi -i {colours} -f lavfi -i color=red:size=64x64:rate=25 -f lavfi -i {tone} -f lavfi -i {tone} -t 2 "
        "-map 0 -map 1 -map 2 -map 3 -c:v libx264 -preset ultrafast -c:a aac"
    ),
    "picture.png": "-f lavfi -i testsrc2=size=200x100 -frames:v 1",
    "picture.jpg": "-f lavfi -i testsrc2=size=4000x3000 -frames:v 1 -f mjpeg",
    "picture.gif": "-f lavfi -i testsrc2=size=200x100:rate=5 -t 1",
    "picture.webp": "-f lavfi -i testsrc2=size=200x100 -frames:v 1",
}
Clip = Callable[..., Path]


@pytest.fixture(scope="session")
def clip_store(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Makes a clip of RECIPES, or by other arguments of ffmpeg (text is split at blanks), once.

    Clips of one name that are made otherwise are others: modules need not know of each other's names.
    """
    directory = tmp_path_factory.mktemp("clips")
    made: dict[tuple[str | Path, ...], Path] = {}

    def make(name: str, *arguments: str | Path) -> Path:
        given = arguments or (RECIPES[name].format(**SOURCES),)
        path = made.setdefault((name, *given), directory / str(len(made)) / name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            words = [word for part in given for word in (part.split() if isinstance(part, str) else [part])]
            argv = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", "-bitexact", *words, path]
            done = run_trusted(argv, timeout=PATIENCE)
            assert done.returncode == 0, done.stderr.decode()
        return path

    return make


@pytest.fixture
def clip(clip_store: Clip, tmp_path: Path) -> Clip:
    """Like `clip_store`, copied into the job's directory and without an extension."""

    def copy(name: str, *arguments: str | Path) -> Path:
        return Path(shutil.copy(clip_store(name, *arguments), tmp_path / name.replace(".", "-")))

    return copy


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Limits(stall=20.0, wall=60.0))
