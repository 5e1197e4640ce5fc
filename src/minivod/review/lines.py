"""Puts the boxes of recognised text together: boxes to lines, lines to one text whose parts know their score."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from minivod.review.normalise import normalise


class Box(NamedTuple):
    """A piece of text as recognition returned it: bounds in pixels, score 0-1."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    score: float


class FrameText(NamedTuple):
    """The normalised text of a frame; `scores` has the recognition score of each of its characters."""

    text: str
    scores: NDArray[np.float64]

    def confidence(self, start: int, end: int) -> float:
        """0-100: the least score of the boxes that this passage touches."""
        return round(float(self.scores[start:end].min()) * 100, 1)


def read(boxes: Iterable[Box]) -> FrameText:
    """The text in reading order: lines from the top, boxes of a line from the left.

    Detection often splits one line into several boxes, and a phrase may run on in the next line; the space or line
    break between them is a gap like any other for `matching`.
    """
    text: list[str] = []
    scores: list[float] = []
    for line in _lines(boxes):
        for number, box in enumerate(line):
            part = normalise(box.text) + ("\n" if number == len(line) - 1 else " ")
            text.append(part)
            scores += [box.score] * len(part)
    return FrameText("".join(text), np.array(scores))


def plain(boxes: Iterable[Box]) -> str:
    """The text as it stands there, in reading order; a line of the picture is a line."""
    return "\n".join(" ".join(box.text for box in line) for line in _lines(boxes))


def _lines(boxes: Iterable[Box]) -> list[list[Box]]:
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom) / 2):
        if lines and _on_line(lines[-1][0], box):
            lines[-1].append(box)
        else:
            lines.append([box])
    return [sorted(line, key=lambda box: box.left) for line in lines]


def _on_line(first: Box, box: Box) -> bool:
    """Whether the boxes overlap vertically by more than half of the lower one's height."""
    overlap = min(first.bottom, box.bottom) - max(first.top, box.top)
    return overlap > 0.5 * min(first.bottom - first.top, box.bottom - box.top)
