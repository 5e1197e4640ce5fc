"""Videos as phones and editors make them, through the whole server: what cannot be played is refused in words."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from minivod.cli.local_server import LocalServer

from ..unit.media.streams import ffmpeg, pictures, record_of, with_record, without_sets
from .user import call, publish, upload

PICTURE = "-f lavfi -i testsrc2=size=320x240:rate=30 -t 1"
FIELDS = "-f lavfi -i testsrc2=size=320x240:rate=30,interlace=lowpass=off,separatefields -t 1"
X264, X265 = "-c:v libx264 -preset veryfast", "-c:v libx265 -preset ultrafast -x265-params log-level=none"
HDR10 = ":colorprim=9:transfer=16:colormatrix=9 -pix_fmt yuv420p10 -tag:v hvc1"
MADE_BY = {
    "hi10p": f"{X264} -pix_fmt yuv420p10",
    "h422": f"{X264} -pix_fmt yuv422p",
    "hdr10": f"{X265}{HDR10}",
}
IN_SAMPLES = {"avc3_inband": (X264, "avc3"), "hev1_inband": (X265, "hev1")}
FRAMES = 30


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("clips")
    made = {name: home / f"{name}.mp4" for name in (*MADE_BY, *IN_SAMPLES, "fields")}
    for name, coder in MADE_BY.items():
        ffmpeg(PICTURE, coder, made[name])
    for name, (coder, tag) in IN_SAMPLES.items():
        ffmpeg(PICTURE, coder, home / "stream.ts")
        ffmpeg("-i", home / "stream.ts", f"-c copy -tag:v {tag}", made[name])
        with_record(made[name], without_sets(record_of(made[name])))
    ffmpeg(FIELDS, f"{X265}:interlace=tff", made["fields"])
    return made


@pytest.fixture(scope="module")
def tasks(server: LocalServer, clips: dict[str, Path]) -> dict[str, Any]:
    """The finished tasks of all clips."""
    with ThreadPoolExecutor() as threads:
        return dict(
            zip(clips, threads.map(lambda clip: publish(server, upload(server, clip)), clips.values()), strict=True)
        )


@pytest.mark.parametrize(
    ("name", "profile"), [("hi10p", "High 10 (10 bit, 4:2:0)"), ("h422", "High 4:2:2 (8 bit, 4:2:2)")]
)
def test_what_phones_cannot_decode_fails_with_a_sentence(tasks: dict[str, Any], name: str, profile: str) -> None:
    task = tasks[name]
    assert (task.PublishResult, task.ErrCode) == ("Failed", 60000)
    assert f"the video is H.264 {profile}; H.264 must be Baseline, Main or High (8 bit, 4:2:0)" in task.Message
    assert "What can be published is: container MP4 or 3GP; video H.264" in task.Message


def test_fields_that_players_show_like_pictures_fail_with_their_cure(tasks: dict[str, Any]) -> None:
    """As broadcasters' H.265 has them."""
    task = tasks["fields"]
    assert (task.PublishResult, task.ErrCode) == ("Failed", 60000)
    assert "the video is interlaced with its fields coded like pictures" in task.Message
    assert "A transcode by template 10 or 20 cures that" in task.Message


@pytest.mark.parametrize(("name", "tag"), [("avc3_inband", b"avc1"), ("hev1_inband", b"hvc1"), ("hdr10", b"hvc1")])
def test_what_players_get(
    server: LocalServer, tasks: dict[str, Any], clips: dict[str, Path], tmp_path: Path, name: str, tag: bytes
) -> None:
    """The pictures of the original, under a tag and a header that all phones understand."""
    task = tasks[name]
    assert task.PublishResult == "Pass", task.Message
    [info] = call(server, "DescribeMediaInfos", FileIds=[task.FileId]).MediaInfoSet
    played = tmp_path / "played.mp4"
    played.write_bytes(httpx.get(info.BasicInfo.MediaUrl).raise_for_status().content)
    shown = pictures(played)
    assert len(shown) == FRAMES
    assert shown == pictures(clips[name])
    assert tag in played.read_bytes()
    assert len(record_of(played)) > len(without_sets(record_of(played)))


def test_high_dynamic_range_is_told(server: LocalServer, tasks: dict[str, Any]) -> None:
    told = {
        name: call(server, "DescribeMediaInfos", FileIds=[tasks[name].FileId]).MediaInfoSet[0].MetaData
        for name in ("hdr10", "hev1_inband")
    }
    ranges = {name: metadata.VideoStreamSet[0].DynamicRangeInfo for name, metadata in told.items()}
    assert {name: (each.Type, each.HDRType) for name, each in ranges.items()} == {
        "hdr10": ("HDR", "hdr10"),
        "hev1_inband": ("SDR", ""),
    }
