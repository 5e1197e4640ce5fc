"""Spaces between Chinese characters that the model that reads leaves out, found by the gaps that are drawn."""

import unicodedata
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Image

_WIDE_GAP = 0.22
"""Least width of a gap with a space in it, as a share of a character's: fonts have spaces of 0.22 and more, of which
outlines take some."""
_BETWEEN = 0.05
"""What is usually between two characters, as such a share."""
_WIDER = 1.5
"""How many times as wide as the other gaps of the line those with a space are: else all of it is spaced out."""
_OFF = 0.2
"""How far from the border between two characters a gap may seem to be, as such a share; some have gaps inside."""
_CLEAR = 0.3
"""How much brightness may change in a gap, as a share of what strokes differ from the ground: noise, and what encoders
leave around strokes."""
_STROKES = 0.97
"""Share of the pixels up to which that is looked for: the last ones may be noise too."""
_ROUNDS = 2
"""How often it is asked which gaps are spaces: how wide characters are is told by what was found at first."""
_FEWEST = 3
"""Characters from which on it can be told that some stand further apart than the others."""

Gap = tuple[int, int]
"""First column, and the one after the last."""


def with_spaces(text: str, line: Image) -> str:
    """The text with a space wherever characters stand clearly further apart than the others of the line.

    Half of all lines of small Chinese characters are read without the spaces between them, and words that stand apart
    are others when they are joined.

    Args:
        text: as it was read. It is returned as it is unless it consists of Chinese characters, which are all as wide.
        line: what was read, BGR, upright, on a ground that is plain; on a picture nothing is added.
    """
    characters = text.replace(" ", "")
    if len(characters) < _FEWEST or not all(map(_is_ideograph, characters)):
        return text
    places = _places(len(characters), _drawn(line))
    if not text.count(" ") < len(places) < len(characters) - 1:
        return text  # the model saw as many, or all of the line is spaced out
    return "".join(" " * (number in places) + one for number, one in enumerate(characters))


def _places(count: int, drawn: NDArray[np.float32]) -> set[int]:
    """How many of so many characters stand before each space; none where the others are about as far apart."""
    inked = np.flatnonzero(drawn)
    if not len(inked):
        return set()
    extent = int(inked[-1] - inked[0] + 1)
    gaps = _gaps(drawn[inked[0] : inked[-1] + 1])
    least = _WIDE_GAP * extent / count
    spaces = [end - begin for begin, end in gaps if end - begin >= least]
    for _ in range(_ROUNDS):
        width = (extent - sum(spaces)) / (count - _BETWEEN * len(spaces))
        borders = dict(_borders(gaps, width, count, least))
        spaces = [gap for gap in borders.values() if gap >= least]
    narrow = max((gap for gap in borders.values() if gap < least), default=0)
    places = {place for place, gap in borders.items() if gap >= least}
    return places if places and min(spaces) >= _WIDER * narrow else set()


def _borders(gaps: list[Gap], width: float, count: int, least: float) -> Iterator[tuple[int, int]]:
    """The gaps that are between characters, and not inside of one: how many stand before, and how wide it is."""
    before = 0.0
    for begin, end in gaps:
        place = (begin - before) / width + _BETWEEN / 2
        if abs(place - round(place)) <= _OFF and 0 < round(place) < count:
            yield round(place), end - begin
            if end - begin >= least:
                before += end - begin - _BETWEEN * width


def _gaps(drawn: NDArray[np.float32]) -> list[Gap]:
    """Runs of columns in which nothing is drawn."""
    edges = np.diff(np.concatenate(([True], drawn > 0, [True])).astype(np.int8))
    return list(zip(np.flatnonzero(edges < 0).tolist(), np.flatnonzero(edges > 0).tolist(), strict=True))


def _is_ideograph(character: str) -> bool:
    return unicodedata.category(character) == "Lo" and unicodedata.east_asian_width(character) == "W"


def _drawn(line: Image) -> NDArray[np.float32]:
    """How far the brightness in each column goes from that of the ground; 0 for noise."""
    grey = np.asarray(cv2.cvtColor(line, cv2.COLOR_BGR2GRAY), np.float32)
    apart = np.abs(grey - np.median(grey))
    furthest = np.asarray(apart.max(axis=0), np.float32)
    furthest[furthest <= _CLEAR * float(np.quantile(apart, _STROKES))] = 0
    return furthest
