"""Remuxing keeps one video and one sound as they are, and nothing else."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.outputs import opened
from minivod.media.probe import NotMedia, probe
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Sandbox, StepFailed, run_trusted
from minivod.media.tools import ffmpeg_path

from ...waiting import PATIENCE

Clip = Callable[..., Path]


def packets(path: Path, stream: str) -> list[bytes]:
    """Size and checksum of each packet."""
    argv: list[str | Path] = [
        ffmpeg_path(),
        "-v",
        "error",
        "-i",
        path,
        "-map",
        stream,
        "-c",
        "copy",
        "-f",
        "framecrc",
        "-",
    ]
    lines = run_trusted(argv, timeout=PATIENCE).stdout.splitlines()
    return [b",".join(line.split(b",")[4:6]) for line in lines if not line.startswith(b"#")]


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_streams_are_copied(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    source, target = clip("plain.mp4"), tmp_path / "video.mp4"
    told: list[float] = []
    await remux_to_mp4(sandbox, source, target, on_progress=told.append)
    assert (await probe(sandbox, target)).faststart
    assert packets(source, "0:v") == packets(target, "0:v")
    assert packets(source, "0:a") == packets(target, "0:a")
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert all(0 <= done <= 1 for done in told)
    assert names(tmp_path) == ["plain-mp4", "video.mp4"]


async def test_only_the_first_of_each_kind_remains(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    await remux_to_mp4(sandbox, clip("two_videos.mp4"), tmp_path / "out.mp4", on_progress=lambda _: None)
    found = await probe(sandbox, tmp_path / "out.mp4")
    assert [(video.width, video.height) for video in found.video] == [(320, 180)]
    assert len(found.audio) == 1


async def test_subtitles_attachments_chapters_and_metadata_stay_behind(
    sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path
) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhidden words\n")
    (tmp_path / "secret.ttf").write_bytes(b"attached bytes" * 10)
    (tmp_path / "meta").write_text(";FFMETADATA1\ntitle=private\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=chap\n")
    arguments = [
        *("-i", clip_store("matroska.mkv"), "-i", tmp_path / "words.srt", "-i", tmp_path / "meta"),
        *("-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2", "-c", "copy", "-c:s", "srt"),
        *("-metadata", "location=+39.9+116.4/", "-metadata:s:v:0", "title=streamprivate"),
        *("-attach", tmp_path / "secret.ttf", "-metadata:s:t:0", "mimetype=font/ttf"),
    ]
    source = clip("full.mkv", *arguments)
    content = source.read_bytes()
    assert all(word in content for word in (b"hidden words", b"attached", b"private", b"chap", b"116.4"))
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    content = (tmp_path / "out.mp4").read_bytes()
    assert not any(word in content for word in (b"hidden words", b"attached", b"private", b"chap", b"116.4"))


async def test_an_attached_picture_before_the_video_is_passed_over(
    sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path
) -> None:
    arguments = ["-i", clip_store("picture.jpg"), "-i", clip_store("plain.mp4"), "-map", "0", "-map", "1", "-c", "copy"]
    source = clip("pictured.mp4", *arguments, "-disposition:v:0", "attached_pic")
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    found = await probe(sandbox, tmp_path / "out.mp4")
    assert [video.codec for video in found.video] == ["h264"]


async def test_rotation_stays(sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path) -> None:
    source = clip("turned.mp4", "-display_rotation:v:0", "270", "-i", clip_store("plain.mp4"), "-c", "copy")
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert (await probe(sandbox, tmp_path / "out.mp4")).rotate == 90


async def test_hevc_gets_the_tag_that_all_players_take(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    await remux_to_mp4(sandbox, clip("hevc.mp4"), tmp_path / "out.mp4", on_progress=lambda _: None)
    assert (await probe(sandbox, tmp_path / "out.mp4")).video[0].codec_tag == "hvc1"


async def test_without_video(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(NotMedia, match="no video"):
        await remux_to_mp4(sandbox, clip("sound.mp4"), tmp_path / "out.mp4", on_progress=lambda _: None)


async def test_a_file_that_was_cut_is_refused(sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path) -> None:
    path = clip("fast.mp4", "-i", clip_store("plain.mp4"), "-c", "copy", "-movflags", "+faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NotMedia, match=r"^it is damaged or incomplete \(Invalid data found when processing input\)$"):
        await remux_to_mp4(sandbox, path, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert names(tmp_path) == [path.name]


async def test_what_ffmpeg_says_is_told_without_places_in_memory(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    source = clip("media.mkv", "-f lavfi -i testsrc2=size=64x64:rate=10 -t 1 -c:v wmv2")
    with pytest.raises(StepFailed, match=r"^Could not write header"):
        await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)


async def test_the_source_cannot_be_written(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    source = clip("plain.mp4")
    before = source.read_bytes()
    argv: list[str | Path] = [
        ffmpeg_path(),
        "-v",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        "color",
        "-t",
        "1",
        "-f",
        "mp4",
        source.name,
    ]
    done = await sandbox.run(argv, directory=tmp_path)
    assert done.returncode != 0
    assert source.read_bytes() == before


def with_clean_aperture(path: Path, width: int, height: int) -> Path:
    """Adds a box to an MP4 whose index comes last, by which players show the middle of the picture alone."""
    content = bytearray(path.read_bytes())
    aperture = struct.pack(">I4s8i", 40, b"clap", width, 1, height, 1, 0, 1, 0, 1)
    entry = content.index(b"avc1", content.index(b"stsd")) - 4
    end = entry + int.from_bytes(content[entry : entry + 4], "big")
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        place = content.index(kind, content.index(b"moov")) - 4
        content[place : place + 4] = (int.from_bytes(content[place : place + 4], "big") + 40).to_bytes(4, "big")
    content[end:end] = aperture
    path.write_bytes(content)
    return path


def shown(path: Path) -> bytes:
    """Size of the picture as ffmpeg shows it, which honours clean apertures."""
    argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-i", path, "-frames:v", "1", "-f", "image2pipe"]
    return run_trusted([*argv, "-c:v", "ppm", "-"], timeout=PATIENCE).stdout.split(b"\n", 2)[1]


async def test_players_show_the_whole_picture_that_review_sees(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    """Text too small to be read in a large picture would fill the screen."""
    source = with_clean_aperture(clip("plain.mp4"), 80, 44)
    assert shown(source) == b"80 44"
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert shown(tmp_path / "out.mp4") == b"320 180"
    assert packets(source, "0:v") == packets(tmp_path / "out.mp4", "0:v")


@pytest.mark.parametrize("kind", ["link", "pipe", "directory", "nothing"])
def test_what_a_captured_tool_leaves_is_not_written_to(tmp_path: Path, kind: str) -> None:
    other, left = tmp_path / "other", tmp_path / "left"
    other.write_bytes(b"not ours")
    if kind == "link":
        left.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(left)
    elif kind == "directory":
        left.mkdir()
    with pytest.raises(StepFailed, match="its output"):
        opened(left)


def doubled(path: Path, count: int = 2) -> Path:
    """Gives samples of the first track the time of the one before, as recorders do that were late."""
    content = bytearray(path.read_bytes())
    runs = content.index(b"stts") + 8
    assert int.from_bytes(content[runs : runs + 4], "big") > 9
    for run in range(5, 5 + count):
        content[runs + 8 + 8 * run : runs + 12 + 8 * run] = bytes(4)
    path.write_bytes(content)
    return path


UNEVEN = "-vf settb=1/1000,setpts=N*40+mod(N\\,3) -fps_mode passthrough -enc_time_base 1/1000"
VIDEO = f"-f lavfi -i testsrc2=size=160x120:rate=25 -t 2 {UNEVEN} -pix_fmt yuv420p -c:v"


@pytest.mark.parametrize("coder", ["libx264 -preset ultrafast", "libx264 -preset medium", "libx265 -preset ultrafast"])
async def test_pictures_at_the_same_time(sandbox: Sandbox, clip: Clip, tmp_path: Path, coder: str) -> None:
    source = doubled(clip("uneven.mp4", f"{VIDEO} {coder}"))
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert len(packets(source, "0:v")) == 50
    assert packets(source, "0:v") == packets(tmp_path / "out.mp4", "0:v")


async def test_sounds_at_the_same_time(sandbox: Sandbox, clip: Clip, tmp_path: Path) -> None:
    """Fragments of single samples, in whose index the times of sounds overlap."""
    source = clip(
        "fragments.mp4",
        "-f lavfi -i testsrc2=size=160x120:rate=25 -f lavfi -i sine -t 2 -c:v libx264 -preset ultrafast -c:a aac "
        "-movflags frag_every_frame+empty_moov",
    )
    await remux_to_mp4(sandbox, source, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert packets(source, "0:v") == packets(tmp_path / "out.mp4", "0:v")
    assert packets(source, "0:a") == packets(tmp_path / "out.mp4", "0:a")
