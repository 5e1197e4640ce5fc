"""Frames that review gets: all that a viewer could see, upright and in order."""

import asyncio
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from minivod.media.frames import Frame, frames, picture
from minivod.media.probe import NotMedia, probe
from minivod.media.sandbox import Sandbox

from ...processes import children
from ...waiting import until

Clip = Callable[..., Path]


async def collect(sandbox: Sandbox, path: Path, interval: float = 1.0) -> list[Frame]:
    return [frame async for frame in frames(sandbox, path, await probe(sandbox, path), interval)]


@pytest.mark.parametrize("name", ["plain.mp4", "long_gop.mp4", "short_gop.mp4", "intra.mp4", "hevc.mp4", "web.webm"])
@pytest.mark.parametrize("interval", [1.0, 0.5])
async def test_no_gap_and_both_ends(sandbox: Sandbox, clip: Clip, name: str, interval: float) -> None:
    path = clip(name)
    duration = (await probe(sandbox, path)).duration
    found = await collect(sandbox, path, interval)
    times = [frame.time for frame in found]
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(duration - 1 / 25, abs=0.03)
    assert max(other - one for one, other in pairwise(times)) <= interval + 0.001
    assert max(other - one for one, other in pairwise(times) if other <= 1 or one >= duration - 1) <= 0.26
    assert all(frame.image.shape == (180, 320, 3) and frame.image.dtype == np.uint8 for frame in found)
    assert found[0].keyframe


async def test_frames_are_those_of_the_video(sandbox: Sandbox, clip: Clip) -> None:
    colours = ("red", "lime", "blue")
    inputs = [word for colour in colours for word in ("-f", "lavfi", "-t", "2", "-i", f"color={colour}:size=1280x720")]
    arguments = [*inputs, "-filter_complex", "concat=n=3", "-c:v", "libx264", "-preset", "ultrafast", "-g", "500"]
    found = await collect(sandbox, clip("colours.mp4", *arguments))
    for frame in found:
        assert frame.image.shape == (360, 640, 3)
        assert frame.image.mean(axis=(0, 1)).argmax() == min(int(frame.time / 2), 2)


async def test_rotated_video_is_upright(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    arguments = "-f lavfi -i color=black:size=320x180 -vf drawbox=w=40:h=40:color=red:t=fill -t 1 -c:v libx264"
    corner = clip_store("corner.mp4", arguments)
    for degrees, place in ((90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))):
        path = clip(f"corner{degrees}.mp4", "-display_rotation:v:0", str(360 - degrees), "-i", corner, "-c", "copy")
        image = (await collect(sandbox, path))[0].image
        assert image.shape == ((320, 180, 3) if degrees != 180 else (180, 320, 3))
        assert image[place][0] > 150


async def test_pixels_that_are_not_square(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    squeezed = "-f lavfi -i color=red:size=64x180 -vf setsar=5 -t 1 -c:v libx264 -preset ultrafast"
    image = (await collect(sandbox, clip("squeezed.mp4", squeezed)))[0].image
    assert image.shape == (180, 320, 3)


async def test_frames_hidden_by_an_edit_list_are_seen(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    inputs = "-f lavfi -t 2 -i color=red:size=64x64 -f lavfi -t 2 -i color=lime:size=64x64"
    whole = clip_store("halves.mp4", inputs, "-filter_complex", "concat", "-c:v", "libx264", "-g", "500")
    path = clip("cut.mp4", "-ss", "2", "-i", whole, "-c", "copy")  # copying from 2 s keeps what 2 s builds on
    assert (await probe(sandbox, path)).duration == pytest.approx(2.0, abs=0.1)
    assert b"elst" in path.read_bytes()
    found = await collect(sandbox, path)
    assert {int(frame.image.mean(axis=(0, 1)).argmax()) for frame in found} == {0, 1}


RED = "drawbox=color=red:t=fill:enable="


def red(found: list[Frame]) -> list[float]:
    """Times of the frames that are red all over."""
    return [frame.time for frame in found if frame.image[..., 0].mean() > 150 > frame.image[..., 1].mean() + 100]


async def test_what_is_blanked_out_in_keyframes_alone_is_seen(sandbox: Sandbox, clip: Clip) -> None:
    """Keyframes a second apart are all that an interval of a second needs; who knows that could hide the rest."""
    shown = f"{RED}'mod(n,25)*between(t,2,58)'"
    encoder = "-t 60 -c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -sc_threshold 0"
    path = clip("blanked.mp4", "-f lavfi -i color=lime:size=64x64:rate=25 -vf", shown, encoder)
    found = await collect(sandbox, path)
    assert len(red(found)) >= 5  # 14 at random, each of which may be a keyframe
    assert len(found) < 90


async def test_a_slideshow_whose_frames_are_decoded_out_of_order(sandbox: Sandbox, clip: Clip) -> None:
    """B-frames come after the P-frame that follows them, which is displayed just before the next keyframe."""
    shown = f"{RED}'between(mod(n,5),1,3)'"
    encoder = "-t 40 -c:v libx264 -preset veryfast -g 5 -keyint_min 5 -bf 3 -b_strategy 0 -sc_threshold 0"
    path = clip("slides.mp4", "-f lavfi -i color=lime:size=64x64:rate=1 -vf", shown, encoder)
    found = await collect(sandbox, path)
    assert [round(frame.time) for frame in found] == list(range(40))
    assert [round(time) for time in red(found)] == [time for time in range(40) if 0 < time % 5 < 4]


async def test_a_first_frame_that_is_displayed_last_is_refused(sandbox: Sandbox, clip: Clip) -> None:
    encoder = "-t 4 -c:v libx264 -preset ultrafast -bf 0 -g 500"
    late = ["-bsf:v", r"setts=pts=if(eq(N\,0)\,PTS+20/TB\,PTS)"]
    path = clip("late.mp4", "-f lavfi -i color=lime:size=64x64:rate=25", encoder, *late)
    with pytest.raises(NotMedia, match="cannot be decoded"):
        await collect(sandbox, path)


async def test_a_long_slideshow(sandbox: Sandbox, clip: Clip) -> None:
    found = await collect(sandbox, clip("slow.mp4"), 1.0)
    assert [round(frame.time) for frame in found] == list(range(3000))


async def test_damaged_frames_are_passed_over(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("intra.mp4")
    content = bytearray(path.read_bytes())
    middle = content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)
    times = [frame.time for frame in await collect(sandbox, path)]
    assert times[-1] > 3.9


async def test_a_stretch_that_cannot_be_decoded_is_refused(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("intra.mp4")
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start + (len(content) - start) // 8 : -8000] = bytes(
        len(content) - 8000 - start - (len(content) - start) // 8
    )
    path.write_bytes(content)
    with pytest.raises(NotMedia, match="cannot be decoded"):
        await collect(sandbox, path, 0.5)


async def test_a_slow_reader_makes_the_decoder_wait(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("intra.mp4")
    metadata = await probe(sandbox, path)
    seen = 0
    async for _ in frames(sandbox, path, metadata, 0.25):
        await asyncio.sleep(0.02)
        seen += 1
    assert seen > 15


def tools() -> set[int]:
    """The children of our fork servers, which are children of ours."""
    return {tool for server in children(os.getpid()) for tool in children(server)}


async def test_leaving_early_ends_the_decoder(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("slow.mp4")
    metadata = await probe(sandbox, path)
    before = tools()
    during: set[int] = set()
    async for _ in frames(sandbox, path, metadata, 1.0):
        during = tools() - before
        break
    assert during

    async def ended() -> bool:
        return not tools() - before

    await until(ended, "the end of the decoder")


async def test_without_video(sandbox: Sandbox, clip: Clip) -> None:
    with pytest.raises(NotMedia, match="no video"):
        await collect(sandbox, clip("sound.mp4"))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("picture.png", (100, 200, 3)),
        ("picture.gif", (100, 200, 3)),
        ("picture.webp", (100, 200, 3)),
        ("picture.jpg", (1440, 1920, 3)),
    ],
)
async def test_pictures(sandbox: Sandbox, clip: Clip, name: str, shape: tuple[int, int, int]) -> None:
    frame = await picture(sandbox, clip(name))
    assert (frame.image.shape, frame.time) == (shape, 0.0)
    assert frame.image.std() > 20
