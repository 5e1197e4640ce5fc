"""Watermarks lie where and when they should, upright, on renditions and on every level of a ladder."""

from collections.abc import Callable
from pathlib import Path

from minivod.media.watermarks import Mark
from minivod.templates.watermark import ImageWatermark, Watermark

from .conftest import Encode
from .outputs import colour, near, pictures

Clip = Callable[..., Path]
GREY = "-f lavfi -i color=gray:size=128x96:rate=10 -t 1 -c:v libx264 -preset ultrafast"
RED = "-f lavfi -i color=red:size=32x32 -frames:v 1"


def mark(picture: Path, *, start: float = 0.0, end: float | None = None, origin: str = "TopLeft") -> Mark:
    image = ImageWatermark(ImageContent="", Width="32px", Height="32px")
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
