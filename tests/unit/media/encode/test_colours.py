"""HDR becomes SDR that looks right, or stays HDR where the template says so; files that failed elsewhere."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.unfit import Unfit
from minivod.media.watermarks import Mark
from minivod.templates.watermark import ImageWatermark, TextWatermark, Watermark

from .conftest import Encode
from .outputs import colour, near, pictures

Clip = Callable[..., Path]
CASES = Path(__file__).parents[3] / "data" / "cases"
TRANSFERS = {"pq": ("smpte2084", 0.58), "hlg": ("arib-std-b67", 0.75)}
"""Of the wire's two kinds of HDR, with the signal of paper white (ITU-R BT.2408)."""


def hdr(kind: str, signal: float) -> str:
    """A grey picture with that signal."""
    transfer, _ = TRANSFERS[kind]
    level = round(64 + signal * 876)
    return (
        f"-f lavfi -i color=gray:size=64x64:rate=10 -t 0.3 -vf format=yuv420p10le,geq=lum={level}:cb=512:cr=512 "
        f"-c:v libx265 -preset ultrafast -x265-params log-level=error:crf=4:colorprim=bt2020:transfer={transfer}"
        f":colormatrix=bt2020nc -color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc -tag:v hvc1"
    )


@pytest.mark.parametrize("kind", TRANSFERS)
async def test_paper_white_is_bright_and_brighter_is_brighter(encode: Encode, clip: Clip, kind: str) -> None:
    white = TRANSFERS[kind][1]
    shades = []
    for signal in (white / 2, white, 0.9):
        made = await encode(clip(f"{kind}{signal}.mp4", hdr(kind, signal)))
        video = made.metadata.video[0]
        assert (video.dynamic_range, video.pixel_format, video.colour.transfer, video.colour.primaries) == (
            "SDR", "yuv420p", 1, 1,
        )  # fmt: skip
        shades.append(colour(pictures(made.files[made.entry])[0][1], 0.5, 0.5)[0])
    assert 0 < shades[0] < 130
    assert 195 <= shades[1] <= 225
    assert shades[2] > shades[1] + 10


@pytest.mark.parametrize("codec", ["libx265", "av1"])
async def test_hdr_is_preserved(encode: Encode, clip: Clip, codec: str) -> None:
    made = await encode(clip("pq.mp4", hdr("pq", 0.5)), Codec=codec, PreserveHDRSwitch="ON")
    video = made.metadata.video[0]
    assert (video.hdr_type, video.format.bit_depth) == ("hdr10", 10)
    assert (video.colour.primaries, video.colour.transfer, video.colour.matrix) == (9, 16, 9)


@pytest.mark.parametrize("kind", TRANSFERS)
async def test_a_mark_on_hdr_is_as_bright_as_paper(encode: Encode, clip: Clip, kind: str) -> None:
    text = TextWatermark(FontType="arial.ttf", FontSize="64px", FontColor="0xFFFFFF", FontAlpha=1.0)
    picture = ImageWatermark(ImageContent="", Width="20px", Height="20px")
    letter = Mark(settings=Watermark(Type="text", CoordinateOrigin="BottomRight", TextTemplate=text), text="I")
    white = clip("white.png", "-f lavfi -i color=white:size=32x32 -frames:v 1")
    dot = Mark(settings=Watermark(Type="image", CoordinateOrigin="TopLeft", ImageTemplate=picture), picture=white)
    made = await encode(
        clip(f"{kind}-dark.mp4", hdr(kind, 0.2)), Codec="libx265", PreserveHDRSwitch="ON", marks=[letter, dot]
    )
    shown = pictures(made.files[made.entry])[0][1]
    signal = round(255 * TRANSFERS[kind][1])
    assert near(colour(shown, 0.1, 0.1), (signal,) * 3, within=12)
    assert shown.max() <= signal + 25
    assert shown[:, 40:].max() >= signal - 25  # there is nothing but the letter


async def test_hdr_does_not_fit_into_h264(encode: Encode, clip: Clip) -> None:
    with pytest.raises(Unfit, match=r"^PreserveHDRSwitch is ON, and Codec is libx264; it must be libx265 or av1") as it:
        await encode(clip("pq.mp4", hdr("pq", 0.5)), PreserveHDRSwitch="ON")
    assert it.value.code == "InvalidInput.ConfigurationUnsupported"


async def test_preserving_what_is_not_there(encode: Encode, clip: Clip) -> None:
    made = await encode(clip("plain.mp4"), PreserveHDRSwitch="ON", end=0.3)
    assert made.metadata.video[0].format.bit_depth == 8


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.mp4")))
async def test_files_that_failed_elsewhere(encode: Encode, tmp_path: Path, name: str) -> None:
    source = Path(shutil.copy(CASES / name, tmp_path / "source"))
    made = await encode(source, Height=144)
    video = made.metadata.video[0]
    assert (video.codec, video.format.profile, video.format.bit_depth, video.format.chroma) == (
        "h264", "High", 8, "4:2:0",
    )  # fmt: skip
    assert (video.dynamic_range, made.metadata.rotate) == ("SDR", 0)
    assert (made.metadata.height > made.metadata.width) == (name == "iphone_hlg_rot.mp4")


@pytest.mark.parametrize(
    ("fill", "border"), [("black", (0, 0, 0)), ("white", (255, 255, 255)), ("gauss", (48, 96, 192))]
)
async def test_borders(encode: Encode, clip: Clip, fill: str, border: tuple[int, int, int]) -> None:
    source = clip("blue.mp4", "-f lavfi -i color=0x3060c0:size=160x160:rate=10 -t 0.3 -c:v libx264 -preset ultrafast")
    made = await encode(source, Width=256, Height=128, FillType=fill)
    assert (made.metadata.width, made.metadata.height) == (256, 128)
    seen = pictures(made.files[made.entry])[0][1]
    assert near(colour(seen, 0.1, 0.5), border, within=16)
    assert near(colour(seen, 0.5, 0.5), (48, 96, 192), within=16)


async def test_stretched(encode: Encode, clip: Clip) -> None:
    source = clip("blue.mp4", "-f lavfi -i color=0x3060c0:size=160x160:rate=10 -t 0.3 -c:v libx264 -preset ultrafast")
    made = await encode(source, Width=256, Height=128, FillType="stretch")
    assert near(colour(pictures(made.files[made.entry])[0][1], 0.02, 0.5), (48, 96, 192), within=16)
