"""A wrong output is told from a right one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minivod.media.encode import check
from minivod.media.encode.check import Inspection, Wanted
from minivod.media.encode.results import Span
from minivod.media.encode.source import choose
from minivod.media.encode.tool import Tool
from minivod.media.outputs import OutputWrong
from minivod.media.probe import probe
from minivod.media.sandbox import Limits, Sandbox, python_tool

Clip = Callable[..., Path]
RIGHT: dict[str, Any] = {"duration": 4.0, "video": ("h264", 320, 180), "audio": ("aac",), "frame": 0.04}


async def inspected(sandbox: Sandbox, path: Path, **changes: Any) -> Inspection:
    found = await check.inspect(sandbox, path)
    tool = Tool(
        sandbox=sandbox, source=choose(path, await probe(sandbox, path), video=False, audio=True),
        span=Span(0.0, 4.0, whole=True), place=path.parent, threads=1,
    )  # fmt: skip
    await check.verify(tool, found, Wanted(**{**RIGHT, **changes}))
    return found


async def test_a_right_one(sandbox: Sandbox, clip: Clip) -> None:
    found = await inspected(sandbox, clip("plain.mp4"))
    assert [track.kind for track in found.tracks] == ["video", "audio"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"video": ("h264", 320, 182)}, "its video is h264 of 320x180 instead of h264 of 320x182"),
     ({"video": None}, "its video is h264 of 320x180 instead of none"),
     ({"audio": ("mp3", "aac_at")}, "its audio is aac instead of aac_at or mp3"),
     ({"audio": ()}, "its audio is aac instead of none")],
)  # fmt: skip
async def test_other_streams(sandbox: Sandbox, clip: Clip, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(OutputWrong, match=f"^the output is wrong: {message}$"):
        await inspected(sandbox, clip("plain.mp4"), **changes)


async def test_one_that_is_too_short(sandbox: Sandbox, clip: Clip, clip_store: Clip) -> None:
    source, output = clip("plain.mp4"), clip("short.mp4", "-t 2 -i", clip_store("plain.mp4"), "-c copy")
    tool = Tool(
        sandbox=sandbox, source=choose(source, await probe(sandbox, source), video=True, audio=True),
        span=Span(0.0, 4.0, whole=True), place=source.parent, threads=1,
    )  # fmt: skip
    with pytest.raises(OutputWrong, match=r"^the output lasts 2\.\d{3} s instead of 4\.\d{3} s$"):
        await check.verify(tool, await check.inspect(sandbox, output), Wanted(**RIGHT))


async def test_pictures_that_cannot_be_decoded(sandbox: Sandbox, clip: Clip) -> None:
    path = clip("plain.mp4")
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start : start + 4000] = bytes(4000)
    path.write_bytes(content)
    with pytest.raises(OutputWrong, match="decoded"):
        await inspected(sandbox, path)


async def test_tools_are_niced(tmp_path: Path) -> None:
    """By the launcher, before the tool can do anything."""
    sandbox = Sandbox(Limits(nice=7))
    argv = [*python_tool("x")[:1], "-I", "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"]
    done = await sandbox.run(argv, directory=tmp_path)
    assert int(done.stdout) == min(19, os.nice(0) + 7)


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no autogroups")
async def test_so_is_their_session(tmp_path: Path) -> None:
    """Else the kernel gives an encoder as much as all of a server, whatever its niceness."""
    tell = "import os; print(open('/proc/self/autogroup').read(), os.getsid(0) == os.getpid())"
    argv = [*python_tool("x")[:1], "-I", "-c", tell]
    done = await Sandbox(Limits(nice=7)).run(argv, directory=tmp_path)
    group, alone = done.stdout.decode().splitlines()
    assert group.rpartition(" nice ")[2] == str(min(19, os.nice(0) + 7))
    assert alone.strip() == "True"
