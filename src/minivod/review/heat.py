"""Where text is found in a frame: only the parts that changed since one of the last frames are looked at anew."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.similar import CELL, GRAIN, TOLERANCE

Floats = NDArray[np.float32]
Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom, tiles or pixels."""

_LEVEL = 1 / 127.5
"""One of 255 levels of colour, in the model's range of -1 to 1."""
_DOT = 2
"""Side of the squares that `similar.GRAIN` holds for, pixels."""
_TILE = 16
"""Side of the tiles that change or stay, pixels of the model's input."""
_AROUND = 2
"""Tiles around a part that the model sees as well; its map is kept of the inner ones. Of 150 captions on pictures, it
found 118 in whole frames, and 120 like this."""
_STEP = 32
"""The sides of what the model sees are multiples of this."""
_WORTH = 0.6
"""Share of the frame up to which looking at parts is cheaper."""
_FRAMES = 4
"""Frames that are remembered: several samples, of several videos, are inspected side by side."""
_TIMES = 8
"""Frames in a row of which only parts are looked at: what the model overlooks in a part it may find in the whole."""
_SPARSE = 16
"""Each so many pixels one is compared to tell which remembered frame is the most similar."""


@dataclass(frozen=True)
class _Seen:
    """A frame as the model sees it (3 x height x width), the map made of it, and how often it was mended since."""

    frame: Floats
    heat: Floats
    mended: int = 0


class PartialHeat:
    """Calls the model that finds text, for the parts of a frame that changed; the rest of the map is remembered.

    Nothing is assumed of a part but that it looks as it did, by the measure of `similar.NearDuplicates`, and compared
    with the frame that its map was made of, so that slow changes add up and are seen. Shared by all reviews of the
    process, as the model is.
    """

    def __init__(self, run: Callable[[Floats], Floats]) -> None:
        """Args: run: the model, from 1 x 3 x height x width, sides multiples of 32, to 1 x 1 x height x width."""
        self._run = run
        self._seen: list[_Seen] = []
        self._lock = threading.Lock()

    def __call__(self, frames: Floats) -> Floats:
        """The model's map of one frame, 1 x 1 x height x width: how likely each pixel is in the middle of text, 0-1."""
        frame = frames[0]
        seen = self._most_similar(frame)
        parts = _changed(frame, seen.frame) if seen else None
        if seen is None or parts is None:
            now, seen = self._whole(frames), None
        else:
            now = self._whole(frames) if seen.mended >= _TIMES else self._mend(frame, seen, parts)
        with self._lock:
            self._seen = [now, *(one for one in self._seen if one is not seen)][:_FRAMES]
        return now.heat[None, None]

    def _most_similar(self, frame: Floats) -> _Seen | None:
        with self._lock:
            fitting = [one for one in self._seen if one.frame.shape == frame.shape]
        sparse = frame[:, ::_SPARSE, ::_SPARSE]
        return min(
            fitting,
            key=lambda one: int(np.count_nonzero(np.abs(one.frame[:, ::_SPARSE, ::_SPARSE] - sparse) > GRAIN * _LEVEL)),
            default=None,
        )

    def _whole(self, frames: Floats) -> _Seen:
        return _Seen(frames[0], self._run(frames)[0, 0])

    def _mend(self, frame: Floats, seen: _Seen, parts: list[tuple[Rectangle, Rectangle]]) -> _Seen:
        mended, heat = seen.frame.copy(), seen.heat.copy()
        for (left, top, right, bottom), (x, y, end_x, end_y) in parts:
            part = self._run(np.ascontiguousarray(frame[None, :, y:end_y, x:end_x]))[0, 0]
            heat[top:bottom, left:right] = part[top - y : bottom - y, left - x : right - x]
            mended[:, top:bottom, left:right] = frame[:, top:bottom, left:right]
        return _Seen(mended, heat, seen.mended + 1)


def _changed(frame: Floats, seen: Floats) -> list[tuple[Rectangle, Rectangle]] | None:
    """The parts whose map is made anew, each with what the model has to see for it, pixels; None: all of it."""
    height, width = frame.shape[1:]
    dots = _averages(frame - seen, _DOT)
    cells = _averages(dots, CELL // _DOT)
    tiles = np.logical_or(
        _any(np.abs(dots) > GRAIN * _LEVEL, _TILE // _DOT), _any(np.abs(cells) > TOLERANCE * _LEVEL, _TILE // CELL)
    )
    parts = [(_pixels(part), _surroundings(part, (height, width))) for part in _rectangles(tiles)]
    area = sum((right - left) * (bottom - top) for _, (left, top, right, bottom) in parts)
    return parts if area <= _WORTH * height * width else None


def _averages(values: Floats, side: int) -> Floats:
    colours, height, width = values.shape
    squares = values.reshape(colours, height // side, side, width // side, side)
    return np.asarray(squares.mean(axis=(2, 4)), np.float32)


def _any(values: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Whether one of a square's values, of any colour, is true."""
    colours, height, width = values.shape
    return np.asarray(values.reshape(colours, height // side, side, width // side, side).any(axis=(0, 2, 4)), np.bool_)


def _rectangles(tiles: NDArray[np.bool_]) -> Iterator[Rectangle]:
    """Around each group of changed tiles, one tile larger on each side; tiles."""
    larger = cv2.dilate(tiles.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, found, _ = cv2.connectedComponentsWithStats(larger, connectivity=8)
    for left, top, width, height in found[1:count, :4].tolist():
        yield left, top, left + width, top + height


def _pixels(tiles: Rectangle) -> Rectangle:
    left, top, right, bottom = (_TILE * side for side in tiles)
    return left, top, right, bottom


def _surroundings(part: Rectangle, size: tuple[int, int]) -> Rectangle:
    left, top, right, bottom = part
    height, width = size
    x, end_x = _wide_enough(_TILE * (left - _AROUND), _TILE * (right + _AROUND), width)
    y, end_y = _wide_enough(_TILE * (top - _AROUND), _TILE * (bottom + _AROUND), height)
    return x, y, end_x, end_y


def _wide_enough(begin: int, end: int, most: int) -> tuple[int, int]:
    """From `begin` to `end` as far as there is anything, and as much more as makes it a multiple of `_STEP`."""
    begin, end = max(begin, 0), min(end, most)
    length = min(-(-(end - begin) // _STEP) * _STEP, most)
    begin = min(begin, most - length)
    return begin, begin + length
