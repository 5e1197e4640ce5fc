"""Watermarks as they lie on pictures: the pixels that come out are looked at."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pylopdf_fonts_zh_cn
import pytest
from PIL import Image

from minivod.media import fonts
from minivod.media.sandbox import Limits, Sandbox
from minivod.media.unfit import Unfit
from minivod.media.watermarks import Mark, Overlay, overlay, timed
from minivod.templates.watermark import ImageWatermark, TextWatermark, Watermark

from .stills import tagged, written

WIDTH, HEIGHT = 200, 100
FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
_BEARING = 4
"""Pixels: a letter's width has a little room at its sides."""
RED, LIME = (255, 0, 0, 255), (0, 255, 0, 255)
Pixels = npt.NDArray[np.uint8]


def image_mark(path: Path, origin: str = "TopLeft", x: str = "0px", y: str = "0px", **image: Any) -> Mark:
    part = ImageWatermark(ImageContent="", **image)
    settings = Watermark(Type="image", CoordinateOrigin=origin, XPos=x, YPos=y, ImageTemplate=part)  # type: ignore[arg-type]
    return Mark(settings=settings, picture=path)


def text_mark(text: str, font: str = "simkai.ttf", size: str = "40px", alpha: float = 1.0, **place: Any) -> Mark:
    part = TextWatermark(FontType=font, FontSize=size, FontColor="0xFF8000", FontAlpha=alpha)  # type: ignore[arg-type]
    return Mark(settings=Watermark(Type="text", TextTemplate=part, **place), text=text)


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """40x20 pixels."""
    path = tmp_path / "logo"
    path.write_bytes(written(Image.new("RGBA", (40, 20), RED), "PNG"))
    return path


def on_picture(made: Overlay) -> Pixels:
    """The picture with nothing but the mark; a mark outside of it would raise."""
    with Image.open(made.path) as image:
        assert made.x + image.width <= WIDTH and made.y + image.height <= HEIGHT
        picture = Image.new("RGBA", (WIDTH, HEIGHT))
        picture.paste(image.convert("RGBA"), (made.x, made.y))
    return np.asarray(picture)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def drawn(sandbox: Sandbox, mark: Mark, place: Path) -> Pixels:
    return on_picture(await overlay(sandbox, mark, WIDTH, HEIGHT, place))


def box(pixels: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not clear."""
    rows, columns = np.nonzero(pixels[..., 3])
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize(
    ("origin", "x", "y", "size", "expected"),
    [
        ("TopLeft", "10px", "20px", {"Width": "40px"}, (10, 20, 50, 40)),
        ("TopRight", "10px", "20px", {"Width": "40px"}, (150, 20, 190, 40)),
        ("BottomLeft", "10px", "20px", {"Width": "40px"}, (10, 60, 50, 80)),
        ("BottomRight", "10px", "20px", {"Width": "40px"}, (150, 60, 190, 80)),
        ("TopLeft", "50%", "25%", {"Width": "10%"}, (100, 25, 120, 35)),
        ("TopLeft", "0px", "0px", {"Width": "100%", "Height": "100%"}, (0, 0, 200, 100)),
        ("TopLeft", "0px", "0px", {"Width": "8px", "Height": "50%"}, (0, 0, 8, 50)),
        # Larger than the picture, or partly outside.
        ("TopLeft", "0px", "0px", {"Width": "4096px", "Height": "4096px"}, (0, 0, 200, 100)),
        ("BottomRight", "100px", "50px", {"Width": "4096px"}, (0, 0, 100, 50)),
        ("TopLeft", "190px", "95px", {"Width": "40px"}, (190, 95, 200, 100)),
        ("TopRight", "195px", "0px", {"Width": "40px"}, (0, 0, 5, 20)),
    ],
)
async def test_a_picture_lies_where_its_corner_says(
    sandbox: Sandbox, red: Path, tmp_path: Path,
    origin: str, x: str, y: str, size: dict[str, str], expected: tuple[int, ...],
) -> None:  # fmt: skip
    pixels = await drawn(sandbox, image_mark(red, origin, x, y, **size), tmp_path)
    assert box(pixels) == expected
    assert (pixels[(expected[1] + expected[3]) // 2, (expected[0] + expected[2]) // 2] == RED).all()


@pytest.mark.parametrize(("origin", "x", "y"), [("TopLeft", "200px", "0px"), ("BottomRight", "0px", "8192px")])
async def test_what_lies_outside_is_not_seen(
    sandbox: Sandbox, red: Path, tmp_path: Path, origin: str, x: str, y: str
) -> None:
    assert not (await drawn(sandbox, image_mark(red, origin, x, y, Width="40px"), tmp_path))[..., 3].any()


async def test_a_strip_that_would_be_endless_is_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "strip"
    path.write_bytes(written(Image.new("RGB", (1, 4000), "red"), "PNG"))
    assert box(await drawn(sandbox, image_mark(path, Width="4096px"), tmp_path)) == (0, 0, WIDTH, HEIGHT)


async def test_transparency_adds_to_the_pictures_own(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "veil"
    path.write_bytes(written(Image.new("RGBA", (40, 20), (0, 0, 255, 128)), "PNG"))
    pixels = await drawn(sandbox, image_mark(path, Width="40px", Transparency=50), tmp_path)
    assert pixels[10, 20, 2] == 255 and abs(int(pixels[10, 20, 3]) - 64) <= 1
    pixels = await drawn(sandbox, image_mark(path, Width="40px", Transparency=100), tmp_path)
    assert not pixels[..., 3].any()


async def test_a_jpeg_is_turned_as_it_says(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "phone"
    image = Image.new("RGB", (40, 20), "red")
    image.paste("lime", (0, 0, 20, 20))
    path.write_bytes(written(image, "JPEG", exif=tagged(6), quality=95))
    pixels = await drawn(sandbox, image_mark(path, Width="20px"), tmp_path)
    assert box(pixels) == (0, 0, 20, 40)
    assert pixels[5, 10, 1] > 200 and pixels[35, 10, 0] > 200


async def test_a_jpeg_without_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    """A template takes such a picture, so that it has to be drawn."""
    path = tmp_path / "red.jpg"
    Image.new("RGB", (80, 40), "red").save(path, "JPEG")
    whole = await drawn(sandbox, image_mark(path), tmp_path)
    path.write_bytes(path.read_bytes()[:-2])
    assert np.array_equal(await drawn(sandbox, image_mark(path), tmp_path), whole)


def moving(kind: str) -> bytes:
    image = Image.new("RGBA", (40, 20), RED)
    return written(
        image, kind, save_all=True, append_images=[Image.new("RGBA", (40, 20), LIME)], duration=[200, 400], loop=0
    )


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
@pytest.mark.parametrize(
    ("repeat", "loops", "frames"), [("repeat", True, 2), ("repeat_last_frame", False, 2), ("once", False, 3)]
)
async def test_moving_pictures_move(
    sandbox: Sandbox, tmp_path: Path, kind: str, repeat: str, loops: bool, frames: int
) -> None:
    path = tmp_path / "moving"
    path.write_bytes(moving(kind))
    made = await overlay(
        sandbox, image_mark(path, "TopRight", Width="20px", RepeatType=repeat), WIDTH, HEIGHT, tmp_path
    )
    assert (made.x, made.y, made.animated, made.loops) == (180, 0, True, loops)
    with Image.open(made.path) as image:
        assert (image.size, getattr(image, "n_frames", 0)) == ((20, 10), frames)
        seen, times = [], []
        for number in range(frames):
            image.seek(number)
            seen.append(image.convert("RGBA").getpixel((10, 5)))
            times.append(image.info["duration"])
    assert seen == [RED, LIME, (0, 0, 0, 0)][:frames]
    assert times[:2] == [200, 400]


async def test_a_moving_picture_of_too_many_pictures_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "long"
    frames = [Image.new("L", (1, 1), number % 2 * 255) for number in range(1002)]
    path.write_bytes(written(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=20))
    with pytest.raises(Unfit, match=r"it moves, and has 1002 pictures") as told:
        await overlay(sandbox, image_mark(path, Width="8px"), WIDTH, HEIGHT, tmp_path)
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"


@pytest.mark.parametrize(
    "content",
    [b"no picture", moving("GIF")[:60], written(Image.new("L", (9, 9)), "PNG")[:40]],
    ids=["text", "gif", "png"],
)
async def test_what_is_no_picture_is_told(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(Unfit, match="the watermark cannot be drawn: it is") as told:
        await overlay(sandbox, image_mark(path), WIDTH, HEIGHT, tmp_path)
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"
    assert names(tmp_path) == ["broken"]


async def test_a_picture_above_the_limit_is_refused(red: Path, tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="40x20"):
        await overlay(Sandbox(Limits(), max_pixels=100), image_mark(red), WIDTH, HEIGHT, tmp_path)


async def test_chinese_text_is_drawn(sandbox: Sandbox, tmp_path: Path) -> None:
    pixels = await drawn(sandbox, text_mark("水印"), tmp_path)
    left, top, right, bottom = box(pixels)
    assert left <= _BEARING and top == 0
    assert 60 <= right <= 80 and 30 <= bottom <= 45
    inked = pixels[pixels[..., 3] > 250]
    assert len(inked) > 200
    assert (inked[:, :3] == (255, 128, 0)).all()


async def test_two_texts_differ_and_the_same_text_does_not(sandbox: Sandbox, tmp_path: Path) -> None:
    """Letters that are missing would all be the same box."""
    first, second, again = [await drawn(sandbox, text_mark(text), tmp_path) for text in ("版权", "所有", "版权")]
    assert (first != second).any()
    assert (first == again).all()


@pytest.mark.parametrize("font", ["simkai.ttf", "arial.ttf"])
async def test_texts_keep_to_their_corner(sandbox: Sandbox, tmp_path: Path, font: str) -> None:
    mark = text_mark("Aé 1", font, CoordinateOrigin="BottomRight", XPos="10px", YPos="5%")
    _, _, right, bottom = box(await drawn(sandbox, mark, tmp_path))
    assert WIDTH - 10 - _BEARING <= right <= WIDTH - 10 and bottom == HEIGHT - 5


async def test_a_text_larger_than_the_picture_is_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = text_mark("WWWW", "arial.ttf", "300px", CoordinateOrigin="TopRight")
    left, top, right, bottom = box(await drawn(sandbox, mark, tmp_path))
    assert 0 < left < 60 and right >= WIDTH - 3 and (top, bottom) == (0, HEIGHT)


async def test_alpha_of_texts(sandbox: Sandbox, tmp_path: Path) -> None:
    pixels = await drawn(sandbox, text_mark("XXXX", alpha=0.5), tmp_path)
    assert abs(int(pixels[..., 3].max()) - 127) <= 1


async def test_lines_lie_below_each_other(sandbox: Sandbox, tmp_path: Path) -> None:
    one, two = [await drawn(sandbox, text_mark(text, size="20px"), tmp_path) for text in ("AB", "AB\nAB")]
    assert box(two)[3] > 2 * box(one)[3] and box(two)[2] == box(one)[2]


async def test_a_text_that_would_fill_memory_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="its text has"):
        await drawn(sandbox, text_mark("W" * 100, "arial.ttf", "9999px"), tmp_path)


@pytest.mark.parametrize("text", ["", " \n"])
async def test_a_text_is_needed(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    with pytest.raises(Unfit, match="TextContent"):
        await drawn(sandbox, text_mark(text), tmp_path)


async def test_without_a_font_for_it_the_operator_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "find_spec", lambda _: None)
    empty = tmp_path / "fonts"
    empty.mkdir()
    bare = Sandbox(Limits(), fonts=str(empty))
    with pytest.raises(Unfit, match=r"letters 水印;.*minivod\[fonts\].*fonts_dir \(/.*fonts\)") as told:
        await drawn(bare, text_mark("水印 OK"), tmp_path)
    assert told.value.code == "InvalidInput.ConfigurationUnsupported"
    assert (await drawn(bare, text_mark("OK"), tmp_path))[..., 3].any()


async def test_fonts_of_the_operator_are_found(
    tmp_path: Path, open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "find_spec", lambda _: None)
    kept = open_directory / "kept" / "deeper"
    kept.mkdir(parents=True)
    (kept / "broken.ttf").write_bytes(b"no font")
    (kept / "songti.otf").write_bytes(FONT.read_bytes())
    sandbox = Sandbox(Limits(), fonts=str(kept.parent))
    assert (await drawn(sandbox, text_mark("水印"), tmp_path))[..., 3].any()


def test_a_font_of_the_very_name_is_the_first(tmp_path: Path) -> None:
    for name in ("a.ttf", "SimKai.ttf", "arial.ttf", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "link.ttf").symlink_to(tmp_path / "a.ttf")
    chinese, latin = (fonts.candidates(kind, str(tmp_path)) for kind in ("simkai.ttf", "arial.ttf"))
    assert [Path(path).name for path in chinese[:2]] == ["SimKai.ttf", FONT.name]
    assert [Path(path).name for path in latin[:2]] == ["arial.ttf", fonts.OWN]
    assert sorted(map(Path, latin[2:])) == sorted([FONT, tmp_path / "SimKai.ttf", tmp_path / "a.ttf"])
    assert fonts.candidates("arial.ttf", "") == [fonts.OWN, str(FONT)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0.0, None, (0.0, None)), (2.0, 0.0, (2.0, None)), (-3.0, -1.0, (7.0, 9.0)), (-30.0, 4.0, (0.0, 4.0))],
)
def test_times_below_zero_count_from_the_end(
    red: Path, start: float, end: float | None, expected: tuple[float, float | None]
) -> None:
    mark = timed(Mark(settings=image_mark(red).settings, picture=red, start=start, end=end), 10.0)
    assert (mark.start, mark.end) == expected


async def test_times_are_handed_on(sandbox: Sandbox, red: Path, tmp_path: Path) -> None:
    mark = Mark(settings=image_mark(red).settings, picture=red, start=1.5, end=2.5)
    made = await overlay(sandbox, mark, WIDTH, HEIGHT, tmp_path)
    assert (made.start, made.end, made.animated) == (1.5, 2.5, False)
    assert made.path.parent == tmp_path
    assert Image.open(io.BytesIO(made.path.read_bytes())).mode == "RGBA"
