"""Finds the cells of contact sheets and split screens: pictures of one size side by side."""

import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Image

MOST = 8
"""Columns or rows that are looked for."""
_CONTRAST = 3.0
"""By how much the colours change more between two cells than within one."""
_LEAST = 10.0
"""Mean change of colours between two cells, 0-255, below which nothing divides them."""
_SLACK = 0.012
"""How far from its place a border may be, as a share of the side; half the width of gaps."""


def cells(image: Image) -> list[Image]:
    """The cells row by row; none where the frame is no grid of at least two by two."""
    columns, rows = _parts(image, axis=1), _parts(image, axis=0)
    if min(columns, rows) < 2:
        return []
    height, width = image.shape[:2]
    return [
        image[
            row * height // rows : (row + 1) * height // rows,
            column * width // columns : (column + 1) * width // columns,
        ]
        for row in range(rows)
        for column in range(columns)
    ]


def _parts(image: Image, axis: int) -> int:
    """Into how many equal parts borders divide this axis; the most of which every border is there."""
    changes = _changes(image, axis)
    side = image.shape[axis]
    usual = float(np.median(changes)) if changes.size else 0.0
    for parts in range(MOST, 1, -1):
        if side < parts * 32:
            continue
        borders = [_at(changes, number * side / parts, max(side * _SLACK, 2)) for number in range(1, parts)]
        if min(borders) >= max(usual * _CONTRAST, _LEAST):
            return parts
    return 1


def _changes(image: Image, axis: int) -> NDArray[np.float64]:
    """How much colours change from each line to the next, on average along it."""
    changes: NDArray[np.float64] = np.abs(np.diff(image.astype(np.int16), axis=axis)).mean(axis=(1 - axis, 2))
    return changes


def _at(changes: NDArray[np.float64], place: float, slack: float) -> float:
    return float(changes[max(int(place - slack) - 1, 0) : int(place + slack) + 1].max())
