"""What probing tells of files as phones and tools make them."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from minivod.media.child_probe import profile_of_aac
from minivod.media.metadata import Colour, DolbyVision, PictureFormat
from minivod.media.probe import MediaMetadata, NotMedia, examine, known, probe
from minivod.media.sandbox import Completed, Limits, Sandbox, StepFailed

from ...clips import BUNNY
from .streams import with_audio_config

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
    trusting = await probe(sandbox, path, md5="0" * 32)  # is believed: the file need not be read for it
    assert trusting == msgspec.structs.replace(found, md5="0" * 32)


async def test_what_is_known_is_not_read_again_unless_an_older_probe_told_it(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("quicktime.mov")
    found = await probe(sandbox, path)
    told = msgspec.to_builtins(found)
    assert await known(sandbox, path.parent / "gone", told) == found
    del told["probe"]
    assert await known(sandbox, path, {**told, "width": 1}) == found
    assert await known(sandbox, path, {}) == found


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


X265 = "-f lavfi -i color=red:size=64x64 -t 1 -c:v libx265 -preset ultrafast -tag:v hvc1"


def colours(primaries: int, transfer: int, matrix: int) -> str:
    return f"colorprim={primaries}:transfer={transfer}:colormatrix={matrix}:log-level=none"


@pytest.mark.parametrize(
    ("pixels", "colour", "told"),
    [
        ("yuv420p10", Colour(primaries=9, transfer=16, matrix=9, range="limited"), ("HDR", "hdr10")),
        ("yuv420p10", Colour(primaries=9, transfer=18, matrix=9, range="limited"), ("HDR", "hlg")),
        ("yuv420p10", Colour(primaries=9, transfer=14, matrix=9, range="limited"), ("SDR", "")),
        ("yuv420p", Colour(primaries=1, transfer=1, matrix=1, range="limited"), ("SDR", "")),
    ],
)
async def test_dynamic_range(sandbox: Sandbox, clip: Clip, pixels: str, colour: Colour, told: tuple[str, str]) -> None:
    codes = (colour.primaries, colour.transfer, colour.matrix)
    name = f"colours_{pixels}_{'_'.join(map(str, codes))}.mp4"
    [stream] = (await probe(sandbox, clip(name, f"{X265} -pix_fmt {pixels} -x265-params {colours(*codes)}"))).video
    assert (stream.colour, stream.dynamic_range, stream.hdr_type) == (colour, *told)


@pytest.mark.parametrize(
    ("profile", "compatibility", "told"),
    [(8, 1, ("HDR", "hdr10")), (5, 0, ("HDR", "")), (8, 4, ("HDR", "hlg")), (9, 2, ("SDR", ""))],
)
async def test_dolby_vision(
    sandbox: Sandbox, clip: Clip, profile: int, compatibility: int, told: tuple[str, str]
) -> None:
    """The base layer says what others see of it; profile 5 has none, and says nothing of its colours."""
    transfer = {"hdr10": 16, "hlg": 18}.get(told[1], 2)
    path = clip(
        f"dolby{profile}{compatibility}.mp4", f"{X265} -pix_fmt yuv420p10 -x265-params {colours(9, transfer, 9)}"
    )
    content = bytearray(path.read_bytes())
    place = content.index(b"pasp")  # a box of the same place, and large enough for what is read
    content[place : place + 12] = b"dvcC" + bytes([1, 0, profile << 1, 0x0D, compatibility << 4, 0, 0, 0])
    path.write_bytes(content)
    [stream] = (await probe(sandbox, path)).video
    assert stream.dolby_vision == DolbyVision(profile, compatibility)
    assert (stream.dynamic_range, stream.hdr_type) == told


async def test_what_a_transcoder_has_to_know(sandbox: Sandbox, clip: Clip) -> None:
    picture = "-f lavfi -i testsrc2=size=320x180:rate=30000/1001 -vf setsar=4/3,setfield=tff -flags +ilme+ildct"
    coder = "-c:v libx264 -preset veryfast -color_range pc -c:a aac -ac 2"
    sound = "-itsoffset 0.25 -f lavfi -i sine"
    found = await probe(sandbox, clip("facts.mp4", f"{sound} {picture} -map 1 -map 0 -t 2 {coder}"))
    [video], [audio] = found.video, found.audio
    assert (video.frame_rate, video.fps, video.sample_aspect) == ("30000/1001", 29.97, "4/3")
    assert (video.field_order, video.pixel_format, video.colour.range) == ("top", "yuvj420p", "full")
    assert video.format == PictureFormat("High", 8, "4:2:0")
    assert (video.index, audio.index) == (0, 1)
    assert [video.start, audio.start] == pytest.approx([0.0, 0.25], abs=0.04)
    assert (audio.codec_tag, audio.profile, audio.layout, audio.channels) == ("mp4a", "LC", "stereo", 2)


@pytest.mark.parametrize(
    ("coder", "told"),
    [
        ("libx264 -pix_fmt yuv420p10", PictureFormat("High 10", 10, "4:2:0")),
        ("libx264 -pix_fmt yuv422p", PictureFormat("High 4:2:2", 8, "4:2:2")),
        ("libx264 -pix_fmt gray", PictureFormat("High", 8, "4:0:0")),
        ("libx264 -pix_fmt yuv444p", PictureFormat("High 4:4:4 Predictive", 8, "4:4:4")),
        ("libx265 -x265-params log-level=none -pix_fmt yuv420p12", PictureFormat("Rext", 12, "4:2:0")),
        ("libx265 -x265-params log-level=none -pix_fmt gray", PictureFormat("Rext", 8, "4:0:0")),
        ("libvpx-vp9 -deadline realtime -pix_fmt yuv444p", PictureFormat("Profile 1", 8, "4:4:4")),
    ],
)
async def test_formats_of_pictures(sandbox: Sandbox, clip: Clip, coder: str, told: PictureFormat) -> None:
    name = f"format_{coder.replace(' ', '_').replace('=', '')}.mp4"
    found = await examine(sandbox, clip(name, f"-f lavfi -i testsrc2=size=64x64:rate=5 -t 1 -c:v {coder}"))
    assert found.metadata.video[0].format == told
    assert found.parameter_sets is None or found.parameter_sets.formats == [told]


RATE, MONO = (3, 4), (1, 4)  # 48 kHz
AAC = "-f lavfi -i sine=sample_rate=48000 -t 1 -c:a aac"


@pytest.mark.parametrize(
    ("fields", "told"), [([(1, 5)], "Main"), ([(31, 5), (7, 6)], "ELD"), ([(31, 5), (10, 6)], "xHE-AAC")]
)
async def test_profiles_of_aac(sandbox: Sandbox, clip: Clip, fields: list[tuple[int, int]], told: str) -> None:
    sound = with_audio_config(clip("sound_48k.mp4", AAC), *fields, RATE, MONO)
    [stream] = (await probe(sandbox, sound)).audio
    assert (stream.codec, stream.profile) == ("aac", told)


async def test_sound_that_cannot_be_decoded_has_the_profile_of_its_header(sandbox: Sandbox, clip: Clip) -> None:
    """As in large videos, whose first sound lies behind more pictures than a probe reads."""
    sound = clip("sound_48k.mp4", AAC)
    content = bytearray(sound.read_bytes())
    place = content.index(b"stsz") + 12
    content[place : place + 4] = bytes(4)
    sound.write_bytes(content)
    for kind, told in ((5, "HE-AAC"), (29, "HE-AACv2")):
        [stream] = (await probe(sandbox, with_audio_config(sound, (kind, 5), RATE, MONO, RATE, (2, 5)))).audio
        assert (stream.profile, stream.sampling_rate) == (told, 48000)


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        (b"\x11\x90", "LC"), (b"\x09\x90", "Main"), (b"\x19\x90", "SSR"), (b"\x21\x90", "LTP"), (b"\xb9\x90", "LD"),
        (b"\xf8\xe6", "ELD"), (b"\xf9\x46", "xHE-AAC"), (b"\xf8", ""), (b"\0", ""), (b"", ""), (None, ""),
    ],
)  # fmt: skip
def test_configurations_of_aac(configuration: bytes | None, told: str) -> None:
    assert profile_of_aac("aac", configuration) == told
    assert profile_of_aac("alac", configuration) == ""


async def test_a_stream_without_a_decoder(sandbox: Sandbox, clip: Clip) -> None:
    """It is there all the same."""
    path = clip("plain.mp4")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"avc1", b"zzzz").replace(b"mp4a", b"apac").replace(b"esds", b"free"))
    found = await examine(sandbox, path)
    [video], [audio] = found.metadata.video, found.metadata.audio
    assert (video.codec, video.codec_tag, video.index) == ("unknown", "zzzz", 0)
    assert (audio.codec, audio.codec_tag, audio.index) == ("unknown", "apac", 1)
    assert found.parameter_sets is None


async def test_encrypted_samples(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    """Whatever a decoder makes of them."""
    key = "-encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb"
    path = clip("secret.mp4", "-i", clip_store("plain.mp4"), f"-c copy {key} -encryption_kid {'a' * 32}")
    found = await examine(sandbox, path)
    [video], [audio] = found.metadata.video, found.metadata.audio
    assert (video.encrypted, video.codec, video.codec_tag) == (True, "h264", "encv")
    assert (audio.encrypted, audio.codec) == (True, "aac")


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

    def says(self, **metadata: object) -> None:
        self.answer = msgspec.json.encode({"metadata": metadata, "parameter_sets": None})

    async def run(self, *_: object, **__: object) -> Completed:
        return Completed(0, self.answer, b"")


STREAM = {
    "codec": "h264", "codec_tag": "avc1", "bitrate": 1, "width": 1, "height": 1, "fps": 1.0, "dynamic_range": "SDR",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"width": -1}, {"bitrate": 2**60}, {"duration": 1e300}, {"duration": "1"}, {"md5": "../../x"}, {"rotate": 45},
        {"video": [{"codec": "h264\u0000"}]}, {"audio": None}, {"faststart": 1},
        {"video": [{**STREAM, "sample_aspect": "1/0"}]}, {"video": [{**STREAM, "frame_rate": "x" * 30}]},
        {"video": [{**STREAM, "colour": {"transfer": -1}}]}, {"video": [{**STREAM, "format": {"profile": "\n"}}]},
    ],
)  # fmt: skip
async def test_what_a_captured_tool_says_is_bounded(sandbox: Sandbox, clip: Clip, change: dict[str, object]) -> None:
    path = clip("plain.mp4")
    said = msgspec.to_builtins(await probe(sandbox, path))
    captured = Captured(Limits())
    captured.says(**{**said, "container": "exe", "size": 10**18})
    trusted = await probe(captured, path)
    assert (trusted.container, trusted.size) == ("mp4", path.stat().st_size)
    captured.says(**{**said, **change})
    with pytest.raises(StepFailed, match="no sense"):
        await probe(captured, path)


@pytest.mark.parametrize(
    "change",
    [
        {"record": "A" * 200_000},
        {"record": "*"},
        {"changed_at": -1.0},
        {"formats": [{"bit_depth": 99}]},
        {"layered": 1},
    ],
)
async def test_what_it_says_of_sets_is_bounded(sandbox: Sandbox, clip: Clip, change: dict[str, object]) -> None:
    path = clip("plain.mp4")
    said = msgspec.to_builtins(await examine(sandbox, path))
    captured = Captured(Limits())
    captured.answer = msgspec.json.encode({**said, "parameter_sets": {**said["parameter_sets"], **change}})
    with pytest.raises(StepFailed, match="no sense"):
        await examine(captured, path)


@pytest.mark.parametrize("answer", [b"", b"null", b"[]", b"{", b'{"duration": NaN}', b"\xff", b'{"metadata": null}'])
async def test_an_answer_that_is_none(clip: Clip, answer: bytes) -> None:
    captured = Captured(Limits())
    captured.answer = answer
    with pytest.raises(StepFailed, match="no sense"):
        await probe(captured, clip("plain.mp4"))


def test_rows_of_older_versions_are_read() -> None:
    """They have what the first version knew."""
    old = {
        "container": "mp4", "size": 1, "duration": 1.0, "bitrate": 8, "width": 1, "height": 1, "rotate": 0,
        "video": [{**STREAM, "dynamic_range": "HDR"}],
        "audio": [{"codec": "aac", "bitrate": 1, "sampling_rate": 44100, "channels": 2}],
        "md5": "0" * 32, "audio_duration": 1.0, "video_duration": 1.0, "faststart": True,
    }  # fmt: skip
    found = msgspec.convert(old, MediaMetadata)
    assert (found.video[0].dynamic_range, found.video[0].hdr_type, found.video[0].format) == (
        "HDR",
        "",
        PictureFormat(),
    )
    assert msgspec.convert(msgspec.to_builtins(found), MediaMetadata) == found


SOURCES = "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i anoisesrc -t 1 -pix_fmt yuv420p"


@pytest.mark.parametrize("name", ["rate.ts", "rate.mkv", "rate.flv", "rate.avi"])
async def test_a_bit_rate_that_the_container_does_not_tell(sandbox: Sandbox, clip: Clip, name: str) -> None:
    """Is what the other streams leave; and AVI has tags that are no letters."""
    path = clip(name, f"{SOURCES} -c:v libx264 -preset ultrafast -c:a aac -b:a 64k")
    found = await probe(sandbox, path)
    (video,), (audio,) = found.video, found.audio
    assert found.bitrate == pytest.approx(path.stat().st_size * 8 / found.duration, rel=0.05)
    assert video.bitrate + audio.bitrate == pytest.approx(found.bitrate, rel=0.05) and video.bitrate > 0


async def test_a_duration_that_the_header_does_not_tell(sandbox: Sandbox, clip: Clip) -> None:
    """Browsers record like that: they do not know yet how long it will be."""
    recorded = "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine -t 2 -c:v libvpx -deadline realtime"
    found = await probe(sandbox, clip("recorded.webm", f"{recorded} -c:a libopus -live 1"))
    assert found.duration == pytest.approx(2.0, abs=0.1)
    assert found.video_duration == found.audio_duration == found.duration
    assert found.bitrate == pytest.approx(found.size * 8 / found.duration, rel=0.01)
