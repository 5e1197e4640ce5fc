"""Remembers what was read by how the line looks, so that lines that stay, or roll over the screen, are read once."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review.lines import Box
from minivod.review.model import Image
from minivod.review.reading import CERTAIN
from minivod.review.recogniser import Reading
from minivod.review.similar import same_text

MARGIN = 4
"""Pixels by which the edges of a box may lie elsewhere around the same line, and still be the same box."""
REMEMBERED_BYTES = 24 << 20
"""Of pictures of lines and of their pieces; some 180 long ones, which is what credits show in two minutes."""
_COMPARED = 4
"""Lines of the most similar look that are compared with a new one; of 297 that were known, 271 were the first of them
and 26 the second."""
_UNLIKE = 2000.0
"""Mean squared difference of brightness above which two lines are not compared further. White on black, the very same
line half a pixel further has 500 to 2000; nearly all other lines have 3000 and more.
"""
_MOVED = 0.1
"""Part of a pixel from which on a line is looked at first as it would look that much further; both ways are tried."""
_TAPS = np.arange(-4, 5)
"""Pixels that one between two others is made of, from where it was."""
_SEEN = 0.5
"""Share of the height of a whole line that has to be seen of one that leaves the frame, at least."""
_PARTS_OF_A_PIXEL = 256
"""To which the shift between two lines is rounded."""
_LETTERS = 32
"""Parts of a line whose brightness makes its rough look."""
_NO_SIZE = -(1 << 16)
"""Pixels; far from that of any line."""

Bounds = tuple[int, int, int, int]
"""Left, top, right and bottom of a box in the frame, pixels."""


class _Look(NamedTuple):
    """`window` is the box with twice `MARGIN` around it, `grey` the same without colour, `rough` tells lines apart.

    `cut` says which edges of the frame the box touches: above, below.
    """

    bounds: Bounds
    window: Image
    grey: Image
    rough: NDArray[np.float32]
    cut: tuple[bool, bool]


class _Known(NamedTuple):
    look: _Look
    reading: Reading
    pieces: tuple[Box, ...]


class LineMemory:
    """What was read, as long as the very same line is seen again, wherever it is.

    The same line means: its pixels and those around it, as far as a box may be off, are the same but for noise
    (`similar.same_text`), after the shift that fits best. A letter that was added to a word may be as narrow as a box
    may be off. Nothing else counts; so two lines that a viewer can tell apart are two lines. What was read with less
    than `CERTAIN` counts in the same place only.

    Of a line that the upper or lower edge of the frame cuts, all that is seen is compared in the same way with that
    part of a whole line. It counts once after each time that the whole line was seen, because what is cut may be
    another letter: a line that rolls out of the frame, but not one that stays there.

    Shared by all reviews of the process: what counts is how the line looks, not which video it belongs to.

    Attributes:
        kept: how many lines it was ever given.
    """

    def __init__(self) -> None:
        self.kept = 0
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._rough = _RoughLooks()
        self._left: set[int] = set()
        self._bytes = 0
        self._lock = threading.Lock()
        self._being_read: dict[int, _Look] = {}
        self._read = threading.Condition()

    def recall(self, picture: Image, bounds: Bounds) -> Reading | None:
        """What was read where it looked as in this place of the frame; None: it has to be read."""
        known = self._find(_look(picture, bounds))
        return None if known is None else known.reading

    def recall_pieces(self, picture: Image, bounds: Bounds) -> list[Box] | None:
        """The same piece by piece, each where it is in this frame; and that of a whole line that leaves the frame."""
        look = _look(picture, bounds)
        known = self._find(look) or self._find_leaving(look)
        if known is None:
            return None
        right, side = bounds[0] - known.look.bounds[0], 3 if look.cut[0] else 1
        down = bounds[side] - known.look.bounds[side]
        return [_shifted(piece, right, down) for piece in known.pieces] or [Box(*bounds, *known.reading)]

    @contextmanager
    def reading(self, picture: Image, bounds: Bounds) -> Iterator[bool]:
        """Inside, the line is the caller's to read; not so where another thread reads the same one already.

        A thread has one line at a time, and waits (`wait_for_others`) while it has none.
        """
        look, mine = _look(picture, bounds), threading.get_ident()
        with self._read:
            free = not any(_is_as_large(look, other) and _is_same(look, other) for other in self._being_read.values())
            if free:
                self._being_read[mine] = look
        try:
            yield free
        finally:
            if free:
                with self._read:
                    del self._being_read[mine]
                    self._read.notify_all()

    def wait_for_others(self) -> None:
        """Returns when another thread has read a line, or none reads one."""
        with self._read:
            if self._being_read:
                self._read.wait()

    def keep(self, picture: Image, bounds: Bounds, reading: Reading, pieces: Sequence[Box] = ()) -> None:
        """Remembers what was read in this place of the frame, and forgets what was not seen for longest.

        Args:
            picture: the frame.
            bounds: where the line is.
            reading: of the whole.
            pieces: what was read piece by piece, where it was.
        """
        look = _look(picture, bounds)
        with self._lock:
            self.kept += 1
            self._known[self._rough.add(look)] = _Known(look, reading, tuple(pieces))
            self._bytes += _size(look)
            while self._bytes > REMEMBERED_BYTES:
                place, oldest = self._known.popitem(last=False)
                self._rough.remove(place)
                self._left.discard(place)
                self._bytes -= _size(oldest.look)

    def _find(self, look: _Look) -> _Known | None:
        with self._lock:
            likely = [(place, self._known[place]) for place in self._rough.likely(look)]
        for place, known in likely:
            certain = known.reading[1] >= CERTAIN or _is_near(look.bounds, known.look.bounds)
            if certain and _is_same(look, known.look):
                with self._lock:
                    if self._known.get(place) is known:
                        self._known.move_to_end(place)
                        self._left.discard(place)
                return known
        return None

    def _find_leaving(self, look: _Look) -> _Known | None:
        """A whole line of which the rest is seen at one edge; that, once."""
        if look.cut[0] == look.cut[1]:
            return None
        with self._lock:
            likely = [
                (place, self._known[place]) for place in self._rough.likely_whole(look) if place not in self._left
            ]
        for place, known in likely:
            whole = not any(known.look.cut) and known.reading[1] >= CERTAIN
            if whole and _is_rest(look, known.look):
                with self._lock:
                    if self._known.get(place) is not known or place in self._left:
                        return None  # another thread was first
                    self._left.add(place)
                return known
        return None


class _RoughLooks:
    """Sizes and rough looks of all lines that are known, in tables: one is compared with all of them at once."""

    def __init__(self) -> None:
        self._sizes = np.zeros((0, 2), np.int32)
        self._looks = np.zeros((0, _LETTERS), np.float32)
        self._free: list[int] = []

    def add(self, look: _Look) -> int:
        """The place where it is put."""
        if not self._free:
            rows = len(self._sizes)
            more = max(rows, 64)
            self._sizes = np.concatenate((self._sizes, np.full((more, 2), _NO_SIZE, np.int32)))
            self._looks = np.concatenate((self._looks, np.zeros((more, _LETTERS), np.float32)))
            self._free = list(range(rows, rows + more))
        place = self._free.pop()
        self._sizes[place], self._looks[place] = look.grey.shape, look.rough
        return place

    def remove(self, place: int) -> None:
        self._sizes[place] = _NO_SIZE
        self._free.append(place)

    def likely(self, look: _Look) -> list[int]:
        """The places of those whose boxes may lie around the same line, the most similar first."""
        fitting = np.flatnonzero((np.abs(self._sizes - look.grey.shape) <= 2 * MARGIN).all(axis=1))
        apart = np.abs(self._looks[fitting] - look.rough).sum(axis=1)
        places: list[int] = fitting[np.argsort(apart)[:_COMPARED]].tolist()
        return places

    def likely_whole(self, look: _Look) -> list[int]:
        """The places of those that are as wide and higher, but not by too much; the most similar first."""
        height, width = look.grey.shape
        high = self._sizes[:, 0] - 4 * MARGIN
        least, most = height - 6 * MARGIN, (height - 4 * MARGIN) / _SEEN
        fitting = np.flatnonzero((np.abs(self._sizes[:, 1] - width) <= 2 * MARGIN) & (high >= least) & (high <= most))
        apart = np.abs(_regular(self._looks[fitting]) - _regular(look.rough)).sum(axis=1)
        places: list[int] = fitting[np.argsort(apart)[:_COMPARED]].tolist()
        return places


def _regular(rough: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rough looks whatever their brightness and contrast, which are others where less of a line is seen."""
    even = rough - rough.mean(axis=-1, keepdims=True)
    return np.asarray(even / (even.std(axis=-1, keepdims=True) + 1), np.float32)


def _look(picture: Image, bounds: Bounds) -> _Look:
    left, top, right, bottom = bounds
    height, width = picture.shape[:2]
    around = 2 * MARGIN
    x, y = max(left - around, 0), max(top - around, 0)
    part = picture[y : bottom + around, x : right + around]
    beyond = (
        y - (top - around),
        max(bottom + around - height, 0),
        x - (left - around),
        max(right + around - width, 0),
    )
    window = np.asarray(cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE), np.uint8)
    grey = np.asarray(cv2.cvtColor(window, cv2.COLOR_BGR2GRAY), np.uint8)
    rough = cv2.resize(_inner(grey), (_LETTERS, 1), interpolation=cv2.INTER_AREA)[0].astype(np.float32)
    return _Look(bounds, window, grey, rough, (top <= 0, bottom >= height))


def _is_as_large(look: _Look, other: _Look) -> bool:
    """Whether the two boxes may lie around the same line."""
    return all(abs(a - b) <= 2 * MARGIN for a, b in zip(look.grey.shape, other.grey.shape, strict=True))


def _is_near(one: Bounds, other: Bounds) -> bool:
    return all(abs(a - b) <= MARGIN for a, b in zip(one, other, strict=True))


def _is_same(look: _Look, other: _Look) -> bool:
    """Whether the other line with its margin is found in the window, and the two boxes lie around the same of it."""
    fit = _fit(look.grey, _inner(other.grey))
    if fit is None:
        return False
    x, y, way = fit
    height, width = other.grey.shape
    end_x, end_y = x + width - look.grey.shape[1], y + height - look.grey.shape[0]
    if max(x, y) > 2 * MARGIN or min(end_x, end_y) < 0:
        return False  # a part of the box would not be compared
    found = look.window[y : y + height - 2 * MARGIN, x : x + width - 2 * MARGIN]
    return any(same_text(found, _moved(other.window, *one)) for one in _ways(*way))


def _is_rest(look: _Look, other: _Look) -> bool:
    """Whether all that is seen of a line at the edge of the frame is that part of the other one, which is whole."""
    if look.cut[1]:
        look, other = _upside_down(look), _upside_down(other)
    seen, grey = look.window[2 * MARGIN :], look.grey[2 * MARGIN :]
    inner = _inner(other.grey)
    height = len(seen) - 2 * MARGIN
    if height > len(inner) - 2 * MARGIN:
        return False  # not cut
    fit = _fit(grey, inner[-height:])
    if fit is None:
        return False
    x, y, way = fit
    if x > 2 * MARGIN or x + other.grey.shape[1] < look.grey.shape[1]:
        return False
    found = seen[: y + height, x : x + inner.shape[1]]
    wholes = (_moved(other.window, *one) for one in _ways(*way))
    return any(same_text(found, whole[-len(found) :], whole) for whole in wholes)


def _upside_down(look: _Look) -> _Look:
    return look._replace(window=np.ascontiguousarray(look.window[::-1]), grey=np.ascontiguousarray(look.grey[::-1]))


def _fit(grey: Image, line: Image) -> tuple[int, int, tuple[float, float]] | None:
    """Where the line fits best, and how far beyond, in parts of a pixel; None: it does not."""
    fits = np.asarray(cv2.matchTemplate(grey, line, cv2.TM_SQDIFF), np.float32)
    least, _, (x, y), _ = cv2.minMaxLoc(fits)
    if least > _UNLIKE * (line.shape[0] + 2 * MARGIN) * (line.shape[1] + 2 * MARGIN):
        return None
    return x, y, (_vertex(fits[y], x), _vertex(fits[:, x], y))


def _ways(right: float, down: float) -> list[tuple[float, float]]:
    ways = [(0.0, 0.0), (right, down)]
    return ways[::-1] if max(abs(right), abs(down)) > _MOVED else ways


def _moved(window: Image, right: float, down: float) -> Image:
    """The line as it would look some part of a pixel further."""
    if right == down == 0:
        return _inner(window)
    filters = _taps(right), _taps(down)
    return _inner(np.asarray(cv2.sepFilter2D(window, -1, *filters, borderType=cv2.BORDER_REPLICATE), np.uint8))


@lru_cache(2 * _PARTS_OF_A_PIXEL)
def _taps(part: float) -> NDArray[np.float32]:
    """The filter that moves a picture by a part of a pixel (Lanczos, with four pixels on each side).

    Several times as fast as to look for each pixel where it was, which `cv2.warpAffine` does.
    """
    taps = np.sinc(_TAPS + part) * np.sinc((_TAPS + part) / 4) * (np.abs(_TAPS + part) < 4)
    return np.asarray(taps / taps.sum(), np.float32)


def _vertex(errors: NDArray[np.float32], place: int) -> float:
    """How far from the place with the least error the parabola through it and its neighbours has its vertex."""
    if not 0 < place < len(errors) - 1:
        return 0.0
    before, least, after = errors[place - 1 : place + 2].tolist()
    curve = before - 2 * least + after
    vertex = min(max((before - after) / (2 * curve), -0.5), 0.5) if curve > 0 else 0.0
    return round(vertex * _PARTS_OF_A_PIXEL) / _PARTS_OF_A_PIXEL


def _inner(window: Image) -> Image:
    return window[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _shifted(box: Box, right: float, down: float) -> Box:
    return box._replace(left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down)


def _size(look: _Look) -> int:
    return look.window.nbytes + look.grey.nbytes
