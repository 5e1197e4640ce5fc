"""What probing tells of files as phones and tools make them."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from minivod.media.probe import MediaMetadata, NotMedia, probe
from minivod.media.sandbox import Completed, Limits, Sandbox, StepFailed

from ...clips import BUNNY

Clip = Callable[..., Path]


async def test_a_real_video(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "video"
    shutil.copy(BUNNY, path)
    content = path.read_bytes()
    found = await probe(sandbox, path)
    assert (found.container, found.size, found.md5) == ("mp4", len(content), hashlib.md5(content).hexdigest())
    assert (found.width, found.height, found.rotate, found.faststart) == (1280, 720, 0, False)
    assert found.duration == pytest.approx(5.31, abs=0.01)
    assert found.bitrate == pytest.approx(len(content) * 8 / found.duration, rel=0.01)
    (video,), (audio,) = found.video, found.audio
    assert (video.codec, video.codec_tag, video.fps, video.dynamic_range) == ("h264", "avc1", 25.0, "SDR")
    assert (audio.codec, audio.sampling_rate, audio.channels) == ("aac", 48000, 6)
    assert found.audio_duration == pytest.approx(5.31, abs=0.01)
    assert found.video_duration == pytest.approx(5.28, abs=0.01)
    assert msgspec.convert(msgspec.to_builtins(found), MediaMetadata) == found
    known = await probe(sandbox, path, md5="0" * 32)  # is believed: the file need not be read for it
    assert known == msgspec.structs.replace(found, md5="0" * 32)


@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [
        ("phone.3gp", "3gp", "h264"),
        ("quicktime.mov", "mov", "h264"),
        ("matroska.mkv", "mkv", "h264"),
        ("web.webm", "webm", "vp8"),
        ("flash.flv", "flv", "h264"),
        ("stream.ts", "ts", "h264"),
        ("hevc.mp4", "mp4", "hevc"),
    ],
)
async def test_containers(sandbox: Sandbox, clip: Clip, name: str, container: str, codec: str) -> None:
    found = await probe(sandbox, clip(name))
    assert (found.container, found.video[0].codec) == (container, codec)
    assert found.duration > 0.9


async def test_sound_alone_has_no_video(sandbox: Sandbox, clip: Clip) -> None:
    found = await probe(sandbox, clip("sound.mp4"))
    assert (found.video, found.width, len(found.audio)) == ([], 0, 1)


async def test_attached_pictures_are_no_video(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    cover = clip_store("picture.jpg")
    sound = clip_store("sound.mp4")
    arguments = ["-i", sound, "-i", cover, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic"]
    found = await probe(sandbox, clip("covered.mp4", *arguments))
    assert found.video == []


async def test_rotation(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    upright = clip_store("plain.mp4")
    for degrees in (90, 180, 270):
        # ffmpeg's option counts anticlockwise, players turn clockwise by what the file says.
        arguments = ["-display_rotation:v:0", str(360 - degrees), "-i", upright, "-c", "copy"]
        found = await probe(sandbox, clip(f"rotated{degrees}.mp4", *arguments))
        assert (found.rotate, found.width, found.height) == (degrees, 320, 180)


async def test_hdr(sandbox: Sandbox, clip: Clip) -> None:
    arguments = "-f lavfi -i color=red:size=64x64 -t 1 -c:v libx265 -preset ultrafast -color_trc smpte2084"
    found = await probe(sandbox, clip("hdr.mp4", arguments, "-x265-params", "transfer=16:log-level=error"))
    assert found.video[0].dynamic_range == "HDR"


async def test_two_videos(sandbox: Sandbox, clip: Clip) -> None:
    found = await probe(sandbox, clip("two_videos.mp4"))
    assert [(video.width, video.height) for video in found.video] == [(320, 180), (64, 64)]
    assert (found.width, found.height, len(found.audio)) == (320, 180, 2)


async def test_truncated_before_its_index(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("plain.mp4")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(NotMedia, match="damaged"):
        await probe(sandbox, path)


@pytest.mark.parametrize("kept", [8, 24, 40, 4000])
async def test_mere_beginnings(sandbox: Sandbox, clip: Clip, kept: int) -> None:
    path = clip("plain.mp4")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(NotMedia):
        await probe(sandbox, path)


async def test_a_name_is_never_an_option_or_a_protocol(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("plain.mp4")
    for name in ("-i", "-vf x", "http:x", "concat:a|b", "a\nb", ";rm", "%2e%2e"):
        path = path.rename(path.parent / name)
        assert (await probe(sandbox, path)).container == "mp4"


@pytest.mark.parametrize("brand", [b"heic", b"avif", b"mif1"])
async def test_pictures_in_boxes_are_no_video(sandbox: Sandbox, clip: Clip, brand: bytes) -> None:
    path = clip("plain.mp4")
    content = bytearray(path.read_bytes())
    content[8:12] = brand
    path.write_bytes(content)
    with pytest.raises(NotMedia, match="picture"):
        await probe(sandbox, path)


class Captured(Sandbox):
    """A sandbox whose tool was taken over: it answers what an attacker likes, and says that all went well."""

    answer = b""

    async def run(self, *_: object, **__: object) -> Completed:
        return Completed(0, self.answer, b"")


@pytest.mark.parametrize(
    "change",
    [
        {"width": -1}, {"bitrate": 2**60}, {"duration": 1e300}, {"duration": "1"}, {"md5": "../../x"}, {"rotate": 45},
        {"video": [{"codec": "h264\u0000"}]}, {"audio": None}, {"faststart": 1},
    ],
)  # fmt: skip
async def test_what_a_captured_tool_says_is_bounded(sandbox: Sandbox, clip: Clip, change: dict[str, object]) -> None:
    path = clip("plain.mp4")
    said = msgspec.to_builtins(await probe(sandbox, path))
    captured = Captured(Limits())
    captured.answer = msgspec.json.encode({**said, "container": "exe", "size": 10**18})
    trusted = await probe(captured, path)
    assert (trusted.container, trusted.size) == ("mp4", path.stat().st_size)
    captured.answer = msgspec.json.encode({**said, **change})
    with pytest.raises(StepFailed, match="no sense"):
        await probe(captured, path)


@pytest.mark.parametrize("answer", [b"", b"null", b"[]", b"{", b'{"duration": NaN}', b"\xff"])
async def test_an_answer_that_is_none(clip: Clip, answer: bytes) -> None:
    captured = Captured(Limits())
    captured.answer = answer
    with pytest.raises(StepFailed, match="no sense"):
        await probe(captured, clip("plain.mp4"))
