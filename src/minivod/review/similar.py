"""Near-duplicates: tells whether a frame shows anything that the last inspected one did not."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from minivod.review.model import Image

CELL = 4
"""Side of the cells whose average colours are compared, pixels: about the stroke of a small caption."""
TOLERANCE = 6
"""Largest change of a cell's average, 0-255, that still counts as noise."""


class NearDuplicates:
    """Compares each frame with the last one that was inspected, so that slow changes add up and are seen.

    What decides is the cell that changed most, not the mean over the frame: a caption of a few small characters
    on a still background changes the mean by almost nothing. Colours are compared one by one, because red
    on a green of equal brightness is readable too.
    """

    def __init__(self) -> None:
        self._inspected: NDArray[np.int16] | None = None

    def is_duplicate(self, image: Image) -> bool:
        """Whether this frame may be skipped; if not, it becomes the one that later frames are compared with."""
        cells = np.asarray(Picture.fromarray(image).reduce(CELL), dtype=np.int16)
        last = self._inspected
        if last is not None and last.shape == cells.shape and int(np.abs(cells - last).max()) <= TOLERANCE:
            return True
        self._inspected = cells
        return False
