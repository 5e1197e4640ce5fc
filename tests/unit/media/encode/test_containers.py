"""Every container and codec that templates can ask for, and every preset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minivod.media.unfit import Unfit
from minivod.templates.presets import TRANSCODE
from minivod.templates.streams import AUDIO_CODECS, PURE_AUDIO

from .conftest import Encode
from .outputs import joined, packets

Clip = Callable[..., Path]
PAIRS = [(container, codec) for container, codecs in AUDIO_CODECS.items() for codec in codecs]
SOUNDS = [(*pair, 1 + number % 2) for number, pair in enumerate(PAIRS)]
"""Each codec of each container, with one channel or two in turn."""
NAMES = {
    "libfdk_aac": "aac", "libmp3lame": "mp3", "mp2": "mp3", "ac3": "ac3", "flac": "flac", "pcm16": "pcm_s16le",
}  # fmt: skip
SMALL = (
    "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine=sample_rate=48000 -t 0.5 "
    "-c:v libx264 -preset ultrafast -c:a aac"
)


@pytest.mark.parametrize(("container", "codec", "channels"), SOUNDS)
async def test_sounds(encode: Encode, clip: Clip, container: str, codec: str, channels: int) -> None:
    made = await encode(
        clip("small.mp4", SMALL), container=container, video=False, audio_Codec=codec, audio_AudioChannel=channels,
        audio_Bitrate=0,
    )  # fmt: skip
    [found] = made.metadata.audio
    assert (made.metadata.container, found.codec) == (container, NAMES[codec])
    assert (found.sampling_rate, found.channels) == (44100, channels)
    assert made.metadata.duration == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("codec", "bitrate"), [("mp2", 26), ("mp2", 256), ("ac3", 26), ("libmp3lame", 26)])
async def test_rates_that_a_codec_does_not_have(encode: Encode, clip: Clip, codec: str, bitrate: int) -> None:
    container = "m4a" if codec == "ac3" else "mp4"
    made = await encode(
        clip("small.mp4", SMALL), container=container, video=False, audio_Codec=codec, audio_Bitrate=bitrate
    )
    assert made.metadata.audio[0].codec == NAMES[codec]


async def test_mp3_in_flv_has_one_rate(encode: Encode, clip: Clip) -> None:
    with pytest.raises(Unfit, match=r"^AudioTemplate\.SampleRate is 48000; it must be 44100") as caught:
        await encode(clip("small.mp4", SMALL), container="flv", audio_Codec="libmp3lame", audio_SampleRate=48000)
    assert caught.value.code == "InvalidInput.ConfigurationUnsupported"


@pytest.mark.parametrize(
    ("container", "codec", "settings"),
    [
        ("mp4", "libx265", {}),
        ("mp4", "libx265", {"CodecTag": "hev1"}),
        ("mp4", "av1", {}),
        ("flv", "libx264", {}),
        ("flv", "libx265", {}),
        ("hls", "libx265", {}),
        ("mp4", "libx264", {"Mode": "CBR", "Bitrate": 200}),
        ("mp4", "libx265", {"Mode": "CBR", "Bitrate": 200}),
        ("mp4", "av1", {"Mode": "CBR", "Bitrate": 200}),
        ("mp4", "av1", {"Mode": "VBR", "Bitrate": 200}),
        ("mp4", "libx264", {"Mode": "ABR", "Bitrate": 200}),
        ("mp4", "libx264", {"Mode": "VCRF", "Vcrf": 40, "Bitrate": 200}),
        ("mp4", "av1", {"Vcrf": 51}),
        ("mp4", "libx264", {"Bframes": 16, "Gop": 100_000}),
    ],
)
async def test_pictures(encode: Encode, clip: Clip, container: str, codec: str, settings: dict[str, Any]) -> None:
    made = await encode(clip("small.mp4", SMALL), container=container, Codec=codec, **settings)
    [video] = made.metadata.video
    assert video.codec == {"libx264": "h264", "libx265": "hevc", "av1": "av1"}[codec]
    if (container, codec) == ("mp4", "libx265"):
        assert video.codec_tag == settings.get("CodecTag", "hvc1")


@pytest.mark.parametrize(
    ("profile", "found"), [("baseline", "Constrained Baseline"), ("main", "Main"), ("high", "High")]
)
async def test_profiles(encode: Encode, clip: Clip, profile: str, found: str) -> None:
    made = await encode(clip("small.mp4", SMALL), VideoProfile=profile)
    assert made.metadata.video[0].format.profile in (found, "Baseline" if profile == "baseline" else found)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "av1"])
@pytest.mark.parametrize("frames", [0, 10, 16])
async def test_frames_between_references(encode: Encode, clip: Clip, codec: str, frames: int) -> None:
    made = await encode(clip("small.mp4", SMALL), Codec=codec, Bframes=frames)
    assert made.metadata.duration == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"Gop": 5, "Fps": 25}, [0.0, 0.2, 0.4]), ({"Gop": 1, "GopUnit": "second", "Fps": 25}, [0.0, 1.0]),
     ({"Fps": 0}, [0.0])],
)  # fmt: skip
async def test_distance_of_keyframes(
    encode: Encode, clip: Clip, settings: dict[str, Any], expected: list[float]
) -> None:
    still = "-f lavfi -i color=gray:size=64x64:rate=25 -t 1.2 -c:v libx264 -preset ultrafast"
    made = await encode(clip("still.mp4", still), **settings)
    keys = [time for time, key, _ in packets(made.files[made.entry]) if key]
    assert keys[: len(expected)] == pytest.approx(expected, abs=0.001)
    assert len(keys) == (6 if "frame" not in settings and settings.get("Gop") == 5 else len(expected))


@pytest.mark.parametrize("kind", ["ts", "fmp4"])
async def test_segments_begin_with_keyframes(encode: Encode, clip: Clip, tmp_path: Path, kind: str) -> None:
    source = clip("longer.mp4", SMALL.replace("-t 0.5", "-t 2.4"))
    made = await encode(source, container="hls", HlsTime=1, of_SegmentType=kind)
    assert made.entry == "output.m3u8"
    names = [name for name in made.files if name.endswith((".ts", ".m4s"))]
    initial = [made.files[name] for name in made.files if name.endswith("init.mp4")]
    assert (len(names), len(initial)) == (3, int(kind == "fmp4"))
    lines = made.files[made.entry].read_text().splitlines()
    assert [line for line in lines if line and line[0] != "#"] == names
    for name in names:
        one = joined([*initial, made.files[name]], tmp_path / f"one-{name}")
        assert next(key for _, key, _ in packets(one))
    assert made.size == sum(path.stat().st_size for path in made.files.values())
    assert made.metadata.container == "hls"


@pytest.mark.parametrize("definition", [10, 210, 10046, 370, 610, 710, 100800, 101010, 1100, 1020])
async def test_presets(encode: Encode, clip: Clip, definition: int) -> None:
    asked = TRANSCODE[definition].settings
    made = await encode(clip("small.mp4", SMALL), asked)
    assert made.metadata.container == asked.Container
    assert bool(made.metadata.video) == (asked.Container not in PURE_AUDIO)
    assert (made.metadata.width, made.metadata.height) in ((64, 64), (0, 0))


async def test_bit_rates_are_counted(encode: Encode, clip: Clip) -> None:
    """A transport stream does not tell them, and adds to what it carries."""
    source = clip("noisy.mp4", "-f lavfi -i testsrc2=size=128x96:rate=25 -f lavfi -i anoisesrc -t 2 -c:a aac")
    rates = {}
    for container in ("mp4", "hls"):
        found = (await encode(source, container=container)).metadata
        (video,), (audio,) = found.video, found.audio
        assert found.bitrate == pytest.approx(found.size * 8 / found.duration, rel=0.05)
        assert 0 < video.bitrate < found.bitrate - audio.bitrate
        rates[container] = video.bitrate
    assert rates["hls"] == pytest.approx(rates["mp4"], rel=0.1)
