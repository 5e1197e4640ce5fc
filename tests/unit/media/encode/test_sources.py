"""Sources that break naive encoders become pictures and sounds as viewers expect them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit

from .conftest import Encode
from .outputs import colour, near, packets, pictures, reds, sound

Clip = Callable[..., Path]
CORNER = "-f lavfi -i color=black:size=320x180:rate=10 -vf drawbox=w=80:h=40:color=red:t=fill -t 0.4 -c:v libx264"
TURNS = {
    "right": ("-display_rotation:v:0 270", (180, 320), (140, 0, 180, 80)),
    "around": ("-display_rotation:v:0 180", (320, 180), (240, 140, 320, 180)),
    "left": ("-display_rotation:v:0 90", (180, 320), (0, 240, 40, 320)),
    "mirrored": ("-display_hflip:v:0", (320, 180), (240, 0, 320, 40)),
    "flipped": ("-display_vflip:v:0", (320, 180), (0, 140, 80, 180)),
    "right and mirrored": ("-display_rotation:v:0 270 -display_hflip:v:0", (180, 320), (0, 0, 40, 80)),
    "left and mirrored": ("-display_rotation:v:0 90 -display_hflip:v:0", (180, 320), (140, 240, 180, 320)),
}
QUICK = "-c:v libx264 -preset ultrafast"


@pytest.mark.parametrize("how", TURNS)
async def test_turned_pictures_are_made_upright(encode: Encode, clip: Clip, clip_store: Clip, how: str) -> None:
    option, size, box = TURNS[how]
    source = clip(f"{how}.mp4".replace(" ", "-"), option, "-i", clip_store("corner.mp4", CORNER), "-c", "copy")
    made = await encode(source)
    assert (made.metadata.rotate, made.metadata.video[0].mirrored) == (0, False)
    assert (made.metadata.width, made.metadata.height) == size
    seen = reds(pictures(made.files[made.entry])[-1][1])
    assert all(abs(one - other) <= 2 for one, other in zip(seen, box, strict=True)), seen


async def test_a_turn_that_only_the_stream_tells_is_none_as_for_players(encode: Encode, clip: Clip) -> None:
    source = clip("sei.mp4", f"{CORNER} -bsf:v h264_metadata=display_orientation=insert:rotate=90")
    made = await encode(source)
    assert (made.metadata.rotate, made.metadata.width, made.metadata.height) == (0, 320, 180)
    assert reds(pictures(made.files[made.entry])[-1][1])[:2] == (0, 0)


@pytest.mark.parametrize("size", ["321x181", "33x17", "17x33"])
async def test_odd_sizes_become_even(encode: Encode, clip: Clip, size: str) -> None:
    source = clip(f"{size}.mkv", f"-f lavfi -i testsrc2=size={size}:rate=10 -t 0.3 -c:v ffv1")
    made = await encode(source)
    width, height = map(int, size.split("x"))
    assert (made.metadata.width, made.metadata.height) == (width - 1, height - 1)


async def test_variable_frame_rates_are_kept_by_fps_0(encode: Encode, clip: Clip, clip_store: Clip) -> None:
    steady = "-f lavfi -i testsrc2=size=64x64:rate=25 -t 2 -vf setpts='(N+N*N/20)/25/TB' -fps_mode vfr"
    source = clip("vfr.mkv", f"{steady} {QUICK} -bf 0")
    before = [time for time, _, _ in packets(source)]
    kept = await encode(source)
    after = [time for time, _ in pictures(kept.files[kept.entry])]
    assert after == pytest.approx(before, abs=0.002)
    made = await encode(source, Fps=30)
    times = [time for time, _ in pictures(made.files[made.entry])]
    assert np.diff(times) == pytest.approx([1 / 30] * (len(times) - 1), abs=1e-3)
    assert kept.metadata.duration == pytest.approx(made.metadata.duration, abs=0.2)


async def test_a_last_picture_that_stays_is_not_cut_off(encode: Encode, clip: Clip) -> None:
    slides = "-f lavfi -i testsrc2=size=64x64:rate=1 -t 3"
    source = clip("slides.mp4", f"{slides} {QUICK}")
    for fps in (0, 10):
        made = await encode(source, Fps=fps)
        assert made.metadata.duration == pytest.approx(3.0, abs=0.1)


async def test_without_sound(encode: Encode, clip: Clip) -> None:
    source = clip("mute.mp4", f"-f lavfi -i testsrc2=size=64x64 -t 0.4 {QUICK}")
    made = await encode(source)
    assert not made.metadata.audio
    with pytest.raises(Unfit, match=r"^the source has no audio stream, and nothing else is wanted$") as caught:
        await encode(source, container="mp3", video=False, audio_Codec="libmp3lame")
    assert caught.value.code == "SourceFileError.ContentUnsupported"


async def test_without_pictures(encode: Encode, clip: Clip) -> None:
    with pytest.raises(Unfit, match=r"^the source has no video stream, which the template wants") as caught:
        await encode(clip("sound.mp4"))
    assert caught.value.code == "SourceFileError.NoVideoMedia"
    made = await encode(clip("sound.mp4"), container="m4a", video=False)
    assert made.metadata.container == "m4a"


async def test_a_removed_stream_is_not_made(encode: Encode, clip: Clip) -> None:
    silent = await encode(clip("plain.mp4"), audio=False, end=0.5)
    blind = await encode(clip("plain.mp4"), video=False, end=0.5)
    assert (len(silent.metadata.video), len(silent.metadata.audio)) == (1, 0)
    assert (len(blind.metadata.video), len(blind.metadata.audio)) == (0, 1)


@pytest.mark.parametrize("form", ["yuv420p10le", "yuv422p", "yuv444p", "yuvj420p", "gbrp", "gray", "yuva420p", "bgra"])
async def test_other_kinds_of_pictures(encode: Encode, clip: Clip, form: str) -> None:
    source = clip(f"{form}.mkv", f"-f lavfi -i color=0x3060c0:size=64x64:rate=10 -t 0.3 -pix_fmt {form} -c:v ffv1")
    made = await encode(source)
    video = made.metadata.video[0]
    assert (video.pixel_format, video.format.profile) == ("yuv420p", "High")
    expected = (0x60,) * 3 if form == "gray" else (0x30, 0x60, 0xC0)
    assert near(colour(pictures(made.files[made.entry])[0][1], 0.5, 0.5), expected, within=14)


async def test_interlaced_pictures_have_no_combs(encode: Encode, clip: Clip) -> None:
    """A moving edge differs between the fields of a frame, line by line."""
    moving = "-f lavfi -i color=black:size=160x96:rate=50 -f lavfi -i color=white:size=16x96:rate=50"
    woven = "-filter_complex [0][1]overlay=x=n*4:shortest=1,interlace=scan=tff:lowpass=off -t 0.6"
    source = clip("fields.mkv", f"{moving} {woven} {QUICK} -flags +ilme+ildct -x264opts tff=1")
    made = await encode(source)
    combs = [combed(picture) for _, picture in pictures(made.files[made.entry])]
    assert max(combed(picture) for _, picture in pictures(source)) > 20
    assert max(combs[1:]) < 5
    assert made.metadata.video[0].field_order == "progressive"


async def test_fields_that_are_coded_like_pictures_are_joined(encode: Encode, clip: Clip) -> None:
    """As broadcasters' H.265 has them: twice as many pictures, half as high."""
    moving = "-f lavfi -i color=black:size=160x128:rate=50 -f lavfi -i color=white:size=16x128:rate=50"
    apart = "-filter_complex [0][1]overlay=x=n*4:shortest=1,interlace=scan=tff:lowpass=off,separatefields -t 0.6"
    coded = "-c:v libx265 -preset ultrafast -x265-params log-level=error:interlace=tff"
    source = clip("apart.mp4", f"{moving} {apart} {coded}")
    made = await encode(source)
    video, frames = made.metadata.video[0], pictures(made.files[made.entry])
    assert (video.width, video.height, video.fps, video.fields) == (160, 128, 25.0, False)
    assert len(frames) == 15
    assert max(combed(picture) for _, picture in frames[1:]) < 5
    cut = await encode(source, start=0.22)
    assert len(pictures(cut.files[cut.entry])) in (10, 11)  # what is shown when it begins, and nine more


def combed(picture: np.ndarray) -> float:
    """How much lines differ from the lines around them."""
    lines = picture[..., 1].astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).max(axis=1).mean() / 4)


async def test_pixels_become_square(encode: Encode, clip: Clip) -> None:
    source = clip("wide.mp4", f"-f lavfi -i testsrc2=size=180x144 -vf setsar=64/45 -t 0.3 {QUICK}")
    made = await encode(source)
    assert (made.metadata.width, made.metadata.height, made.metadata.video[0].sample_aspect) == (256, 144, "1/1")


async def test_surround_is_mixed_down(encode: Encode, clip: Clip) -> None:
    """The centre, where the voices are, is heard on both sides."""
    voice = "-f lavfi -i aevalsrc=0|0|0.5*sin(2*PI*440*t)|0|0|0:c=5.1:s=48000 -t 0.5 -c:a flac"
    source = clip("surround.mkv", f"-f lavfi -i testsrc2=size=64x64 {voice} {QUICK}")
    made = await encode(source, audio_AudioChannel=2)
    assert (made.metadata.audio[0].channels, made.metadata.audio[0].layout) == (2, "stereo")
    _, _, samples = sound(made.files[made.entry])
    assert np.abs(samples).max() > 0.1
    kept = await encode(source, audio_AudioChannel=6)
    assert kept.metadata.audio[0].layout == "5.1"
    assert (await encode(source, audio_AudioChannel=1)).metadata.audio[0].channels == 1


async def test_of_several_streams_the_first_is_taken(encode: Encode, clip: Clip) -> None:
    made = await encode(clip("two_videos.mp4"), end=0.3)
    assert (made.metadata.width, len(made.metadata.video), len(made.metadata.audio)) == (320, 1, 1)


async def test_a_cover_picture_that_comes_first_is_no_video(encode: Encode, clip: Clip, clip_store: Clip) -> None:
    source = clip(
        "covered.mp4", "-i", clip_store("picture.jpg"), "-i", clip_store("plain.mp4"), "-map 0 -map 1 -c copy",
        "-disposition:v:0 attached_pic",
    )  # fmt: skip
    made = await encode(source, end=0.5)
    assert (made.metadata.width, made.metadata.height) == (320, 180)


async def test_an_edit_list_says_what_is_shown(encode: Encode, clip: Clip, clip_store: Clip) -> None:
    source = clip("edited.mp4", "-ss 1.48", "-i", clip_store("plain.mp4"), "-c copy -avoid_negative_ts disabled")
    before = await probe_pictures(source)
    made = await encode(source)
    after = pictures(made.files[made.entry])
    assert len(after) == len(before)
    assert np.abs(after[0][1].astype(int) - before[0].astype(int)).mean() < 6


async def probe_pictures(path: Path) -> list[np.ndarray]:
    return [picture for time, picture in pictures(path) if time >= 0]


async def test_times_below_zero(encode: Encode, sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    source = clip(
        "negative.ts", "-i", clip_store("plain.mp4"),
        "-c copy -output_ts_offset -3 -muxdelay 0 -muxpreload 0 -avoid_negative_ts disabled -copyts",
    )  # fmt: skip
    made = await encode(source)
    assert made.metadata.duration == pytest.approx(4.0, abs=0.1)
    mkv = clip("negative.mkv", "-i", clip_store("plain.mp4"), "-c copy -output_ts_offset -1")
    made = await encode(mkv)
    assert made.metadata.duration == pytest.approx((await probe(sandbox, mkv)).duration, abs=1.1)


@pytest.mark.parametrize("fps", [0, 25, 60])
async def test_a_single_picture(encode: Encode, clip: Clip, fps: int) -> None:
    made = await encode(clip("one.mp4", f"-f lavfi -i testsrc2=size=64x64:rate=25 -frames:v 1 {QUICK}"), Fps=fps)
    assert 1 <= len(pictures(made.files[made.entry])) <= 3


async def test_very_short_with_sound(encode: Encode, clip: Clip) -> None:
    short = f"-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine -t 0.08 {QUICK} -c:a aac"
    made = await encode(clip("short.mp4", short))
    assert (len(made.metadata.video), len(made.metadata.audio)) == (1, 1)


@pytest.mark.parametrize(("rate", "fps", "expected"), [(120, 0, 120.0), (100, 24, 24.0), (120, 60, 60.0)])
async def test_high_frame_rates(encode: Encode, clip: Clip, rate: int, fps: int, expected: float) -> None:
    source = clip(f"fast{rate}.mp4", f"-f lavfi -i testsrc2=size=64x64:rate={rate} -t 0.5 {QUICK}")
    made = await encode(source, Fps=fps)
    assert made.metadata.video[0].fps == pytest.approx(expected, abs=0.1)
    assert made.metadata.duration == pytest.approx(0.5, abs=0.05)


async def test_a_header_that_lies_about_the_duration(encode: Encode, sandbox: Sandbox, clip: Clip) -> None:
    """A variable rate without a table: libav guesses from the first frames."""
    noise = "-f lavfi -i anoisesrc=d=2:a=0.5 -f lavfi -i anullsrc=d=6 -filter_complex [0][1]concat=v=0:a=1"
    source = clip("guessed.mp3", f"{noise} -c:a libmp3lame -q:a 0 -write_xing 0 -id3v2_version 0")
    assert abs((await probe(sandbox, source)).duration - 8) > 0.3
    made = await encode(source, container="m4a", video=False)
    assert made.metadata.duration == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("offsets", [(0, 0), (100, 3), (3, 100)])
async def test_recordings_that_were_joined(
    encode: Encode, clip: Clip, clip_store: Clip, offsets: tuple[int, int]
) -> None:
    """A transport stream's clock may begin anew anywhere, and jump ahead."""
    recorded = f"-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine -t 1 {QUICK} -c:a aac -output_ts_offset"
    source = clip("joined.ts", f"{recorded} {offsets[0]}")
    with source.open("ab") as whole:
        whole.write(clip_store(f"at{offsets[1]}.ts", f"{recorded} {offsets[1]}").read_bytes())
    made = await encode(source)
    assert made.metadata.duration == pytest.approx(2.0, abs=0.2)
    cut = await encode(source, start=-0.5)
    assert cut.metadata.duration == pytest.approx(0.5, abs=0.1)


async def test_a_source_that_was_cut_off(encode: Encode, sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    path = clip("cut.mp4", "-i", clip_store("plain.mp4"), "-c copy -movflags +faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Unfit) as caught:
        await encode(path)
    assert caught.value.code == "SourceFileError.ContentMalformed"


async def test_a_source_whose_last_samples_are_damaged(encode: Encode, clip: Clip) -> None:
    """The decoder goes on over it, and what comes out is too short: the file's fault, not the server's."""
    path = clip("damaged.mp4", f"-f lavfi -i testsrc2=size=64x64:rate=25 -t 1 -g 10 {QUICK}")
    content = bytearray(path.read_bytes())
    samples = slice(content.index(b"mdat") + 4, content.index(b"moov"))
    size = samples.stop - samples.start
    content[samples.stop - size // 3 : samples.stop] = bytes(size // 3)
    path.write_bytes(content)
    with pytest.raises(Unfit, match="the source is damaged, so that the output lasts") as caught:
        await encode(path, audio=False)
    assert caught.value.code == "SourceFileError.ContentMalformed"
