"""Reads straightened lines with RapidOCR's model, without what its engine does around it for other uses.

The engine enlarges small lines before it makes them as high as the model wants them, and asks for each whether it is
upside down; who reads a line here has asked that already.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Image
from minivod.review.spaces import with_spaces

_HEIGHT = 48
"""Pixels that the model reads in height."""
_NARROWEST = 96
"""Pixels to which narrower lines are filled up, at that height."""
_FILLED = 160
"""The same for those that are not read clearly like that: 11 of 294 short words, of which 2 have another text then."""
_CLEARLY = 0.97
"""Certainty from which on a short line is not read again."""
_STEP = 8
"""Pixels that the model makes one step of; widths are multiples of it."""
_HALF = 127.5
"""Of the range of colours; the model expects -1 to 1."""


Reading = tuple[str, float]
"""A text and the certainty with which it was read, 0-1."""


class Recogniser:
    """The model that reads, of an engine of `rapid_ocr.engines`."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __call__(self, line: Image) -> Reading:
        """What the line says.

        Args:
            line: straightened and upright, BGR.
        """
        height, width = line.shape[:2]
        across = max(-(-_HEIGHT * width // height), 1)
        scaled = np.asarray(cv2.resize(line, (across, _HEIGHT)), np.uint8)
        reading = self._read(scaled, _NARROWEST)
        if across < _FILLED and reading[1] < _CLEARLY:
            reading = max(reading, self._read(scaled, _FILLED), key=lambda one: one[1])
        return reading

    def _read(self, scaled: Image, least: int) -> Reading:
        model = self._engine._load_rec_model()
        [(text, certainty)] = model.postprocess_op(model.session(_input(scaled, least)))[0]
        return with_spaces(str(text), scaled), float(certainty)


def _input(scaled: Image, least: int) -> NDArray[np.float32]:
    """Colours from -1 to 1, filled up with the middle."""
    width = scaled.shape[1]
    beside = max(-(-width // _STEP) * _STEP, least) - width
    blob = cv2.dnn.blobFromImage(scaled, 1 / _HALF, mean=(_HALF, _HALF, _HALF))
    return np.pad(blob, ((0, 0), (0, 0), (0, 0), (0, beside))).astype(np.float32, copy=False)
