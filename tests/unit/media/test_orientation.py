"""What viewers see is what review sees: turned and mirrored pictures, as the container says and nothing else."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.media.boxes import IDENTITY, display_matrix, index_first, show_whole_picture
from minivod.media.frames import Frame, frames
from minivod.media.orientation import UPRIGHT, Oblique, of_matrix, of_rotation
from minivod.media.probe import NotMedia, probe
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path

from ...waiting import PATIENCE

Clip = Callable[..., Path]
CORNER = "-f lavfi -i color=black:size=320x180 -vf drawbox=w=40:h=40:color=red:t=fill -t 1 -c:v libx264"
TURNS = {
    "right": (["-display_rotation:v:0", "270"], 90),
    "around": (["-display_rotation:v:0", "180"], 180),
    "left": (["-display_rotation:v:0", "90"], 270),
    "mirrored": (["-display_hflip:v:0"], 0),
    "flipped": (["-display_vflip:v:0"], 180),
    "left and mirrored": (["-display_rotation:v:0", "90", "-display_hflip:v:0"], 90),
    "right and mirrored": (["-display_rotation:v:0", "270", "-display_hflip:v:0"], 270),
}


async def first(sandbox: Sandbox, path: Path) -> Frame:
    found = [frame async for frame in frames(sandbox, path, await probe(sandbox, path), 1.0)]
    return found[0]


def as_ffmpeg_shows_it(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The first frame by ffmpeg's own automatic rotation: the oracle."""
    argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-i", path, "-frames:v", "1", "-f", "image2pipe"]
    _, size, _, pixels = run_trusted([*argv, "-c:v", "ppm", "-"], timeout=PATIENCE).stdout.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


@pytest.mark.parametrize("turn", TURNS)
async def test_turned_and_mirrored(sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path, turn: str) -> None:
    options, degrees = TURNS[turn]
    path = clip(turn.replace(" ", "") + ".mp4", *options, "-i", clip_store("corner.mp4", CORNER), "-c", "copy")
    shown = as_ffmpeg_shows_it(path)
    for video in (path, tmp_path / "out.mp4"):
        if video != path:
            await remux_to_mp4(sandbox, path, video, on_progress=lambda _: None)
        image = (await first(sandbox, video)).image
        assert image.shape == shown.shape
        assert np.abs(image.astype(int) - shown).mean() < 5
        assert (await probe(sandbox, video)).rotate == degrees


async def test_an_oblique_picture_is_refused(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    path = clip("oblique.mp4", "-display_rotation:v:0", "45", "-i", clip_store("corner.mp4", CORNER), "-c", "copy")
    assert (await probe(sandbox, path)).rotate == 0
    with pytest.raises(NotMedia, match="no multiple of 90"):
        await first(sandbox, path)


@pytest.mark.parametrize("turn", ["none", "right"])
async def test_messages_in_the_stream_do_not_turn_it(sandbox: Sandbox, clip: Clip, clip_store: Clip, turn: str) -> None:
    """Players look at the container alone, libav at both: text that review sees upside down would pass."""
    lie = ["-c", "copy", "-bsf:v", "h264_metadata=display_orientation=insert:rotate=180"]
    options = TURNS[turn][0] if turn in TURNS else []
    honest = clip(f"honest_{turn}.mp4", *options, "-i", clip_store("corner.mp4", CORNER), "-c", "copy")
    path = clip(f"lying_{turn}.mp4", *options, "-i", clip_store("corner.mp4", CORNER), *lie)
    assert (await probe(sandbox, path)).rotate == (await probe(sandbox, honest)).rotate
    difference = (await first(sandbox, path)).image.astype(int) - (await first(sandbox, honest)).image
    assert np.abs(difference).mean() < 1


async def test_pixels_that_only_the_container_stretches(
    sandbox: Sandbox, clip: Clip, clip_store: Clip, tmp_path: Path
) -> None:
    path = clip("wide.mp4", "-i", clip_store("corner.mp4", CORNER), "-c", "copy", "-aspect", "4:1")
    await remux_to_mp4(sandbox, path, tmp_path / "out.mp4", on_progress=lambda _: None)
    assert (await first(sandbox, tmp_path / "out.mp4")).image.shape == (160, 640, 3)


def test_turns_by_angle_agree_with_turns_by_matrix() -> None:
    matrices = {0: (1, 0, 0, 1), 90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), -90: (0, 1, -1, 0)}
    image = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    for angle, (a, b, c, d) in matrices.items():
        assert of_rotation(angle) == of_matrix((a, b, c, d))
        assert (of_rotation(angle).apply(image) == np.rot90(image, angle // 90)).all()
        assert of_rotation(angle).degrees == -angle % 360


def test_matrices_at_the_edge() -> None:
    assert of_matrix((0, 0, 0, 0)) == UPRIGHT
    assert of_matrix((1, 0.01, -0.01, 1)) == UPRIGHT
    for oblique in ((0.7, 0.7, -0.7, 0.7), (1, 0, 0, 0), (1, 1, 1, 1), (1, 0.1, 0, 1)):
        with pytest.raises(Oblique):
            of_matrix(oblique)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    return struct.pack(">9i", *(int(n * 65536) for n in (a, b, 0, c, d, 0, 0, 0)), 1 << 30)


@pytest.mark.parametrize("version", [0, 1])
def test_matrices_of_movie_and_track(version: int) -> None:
    head = bytes([version, 0, 0, 0])
    times, time = bytes(16 if version else 8), bytes(8 if version else 4)
    track = box(b"tkhd", head + times + struct.pack(">II", 7, 0) + time + bytes(16) + matrix(0, 1, -1, 0) + bytes(8))
    movie = box(b"mvhd", head + times + bytes(4) + time + bytes(16) + matrix(-1, 0, 0, -1) + bytes(28))
    content = box(b"ftyp", b"isom") + box(b"moov", movie + box(b"trak", box(b"free", b"") + track))
    assert display_matrix(io.BytesIO(content), len(content), 7) == (0, -1, 1, 0)
    assert display_matrix(io.BytesIO(content), len(content), 8) == (-1, 0, 0, -1)


def test_apertures_become_free_space() -> None:
    short, long = box(b"clap", bytes(32)), struct.pack(">I4sQ", 1, b"clap", 48) + bytes(32)
    for aperture in (short, long):
        entry = box(b"avc1", bytes(78) + box(b"avcC", b"\1clap") + aperture + box(b"pasp", bytes(8)))
        content = box(b"stsd", bytes(8) + entry + entry)
        for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
            content = box(kind, content)
        file = io.BytesIO(box(b"ftyp", b"isom") + content)
        size = len(file.getvalue())
        assert show_whole_picture(file, size)
        assert file.getvalue() == (box(b"ftyp", b"isom") + content).replace(
            aperture, aperture.replace(b"clap", b"free")
        )
        assert not show_whole_picture(file, size)


def test_boxes_that_make_no_sense() -> None:
    large = b"\0\0\0\1moov" + struct.pack(">Q", 16)
    for content, first_is_index in (
        (b"", False), (b"\0\0\0", False), (b"\0\0\0\4moov", False), (box(b"free", b"") * 3, False),
        (box(b"free", b"xx") + box(b"moov", b""), True), (box(b"mdat", b"x") + box(b"moov", b""), False),
        (large, True), (b"\0\0\0\0mdat", False), (box(b"free", b"") * 20_000 + box(b"moov", b""), False),
        (struct.pack(">I", 2**32 - 1) + b"free" + b"moov", False), (b"\0\0\0\1free" + b"\xff" * 8, False),
    ):  # fmt: skip
        assert index_first(io.BytesIO(content), len(content)) is first_is_index
        assert display_matrix(io.BytesIO(content), len(content), 1) == IDENTITY
        assert not show_whole_picture(io.BytesIO(content), len(content))
