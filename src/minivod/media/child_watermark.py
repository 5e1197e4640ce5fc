"""Confined child: draws a watermark as a PNG with alpha, the part of it that is seen. Argument: an `Order` as JSON.

It answers with `Drawn` as JSON on stdout.
"""

import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice

import msgspec
from PIL import Image, ImageDraw, ImageFont, ImageSequence, PngImagePlugin

from minivod.media.mark_order import Drawn, ImageOrder, Order, TextOrder
from minivod.media.opened import opened
from minivod.media.placement import Box, placed, scaled, seen
from minivod.media.refusal import NO_MEMORY, check_size, refuse
from minivod.media.still import cut_out

_MOST_FRAMES = 1000
_MOST_PIXELS = 64 * 1024**2
"""Of all frames of a moving mark together; the writer keeps them in memory."""
_SHORTEST, _USUAL = 20, 100
"""Milliseconds: browsers take shorter times of a frame for a mistake, and show it as long as usual."""
_NO_CHARACTER = "\U0010ffff"
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"})
_PROBE = 32
Font = ImageFont.FreeTypeFont


def main(arguments: list[str]) -> None:
    """Draws it."""
    order = msgspec.json.decode(arguments[0], type=Order)
    try:
        drawn = _image(order, order.mark) if isinstance(order.mark, ImageOrder) else _text(order, order.mark)
    except MemoryError:
        refuse(NO_MEMORY)
    except Exception as error:  # decoders raise what they stumble over
        refuse(f"it is damaged or incomplete ({error})")
    sys.stdout.buffer.write(msgspec.json.encode(drawn))


def _image(order: Order, mark: ImageOrder) -> Drawn:
    Image.MAX_IMAGE_PIXELS = None  # our limit is checked in its place
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
    return opened(mark.name, mark.format, lambda image: _drawn(image, order, mark))


def _drawn(image: Image.Image, order: Order, mark: ImageOrder) -> Drawn:
    check_size(*image.size, order.max_pixels)
    first = cut_out(image)
    whole = placed(
        order.origin, order.x, order.y, scaled(mark.width, mark.height, first.size, order.picture), order.picture
    )
    part = seen(whole, order.picture)
    if part is None:
        return _nothing(order)
    frames = getattr(image, "n_frames", 1)
    if frames == 1:
        _coloured(_fitted(first, whole, part, mark.opacity), order.hdr).save(order.target, "PNG")
    else:
        _check_amount(frames, part)
        _save_moving(image, order, whole, part, mark)
    return Drawn(part.left, part.top, frames > 1)


def _nothing(order: Order) -> Drawn:
    """Nothing is seen, which is no error."""
    Image.new("RGBA", (1, 1)).save(order.target, "PNG")
    return Drawn(0, 0)


def _fitted(image: Image.Image, whole: Box, part: Box, opacity: float) -> Image.Image:
    """That part of the mark, scaled; only what is seen is ever made."""
    across, down = image.width / whole.width, image.height / whole.height
    left, top = (part.left - whole.left) * across, (part.top - whole.top) * down
    box = (left, top, min(left + part.width * across, image.width), min(top + part.height * down, image.height))
    fitted = image.resize((part.width, part.height), Image.Resampling.LANCZOS, box)
    if opacity < 1:
        fitted.putalpha(fitted.getchannel("A").point(lambda alpha: alpha * opacity))
    return fitted


def _check_amount(frames: int, part: Box) -> None:
    if frames > _MOST_FRAMES or frames * part.width * part.height > _MOST_PIXELS:
        refuse(
            f"it moves, and has {frames} pictures, {part.width}x{part.height} pixels on the video; the server draws "
            f"{_MOST_FRAMES} and {_MOST_PIXELS} pixels in all of them at most"
        )


def _save_moving(image: Image.Image, order: Order, whole: Box, part: Box, mark: ImageOrder) -> None:
    """An APNG; `once` has an empty picture at its end, so that in both cases that end the last one stays."""
    durations: list[int] = []

    def frames() -> Iterator[Image.Image]:
        for frame in ImageSequence.Iterator(image):
            shown = int(image.info.get("duration") or 0)
            durations.append(shown if shown >= _SHORTEST else _USUAL)
            yield _coloured(_fitted(cut_out(frame), whole, part, mark.opacity), order.hdr)

    pictures = list(frames())
    if mark.repeat == "once":
        pictures.append(Image.new("RGBA", (part.width, part.height)))
        durations.append(_USUAL)
    pictures[0].save(
        order.target, "PNG", save_all=True, append_images=pictures[1:], duration=durations,
        loop=0 if mark.repeat == "repeat" else 1, blend=PngImagePlugin.Blend.OP_SOURCE,
    )  # fmt: skip


def _text(order: Order, mark: TextOrder) -> Drawn:
    font = _font(mark)
    draw = ImageDraw.Draw(Image.new("L", (1, 1)))
    ink = [round(edge) for edge in draw.multiline_textbbox((0, 0), mark.text, font)]
    width, height = ink[2] - ink[0], ink[3] - ink[1]
    if width * height > order.max_pixels:
        refuse(f"its text has {width}x{height} pixels; the server draws {order.max_pixels} at most")
    whole = placed(order.origin, order.x, order.y, (width, height), order.picture)
    part = seen(whole, order.picture)
    if part is None:
        return _nothing(order)
    coverage = Image.new("L", (part.width, part.height))
    at = (whole.left - part.left - ink[0], whole.top - part.top - ink[1])
    ImageDraw.Draw(coverage).multiline_text(at, mark.text, 255, font)
    picture = Image.new("RGBA", coverage.size, mark.colour)
    picture.putalpha(coverage.point(lambda alpha: alpha * mark.opacity))
    _coloured(picture, order.hdr).save(order.target, "PNG")
    return Drawn(part.left, part.top)


def _coloured(picture: Image.Image, hdr: str) -> Image.Image:
    """The picture for a video with HDR, where the brightest colour is fifty times as bright as paper."""
    if not hdr:
        return picture
    import numpy as np  # few videos need it, and it takes a while to load

    from minivod.media.tone import to_hdr

    made = Image.fromarray(to_hdr(np.asarray(picture.convert("RGB"), np.uint8), hdr))
    made.putalpha(picture.getchannel("A"))
    return made


def _font(mark: TextOrder) -> Font:
    """The first font that has all letters; ends the child when there is none."""
    wanted = [letter for letter in dict.fromkeys(mark.text) if unicodedata.category(letter) not in _INVISIBLE]
    lacking = wanted
    for path in mark.fonts:
        missing = _missing(path, wanted)
        if not missing:
            return _opened(path, mark.size)
        lacking = min(lacking, missing, key=len)
    return refuse(f"no font has the letters {''.join(islice(lacking, 20))}")


def _missing(path: str, wanted: list[str]) -> list[str]:
    """Letters that the font lacks: they look like a character that does not exist."""
    try:
        font = _opened(path, _PROBE)
        lacking = bytes(font.getmask(_NO_CHARACTER))
        return [letter for letter in wanted if bytes(font.getmask(letter)) == lacking]
    except (OSError, ValueError):
        return wanted  # no font, or one that may not be read


def _opened(path: str, size: int) -> Font:
    if path:
        return ImageFont.truetype(path, size)
    own = ImageFont.load_default(size)
    assert isinstance(own, Font)  # noqa: S101 - Pillow's wheels have FreeType
    return own


if __name__ == "__main__":
    main(sys.argv[2:])
