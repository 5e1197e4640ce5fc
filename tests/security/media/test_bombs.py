"""Threat T14: pictures, headers, durations and loops that want all memory, time or disk."""

import asyncio
import io
import math
import os
import struct
import sys
import time
import zlib
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from minivod.media.frames import frames, picture
from minivod.media.outcome import check
from minivod.media.probe import NotMedia, probe
from minivod.media.sandbox import Limits, Sandbox, StepFailed, run_trusted
from minivod.media.tools import ffmpeg_path

from ...waiting import PATIENCE

PYTHON = [sys.executable, "-I", "-S", "-c"]


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@cache
def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is that large, and is; black, in stretches of as many rows as divide it.

    A stretch that ends with a full flush knows nothing of those before it: it is compressed once, and repeated.
    """
    rows = math.gcd(height, 100)
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    stretch = deflate.compress(bytes((1 + width * 3) * rows)) + deflate.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, wbits=-zlib.MAX_WBITS).flush()
    total = (1 + width * 3) * height
    adler = (total % 65521 << 16 | 1).to_bytes(4, "big")  # of so many zeros
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"\x78\xda" + stretch * (height // rows) + last + adler
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_bomb_is_what_it_says() -> None:
    """A small one is decoded to the last row."""
    with Image.open(io.BytesIO(bomb(1000, 300))) as small:
        assert small.size == (1000, 300)
        small.load()
        assert small.getextrema() == ((0, 0),) * 3


def children_seconds() -> float:
    """Processor time of the tools so far: what it costs to find out, however busy the machine is."""
    used = os.times()
    return used.children_user + used.children_system


async def test_a_pixel_bomb_is_not_decoded(sandbox: Sandbox, job: Path) -> None:
    path = job / "cover"
    content = bomb(16000, 16000)
    assert len(content) < 1_000_000
    for there in (content, content[:200]):  # without its pixels it is told the same: nobody looked at them
        path.write_bytes(there)
        with pytest.raises(NotMedia, match="larger"):
            await picture(sandbox, path)


def largest(kind: str) -> bytes:
    """A GIF or WebP that says it has the most pixels that such a file can have."""
    target = io.BytesIO()
    Image.new("RGBA", (64, 64)).save(target, kind)
    content = target.getvalue()
    if kind == "GIF":
        return content[:6] + b"\xff" * 4 + content[10:]
    return content[:24] + b"\xff\x3f\0\xff\x3f\0" + content[30:]


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
async def test_a_canvas_as_large_as_can_be(sandbox: Sandbox, job: Path, kind: str) -> None:
    path = job / "cover"
    path.write_bytes(largest(kind))
    with pytest.raises(NotMedia, match="larger"):
        await picture(sandbox, path)


async def test_a_bomb_below_the_limit_of_pixels_meets_that_of_memory(job: Path) -> None:
    path = job / "cover"
    path.write_bytes(bomb(16000, 16000))
    small = Sandbox(Limits(memory=768 * 1024**2), max_pixels=10**9)
    with pytest.raises((NotMedia, StepFailed), match="memory"):
        await picture(small, path)


def test_headers_of_sixteen_thousand(job: Path) -> None:
    """Both a container that tells the size, and a stream that tells another than its container."""
    path = job / "told"
    argv = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "color=size=16000x16000", "-frames:v", "1"]
    assert run_trusted([*argv, "-pix_fmt", "monob", "-c:v", "png", "-f", "mov", path], timeout=PATIENCE).returncode == 0
    with pytest.raises(NotMedia, match="larger"):
        asyncio.run(probe(Sandbox(Limits()), path))


async def test_a_stream_that_grows_beyond_its_header(sandbox: Sandbox, job: Path) -> None:
    path = job / "grown"
    argv = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-t", "3"]
    assert run_trusted([*argv, "-c:v", "libvpx", "-g", "1", "-f", "webm", path], timeout=PATIENCE).returncode == 0
    size = struct.pack("<HH", 64, 64)
    grown = path.read_bytes().replace(b"\x9d\x01\x2a" + size, b"\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383))
    path.write_bytes(grown)
    with pytest.raises(NotMedia):
        metadata = await probe(sandbox, path)
        async for frame in frames(sandbox, path, metadata, 1.0):
            assert max(frame.image.shape) <= 640


async def test_a_video_of_a_million_seconds_is_told_as_such_at_once(sandbox: Sandbox, job: Path) -> None:
    path = job / "long"
    argv = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "color=size=64x64:rate=1", "-frames:v", "100"]
    stretch = ["-vf", "setpts=N*10000/TB", "-fps_mode", "passthrough", "-c:v", "libx264", "-f", "mp4"]
    done = run_trusted([*argv, *stretch, path], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    costs: list[float] = []
    while not costs or (min(costs) >= 5 and len(costs) < 5):  # a child of another test may end meanwhile
        before = children_seconds()
        assert (await probe(sandbox, path)).duration > 900_000
        costs.append(children_seconds() - before)
    assert min(costs) < 5


async def test_a_memory_hog(job: Path) -> None:
    small = Sandbox(Limits(memory=256 * 1024**2))
    done = await small.run([*PYTHON, "bytearray(1024**3)"], directory=job)
    assert b"MemoryError" in done.stderr
    with pytest.raises(StepFailed, match="MemoryError"):
        check(done, small.limits)


async def test_a_busy_loop(job: Path) -> None:
    limited = Sandbox(Limits(cpu=1))
    done = await limited.run([*PYTHON, "while True: pass"], directory=job)
    with pytest.raises(StepFailed, match="more than 1 s of processor time"):
        check(done, limited.limits)


async def test_endless_output(sandbox: Sandbox, job: Path) -> None:
    with pytest.raises(StepFailed, match="too much"):
        await sandbox.run([*PYTHON, "while True: print('x' * 9999)"], directory=job)


async def test_endless_complaints_are_bounded(job: Path) -> None:
    script = "import sys\nfor _ in range(100): sys.stderr.write('x' * 99999)\nsys.exit('the end')"
    done = await Sandbox(Limits()).run([*PYTHON, script], directory=job)
    assert len(done.stderr) <= 4096
    assert done.stderr.endswith(b"the end\n")


async def test_a_file_without_end(job: Path) -> None:
    limited = Sandbox(Limits(file_size=1024**2))
    argv = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "nullsrc", "-c:v", "rawvideo", "-f", "avi", "x"]
    done = await limited.run(argv, directory=job, writable=job)
    assert done.returncode != 0
    assert (job / "x").stat().st_size <= 1024**2


async def test_silence(job: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StepFailed, match="without progress"):
        await Sandbox(Limits(stall=0.5)).run([*PYTHON, "import time; time.sleep(600)"], directory=job)
    assert time.monotonic() - started < PATIENCE


async def test_chatter_without_progress(job: Path) -> None:
    script = "import time\nwhile True: print('frame=0', flush=True); time.sleep(0.05)"
    with pytest.raises(StepFailed, match="without progress"):
        await Sandbox(Limits(stall=0.5)).run([*PYTHON, script], directory=job, on_stdout=lambda _: False)


async def test_the_wall_clock(job: Path) -> None:
    script = "import time\nwhile True: print('out_time_us=1', flush=True); time.sleep(0.05)"
    with pytest.raises(StepFailed, match="stopped after 1 s"):
        await Sandbox(Limits(wall=1.0)).run([*PYTHON, script], directory=job, on_stdout=lambda _: True)


async def test_the_wall_clock_runs_while_frames_are_looked_at(job: Path) -> None:
    limited = Sandbox(Limits(wall=0.5))
    with pytest.raises(StepFailed, match="stopped after"):
        async with limited.stream([*PYTHON, "import time; print(1, flush=True); time.sleep(60)"], directory=job) as out:
            await out.read()
            await asyncio.sleep(0.7)  # the reader is not cancelled; it learns at its next read
            await out.read()
