"""Animated graphics: the right frames, for as long as they are shown."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from minivod.media.pictures.animation import Animation, animation
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit

from .conftest import STEP, Clip, Progress, moving, read


async def made_of(
    sandbox: Sandbox, path: Path, place: Path, start: float = 0, end: float = 0, fps: int = 5, **settings: object
) -> Animation:
    told = Progress()
    made = await animation(
        sandbox, path, await read(sandbox, path), moving(fps, **settings), start=start, end=end, place=place, threads=1,
        on_progress=told,
    )  # fmt: skip
    assert told[-1] == 1.0
    return made


def frames(path: Path) -> list[tuple[int, float]]:
    """Number of the video's frame, and milliseconds."""
    found = []
    with Image.open(path) as image:
        assert image.info["loop"] == 0
        for frame in ImageSequence.Iterator(image):
            grey = np.asarray(frame.convert("L")).mean()
            found.append((round(float(grey) / STEP), float(image.info["duration"])))
    return found


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0.0, 1.0, range(0, 10, 2)), (1.0, -1.0, range(10, 20, 2)), (-1.0, 0.0, range(20, 30, 2)), (2.6, 9.0, [26, 28])],
)
async def test_the_part_that_was_asked_for(
    sandbox: Sandbox, video: Clip, place: Path, kind: str, start: float, end: float, expected: range | list[int]
) -> None:
    made = await made_of(sandbox, video("grey.mp4"), place, start, end, Format=kind, Width=64)
    assert frames(made.path) == [(number, 200.0) for number in expected]
    assert (made.container, made.width, made.height) == (kind, 64, 36)
    assert made.size == made.path.stat().st_size
    assert made.bitrate == pytest.approx(made.size * 8 / (len(expected) / 5), rel=0.01)
    assert made.start == pytest.approx(start if start >= 0 else 3 + start, abs=0.01)


async def test_rates_that_do_not_divide(sandbox: Sandbox, video: Clip, place: Path) -> None:
    """30 Hz in hundredths of a second."""
    made = await made_of(sandbox, video("grey.mp4"), place, 0, 1, 30)
    found = frames(made.path)
    assert {duration for _, duration in found} <= {30.0, 40.0, 100.0, 70.0}
    assert sum(duration for _, duration in found) == pytest.approx(1000, abs=10)


async def test_one_frame(sandbox: Sandbox, video: Clip, place: Path) -> None:
    made = await made_of(sandbox, video("one.mp4"), place)
    with Image.open(made.path) as image:
        assert (image.format, image.size) == ("GIF", (64, 36))


@pytest.mark.parametrize(("start", "end"), [(3.5, 0.0), (2.0, 1.0), (0.0, -3.5), (2.0, 2.0), (float("nan"), 0.0)])
async def test_nothing_between_is_refused(sandbox: Sandbox, video: Clip, place: Path, start: float, end: float) -> None:
    with pytest.raises(Unfit, match="leave nothing of the video") as told:
        await made_of(sandbox, video("grey.mp4"), place, start, end)
    assert told.value.code == "InvalidInput.InvalidTimeOffset"


async def test_what_would_be_too_long_is_refused(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("grey.mp4")
    metadata = await read(sandbox, path)
    metadata.duration = 3600.0
    with pytest.raises(Unfit, match=r"must be at most 200\.000 s long") as told:
        await animation(
            sandbox, path, metadata, moving(15), start=0, end=0, place=place, threads=1, on_progress=Progress()
        )
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"
