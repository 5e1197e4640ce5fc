"""Reads a line of text, and a long one in pieces where it is hardly read in one."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Image

CERTAIN = 0.9
"""Certainty from which on a reading is believed. Lines that lost letters had 0.4 to 0.7, others 0.97 and more."""
_LONG = 10.0
"""Width over height from which on a line may be read in pieces. However clearly a long line is written, the model may
drop most of its letters, here and there (59 of 432 lines of credits); their halves it read, each with 0.96 and more."""
_MIDDLE = (0.3, 0.7)
"""Where a line is cut, shares of its width."""

Reading = tuple[str, float]
"""A text and the certainty with which it was read, 0-1."""


def read_line(recognise: Callable[[Image], Any], line: Image, *, in_pieces: bool = True) -> Reading:
    """The text of a line; in pieces where more of it is read like that.

    Args:
        recognise: RapidOCR's engine that only reads.
        line: straightened, BGR.
        in_pieces: whether it may be cut; not worth it where the edge of the frame cuts it already.
    """
    whole = _read(recognise, line)
    height, width = line.shape[:2]
    if not in_pieces or whole[1] >= CERTAIN or width < _LONG * height:
        return whole
    cut = _gap(line)
    pieces = [piece for piece in (read_line(recognise, line[:, :cut]), read_line(recognise, line[:, cut:])) if piece[0]]
    if not pieces:
        return whole
    joined = " ".join(text for text, _ in pieces), min(certainty for _, certainty in pieces)
    return joined if _letters(joined) > _letters(whole) else whole


def _read(recognise: Callable[[Image], Any], line: Image) -> Reading:
    result = recognise(line)
    return (str(result.txts[0]), float(result.scores[0])) if result.txts else ("", 0.0)


def _letters(reading: Reading) -> float:
    """How many of its letters are likely to be right."""
    text, certainty = reading
    return len(text.replace(" ", "")) * certainty


def _gap(line: Image) -> int:
    """The column about the middle where the least is drawn, seen over about the width of a space."""
    grey = np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2GRAY), np.float32)
    drawn: NDArray[np.float32] = np.abs(np.diff(grey, axis=0)).sum(axis=0)
    over = np.ones(max(line.shape[0] // 5, 1), np.float32)
    begin, end = (int(share * line.shape[1]) for share in _MIDDLE)
    return begin + int(np.argmin(np.convolve(drawn, over, "same")[begin:end]))
