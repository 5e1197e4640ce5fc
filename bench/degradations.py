"""What is done to harmless pictures before they are judged: 17 ways in which honest video looks unlike a photograph."""

import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import av
import numpy as np
import pylopdf_fonts_zh_cn
from PIL import Image as Picture
from PIL import ImageDraw, ImageEnhance, ImageFilter, ImageFont

from minivod.review.model import Image

Degrade = Callable[[Image, Sequence[Image], int], Image]
"""From a frame, frames to put beside it, and a number that is another one for each moment (seed of noise)."""

SHEET = (5, 4)
"""Columns and rows of a contact sheet."""
BESIDE = SHEET[0] * SHEET[1] - 1
"""How many frames a contact sheet needs beside the one."""
_BACKGROUND = (24, 24, 28)
_PAPER = (250, 250, 248)
_PROSE = (
    "The train to the coast leaves at nine. Bring a warm coat, bread and a map of the harbour.",
    "def total(prices): return sum(price.amount for price in prices if price.paid)",
    "Question 4: Explain why the moon is seen by day, and draw the three bodies to scale.",
    "明天上午九点开会，请大家带上第三季度的报表和会议记录。",
    "今日の天気は晴れのち曇り、最高気温は二十三度です。",
    "Ticket 1873: the printer on the second floor shows E05 after every tenth page.",
)


def _picture(image: Image) -> Picture.Image:
    return Picture.fromarray(image)


def _pixels(picture: Picture.Image) -> Image:
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def untouched(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return image


def grain(image: Image, beside: Sequence[Image], moment: int, strength: float = 22) -> Image:
    noise = np.random.default_rng(moment).normal(0, strength, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def heavy_grain(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """As `noise=alls=80:allf=t` of ffmpeg leaves it (standard deviation measured there)."""
    return grain(image, beside, moment, 45)


def compression(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """A key frame of H.264 at the coarsest quantiser but three."""
    height, width = (side // 2 * 2 for side in image.shape[:2])
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1, options={"crf": "48", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with av.open(io.BytesIO(target.getvalue()), "r") as coded:
        return next(coded.decode(video=0)).to_ndarray(format="rgb24").astype(np.uint8)


def blur(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return _pixels(_picture(image).filter(ImageFilter.GaussianBlur(max(image.shape) / 80)))


def gray(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return _pixels(_picture(image).convert("L"))


def hue(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """Turned by a quarter of the circle of colours."""
    values = np.array(_picture(image).convert("HSV"))
    values[..., 0] += 64
    return _pixels(Picture.fromarray(values, "HSV"))


def dark(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return _pixels(ImageEnhance.Brightness(_picture(image)).enhance(0.3))


def bright(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return np.clip(image.astype(np.int16) + 80, 0, 255).astype(np.uint8)


def small(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """Scaled to an eighth and up again."""
    height, width = image.shape[:2]
    tiny = _picture(image).resize((max(width // 8, 8), max(height // 8, 8)), Picture.Resampling.BILINEAR)
    return _pixels(tiny.resize((width, height), Picture.Resampling.BILINEAR))


def turned(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return np.ascontiguousarray(np.rot90(image))


def upside_down(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return np.ascontiguousarray(image[::-1, ::-1])


def mirrored(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def letterboxed(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """Bars above and below where it is wide, else at the sides, as upright video has them on a wide screen."""
    height, width = image.shape[:2]
    size = (width, round(width * 1.1)) if width >= height else (round(height * 16 / 9), height)
    return _onto(Picture.new("RGB", size), image, (0, 0, *size))


def contact_sheet(image: Image, beside: Sequence[Image], moment: int) -> Image:
    return _grid(image, beside, *SHEET, gap=4)


def split_screen(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """Four pictures, edge to edge, as in a call."""
    return _grid(image, beside, 2, 2, gap=0)


def overlay(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """A logo, a caption on a bar and a picture in the picture."""
    picture = _picture(image).convert("RGBA")
    width, height = picture.size
    layer = Picture.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    draw.rectangle((0, height * 0.82, width, height * 0.95), fill=(180, 20, 30, 210))
    draw.text((width * 0.04, height * 0.84), _PROSE[0], font=_font(height * 0.06), fill="white")
    draw.ellipse((width * 0.86, height * 0.04, width * 0.96, height * 0.04 + width * 0.1), fill=(255, 255, 255, 150))
    whole = Picture.alpha_composite(picture, layer).convert("RGB")
    return _onto(whole, beside[0], (round(width * 0.03), round(height * 0.05), width // 3, height // 3))


def screen(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """A screen recording: a page of text, and the picture beside it."""
    return _onto(_page().copy(), image, (330, 60, 620, 360))


def moved(image: Image, beside: Sequence[Image], moment: int) -> Image:
    """Smeared to the side, as a fast camera does it."""
    steps = range(0, max(image.shape[1] // 30, 2), 2)
    smeared = np.zeros(image.shape, np.uint16)
    for step in steps:
        smeared += np.roll(image, step, axis=1)
    return (smeared // len(steps)).astype(np.uint8)


DEGRADATIONS: dict[str, Degrade] = {
    "untouched": untouched,
    "grain": grain,
    "heavy grain": heavy_grain,
    "compression": compression,
    "blur": blur,
    "moved": moved,
    "gray": gray,
    "hue": hue,
    "dark": dark,
    "bright": bright,
    "small": small,
    "turned": turned,
    "upside down": upside_down,
    "mirrored": mirrored,
    "letterboxed": letterboxed,
    "contact sheet": contact_sheet,
    "split screen": split_screen,
    "overlay": overlay,
    "screen": screen,
}
MOVING = frozenset({"grain", "heavy grain"})
"""Those that look different at each moment even if the picture stands."""


def _grid(image: Image, beside: Sequence[Image], columns: int, rows: int, gap: int) -> Image:
    width, height = 640, 360
    sheet = Picture.new("RGB", (width, height), _BACKGROUND)
    for number, cell in enumerate([image, *beside][: columns * rows]):
        row, column = divmod(number, columns)
        left, top = column * width // columns, row * height // rows
        right, bottom = (column + 1) * width // columns, (row + 1) * height // rows
        picture = _picture(cell)
        fitted = _cover(picture, right - left - gap, bottom - top - gap)
        sheet.paste(fitted, (left + gap // 2, top + gap // 2))
    return _pixels(sheet)


def _cover(picture: Picture.Image, width: int, height: int) -> Picture.Image:
    """Scaled and cut so that it fills the place."""
    scale = max(width / picture.width, height / picture.height)
    scaled = picture.resize((max(round(picture.width * scale), width), max(round(picture.height * scale), height)))
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return scaled.crop((left, top, left + width, top + height))


def _onto(page: Picture.Image, image: Image, place: tuple[int, int, int, int]) -> Image:
    """The whole picture in the middle of a place of the page."""
    picture = _picture(image)
    width, height = place[2] - place[0], place[3] - place[1]
    scale = min(width / picture.width, height / picture.height)
    scaled = picture.resize((max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)))
    page.paste(scaled, (place[0] + (width - scaled.width) // 2, place[1] + (height - scaled.height) // 2))
    return _pixels(page)


@cache
def _page() -> Picture.Image:
    page = Picture.new("RGB", (640, 400), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 640, 22), fill=(60, 64, 72))
    for number in range(16):
        line = _PROSE[number % len(_PROSE)]
        start = 17 * (number // len(_PROSE))
        draw.text((20, 32 + 22 * number), line[start : start + 34], font=_font(15), fill=(30, 30, 30))
    draw.rectangle((322, 23, 640, 400), fill=_PAPER)
    return page


def _font(size: float) -> ImageFont.FreeTypeFont:
    return _font_of(max(round(size), 8))


@cache
def _font_of(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf", size)
