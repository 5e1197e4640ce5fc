"""The presets that cure what cannot be published are of its size, and make what can be."""

import msgspec
import pytest

from minivod.publishing.cures import cures, unpublishable
from minivod.templates.presets import TRANSCODE
from minivod.templates.streams import AudioStream, VideoStream
from minivod.templates.transcode import Transcode

from .test_preflight import FINE


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (160, 120, [10, 20]),
        (640, 360, [20, 100010]),
        (1280, 720, [30, 100030]),
        (720, 1280, [30, 100030]),
        (1920, 1080, [40, 100040]),
        (3840, 2160, [80, 100080]),
        (7680, 4320, [80, 100080]),
        (0, 0, [10, 20]),
    ],
)
def test_they_shrink_the_picture_least(width: int, height: int, expected: list[int]) -> None:
    assert cures(msgspec.structs.replace(FINE, width=width, height=height)) == expected


def test_what_presets_make_can_be_published_unless_it_says_so() -> None:
    told = {definition: unpublishable(preset.settings) for definition, preset in TRANSCODE.items()}
    assert {definition for definition, said in told.items() if not said} == {
        definition
        for definition, preset in TRANSCODE.items()
        if preset.settings.Container in ("mp4", "hls") and not preset.settings.RemoveVideo
    }
    assert told[1100] == "m4a without video; only video in hls or mp4 can be published"
    assert told[10046] == "flv; only video in hls or mp4 can be published"


def test_codecs_that_players_do_not_know() -> None:
    video, audio = VideoStream(Codec="libx264", Fps=0, Bitrate=0), AudioStream(Codec="mp2", Bitrate=0, SampleRate=44100)
    av1 = Transcode(Container="mp4", RemoveAudio=1, VideoTemplate=msgspec.structs.replace(video, Codec="av1"))
    assert unpublishable(av1) == "video by av1; only that by libx264 or libx265 can be published"
    mp2 = Transcode(Container="mp4", VideoTemplate=video, AudioTemplate=audio)
    assert unpublishable(mp2) == "sound by mp2; only that by libfdk_aac or libmp3lame can be published"
