"""What the Mini Program's player cannot play is said in words."""

from typing import Any

import msgspec
import pytest

from minivod.media.metadata import AudioStream, DolbyVision, Examination, MediaMetadata, ParameterSets, PictureFormat
from minivod.media.probe import VideoStream
from minivod.publishing.formats import containers
from minivod.publishing.preflight import Preflight, Problem, problems, refusal

LONGEST = 3600.0
HIGH = PictureFormat("High", 8, "4:2:0")
H264 = VideoStream(
    codec="h264", codec_tag="avc1", bitrate=1, width=640, height=360, fps=25.0, dynamic_range="SDR", format=HIGH
)  # fmt: skip
AAC = AudioStream(codec="aac", bitrate=1, sampling_rate=44100, channels=2, profile="LC")
FINE = MediaMetadata(
    container="mp4", size=1, duration=5.0, bitrate=1, width=640, height=360, rotate=0, video=[H264], audio=[AAC],
    md5="0" * 32, audio_duration=5.0, video_duration=5.0, faststart=True,
)  # fmt: skip
SETS = ParameterSets(record=b"", in_header=True, in_samples=False, formats=[HIGH], changed_at=None, layered=False)
H264_MUST = "; H.264 must be Baseline, Main or High (8 bit, 4:2:0)"
HEVC_MUST = "; H.265 must be Main or Main 10 (8/10 bit, 4:2:0)"
AAC_MUST = "; AAC must be LC, HE-AAC or HE-AAC v2"


def found(change: dict[str, Any], sets: ParameterSets | None = None, *, allow_mov: bool = False) -> list[str]:
    metadata = msgspec.structs.replace(FINE, **change)
    examination = Examination(metadata=metadata, parameter_sets=sets)
    return [one.said for one in problems(examination, containers(allow_mov=allow_mov), LONGEST)]


def video(codec: str = "h264", pictures: PictureFormat = HIGH, **change: Any) -> VideoStream:
    return msgspec.structs.replace(H264, codec=codec, format=pictures, **change)


def audio(codec: str = "aac", **change: Any) -> AudioStream:
    return msgspec.structs.replace(AAC, codec=codec, **change)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"container": "3gp"},
        {"faststart": False},
        {"audio": []},
        {"video": [video(pictures=PictureFormat("Constrained Baseline", 8, "4:2:0"))]},
        {"video": [video(pictures=PictureFormat("Baseline", 8, "4:2:0"))]},
        {"video": [video(pictures=PictureFormat("Main", 8, "4:2:0"))]},
        {"video": [video("hevc", PictureFormat("Main", 8, "4:2:0"))]},
        {"video": [video("hevc", PictureFormat("Main 10", 8, "4:2:0"))]},
        {"video": [video("hevc", PictureFormat("Main 10", 10, "4:2:0"))]},
        {"video": [video(field_order="top")]},  # it is shown with combs, but it is shown
        {"video": [video("hevc", PictureFormat("Main 10", 10, "4:2:0"), dolby_vision=DolbyVision(8, 4))]},
        {"audio": [audio("mp3", profile="")]},
        {"audio": [audio(profile="HE-AAC")]},
        {"audio": [audio(profile="HE-AACv2", channels=1)]},
        {"audio": [audio(channels=6, sampling_rate=48000)]},
        {"audio": [audio(profile="", empty=True)]},
        {"duration": LONGEST},
        {"video": [H264, video("vp9")]},  # only the first is published
        {"audio": [AAC, audio("opus")]},
    ],
)  # fmt: skip
def test_what_can_be_played(change: dict[str, Any]) -> None:
    assert found(change) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"container": "mkv"}, "the container is mkv; it must be MP4 or 3GP"),
        ({"container": "mov"}, "the container is mov; it must be MP4 or 3GP"),
        ({"video": []}, "there is no video stream"),
        ({"video": [video("vp9")]}, "the video codec is vp9; it must be H.264 or H.265"),
        (
            {"video": [video("unknown", codec_tag="apvx")]},
            "the video codec is unknown (its tag is apvx); it must be H.264 or H.265",
        ),
        (
            {"video": [video("unknown", codec_tag="")]},
            "the video codec is unknown (its tag is empty); it must be H.264 or H.265",
        ),
        ({"video": [video(encrypted=True)]}, "the video is encrypted (DRM); it must not be"),
        ({"video": [video(empty=True)]}, "the video stream is empty; it must have pictures"),
        (
            {"video": [video("hevc", PictureFormat("Main", 8, "4:2:0"), fields=True, field_order="top")]},
            "the video is interlaced with its fields coded like pictures, which players show squashed, one by one; "
            "each of its pictures must be a whole one",
        ),
        ({"audio": [audio("opus")]}, "the audio codec is opus; it must be AAC or MP3"),
        (
            {"audio": [audio("unknown", codec_tag="apac")]},
            "the audio codec is unknown (its tag is apac); it must be AAC or MP3",
        ),
        ({"audio": [audio(encrypted=True)]}, "the audio is encrypted (DRM); it must not be"),
        ({"audio": [audio(profile="Main")]}, f"the audio is AAC Main{AAC_MUST}"),
        ({"audio": [audio(profile="")]}, f"the audio is AAC of an unknown profile{AAC_MUST}"),
        ({"audio": [audio(channels=8)]}, "the audio has 8 channels; AAC may have 6"),
        ({"audio": [audio(sampling_rate=96000)]}, "the audio has 96000 samples a second; AAC may have 48000"),
        ({"audio": [audio("mp3", profile="", channels=6)]}, "the audio has 6 channels; MP3 may have 2"),
        ({"duration": 0.0}, "its duration is not known"),
        ({"duration": 3601.0}, "it lasts 3601 s; the server publishes at most 3600 s"),
    ],
)  # fmt: skip
def test_what_cannot(change: dict[str, Any], said: str) -> None:
    assert found(change) == [said]


@pytest.mark.parametrize(
    ("codec", "pictures", "said"),
    [
        ("h264", PictureFormat("High 10", 10, "4:2:0"), f"the video is H.264 High 10 (10 bit, 4:2:0){H264_MUST}"),
        (
            "h264",
            PictureFormat("High 10 Intra", 10, "4:2:0"),
            f"the video is H.264 High 10 Intra (10 bit, 4:2:0){H264_MUST}",
        ),
        ("h264", PictureFormat("High 4:2:2", 8, "4:2:2"), f"the video is H.264 High 4:2:2 (8 bit, 4:2:2){H264_MUST}"),
        ("h264", PictureFormat("High", 8, "4:0:0"), f"the video is H.264 High (8 bit, 4:0:0){H264_MUST}"),
        ("h264", PictureFormat("High", 9, "4:2:0"), f"the video is H.264 High (9 bit, 4:2:0){H264_MUST}"),
        ("h264", PictureFormat("Extended", 8, "4:2:0"), f"the video is H.264 Extended (8 bit, 4:2:0){H264_MUST}"),
        ("h264", PictureFormat("", 8, "4:2:0"), f"the video is H.264 of an unknown profile (8 bit, 4:2:0){H264_MUST}"),
        (
            "hevc",
            PictureFormat("Rext", 12, "4:2:0"),
            f"the video is H.265 Range Extensions (12 bit, 4:2:0){HEVC_MUST}",
        ),
        ("hevc", PictureFormat("Main", 10, "4:2:0"), f"the video is H.265 Main (10 bit, 4:2:0){HEVC_MUST}"),
        ("hevc", PictureFormat("Main 10", 10, "4:0:0"), f"the video is H.265 Main 10 (10 bit, 4:0:0){HEVC_MUST}"),
        ("hevc", PictureFormat("High", 8, "4:2:0"), f"the video is H.265 High (8 bit, 4:2:0){HEVC_MUST}"),
        (
            "hevc",
            PictureFormat("Main Still Picture", 8, "4:2:0"),
            f"the video is H.265 Main Still Picture (8 bit, 4:2:0){HEVC_MUST}",
        ),
    ],
)  # fmt: skip
def test_pictures_that_phones_cannot_decode(codec: str, pictures: PictureFormat, said: str) -> None:
    """Whether the decoder tells of them, or only the parameter sets do."""
    assert found({"video": [video(codec, pictures)]}) == [said]
    sets = msgspec.structs.replace(SETS, formats=[pictures])
    assert found({"video": [video(codec)]}, sets) == [said]


def test_every_sequence_set_counts() -> None:
    """And nothing else: the decoder may have seen only the first one."""
    deep = PictureFormat("High 10", 10, "4:2:0")
    assert found({"video": [video(pictures=deep)]}, SETS) == []
    sets = msgspec.structs.replace(SETS, formats=[HIGH, deep])
    assert found({}, sets) == [f"the video is H.264 High 10 (10 bit, 4:2:0){H264_MUST}"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"formats": []}, "the video has no parameter sets, without which nobody can decode it"),
        (
            {"changed_at": 2.04},
            "its parameter sets (size of the picture, settings of the encoder) change at 2.0 s; they must be the same "
            "from the first picture to the last",
        ),
        ({"layered": True}, "the video has several layers (spatial video, or transparency); it must have one"),
    ],
)
def test_parameter_sets_that_players_take_differently(change: dict[str, Any], said: str) -> None:
    assert found({}, msgspec.structs.replace(SETS, **change)) == [said]


def test_dolby_vision_without_a_base_layer() -> None:
    main = PictureFormat("Main 10", 10, "4:2:0")
    [said] = found({"video": [video("hevc", main, dolby_vision=DolbyVision(5, 0))]})
    assert said == (
        "the video is Dolby Vision profile 5, which other players show in wrong colours; it must have a base layer in "
        "SDR, HDR10 or HLG, as profile 8 has"
    )


def test_mov_where_it_is_allowed() -> None:
    assert found({"container": "mov"}, allow_mov=True) == []
    assert found({"container": "mkv"}, allow_mov=True) == ["the container is mkv; it must be MP4, 3GP or MOV"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    bad = {"container": "webm", "video": [video("vp9")], "audio": [audio("opus")]}
    assert [text.split(" is ")[0] for text in found(bad)] == ["the container", "the video codec", "the audio codec"]


def test_a_refusal_says_what_is_wrong_and_what_would_be_right() -> None:
    wrong = [Problem("it is wrong"), Problem("it is worse")]
    assert refusal(wrong, FINE, containers(allow_mov=False)) == (
        "the Mini Program player cannot play this video: it is wrong; it is worse. A transcode by template 20 or "
        "100010 cures that: have it made by ProcessMedia (TranscodeTaskSet), and publish it with that "
        "SourceDefinition. What can be published is: container MP4 or 3GP; video H.264 Baseline, Main or High (8 bit, "
        "4:2:0) or H.265 Main or Main 10 (8/10 bit, 4:2:0); audio none, AAC (LC, HE-AAC, HE-AAC v2) or MP3"
    )
    wrong.append(Problem("it is lost", curable=False))
    assert ": it is wrong; it is worse; it is lost. No transcoding template cures that. What can be" in refusal(
        wrong, FINE, containers(allow_mov=False)
    )


@pytest.mark.parametrize("container", ["mkv", "flv", "ts", "mov"])
def test_a_refusal_of_the_container_alone_says_how_to_keep_the_streams(container: str) -> None:
    known = Preflight(containers(allow_mov=False), LONGEST)

    def said(definition: int = 0, **change: Any) -> str:
        changed = msgspec.structs.replace(FINE, container=container, **change)
        return known.refusal(definition, msgspec.to_builtins(changed)) or ""

    way = (
        f"Or its streams stay as they are: upload it as MP4 (`ffmpeg -i video.{container} -c copy video.mp4` makes one"
    )
    assert way in said()
    assert "-c copy" not in said(audio=[audio("opus")])
    assert "-c copy" not in said(10)


def test_what_is_known_before_a_worker_looks() -> None:
    """Of an original and of a transcode, which has other containers and may lack what the original has."""
    known = Preflight(containers(allow_mov=False), LONGEST)

    def said(definition: int, **change: Any) -> str:
        return known.refusal(definition, msgspec.to_builtins(msgspec.structs.replace(FINE, **change))) or ""

    assert [said(0), said(10), said(10, container="hls"), said(0, container="3gp")] == [""] * 4
    assert "the container is hls; it must be MP4 or 3GP" in said(0, container="hls")
    assert "the container is 3gp; it must be MP4 or HLS" in said(10, container="3gp")
    assert "A transcode by template 20 or 100010 cures that" in said(10, video=[])
    ten, mpeg4 = PictureFormat("High 10", 10, "4:2:0"), video("mpeg4")
    assert [said(0, video=[video(pictures=ten)]), said(0, duration=LONGEST + 1), said(0, video=[])] == [""] * 3
    assert said(0, video=[video("hevc", PictureFormat("Main", 8, "4:2:0"), fields=True)]) == ""
    assert "the video codec is mpeg4; it must be H.264 or H.265; it lasts" in said(
        0, video=[mpeg4], duration=LONGEST + 1
    )
    assert known.refusal(0, {"container": "flv"}) is None
