"""Where a watermark comes to lie on a picture, and which part of it is seen; all in pixels."""

import math
from typing import NamedTuple

Size = tuple[int, int]


class Box(NamedTuple):
    """A rectangle: its left upper corner, which may lie outside of the picture, and its size."""

    left: int
    top: int
    width: int
    height: int


def measured(measure: str, whole: int) -> int:
    """Pixels of `10%` of `whole`, or of `100px`."""
    if measure.endswith("%"):
        return _nearest(float(measure[:-1]) * whole / 100)
    return _nearest(float(measure.removesuffix("px")))


def scaled(width: str, height: str, natural: Size, picture: Size) -> Size:
    """The size of a mark, at least one pixel.

    Args:
        width: measure of the picture's width; 0 follows from the height.
        height: measure of the picture's height; 0 follows from the width.
        natural: size of the mark as it is.
        picture: size of the picture.
    """
    wide, high = measured(width, picture[0]), measured(height, picture[1])
    if float(height.rstrip("%px")) == 0:
        high = _nearest(wide * natural[1] / natural[0])
    elif float(width.rstrip("%px")) == 0:
        wide = _nearest(high * natural[0] / natural[1])
    return max(1, wide), max(1, high)


def placed(origin: str, x: str, y: str, mark: Size, picture: Size) -> Box:
    """A mark on a picture: the corner that `origin` names (TopLeft and so on) keeps the distances x and y."""
    left, top = measured(x, picture[0]), measured(y, picture[1])
    if origin.endswith("Right"):
        left = picture[0] - left - mark[0]
    if origin.startswith("Bottom"):
        top = picture[1] - top - mark[1]
    return Box(left, top, *mark)


def seen(box: Box, picture: Size) -> Box | None:
    """The part of it that lies on the picture; None: nothing does."""
    left, top = max(0, box.left), max(0, box.top)
    right, bottom = min(picture[0], box.left + box.width), min(picture[1], box.top + box.height)
    return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)
