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
_EDGE_NOISE = 0.05
"""What encoding adds at an edge, as a share of the difference between its sides."""
_MOST_NOISE = 16.0
"""What it adds at most; more, and a rough ground would hide faint characters."""
_NEIGHBOURS = np.ones((5, 5), np.uint8)


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
            and _dots(image, self._inspected).max() <= GRAIN
        ):
            return True
        self._inspected, self._cells = image, cells
        return False


def same_text(one: Image, other: Image) -> bool:
    """Whether two pictures of a line, of the same size, show the same characters.

    Other than for frames, it counts where a dot lies: on a plain ground half of `GRAIN` is a stroke of a faint
    character. Figures are in docs/review.md.
    """
    if _change(_cells(one), _cells(other)) > TOLERANCE:
        return False
    dots = _dots(one, other)
    if dots.max() > _MOST_NOISE:
        return False
    contrast = np.minimum(_contrast(one), _contrast(other)).astype(np.float32)
    return bool((dots <= _PLAIN_NOISE + _EDGE_NOISE * contrast).all())


def _cells(image: Image) -> NDArray[np.int16]:
    return np.asarray(Picture.fromarray(image).reduce(CELL), dtype=np.int16)


def _change(one: NDArray[np.int16], other: NDArray[np.int16]) -> int:
    return int(np.abs(one - other).max())


def _dots(one: Image, other: Image) -> NDArray[np.float32]:
    """By how much the average of each dot, at every place, has changed in the colour that changed most."""
    changed: NDArray[np.float32] = np.abs(cv2.blur(cv2.subtract(one, other, dtype=cv2.CV_32F), _DOT))
    return _most(changed)


def _contrast(image: Image) -> Image:
    """The largest difference of a colour among the neighbours of each pixel."""
    return _most(cv2.subtract(cv2.dilate(image, _NEIGHBOURS), cv2.erode(image, _NEIGHBOURS)))


def _most(colours: NDArray[Any]) -> NDArray[Any]:
    """Of each pixel; several times as fast as `max(axis=2)`."""
    most: NDArray[Any] = np.maximum(np.maximum(colours[:, :, 0], colours[:, :, 1]), colours[:, :, 2])
    return most
