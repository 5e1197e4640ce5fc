"""What the Mini Program's player cannot play is said in words."""

from typing import Any

import msgspec
import pytest

from minivod.media.probe import AudioStream, MediaMetadata, VideoStream
from minivod.publishing.preflight import problems

LONGEST = 3600.0
H264 = VideoStream(
    codec="h264", codec_tag="avc1", bitrate=1, width=640, height=360, fps=25.0, dynamic_range="SDR"
)  # fmt: skip
AAC = AudioStream(codec="aac", bitrate=1, sampling_rate=44100, channels=2)
FINE = MediaMetadata(
    container="mp4", size=1, duration=5.0, bitrate=1, width=640, height=360, rotate=0, video=[H264], audio=[AAC],
    md5="0" * 32, audio_duration=5.0, video_duration=5.0, faststart=True,
)  # fmt: skip


def of(codec: str) -> Any:
    return msgspec.structs.replace(H264 if codec in ("hevc", "vp9") else AAC, codec=codec)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"container": "3gp"},
        {"faststart": False},
        {"audio": []},
        {"video": [of("hevc")]},
        {"audio": [of("mp3")]},
        {"duration": LONGEST},
        {"video": [H264, of("vp9")]},  # only the first is published
        {"audio": [AAC, of("opus")]},
    ],
)
def test_what_can_be_played(change: dict[str, Any]) -> None:
    assert problems(msgspec.structs.replace(FINE, **change), LONGEST) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"container": "mkv"}, "the container is mkv; it must be MP4 or 3GP"),
        ({"video": []}, "there is no video stream"),
        ({"video": [of("vp9")]}, "the video codec is vp9; it must be H.264 or H.265"),
        ({"audio": [of("opus")]}, "the audio codec is opus; it must be AAC or MP3"),
        ({"duration": 0.0}, "its duration is not known"),
        ({"duration": 3601.0}, "it lasts 3601 s; the server publishes at most 3600 s"),
    ],
)
def test_what_cannot(change: dict[str, Any], said: str) -> None:
    assert problems(msgspec.structs.replace(FINE, **change), LONGEST) == [said]


def test_everything_that_is_missing_is_said_at_once() -> None:
    bad = msgspec.structs.replace(FINE, container="webm", video=[of("vp9")], audio=[of("opus")])
    assert [text.split(" is ")[0] for text in problems(bad, LONGEST)] == [
        "the container", "the video codec", "the audio codec",
    ]  # fmt: skip
