"""Near-duplicates: tells whether a picture shows anything that another one did not."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from minivod.review.model import Image

CELL = 4
"""Side of the cells whose average colours are compared, pixels: about the stroke of a small caption."""
TOLERANCE = 6
"""Largest change of a cell's average, 0-255, that still counts as noise."""
_DOT = (2, 2)
"""Sides of the dots that are compared as well, pixels. A stroke that moves within a cell leaves its average as it was:
"rn" and "m", or two characters that differ in the length of a bar, are alike to cells at 12 pixels."""
GRAIN = 12.0
"""Largest change of a dot's average, 0-255, that still counts as noise anywhere."""
_PLAIN_NOISE = 6.0
"""The same for the text of a line, where nothing else is."""
_EDGE_NOISE = (0.05, 0.12)
"""What encoding adds at an edge, as a share of the difference between its sides: for small and for large characters.
Two characters that differ in a stroke differ by a share of 0.1 at 9 pixels, and of 0.34 at 17."""
_HEIGHTS = (9.0, 13.0)
"""Of what is drawn, pixels, for these two: characters of 12 and of 17 pixels and more."""
_FAINT = 64.0
"""Contrast up to which characters are compared like small ones; from twice that on, large ones as such."""
_RINGING = 0.02
"""What it adds around edges, as such a share."""
_MOST_NOISE = (16.0, 36.0)
"""What it adds at most, for small and for large characters; more, and a rough ground would hide faint characters."""
_BESIDE = 4
"""Rows at the edges that may show the lines above and below, pixels."""
_PLAIN_ROW = 0.5
"""Share of a row above or below a line that may be drawn, at most."""
_EDGE = np.ones((5, 5), np.uint8)
_AROUND = np.ones((13, 13), np.uint8)


class NearDuplicates:
    """Compares each frame with the last one that was inspected, so that slow changes add up and are seen.

    What decides is the cell, or the dot, that changed most, not the mean over the frame: a caption of a few small
    characters on a still background changes the mean by almost nothing. Colours are compared one by one, because red
    on a green of equal brightness is readable too.
    """

    def __init__(self) -> None:
        self._inspected: Image | None = None
        self._cells: NDArray[np.int16] | None = None

    def is_duplicate(self, image: Image) -> bool:
        """Whether this frame may be skipped; if not, it becomes the one that later frames are compared with."""
        cells, last = _cells(image), self._cells
        if (
            self._inspected is not None
            and last is not None
            and self._inspected.shape == image.shape
            and _change(cells, last) <= TOLERANCE
            and _dots(_change_of(image, self._inspected)).max() <= GRAIN
        ):
            return True
        self._inspected, self._cells = image, cells
        return False


def same_text(one: Image, other: Image, whole: Image | None = None) -> bool:
    """Whether two pictures of a line, of the same size, show the same characters.

    Other than for frames, it counts where a dot lies: on a plain ground half of `GRAIN` is a stroke of a faint
    character. Figures are in docs/review.md.

    Args:
        one: the first.
        other: the second.
        whole: where they are a part of a line, all of it; how large its characters are is seen there.
    """
    change = _change_of(one, other)
    dots = _dots(change)
    most = float(dots.max())
    if most > _MOST_NOISE[1]:
        return False
    cells = _averages(change)
    if most <= _PLAIN_NOISE and float(cells.max()) <= TOLERANCE:
        return True  # noise at edges may only be more
    contrast = np.minimum(_contrast(one), _contrast(other))
    around = cv2.dilate(contrast, _AROUND).astype(np.float32)
    large = _large(contrast if whole is None else _contrast(whole)) * np.clip(around / _FAINT - 1, 0, 1)
    edges = contrast * (_EDGE_NOISE[0] + large * (_EDGE_NOISE[1] - _EDGE_NOISE[0]))
    noise = edges + large * _RINGING * around
    if (dots > np.minimum(_PLAIN_NOISE + noise, _MOST_NOISE[0] + large * (_MOST_NOISE[1] - _MOST_NOISE[0]))).any():
        return False
    return bool((cells <= TOLERANCE + _most_of_cells(large * noise) / 2).all())


def _cells(image: Image) -> NDArray[np.int16]:
    return np.asarray(Picture.fromarray(image).reduce(CELL), dtype=np.int16)


def _change(one: NDArray[np.int16], other: NDArray[np.int16]) -> int:
    return int(np.abs(one - other).max())


def _change_of(image: Image, other: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.subtract(image, other, dtype=cv2.CV_32F), np.float32)


def _averages(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much the average of each cell has changed in the colour that changed most."""
    height, width = change.shape[:2]
    below, beside = -height % CELL, -width % CELL
    filled = cv2.copyMakeBorder(change, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=0)
    size = filled.shape[1] // CELL, filled.shape[0] // CELL
    averages = np.abs(cv2.resize(filled, size, interpolation=cv2.INTER_AREA))
    averages[-1] *= CELL / (CELL - below)
    averages[:, -1] *= CELL / (CELL - beside)
    return _most(averages)


def _dots(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much the average of each dot, at every place, has changed in the colour that changed most."""
    changed: NDArray[np.float32] = np.abs(cv2.blur(change, _DOT))
    return _most(changed)


def _contrast(image: Image) -> Image:
    """The largest difference of a colour among the neighbours of each pixel."""
    return _most(cv2.subtract(cv2.dilate(image, _EDGE), cv2.erode(image, _EDGE)))


def _large(contrast: Image) -> NDArray[np.float32]:
    """For each column how large its characters are, from 0 (small) to 1, by the height of what is drawn about it.

    A line has plain rows above and below; what has none is a rough ground, on which characters count as small.
    """
    about = 3 * contrast.shape[0] + 1
    line = contrast[_BESIDE:-_BESIDE]
    drawn = line >= max(int(line.max()) // 2, 1)
    ends = np.argmax(drawn, axis=0), len(line) - np.argmax(drawn[::-1], axis=0)
    tall = np.where(drawn.any(axis=0), ends[1] - ends[0] - (len(_EDGE) - 1), 0).astype(np.float32)
    small, large = _HEIGHTS
    share = np.clip((cv2.dilate(tall[np.newaxis], np.ones((1, about), np.uint8))[0] - small) / (large - small), 0, 1)
    plain = cv2.blur(drawn.astype(np.float32), (about, 1)).min(axis=0) <= _PLAIN_ROW
    return np.where(plain, share, 0).astype(np.float32)


def _most_of_cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest value in each cell."""
    most = cv2.dilate(values, np.ones((CELL, CELL), np.uint8), anchor=(0, 0))
    return np.asarray(most[::CELL, ::CELL], np.float32)


def _most(colours: NDArray[Any]) -> NDArray[Any]:
    """Of each pixel; several times as fast as `max(axis=2)`."""
    most: NDArray[Any] = np.maximum(np.maximum(colours[:, :, 0], colours[:, :, 1]), colours[:, :, 2])
    return most
