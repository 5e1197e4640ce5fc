"""By what the products of steps are counted."""

import msgspec
import pytest

from minivod.media.encode.results import Ladder, SubStream
from minivod.processing import used
from minivod.store import usage
from minivod.store.usage import Used

from ..publishing.test_preflight import FINE


@pytest.mark.parametrize(
    ("codec", "width", "height", "name"),
    [
        ("h264", 640, 480, "Standard.H264.SD"),
        ("h264", 480, 1040, "Standard.H264.SD"),
        ("h264", 854, 482, "Standard.H264.HD"),
        ("hevc", 720, 1280, "Standard.H265.HD"),
        ("hvc1", 1280, 722, "Standard.H265.FHD"),
        ("hev1", 1920, 1080, "Standard.H265.FHD"),
        ("avc1", 2560, 1440, "Standard.H264.2K"),
        ("avc1", 3840, 2160, "Standard.H264.4K"),
        ("h264", 7680, 4320, "Standard.H264.4K"),
        ("av1", 1280, 720, "Standard.AV1.HD"),
        ("av01", 1280, 720, "Standard.AV1.HD"),
    ],
)
def test_specifications_go_by_codec_and_shorter_side(codec: str, width: int, height: int, name: str) -> None:
    assert used.specification(codec, width, height) == name


@pytest.mark.parametrize(("seconds", "counted"), [(0.04, 1), (1.49, 1), (1.51, 2), (3600.2, 3600)])
def test_seconds_are_rounded_and_never_none(seconds: float, counted: int) -> None:
    made = msgspec.structs.replace(FINE, duration=seconds)
    assert list(used.transcode(made).amounts.values()) == [counted]


def test_sound_alone_is_audio() -> None:
    sound = msgspec.structs.replace(FINE, video=[], duration=9.0)
    assert used.transcode(sound) == Used(usage.TRANSCODING, {"Audio": 9})


def test_each_stream_of_a_ladder_counts() -> None:
    def stream(codecs: str, width: int, height: int) -> SubStream:
        kind = "video" if width else "audio"
        return SubStream(type=kind, width=width, height=height, size=1, codecs=codecs, bandwidth=1)  # type: ignore[arg-type]

    streams = [
        stream("avc1.640028,mp4a.40.2", 1280, 720),
        stream("avc1.640028", 960, 540),
        stream("hvc1.1.6.L93.B0,mp4a.40.2", 640, 360),
        stream("mp4a.40.2", 0, 0),
    ]
    made = used.ladder(Ladder(files={}, entry="", size=0, md5="", duration=10.4, streams=streams))
    assert made == Used(usage.ADAPTIVE, {"Standard.H264.HD": 20, "Standard.H265.SD": 10, "Audio": 10})
