"""Text as people hide it: real clips made by ffmpeg, decoded in the sandbox and reviewed as a worker does it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from minivod.media.frames import Frame, frames
from minivod.media.probe import NotMedia, probe
from minivod.media.remux import remux_to_mp4
from minivod.media.sandbox import Limits, Sandbox, run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.review.detectors import DetectorSet
from minivod.review.model import ReviewRecord
from minivod.review.policy import Policy
from minivod.review.run import review

from ... import clips
from ...waiting import PATIENCE
from .conftest import FONT

CHINESE, ENGLISH = "这里有成人视频", "watch FREE PORN now"
DARK = "color=0x203040:size=640x360:rate=25"
BUNNY = ["-t", "1", "-i", str(clips.BUNNY)]
X264 = "-c:v libx264 -preset veryfast -an"
HDR = (
    "-c:v libx265 -preset ultrafast -tag:v hvc1 -an "
    "-x265-params log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
)

Judge = Callable[..., Awaitable[ReviewRecord]]


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The font under a path without characters that mean something to filters."""
    return Path(shutil.copy(FONT, tmp_path_factory.mktemp("font") / "font.otf"))


@pytest.fixture
def judge(tmp_path: Path, detectors: DetectorSet) -> Judge:
    """Makes a clip from the arguments of ffmpeg, remuxes it as publishing does, and reviews what comes out."""

    async def judged(*arguments: str | Path, remux: bool = True) -> ReviewRecord:
        source, target = tmp_path / "source.mp4", tmp_path / "video.mp4"
        argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", *arguments, source]
        done = run_trusted(argv, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr.decode()
        sandbox = Sandbox(Limits(stall=60.0, wall=120.0))
        if remux:
            await remux_to_mp4(sandbox, source, target, on_progress=lambda _: None)
        else:
            source.rename(target)
        metadata = await probe(sandbox, target)

        async def samples() -> AsyncIterator[Frame]:
            async for frame in frames(sandbox, target, metadata, 1.0):
                yield frame

        return (await review(samples(), detectors, Policy())).record

    return judged


def drawn(font: Path, text: str, **options: object) -> str:
    """The filter that draws a text."""
    given = {"fontfile": font, "text": text, "fontsize": 24, "fontcolor": "white", "borderw": 1, "x": 40, "y": 120}
    return "drawtext=" + ":".join(f"{name}='{value}'" for name, value in (given | options).items())


def ground(seconds: float, source: str = DARK) -> list[str]:
    return ["-f", "lavfi", "-t", str(seconds), "-i", source]


@pytest.mark.parametrize(
    ("source", "text", "options", "then"),
    [
        pytest.param(ground(1, DARK.replace("640x360", "360x640")), CHINESE, {}, "transpose=1", id="turned right"),
        pytest.param(ground(1, DARK.replace("640x360", "360x640")), ENGLISH, {}, "transpose=2", id="turned left"),
        pytest.param(ground(1), CHINESE, {}, "hflip,vflip", id="upside down"),
        pytest.param(ground(1), CHINESE, {}, "rotate=0.5", id="slanting"),
        pytest.param(ground(1), "PORN", {"fontsize": 250, "y": 20}, "null", id="as large as the frame"),
        pytest.param(BUNNY, CHINESE, {"fontsize": 26}, "null", id="small"),
        pytest.param(ground(1), ENGLISH, {"fontcolor": "0x384858", "borderw": 0}, "null", id="faint"),
        pytest.param(
            ground(1, "color=0x006400:size=640x360:rate=25"),
            ENGLISH,
            {"fontcolor": "0xc40000", "borderw": 0},
            "null",
            id="colours of equal brightness",
        ),
        pytest.param(ground(1), CHINESE, {}, "noise=alls=60:allf=t", id="behind noise"),
        pytest.param(ground(1), ENGLISH, {}, "drawbox=x=30:y=131:w=400:h=2:color=white:t=fill", id="struck out"),
        pytest.param(BUNNY, ENGLISH, {"fontsize": 48}, "tinterlace=interleave_top", id="interlaced"),
        pytest.param(ground(4), ENGLISH, {"x": "w-mod(t*600\\,1000)"}, "null", id="running"),
        pytest.param(ground(4), CHINESE, {"enable": "gte(t,3.95)"}, "null", id="in the last frame"),
        pytest.param(ground(4), CHINESE, {"enable": "lt(t,0.03)"}, "null", id="in the first frame"),
    ],
)
async def test_drawn_text_is_found(
    judge: Judge, font: Path, source: list[str], text: str, options: dict[str, object], then: str
) -> None:
    filters = f"scale=iw:-2,{drawn(font, text, **options)},{then}"
    record = await judge(*source, "-vf", filters, *X264.split())
    assert record.decision == "Rejected", record.message
    # Of text alone: the animation behind it has a frame here and there that nudity is suspected of (docs/review.md).
    found = {finding.category for finding in record.findings if finding.category.endswith(".Ocr")}
    assert found == {"Porn.Ocr"}


async def test_a_column_of_characters(judge: Judge, font: Path) -> None:
    column = [drawn(font, char, fontsize=32, x=300, y=40 + 40 * row) for row, char in enumerate("成人视频")]
    record = await judge(*ground(1), "-vf", ",".join(column), *X264.split())
    assert record.decision == "Rejected", record.message


async def test_text_that_goes_out_at_each_keyframe(judge: Judge, font: Path) -> None:
    """At every moment that the rules of sampling name: the first seconds, the last one, one frame of each second."""
    shown = drawn(font, ENGLISH, enable="mod(n,25)*between(t,2,18)")
    encoder = "-c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -sc_threshold 0"
    record = await judge(*ground(20), "-vf", shown, *encoder.split())
    assert record.decision == "Rejected", record.message


async def test_high_dynamic_range(judge: Judge, font: Path) -> None:
    record = await judge(*BUNNY, "-vf", f"{drawn(font, ENGLISH, fontsize=48)},format=yuv420p10le", *HDR.split())
    assert record.decision == "Rejected", record.message


@pytest.mark.parametrize("scale", ["320:180", "1280:720"])
async def test_a_size_that_changes_on_the_way(judge: Judge, font: Path, tmp_path: Path, scale: str) -> None:
    parts: list[Path] = []
    for number, filters in enumerate(("scale=640:360", f"scale={scale},{drawn(font, ENGLISH)}")):
        parts.append(tmp_path / f"{number}.ts")
        argv: list[str | Path] = [
            ffmpeg_path(),
            "-v",
            "error",
            "-nostdin",
            "-t",
            "2",
            "-i",
            clips.BUNNY,
            "-vf",
            filters,
            *X264.split(),
            parts[-1],
        ]
        assert run_trusted(argv, timeout=PATIENCE).returncode == 0
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(NotMedia, match="its parameter sets change at 2"):
        await judge("-i", whole, "-c", "copy")  # not all players would show the second part as it is
    record = await judge("-i", whole, "-c", "copy", remux=False)
    assert record.decision == "Rejected", record.message
    assert record.findings[0].start > 1


async def test_subtitles_and_names_that_are_innocent(judge: Judge, font: Path) -> None:
    lines = ["Scunthorpe United 2 - 1 Essex", "男性交友 理性交易", "黑色情人节 雄黄片", "同性爱情电影频道"]
    shown = [drawn(font, line, y=300, enable=f"between(t,{2 * row},{2 * row + 2})") for row, line in enumerate(lines)]
    record = await judge(*ground(8), "-vf", ",".join(shown), *X264.split())
    assert (record.decision, record.findings) == ("Pass", []), record.message
