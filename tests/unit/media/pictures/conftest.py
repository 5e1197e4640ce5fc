"""Videos whose grey tells the number of the frame: 8 times it, from black."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.metadata import MediaMetadata
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.templates.pictures import AnimatedGraphics, ImageSprite, SampleSnapshot, SnapshotByTimeOffset

GREY = "-f lavfi -i color=black:size=64x36:rate=10,geq=lum='16+7*N':cb=128:cr=128"
"""Frame N is shown from N/10 s."""
STEP = 255 / 219 * 7
RECIPES = {
    "grey.mp4": f"{GREY} -t 3 -c:v libx264 -preset fast -qp 4 -g 12 -bf 2",
    "grey.mkv": f"{GREY} -t 3 -c:v libx264 -preset fast -qp 4 -g 12 -bf 2",
    "grey.ts": f"{GREY} -t 3 -c:v libx264 -preset fast -qp 4 -g 12 -bf 2",
    "grey.webm": f"{GREY} -t 3 -c:v libvpx -b:v 4M -crf 4 -g 12 -deadline realtime",
    "grey.flv": f"{GREY} -t 3 -c:v libx264 -preset fast -qp 4 -g 12 -bf 2",
    "grey.avi": f"{GREY} -t 3 -c:v mjpeg -q:v 1",
    "long.mp4": f"{GREY} -t 3 -c:v libx264 -preset fast -qp 4 -g 900 -bf 2",
    "one.mp4": f"{GREY} -frames:v 1 -c:v libx264 -qp 4",
    "sound.mp4": "-f lavfi -i sine=440 -t 1 -c:a aac",
}
Clip = Callable[..., Path]


@pytest.fixture
def video(clip: Clip) -> Clip:
    """A video of RECIPES, or by other arguments of ffmpeg."""
    return lambda name, *arguments: clip(name, *(arguments or (RECIPES[name],)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "made"
    directory.mkdir()
    return directory


class Progress(list[float]):
    """What was told; never falls, and ends with 1."""

    def __call__(self, done: float) -> None:
        assert not self or self[-1] <= done <= 1
        self.append(done)


@pytest.fixture
def progress() -> Progress:
    return Progress()


async def read(sandbox: Sandbox, path: Path) -> MediaMetadata:
    return await probe(sandbox, path)


def stills(**settings: object) -> SnapshotByTimeOffset:
    return SnapshotByTimeOffset(**{"Format": "png", **settings})  # type: ignore[arg-type]


def sampled(kind: str, interval: int, **settings: object) -> SampleSnapshot:
    told = {"Format": "png", "SampleType": kind, "SampleInterval": interval, **settings}
    return SampleSnapshot(**told)  # type: ignore[arg-type]


def sheets(kind: str, interval: int, rows: int, columns: int, **settings: object) -> ImageSprite:
    told = {"Format": "png", "SampleType": kind, "SampleInterval": interval, "RowCount": rows, "ColumnCount": columns}
    return ImageSprite(**told | settings)  # type: ignore[arg-type]


def moving(fps: int, **settings: object) -> AnimatedGraphics:
    return AnimatedGraphics(Fps=fps, **settings)  # type: ignore[arg-type]
