"""Picture and sound stay in step, and a cut begins and ends where it was asked to."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media.unfit import Unfit

from .conftest import Encode
from .outputs import joined, pictures, sound

Clip = Callable[..., Path]
FLASH = "-f lavfi -i color=black:size=64x64:rate=25 -vf geq=lum='if(between(T,1.0,1.19),235,16)':cb=128:cr=128"
BEEP = "-f lavfi -i aevalsrc='if(between(t,1,1.2),0.8*sin(2*PI*1000*t),0)':s=44100"
CODED = "-c:v libx264 -preset ultrafast -g 10 -c:a aac -t 2"
COUNTER = (
    "-f lavfi -i color=black:size=64x64:rate=25 -t 4 -vf geq=lum='16+N*2':cb=128:cr=128 "
    "-c:v libx264 -preset ultrafast -qp 4 -g 30"
)


def out_of_step(path: Path) -> float:
    """Seconds from the flash to the beep."""
    flash = next(time for time, picture in pictures(path) if picture.mean() > 128)
    rate, begin, samples = sound(path)
    beep = begin + float(np.flatnonzero(np.abs(samples) > 0.3)[0]) / rate
    return beep - flash


def flash_and_beep(clip: Clip, name: str, late: str = "") -> Path:
    picture, tone = FLASH.split(" -vf ")
    return clip(name, f"{picture} {BEEP} -vf {tone} {late} {CODED}")


@pytest.mark.parametrize("container", ["mp4", "hls", "flv"])
async def test_a_flash_and_a_beep(encode: Encode, clip: Clip, tmp_path: Path, container: str) -> None:
    made = await encode(flash_and_beep(clip, "flash.mp4"), container=container, Fps=25)
    files = [path for name, path in made.files.items() if not name.endswith("m3u8")]
    assert abs(out_of_step(joined(files, tmp_path / "whole"))) <= 0.041


@pytest.mark.parametrize("which", ["sound", "picture"])
@pytest.mark.parametrize("fps", [0, 24])
async def test_what_begins_late_stays_in_step(
    encode: Encode, clip: Clip, clip_store: Clip, which: str, fps: int
) -> None:
    """The streams of the first half second are left out of one stream."""
    whole = clip_store("flash-whole.mkv", f"{FLASH.split(' -vf ')[0]} {BEEP} -vf {FLASH.split(' -vf ')[1]} {CODED}")
    first, second = ("0:v", "1:a") if which == "sound" else ("1:v", "0:a")
    source = clip(
        f"late-{which}.mkv", "-i", whole, "-ss 0.6 -copyts -i", whole, f"-map {first} -map {second} -c copy",
    )  # fmt: skip
    made = await encode(source, Fps=fps)
    path = made.files[made.entry]
    assert abs(out_of_step(path)) <= 0.045
    assert pictures(path)[0][0] == pytest.approx(0.0, abs=0.001)


def numbers(path: Path) -> list[int]:
    """Of the frames of the counter, by their brightness."""
    return [round((16 + picture.mean() * 219 / 255 - 16) / 2) for _, picture in pictures(path)]


@pytest.mark.parametrize("name", ["counter.mp4", "counter.mkv", "counter.ts"])
async def test_a_cut_is_exact_to_a_frame(encode: Encode, clip: Clip, name: str) -> None:
    source = clip(name, COUNTER)
    made = await encode(source, start=1.0, end=2.0)
    seen = numbers(made.files[made.entry])
    assert len(seen) == 25
    assert abs(seen[0] - 25) <= 1
    assert abs(seen[-1] - 49) <= 1
    assert made.metadata.duration == pytest.approx(1.0, abs=0.04)


SLIDES = "-f lavfi -i color=black:size=64x64:rate=0.5 -t 8 -vf geq=lum='16+N*40':cb=128:cr=128"


@pytest.mark.parametrize("name", ["slides.mp4", "slides.ts"])
@pytest.mark.parametrize("fps", [0, 10])
async def test_a_cut_shows_what_is_shown_when_it_begins(encode: Encode, clip: Clip, name: str, fps: int) -> None:
    """Which began long before: no frame begins within the cut."""
    source = clip(name, f"{SLIDES} -c:v libx264 -preset ultrafast -qp 4 -g 10")
    made = await encode(source, start=4.5, end=5.5, Fps=fps)
    assert [round(one * 2 / 40) for one in numbers(made.files[made.entry])] == [2] * (fps or 1)
    assert made.metadata.duration == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("container", ["mp4", "ts"])
@pytest.mark.parametrize(("seconds", "which"), [((3, 1), "sound"), ((1, 3), "picture")])
@pytest.mark.parametrize("fps", [0, 25])
async def test_a_cut_after_the_end_of_one_stream(
    encode: Encode, clip: Clip, container: str, seconds: tuple[int, int], which: str, fps: int
) -> None:
    """There is silence, or the last picture."""
    pictures_of, sound_of = seconds
    source = clip(
        f"no-{which}.{container}",
        f"-f lavfi -i color=white:size=64x64:rate=25:d={pictures_of} -f lavfi -i sine=d={sound_of} "
        "-c:v libx264 -preset ultrafast -g 10 -c:a aac",
    )
    made = await encode(source, start=2.0, end=2.5, Fps=fps)
    path = made.files[made.entry]
    assert made.metadata.duration == pytest.approx(0.5, abs=0.1)
    assert min(picture.mean() for _, picture in pictures(path)) > 200
    assert (np.abs(sound(path)[2]).max() < 0.01) == (which == "sound")


async def test_offsets_from_the_end(encode: Encode, clip: Clip) -> None:
    made = await encode(clip("counter.mp4", COUNTER), start=-1.0, end=-0.4)
    seen = numbers(made.files[made.entry])
    assert len(seen) == 15
    assert abs(seen[0] - 75) <= 1


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [(4.5, None, "StartTimeOffset"), (-5.0, None, "StartTimeOffset"), (0.0, 9.0, "EndTimeOffset"),
     (2.0, 1.0, "EndTimeOffset"), (0.0, -4.0, "EndTimeOffset")],
)  # fmt: skip
async def test_offsets_outside_of_the_source(
    encode: Encode, clip: Clip, start: float, end: float | None, name: str
) -> None:
    with pytest.raises(Unfit, match=f"^{name} is ") as caught:
        await encode(clip("counter.mp4", COUNTER), start=start, end=end)
    assert caught.value.code == "InvalidInput.InvalidTimeOffset"
