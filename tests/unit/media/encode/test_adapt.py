"""A ladder: what its master says is true, and its levels have keyframes in the same places."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minivod.media.encode import Ladder, adapt
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit
from minivod.templates.adaptive import AdaptiveDynamicStreaming, AdaptiveStream
from minivod.templates.presets import ADAPTIVE_DYNAMIC_STREAMING
from minivod.templates.streams import AudioStream, VideoStream

from .outputs import joined, packets

Clip = Callable[..., Path]
Adapt = Callable[..., Any]
ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')
SOURCE = (
    "-f lavfi -i testsrc2=size=256x144:rate=25 -f lavfi -i sine=sample_rate=44100 -t 3 "
    "-c:v libx264 -preset ultrafast -c:a aac"
)


def stream(height: int, *, codec: Any = "libx264", bitrate: int = 128, sound: int = 48, **rest: Any) -> AdaptiveStream:
    video = VideoStream(Codec=codec, Fps=rest.pop("fps", 25), Bitrate=bitrate, Height=height)
    return AdaptiveStream(Video=video, Audio=AudioStream(Codec="libfdk_aac", Bitrate=sound, SampleRate=44100), **rest)


def ladder(*streams: AdaptiveStream, segments: Any = "ts-segment", **rest: Any) -> AdaptiveDynamicStreaming:
    return AdaptiveDynamicStreaming(
        Format="HLS", StreamInfos=list(streams), SegmentType=segments, SegmentDuration=1, **rest
    )


@pytest.fixture
def make(sandbox: Sandbox, tmp_path: Path) -> Adapt:
    async def run(source: Path, template: AdaptiveDynamicStreaming) -> Ladder:
        place = tmp_path / "ladder"
        place.mkdir()
        told: list[float] = []
        found = await adapt(
            sandbox, source, await probe(sandbox, source), template, marks=[], place=place, threads=2,
            on_progress=told.append,
        )  # fmt: skip
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert sorted(path.name for path in place.iterdir()) == sorted(found.files)
        return found

    return run


def variants(made: Ladder) -> list[tuple[dict[str, str], str]]:
    """Attributes and playlist of each variant of the master."""
    lines = made.files[made.entry].read_text().splitlines()
    return [
        ({name: value.strip('"') for name, value in ATTRIBUTE.findall(line.partition(":")[2])}, lines[number + 1])
        for number, line in enumerate(lines)
        if line.startswith("#EXT-X-STREAM-INF:")
    ]


def segments(made: Ladder, playlist: str) -> list[Path]:
    lines = made.files[playlist].read_text().splitlines()
    initial = [re.findall('URI="(.*)"', line)[0] for line in lines if line.startswith("#EXT-X-MAP")]
    return [made.files[name] for name in (*initial, *(line for line in lines if line and line[0] != "#"))]


async def test_levels_in_transport_streams(make: Adapt, clip: Clip, sandbox: Sandbox, tmp_path: Path) -> None:
    made = await make(clip("source.mp4", SOURCE), ladder(stream(72), stream(144, bitrate=400)))
    found = variants(made)
    assert [attributes["RESOLUTION"] for attributes, _ in found] == ["128x72", "256x144"]
    assert [(one.type, one.width, one.height) for one in made.streams] == [("video", 128, 72), ("video", 256, 144)]
    keys = []
    for (attributes, playlist), told in zip(found, made.streams, strict=True):
        video, audio = attributes["CODECS"].split(",")
        assert re.fullmatch(r"avc1\.64[0-9A-F]{4}", video)
        assert audio == "mp4a.40.2"
        files = segments(made, playlist)
        assert len(files) == 3
        rates = [path.stat().st_size * 8 for path in files]
        assert int(attributes["BANDWIDTH"]) == pytest.approx(max(rates), rel=0.05)
        assert int(attributes["AVERAGE-BANDWIDTH"]) == pytest.approx(sum(rates) / 3, rel=0.05)
        assert float(attributes["FRAME-RATE"]) == 25.0
        assert told.size == sum(path.stat().st_size for path in (*files, made.files[playlist]))
        whole = joined(files, tmp_path / "whole.ts")
        assert (await probe(sandbox, whole)).audio
        keys.append([round(time, 3) for time, key, _ in packets(whole) if key])
    assert keys[0] == keys[1]
    assert len(keys[0]) == 3
    assert made.duration == pytest.approx(3.0, abs=0.1)
    assert made.size == sum(path.stat().st_size for path in made.files.values())


async def test_sound_apart_in_fragmented_mp4(make: Adapt, clip: Clip, sandbox: Sandbox, tmp_path: Path) -> None:
    template = ladder(stream(72, codec="libx265"), stream(144, codec="libx265", sound=96), segments="mp4-mp4-segment")
    made = await make(clip("source.mp4", SOURCE), template)
    master = made.files[made.entry].read_text()
    sounds = dict(re.findall(r'GROUP-ID="(\w+)".*URI="([\w.]+)"', master))
    for attributes, playlist in variants(made):
        assert re.fullmatch(r"hvc1\.1\.6\.L\d+\.[0-9A-F.]+,mp4a\.40\.2", attributes["CODECS"])
        picture = await probe(sandbox, joined(segments(made, playlist), tmp_path / "picture.mp4"))
        assert (len(picture.video), len(picture.audio), picture.video[0].codec_tag) == (1, 0, "hvc1")
        sound = await probe(sandbox, joined(segments(made, sounds[attributes["AUDIO"]]), tmp_path / "sound.mp4"))
        assert (len(sound.video), len(sound.audio)) == (0, 1)
    assert len(sounds) == 2


async def test_levels_above_the_source_are_left_out_when_the_template_says_so(make: Adapt, clip: Clip) -> None:
    levels = [stream(72), stream(144), stream(360)]
    made = await make(clip("source.mp4", SOURCE), ladder(*levels, DisableHigherVideoResolution=1))
    assert [attributes["RESOLUTION"] for attributes, _ in variants(made)] == ["128x72", "256x144"]


async def test_one_level_is_always_made(make: Adapt, clip: Clip) -> None:
    made = await make(clip("source.mp4", SOURCE), ADAPTIVE_DYNAMIC_STREAMING[10].settings)
    assert [attributes["RESOLUTION"] for attributes, _ in variants(made)] == ["256x144"]


async def test_a_level_of_sound_and_one_frame_rate_for_all(make: Adapt, clip: Clip) -> None:
    template = ladder(stream(72, fps=10), stream(144, fps=25), stream(144, RemoveVideo=1))
    made = await make(clip("source.mp4", SOURCE), template)
    found = [attributes for attributes, _ in variants(made)]
    assert [float(attributes.get("FRAME-RATE", 0)) for attributes in found] == [10, 10, 0]
    assert found[2]["CODECS"] == "mp4a.40.2"
    assert [one.type for one in made.streams] == ["video", "video", "audio"]


@pytest.mark.parametrize("segments", ["ts-segment", "ts-ts-segment", "mp4-mp4-segment"])
@pytest.mark.parametrize(("pictures", "sound"), [(2, 1), (1, 2)])
async def test_streams_that_do_not_end_together(
    make: Adapt, clip: Clip, segments: str, pictures: int, sound: int
) -> None:
    """Each playlist lasts as long as what is in it."""
    source = clip(
        f"ends{pictures}.mp4",
        f"-f lavfi -i testsrc2=size=64x64:rate=25:d={pictures} -f lavfi -i sine=d={sound} "
        "-c:v libx264 -preset ultrafast -c:a aac",
    )
    made = await make(source, ladder(stream(144), stream(144, RemoveVideo=1), segments=segments))
    assert [one.type for one in made.streams] == ["video", "audio"]
    assert made.duration == pytest.approx(2.0, abs=0.12)


async def test_a_source_without_sound(make: Adapt, clip: Clip) -> None:
    source = clip("mute.mp4", "-f lavfi -i testsrc2=size=64x64 -t 1 -c:v libx264 -preset ultrafast")
    for_apart = ladder(stream(144), segments="ts-ts-segment")
    made = await make(source, for_apart)
    [(attributes, _)] = variants(made)
    assert "AUDIO" not in attributes
    assert "," not in attributes["CODECS"]


async def test_a_source_without_pictures(make: Adapt, clip: Clip) -> None:
    with pytest.raises(Unfit) as caught:
        await make(clip("sound.mp4"), ladder(stream(144)))
    assert caught.value.code == "SourceFileError.NoVideoMedia"
