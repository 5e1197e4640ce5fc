"""Snapshots: the right frame, upright, at the size that was asked for."""

import asyncio
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from minivod.media.pictures import moments, tool
from minivod.media.pictures.shots import Shot, cover, samples, snapshots
from minivod.media.sandbox import Argument, Completed, Sandbox
from minivod.media.unfit import Unfit
from minivod.media.watermarks import Mark
from minivod.templates.watermark import ImageWatermark, Watermark

from .conftest import STEP, Clip, Progress, read, sampled, stills

Offsets = list[float | str]


def frame_of(path: Path) -> int:
    with Image.open(path) as image:
        return round(float(np.asarray(image.convert("L")).mean()) / STEP)


async def shots(sandbox: Sandbox, path: Path, place: Path, offsets: Offsets, **settings: object) -> list[Shot]:
    metadata = await read(sandbox, path)
    template, told = stills(**settings), Progress()
    made = await snapshots(sandbox, path, metadata, template, offsets=offsets, marks=(), place=place, on_progress=told)
    assert told[-1] == 1.0
    return made


@pytest.mark.parametrize("name", ["grey.mp4", "grey.mkv", "grey.ts", "grey.webm", "grey.flv", "grey.avi", "long.mp4"])
async def test_the_frame_that_is_shown_then(sandbox: Sandbox, video: Clip, place: Path, name: str) -> None:
    """Out of order, between frames, on keyframes and before them, at the end and a little after it."""
    asked: dict[float | str, int] = {
        "2.45s": 24, 0.0: 0, "1.2s": 12, 1190.0: 11, 1100.0: 11, "0.15s": 1, "100%": 29, "3.5s": 29, "2.9s": 29,
    }  # fmt: skip
    made = await shots(sandbox, video(name), place, list(asked))
    found = [frame_of(shot.path) for shot in made]
    assert found == list(asked.values())


@pytest.mark.parametrize(("asked", "expected"), [("50%", 15), ("33.4%", 10), ("0%", 0)])
async def test_percents(sandbox: Sandbox, video: Clip, place: Path, asked: str, expected: int) -> None:
    made = await shots(sandbox, video("grey.mp4"), place, [asked])
    assert frame_of(made[0].path) == expected


async def test_varying_frame_rates(sandbox: Sandbox, video: Clip, place: Path) -> None:
    arguments = "-f lavfi -i color=black:size=64x36:rate=10,geq=lum='16+7*N':cb=128:cr=128"
    path = video("vfr.mp4", arguments, "-vf", "select='lt(n,3)+gt(n,20)'", "-fps_mode", "vfr", "-t", "3", "-qp", "4")
    made = await shots(sandbox, path, place, ["0.25s", "1.9s", "2.05s", "2.15s"])
    assert [frame_of(shot.path) for shot in made] == [2, 2, 2, 21]


async def test_a_video_that_begins_later_than_the_sound(sandbox: Sandbox, video: Clip, place: Path) -> None:
    grey = "-itsoffset 1 -f lavfi -i color=black:size=64x36:rate=10,geq=lum='16+7*N':cb=128:cr=128"
    path = video("late.mp4", grey, "-f lavfi -i sine=440 -t 3 -c:v libx264 -qp 4 -c:a aac")
    made = await shots(sandbox, path, place, ["0.2s", "1.55s"])
    assert [frame_of(shot.path) for shot in made] == [0, 5]


async def test_one_frame(sandbox: Sandbox, video: Clip, place: Path) -> None:
    made = await shots(sandbox, video("one.mp4"), place, ["0s", "100%", 50.0])
    assert [frame_of(shot.path) for shot in made] == [0, 0, 0]


@pytest.mark.parametrize("asked", ["5s", 1e9, -1.0, float("nan"), "101%", "ten", "", "-1s", "1e3s", "10 %"])
def test_offsets_outside_are_refused(asked: float | str) -> None:
    with pytest.raises(Unfit) as told:
        moments.offset(asked, 3.0)
    assert told.value.code == "InvalidInput.InvalidTimeOffset"


async def test_one_offset_outside_refuses_all(sandbox: Sandbox, video: Clip, place: Path) -> None:
    with pytest.raises(Unfit, match="the time offset 5s lies outside of the video, which lasts 3"):
        await shots(sandbox, video("grey.mp4"), place, [0.0, "5s"])
    assert not list(place.iterdir())  # noqa: ASYNC240 - a moment


async def test_sound_alone_is_refused(sandbox: Sandbox, video: Clip, place: Path) -> None:
    with pytest.raises(Unfit) as told:
        await shots(sandbox, video("sound.mp4"), place, [0.0])
    assert told.value.code == "SourceFileError.NoVideoMedia"


async def test_what_cannot_be_decoded_is_told(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("grey.mp4")
    metadata = await read(sandbox, path)
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    with pytest.raises(Unfit, match="decoded") as told:
        await snapshots(sandbox, path, metadata, stills(), offsets=[0.0], marks=(), place=place, on_progress=Progress())
    assert told.value.code == "SourceFileError.ContentMalformed"


RED_CORNER = "-f lavfi -i color=blue:size=160x90,drawbox=w=40:h=30:color=red:t=fill -t 0.2 -c:v libx264 -qp 4"


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (160, 90)),
        ({"Width": 80}, (80, 45)),
        ({"Height": 45}, (80, 45)),
        ({"Width": 101, "Height": 33, "FillType": "stretch"}, (101, 33)),
        ({"Width": 320, "Height": 320}, (320, 320)),
    ],
)
async def test_sizes(
    sandbox: Sandbox, video: Clip, place: Path, settings: dict[str, object], size: tuple[int, int]
) -> None:
    made = await shots(sandbox, video("corner.mp4", RED_CORNER), place, [0.0], **settings)
    with Image.open(made[0].path) as image:
        assert image.size == size


@pytest.mark.parametrize(
    ("degrees", "corner", "settings", "size"),
    [
        (90, (-3, 2), {}, (90, 160)),
        (180, (-3, -3), {}, (160, 90)),
        (270, (2, -3), {"Width": 80, "ResolutionAdaptive": "close"}, (80, 142)),
        # Width is the longer side, which is the height of a picture on end.
        (90, (-3, 2), {"Width": 80}, (45, 80)),
    ],
)
async def test_pictures_come_out_upright(
    sandbox: Sandbox, video: Clip, clip_store: Clip, place: Path,
    degrees: int, corner: tuple[int, int], settings: dict[str, object], size: tuple[int, int],
) -> None:  # fmt: skip
    plain = clip_store("corner.mp4", RED_CORNER)
    path = video(f"corner{degrees}.mp4", "-display_rotation:v:0", str(360 - degrees), "-i", plain, "-c copy")
    made = await shots(sandbox, path, place, [0.0], **settings)
    with Image.open(made[0].path) as image:
        assert image.size == size
        red, _, blue = image.convert("RGB").getpixel((corner[0] % size[0], corner[1] % size[1]))  # type: ignore[misc]
    assert red > 200 and blue < 60


async def test_mirrored_pictures_are_mirrored(sandbox: Sandbox, video: Clip, clip_store: Clip, place: Path) -> None:
    path = video("mirrored.mp4", "-display_hflip:v:0 -i", clip_store("corner.mp4", RED_CORNER), "-c copy")
    made = await shots(sandbox, path, place, [0.0])
    with Image.open(made[0].path) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels[2, -3, 0] > 200 and pixels[2, 2, 2] > 200


async def test_runs_at_the_same_time_share_a_source(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path, places = video("grey.mp4"), [place / "one", place / "two"]
    for each in places:
        each.mkdir()
    made = await asyncio.gather(*(shots(sandbox, path, each, ["1s"]) for each in places))
    assert [[frame_of(shot.path) for shot in found] for found in made] == [[10], [10]]


async def test_a_full_disk_is_no_fault_of_the_video(sandbox: Sandbox, video: Clip, place: Path) -> None:
    """The child says so by the words of the system, whoever in it met them."""

    class Full(Sandbox):
        async def run(self, argv: Sequence[Argument], **options: Any) -> Completed:
            if "minivod.media.pictures.child_shots" in argv:
                return Completed(1, b"", f"OSError: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}".encode())
            return await super().run(argv, **options)

    with pytest.raises(OSError, match="no space left for working files") as told:
        await shots(Full(sandbox.limits), video("grey.mp4"), place, ["1s"])
    assert told.value.errno == errno.ENOSPC
    assert os.listdir(place) == []  # noqa: PTH208


async def test_files_have_a_bound(sandbox: Sandbox, video: Clip, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "LARGEST", 2000)
    path = video("noise.mp4", "-f lavfi -i color=gray:size=320x180 -vf noise=alls=100 -t 0.2 -c:v libx264 -qp 4")
    with pytest.raises(Unfit, match="more than 2000 bytes") as told:
        await shots(sandbox, path, place, [0.0])
    assert told.value.code == "InvalidInput.ResultFileSizeTooLarge"


@pytest.mark.parametrize("coded", ["together", "apart"])
async def test_pictures_of_interlaced_videos_have_no_combs(
    sandbox: Sandbox, video: Clip, place: Path, coded: str
) -> None:
    """A bar that moves is in another place in each field, and as high as the picture."""
    bar = "-f lavfi -i color=black:size=160x128:rate=50 -f lavfi -i color=white:size=32x128:rate=50 -t 0.6"
    woven = "-filter_complex [0][1]overlay=x=n*4:shortest=1,interlace=scan=tff:lowpass=off"
    path = (
        video("together.mp4", bar, f"{woven} -c:v libx264 -preset ultrafast -qp 4 -flags +ilme+ildct -x264opts tff=1")
        if coded == "together"
        else video("apart.mp4", bar, f"{woven},separatefields -c:v libx265 -x265-params log-level=error:interlace=tff")
    )
    [shot] = await shots(sandbox, path, place, ["0.2s"], Format="png")
    with Image.open(shot.path) as image:
        assert image.size == (160, 128)
        pixels = np.asarray(image.convert("L")).astype(float)
    assert pixels.max() > 200
    assert np.abs(np.diff(pixels[8:-8], axis=0)).mean() < 2


async def test_pixels_become_square(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("wide.mp4", "-f lavfi -i color=red:size=90x90 -vf setsar=16/9 -t 0.2 -c:v libx264")
    made = await shots(sandbox, path, place, [0.0], Format="jpg")
    with Image.open(made[0].path) as image:
        assert (image.size, image.format) == ((160, 90), "JPEG")


@pytest.mark.parametrize(("fill", "bar"), [("black", (0, 0, 0)), ("white", (255, 255, 255)), ("gauss", None)])
async def test_bars(sandbox: Sandbox, video: Clip, place: Path, fill: str, bar: tuple[int, int, int] | None) -> None:
    path = video("corner.mp4", RED_CORNER)
    made = await shots(sandbox, path, place, [0.0], Width=160, Height=160, FillType=fill, Format="webp")
    with Image.open(made[0].path) as image:
        assert image.format == "WEBP"
        pixels = np.asarray(image.convert("RGB"))
    top, middle = pixels[2, 158], pixels[80, 150]
    assert middle[2] > 200 and middle[0] < 60
    if bar is None:
        assert top[2] > 150
    else:
        assert np.abs(top.astype(int) - bar).max() <= 6


async def test_hdr_is_toned(sandbox: Sandbox, video: Clip, place: Path) -> None:
    """Paper white of PQ is a code of 58 %, which would be grey."""
    colours = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
    source = "-f lavfi -i color=0x949494:size=64x64 -t 0.2 -vf scale=out_color_matrix=bt2020,format=yuv420p10le"
    source += ",setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    path = video("pq.mp4", f"{source} -c:v libx265 -x265-params log-level=error {colours}")
    made = await shots(sandbox, path, place, [0.0])
    with Image.open(made[0].path) as image:
        assert float(np.asarray(image).mean()) > 190


async def test_marks_are_seen_at_their_time(sandbox: Sandbox, video: Clip, place: Path, tmp_path: Path) -> None:
    path, logo = video("grey.mp4"), tmp_path / "logo"
    Image.new("RGB", (8, 8), "red").save(logo, "PNG")
    part = ImageWatermark(ImageContent="", Width="8px")
    settings = Watermark(Type="image", CoordinateOrigin="BottomRight", ImageTemplate=part)
    marks = [Mark(settings=settings, picture=logo, start=1.0, end=-1.0)]
    made = await snapshots(
        sandbox, path, await read(sandbox, path), stills(), offsets=["0.5s", "1.5s", "2.5s"], marks=marks,
        place=place, on_progress=Progress(),
    )  # fmt: skip
    red = []
    for shot in made:
        with Image.open(shot.path) as image:
            pixels = np.asarray(image.convert("RGB")).astype(int)
        red.append(bool(pixels[-4, -4, 0] - pixels[-4, -4, 2] > 200))
        assert abs(pixels[4, 4, 0] - pixels[4, 4, 2]) < 10
    assert red == [False, True, False]
    assert sorted(one.name for one in place.iterdir()) == [f"0000{number}.png" for number in (1, 2, 3)]  # noqa: ASYNC240


@pytest.mark.parametrize(
    ("kind", "interval", "expected"), [("Time", 1, [0, 10, 20]), ("Percent", 25, [0, 7, 15, 22]), ("Time", 9, [0])]
)
async def test_samples(
    sandbox: Sandbox, video: Clip, place: Path, kind: str, interval: int, expected: list[int]
) -> None:
    path, told = video("grey.mp4"), Progress()
    made = await samples(
        sandbox, path, await read(sandbox, path), sampled(kind, interval), marks=(), place=place, on_progress=told
    )
    assert [frame_of(shot.path) for shot in made] == expected
    assert [shot.time for shot in made] == pytest.approx([number / 10 for number in expected], abs=0.06)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("kind", "value", "expected"), [("Time", 2.0, 20), ("Percent", 10.0, 3), ("Percent", 100.0, 29)]
)
async def test_covers(sandbox: Sandbox, video: Clip, place: Path, kind: str, value: float, expected: int) -> None:
    path = video("grey.mp4")
    made = await cover(
        sandbox, path, await read(sandbox, path), stills(), position_type=kind, position_value=value, marks=(),
        place=place, on_progress=Progress(),
    )  # fmt: skip
    assert frame_of(made) == expected


async def test_covers_outside_are_refused(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("grey.mp4")
    metadata = await read(sandbox, path)
    for kind, value in (("Time", 9.0), ("Percent", 101.0), ("Time", -1.0)):
        with pytest.raises(Unfit) as told:
            await cover(
                sandbox, path, metadata, stills(), position_type=kind, position_value=value, marks=(), place=place,
                on_progress=Progress(),
            )  # fmt: skip
        assert told.value.code == "InvalidInput.InvalidTimeOffset"


async def test_pictures_that_would_be_too_large_are_refused(sandbox: Sandbox, video: Clip, place: Path) -> None:
    path = video("strip.mp4", "-f lavfi -i color=red:size=16x1024 -t 0.1 -c:v libx264")
    with pytest.raises(Unfit, match="Width and Height must be smaller") as told:
        await shots(sandbox, path, place, [0.0], Width=4096, ResolutionAdaptive="close")
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"
