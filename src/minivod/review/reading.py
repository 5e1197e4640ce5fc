"""Reads a line of text, and a long one in pieces where it is hardly read in one."""

import unicodedata
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Image
from minivod.review.recogniser import Reading

CERTAIN = 0.9
"""Certainty from which on a reading is believed. Lines that lost letters had 0.4 to 0.7, others 0.97 and more."""
_LONG = 12.0
"""Width over height from which on a line is read in pieces. However clearly a long line is written, the model may drop
most of its letters, here and there (59 of 432 lines of credits); their halves it read, each with 0.96 and more."""
_PIECE = 192
"""About the width of the pieces that a line is cut into, pixels. It does not depend on the box, which something beside
the line makes larger, so that a line is cut in the same places again."""
_HIGH = 48
"""Pixels of height from which on lines are not cut: they are too short."""
_NARROW = 0.75
"""To which share of its width a line is made narrower at first, which takes the model as much less time."""
CLEARLY = 0.97
"""Certainty from which on that is believed; of 120 pieces, 110 had it, and all with the text of the whole width. None
of 112 pieces that were upside down had it, so who has it is not asked whether it is."""
_LOW = 36
"""Pixels of height up to which no pixel of the frame is lost like that: the model has every line enlarged to 48."""
_WIDE = 5.0
"""Width over height from which on it saves anything: the model takes as long for shorter ones."""
_MIDDLE = (0.3, 0.7)
"""Where a line is cut that was hardly read, shares of its width."""
_ABOUT = 64
"""How far from its place a gap is looked for, pixels."""
_SPACE = 4
"""Least width of a gap between words, pixels, and in lines that are higher than six times that, a sixth of their
height; letters are closer, and so are most characters."""
_CLEAR = 0.15
"""What may be drawn in a gap, as a share of what usually is: noise."""
_PLAIN = 5.0
"""How much brightness may change in it from pixel to pixel, on average: on a picture the model reads whole lines
better, and no piece is known again."""


def read_line(
    recognise: Callable[[Image], Reading],
    line: Image,
    is_turned: Callable[[Image], bool],
    *,
    in_pieces: bool = True,
    turned: bool | None = None,
) -> Reading:
    """The text of a line; in pieces where more of it is read like that.

    Args:
        recognise: the model that reads a line which is upright.
        line: straightened, BGR.
        is_turned: whether a line is upside down.
        in_pieces: whether it may be cut; not worth it where the edge of the frame cuts it already.
        turned: whether it is upside down, where that is known.
    """
    height, width = line.shape[:2]
    long = width >= _LONG * height
    if turned is None and long:
        turned = is_turned(line)
    upright = _turned(line) if turned else line
    best = recognise(_narrower(upright))
    if best[1] < CLEARLY and turned is None and is_turned(line):
        upright = _turned(line)
        best = recognise(_narrower(upright))
    if best[1] < CLEARLY and _is_narrowed(upright):
        best = max(best, recognise(upright), key=_letters)
    if in_pieces and long and best[1] < CERTAIN:
        best = max(best, _in_halves(recognise, line, is_turned), key=_letters)
    return best


def _in_halves(recognise: Callable[[Image], Reading], line: Image, is_turned: Callable[[Image], bool]) -> Reading:
    drawn = _drawn(line)
    begin, end = (int(share * line.shape[1]) for share in _MIDDLE)
    cut = begin + int(np.argmin(drawn[begin:end]))
    halves = [line[:, :cut], line[:, cut:]]
    ways = [is_turned(half) for half in halves]
    if any(ways):
        halves.reverse()
        ways.reverse()
    both = (read_line(recognise, half, is_turned, turned=turned) for half, turned in zip(halves, ways, strict=True))
    read = [reading for reading in both if reading[0]]
    texts = [text for text, _ in read]
    between = " " if _is_clear(drawn, cut) and not all(is_wide(text[0]) for text in texts[1:]) else ""
    return between.join(texts), min((certainty for _, certainty in read), default=0.0)


def gaps(line: Image) -> list[int]:
    """The columns where a long line can be cut between words, into pieces of about the same width.

    None where it is too short, and none where nothing is as plain as a space: on a picture, or in Chinese.
    """
    height, width = line.shape[:2]
    if height > _HIGH or width < 1.5 * _PIECE:
        return []
    drawn = _drawn(line)
    plain = np.flatnonzero(drawn <= min(_CLEAR * float(np.median(drawn)), _PLAIN))
    runs = [run for run in np.split(plain, np.flatnonzero(np.diff(plain) > 1) + 1) if len(run)]
    middles = [int(run[len(run) // 2]) for run in runs]
    places = range(_PIECE, width - _PIECE // 2, _PIECE)
    found = (min(middles, key=lambda middle: abs(middle - place), default=0) for place in places)
    return [middle for place, middle in zip(places, found, strict=True) if abs(middle - place) <= _ABOUT]


def _is_narrowed(line: Image) -> bool:
    height, width = line.shape[:2]
    return bool(height <= _LOW and width >= _WIDE * height)


def _narrower(line: Image) -> Image:
    if not _is_narrowed(line):
        return line
    height, width = line.shape[:2]
    return np.asarray(cv2.resize(line, (round(_NARROW * width), height), interpolation=cv2.INTER_AREA), np.uint8)


def _turned(line: Image) -> Image:
    return np.asarray(cv2.rotate(line, cv2.ROTATE_180), np.uint8)


def is_wide(text: str) -> bool:
    """Whether a character, or no character, is of a script that has no spaces between words."""
    return text != "" and unicodedata.east_asian_width(text) in "WF"


def _letters(reading: Reading) -> float:
    """How many of its letters are likely to be right."""
    text, certainty = reading
    return len(text.replace(" ", "")) * certainty


def _drawn(line: Image) -> NDArray[np.float32]:
    """How much is drawn about each column, over the width of a space."""
    grey = np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2GRAY), np.float32)
    edges = np.abs(np.diff(grey, axis=0, prepend=grey[:1])) + np.abs(np.diff(grey, axis=1, prepend=grey[:, :1]))
    over = max(round(line.shape[0] / 6), _SPACE)
    return np.convolve(edges.mean(axis=0), np.full(over, 1 / over, np.float32), "same").astype(np.float32)


def _is_clear(drawn: NDArray[np.float32], column: int) -> bool:
    return bool(drawn[column] <= _CLEAR * np.median(drawn))
