"""Watermarks lie where and when they should, upright, on renditions and on every level of a ladder, moving or not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from minivod.media.encode import adapt
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.watermarks import Mark
from minivod.templates.adaptive import AdaptiveDynamicStreaming, AdaptiveStream
from minivod.templates.streams import AudioStream, VideoStream
from minivod.templates.watermark import ImageWatermark, Watermark

from .conftest import Encode
from .outputs import colour, near, pictures

Clip = Callable[..., Path]
GREY = "-f lavfi -i color=gray:size=128x96:rate=10 -t 1 -c:v libx264 -preset ultrafast"
RED = "-f lavfi -i color=red:size=32x32 -frames:v 1"


def mark(
    picture: Path, *, start: float = 0.0, end: float | None = None, origin: str = "TopLeft", repeat: str = "repeat"
) -> Mark:
    image = ImageWatermark(ImageContent="", Width="32px", Height="32px", RepeatType=repeat)  # type: ignore[arg-type]
    settings = Watermark(Type="image", CoordinateOrigin=origin, ImageTemplate=image)  # type: ignore[arg-type]
    return Mark(settings=settings, picture=picture, start=start, end=end)


async def test_marks_come_and_go(encode: Encode, clip: Clip) -> None:
    red = clip("red.png", RED)
    marks = [mark(red, start=0.3, end=0.6), mark(red, origin="BottomRight")]
    made = await encode(clip("grey.mp4", GREY), marks=marks)
    seen = {round(time, 1): picture for time, picture in pictures(made.files[made.entry])}
    for time, shown in ((0.0, False), (0.2, False), (0.3, True), (0.5, True), (0.7, False), (0.9, False)):
        expected = (255, 0, 0) if shown else (128, 128, 128)
        assert near(colour(seen[time], 0.1, 0.1), expected, within=30), time
        assert near(colour(seen[time], 0.9, 0.9), (255, 0, 0), within=30), time
    assert sorted(path.name for path in made.files[made.entry].parent.iterdir()) == ["output.mp4"]


async def test_a_mark_on_a_turned_source_is_upright(encode: Encode, clip: Clip, clip_store: Clip) -> None:
    source = clip("turned.mp4", "-display_rotation:v:0 90 -i", clip_store("grey.mp4", GREY), "-c copy")
    made = await encode(source, marks=[mark(clip("red.png", RED))], Fps=10)
    assert (made.metadata.width, made.metadata.height) == (96, 128)
    assert near(colour(pictures(made.files[made.entry])[0][1], 0.1, 0.1), (255, 0, 0), within=30)


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
async def test_marks_that_move(encode: Encode, clip: Clip, tmp_path: Path, kind: str) -> None:
    """Red and then blue, for 0.2 s each; what follows is for RepeatType to say."""
    moving = tmp_path / "moving"
    frames = [Image.new("RGB", (32, 32), name) for name in ("red", "blue")]
    frames[0].save(moving, kind, save_all=True, append_images=frames[1:], duration=200)
    corners = {"TopLeft": "repeat", "TopRight": "once", "BottomLeft": "repeat_last_frame"}
    marks = [mark(moving, origin=origin, repeat=repeat) for origin, repeat in corners.items()]
    marks.append(mark(moving, origin="BottomRight", repeat="once", start=0.4))
    made = await encode(clip("grey.mp4", GREY), marks=marks)
    seen = {round(time, 1): picture for time, picture in pictures(made.files[made.entry])}
    red, blue, none = (255, 0, 0), (0, 0, 255), (128, 128, 128)
    for time, expected in {
        0.1: (red, red, red, none), 0.3: (blue, blue, blue, none), 0.5: (red, none, blue, red),
        0.7: (blue, none, blue, blue), 0.9: (red, none, blue, none),
    }.items():  # fmt: skip
        found = [colour(seen[time], across, down) for across, down in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))]
        assert all(near(one, wanted, within=40) for one, wanted in zip(found, expected, strict=True)), (time, found)


async def test_marks_on_every_level_of_a_ladder(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    source, place = clip("grey.mp4", GREY), tmp_path / "ladder"
    place.mkdir()
    levels = [
        AdaptiveStream(
            Video=VideoStream(Codec="libx264", Fps=10, Bitrate=128, Height=height),
            Audio=AudioStream(Codec="libfdk_aac", Bitrate=48, SampleRate=44100),
        )
        for height in (96, 64)
    ]
    template = AdaptiveDynamicStreaming(Format="HLS", StreamInfos=levels, SegmentType="ts-segment", SegmentDuration=1)
    made = await adapt(
        sandbox, source, await probe(sandbox, source), template,
        marks=[mark(clip("red.png", RED)), mark(clip("red.png", RED), origin="BottomRight", start=0.5)],
        place=place, threads=2, on_progress=lambda _: None,
    )  # fmt: skip
    segments = [path for name, path in sorted(made.files.items()) if name.endswith(".ts")]
    assert len(segments) == 2
    for segment in segments:
        (_, first), *_, (_, last) = pictures(segment)
        assert near(colour(first, 0.1, 0.1), (255, 0, 0), within=40) and near(colour(last, 0.1, 0.1), (255, 0, 0), 40)
        assert near(colour(first, 0.95, 0.95), (128, 128, 128), within=40)
        assert near(colour(last, 0.95, 0.95), (255, 0, 0), within=40)
    assert sorted(path.name for path in place.iterdir()) == sorted(made.files)
