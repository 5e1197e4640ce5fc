"""A second look: a suspicious frame is looked at in other ways before its score counts (docs/review.md has figures)."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image as Picture
from PIL import ImageFilter

from minivod.review import grid
from minivod.review.model import Image

SUSPICIOUS = 50.0
"""Score from which on a frame is looked at again; nothing lower counts with the built-in thresholds."""
MOST_DOUBT = 40.0
"""By how many points doubt lowers a score at most, so that a frame of 100 stays a case for review."""
PART = 2.0
"""By what the opinion on a part of the frame, or of another model, is multiplied: half as suspicious is enough."""

_SIDE = 256
_SMALL = 96
_QUARTERS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (0.25, 0.25))
"""Left and top of the quarters and of the middle, each half as wide and half as high as the frame."""

Score = Callable[[Image], float]
"""0-100 for a picture."""


class SecondLook(NamedTuple):
    """What came of it.

    Attributes:
        confidence: the score that counts, 0-100.
        opinions: what each way of looking gave, in the order in which they were asked; `first` is the frame as it is.
            A way is not asked to its end once it cannot change the outcome any more.
    """

    confidence: float
    opinions: dict[str, float]


def look_again(image: Image, first: float, score: Score, other: Score | None = None) -> SecondLook:
    """Joins the opinions: the lowest counts, but it lowers the first score by `MOST_DOUBT` at most.

    An opinion is the highest score of several pictures, so that one of them is enough to uphold the suspicion:

    * `mirrored`: the frame mirrored.
    * `denoised`: the frame after a median filter, and made small.
    * `nsfwjs`: the other model on the frame and on the denoised ones, times `PART`.
    * `cells`: the quarters of the frame and its middle, times `PART`; of a contact sheet or a split screen its cells,
      each as a picture by itself, by both models.

    Args:
        image: the frame.
        first: its score, at least `SUSPICIOUS`.
        score: the model that gave it.
        other: another model, where one is installed.
    """
    least = first - MOST_DOUBT
    opinions = {"first": round(first, 1)}
    lowest = first
    for name, model, factor, views in _ways(image, score, other):
        opinion = _highest(views, model, factor, enough=lowest)
        opinions[name] = round(opinion, 1)
        lowest = min(lowest, opinion)
        if lowest <= least:
            break
    return SecondLook(max(lowest, least), opinions)


def _ways(image: Image, score: Score, other: Score | None) -> Iterator[tuple[str, Score, float, Iterable[Image]]]:
    """Name, model, factor and pictures of each way; pictures are made when they are asked for."""
    yield "mirrored", score, 1.0, _mirrored(image)
    yield "denoised", score, 1.0, _denoised(image)
    if other is not None:
        yield "nsfwjs", other, PART, _plain_and_denoised(image)
    if cells := grid.cells(image):
        yield "cells", _both(score, other), 1.0, cells
    else:
        yield "cells", score, PART, _quarters(image)


def _both(score: Score, other: Score | None) -> Score:
    """What both models say of a cell: of twenty harmless ones, one often looks suspicious to one of them."""
    if other is None:
        return score
    return lambda cell: min(score(cell), PART * other(cell))


def _highest(views: Iterable[Image], model: Score, factor: float, enough: float) -> float:
    """The highest score, up to 100; views after one that is high enough are not made."""
    highest = 0.0
    for view in views:
        highest = max(highest, min(model(view) * factor, 100.0))
        if highest >= enough:
            break
    return highest


def _mirrored(image: Image) -> Iterator[Image]:
    yield np.ascontiguousarray(image[:, ::-1])


def _denoised(image: Image) -> Iterator[Image]:
    picture = Picture.fromarray(image)
    scaled = picture.resize((_SIDE, _SIDE), Picture.Resampling.BILINEAR)
    yield np.asarray(scaled.filter(ImageFilter.MedianFilter(5)))
    small = picture.resize((_SMALL, _SMALL), Picture.Resampling.BOX)
    yield np.asarray(small.resize((_SIDE, _SIDE), Picture.Resampling.BICUBIC))


def _plain_and_denoised(image: Image) -> Iterator[Image]:
    yield image
    yield from _denoised(image)


def _quarters(image: Image) -> Iterator[Image]:
    height, width = image.shape[:2]
    for left, top in _QUARTERS:
        x, y = int(left * width), int(top * height)
        yield image[y : y + max(height // 2, 1), x : x + max(width // 2, 1)]
