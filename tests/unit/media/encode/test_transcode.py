"""An ordinary source becomes what the template says, in one file that plays at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit
from minivod.templates.presets import TRANSCODE

from .conftest import Encode
from .outputs import packets, pictures
from .recipes import template

Clip = Callable[..., Path]
LARGE = (
    "-f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi -i sine=sample_rate=48000 -t 1 "
    "-c:v libx264 -preset ultrafast -c:a aac"
)


async def test_template_10_makes_an_mp4_that_starts_at_once(encode: Encode, clip: Clip) -> None:
    told: list[float] = []
    made = await encode(clip("large.mp4", LARGE), TRANSCODE[10].settings, told=told)
    [video], [audio] = made.metadata.video, made.metadata.audio
    assert list(made.files) == [made.entry] == ["output.mp4"]
    assert made.size == made.files[made.entry].stat().st_size == made.metadata.size
    assert (made.metadata.container, made.metadata.faststart) == ("mp4", True)
    assert (video.codec, video.codec_tag, video.width, video.height, video.fps) == ("h264", "avc1", 320, 180, 24)
    assert (video.format.profile, video.pixel_format) == ("High", "yuv420p")
    assert (audio.codec, audio.sampling_rate, audio.channels) == ("aac", 44100, 2)
    assert made.metadata.duration == pytest.approx(1.0, abs=0.05)
    assert len(pictures(made.files[made.entry])) == 24
    assert next(key for _, key, _ in packets(made.files[made.entry]))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert all(0 <= done <= 1 for done in told)


async def test_nothing_but_the_result_is_left(encode: Encode, clip: Clip) -> None:
    made = await encode(clip("plain.mp4"), end=0.5)
    assert [path.name for path in made.files[made.entry].parent.iterdir()] == ["output.mp4"]


async def test_a_source_in_another_directory_is_a_mistake_of_the_caller(
    sandbox: Sandbox, encode: Encode, clip_store: Clip
) -> None:
    with pytest.raises(ValueError, match="not in the subpath"):
        await encode(clip_store("plain.mp4"))


async def test_a_codec_without_an_encoder_is_refused(
    encode: Encode, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minivod.media.encode.tool.ffmpeg_encoders", lambda _: frozenset({"libx264", "aac"}))
    with pytest.raises(Unfit, match=r"^VideoTemplate\.Codec is av1, which this server's ffmpeg has no") as caught:
        await encode(clip("plain.mp4"), template(Codec="av1"))
    assert caught.value.code == "InvalidInput.ConfigurationUnsupported"
