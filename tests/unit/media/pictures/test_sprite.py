"""Sprites: which small picture lies where, and that the WebVTT says so."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from minivod.media.pictures.sprite import Sprite, sprite
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit

from .conftest import STEP, Clip, Progress, read, sheets

CUE = re.compile(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n")


async def made_of(sandbox: Sandbox, path: Path, place: Path, *asked: object, **settings: object) -> Sprite:
    told = Progress()
    template = sheets(*asked, **settings)  # type: ignore[arg-type]
    made = await sprite(sandbox, path, await read(sandbox, path), template, place=place, threads=1, on_progress=told)
    assert told[-1] == 1.0
    return made


def cells(made: Sprite) -> list[tuple[float, float, npt.NDArray[np.uint8]]]:
    """Begin, end and pixels of each small picture, as a player reads them."""
    text = made.vtt.read_text()
    assert text.startswith("WEBVTT\n\n")
    found = []
    for cue in CUE.findall(text):
        begin, end = (int(cue[at]) * 3600 + int(cue[at + 1]) * 60 + float(cue[at + 2]) for at in (0, 3))
        x, y, width, height = map(int, cue[7:])
        with Image.open(made.vtt.parent / cue[6]) as sheet:
            assert x + width <= sheet.width and y + height <= sheet.height
            found.append((begin, end, np.asarray(sheet.convert("L"))[y : y + height, x : x + width]))
    return found


@pytest.mark.parametrize(
    ("asked", "frames", "number", "last"),
    [
        (("Percent", 10, 2, 2), range(0, 30, 3), 3, (64, 18)),
        (("Percent", 30, 10, 10), range(0, 30, 9), 1, (128, 18)),
        (("Time", 1, 1, 1), range(0, 30, 10), 3, (32, 18)),
    ],
)
async def test_cells_and_cues(
    sandbox: Sandbox, video: Clip, place: Path,
    asked: tuple[object, ...], frames: range, number: int, last: tuple[int, int],
) -> None:  # fmt: skip
    made = await made_of(sandbox, video("grey.mp4"), place, *asked, Width=32)
    assert (made.width, made.height, made.total, len(made.sheets)) == (32, 18, len(frames), number)
    found = cells(made)
    assert [round(float(pixels.mean()) / STEP) for _, _, pixels in found] == list(frames)
    assert [begin for begin, _, _ in found] == pytest.approx([frame / 10 for frame in frames], abs=0.01)
    assert [end for _, end, _ in found[:-1]] == [begin for begin, _, _ in found[1:]]
    assert found[-1][1] == pytest.approx(3.0, abs=0.01)
    with Image.open(made.sheets[-1]) as sheet:
        assert sheet.size == last


@pytest.mark.parametrize(("kind", "name"), [("jpg", "JPEG"), ("webp", "WEBP")])
async def test_formats(sandbox: Sandbox, video: Clip, place: Path, kind: str, name: str) -> None:
    made = await made_of(sandbox, video("grey.mp4"), place, "Time", 1, 2, 2, Format=kind)
    with Image.open(made.sheets[0]) as sheet:
        assert (sheet.format, sheet.size) == (name, (128, 72))


async def test_one_frame(sandbox: Sandbox, video: Clip, place: Path) -> None:
    made = await made_of(sandbox, video("one.mp4"), place, "Time", 10, 10, 10)
    assert (made.total, len(cells(made))) == (1, 1)


@pytest.mark.parametrize(
    ("asked", "settings", "words"),
    [
        (("Percent", 1, 1, 100), {"Width": 4096}, "a sheet of 100 columns"),
        (("Percent", 1, 10, 10), {"Width": 1920, "Height": 1280}, "a sheet of 10 columns"),
    ],
)
async def test_sheets_have_bounds(
    sandbox: Sandbox, video: Clip, place: Path, asked: tuple[object, ...], settings: dict[str, object], words: str
) -> None:
    with pytest.raises(Unfit, match=words) as told:
        await made_of(sandbox, video("grey.mp4"), place, *asked, **settings)
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"


async def test_more_pictures_than_are_made(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("grey.mp4")
    metadata = await read(sandbox, path)
    metadata.duration = 12 * 3600.0
    with pytest.raises(Unfit, match=r"SampleInterval 1 makes 43200 pictures.* must be 5 or more"):
        await sprite(sandbox, path, metadata, sheets("Time", 1, 10, 10), place=place, threads=1, on_progress=Progress())
