"""Text in frames: recognised with RapidOCR, looked up in word lists."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from minivod.review import rapid_ocr, words
from minivod.review.detectors import DetectorConfig
from minivod.review.line_memory import Bounds, LineMemory
from minivod.review.lines import Box, FrameText, plain, read
from minivod.review.model import Finding, Image, Sample
from minivod.review.reading import CLEARLY, gaps, is_wide, read_line
from minivod.review.recogniser import Recogniser

_WHOLE = 28
"""Pixels of height that a line is given which the edge of the frame cuts, at most twice what is seen of it. Of 640
drawn lines that lack 10 to 40 % of their height, 551 are read rightly like that in 22.7 s, and 539 in 37.2 s as they
are; of 83 pieces of credits 80 either way."""


class TextDetector:
    """Reads the text of a frame and reports the phrases of the word lists with the certainty of the reading.

    Raises `words.WordListError` where a list of the operator is wrong: better no start than a list not applied.
    """

    name = "text"
    categories = frozenset(words.CATEGORY_OF_LIST.values())

    def __init__(self, config: DetectorConfig) -> None:
        lists = words.load(config.word_lists_dir)
        self._matcher = lists.matcher()
        self.categories = lists.categories
        self._detect, engine = rapid_ocr.engines(config.threads, config.detail)
        self._recognise = Recogniser(engine)
        self._is_turned = partial(rapid_ocr.is_turned, engine)
        self._memory = LineMemory()

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """Every listed phrase that can be read in the frame."""
        return self.inspect_and_read(sample)[0]

    def inspect_and_read(self, sample: Sample) -> tuple[list[Finding], str]:
        """The same, and all text of the frame as it stands there."""
        boxes = self.read_boxes(sample.image)
        return self._find(sample, read(boxes)), plain(boxes)

    def _find(self, sample: Sample, frame: FrameText) -> list[Finding]:
        return [
            Finding(
                category=match.phrase.category,
                label=match.phrase.label,
                confidence=frame.confidence(match.start, match.end),
                start=sample.time,
                end=sample.time,
                certainty="certain" if match.certain else "ambiguous",
                disguise=match.disguise,
            )
            for match in self._matcher.find(frame.text)
        ]

    def read_boxes(self, image: Image) -> list[Box]:
        """All text of a frame, piece by piece."""
        picture = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)  # as the models expect
        corners = self._detect(picture).boxes
        lines = [] if corners is None else [each.astype(np.float32) for each in corners]
        read: dict[int, list[Box]] = {}
        left = list(range(len(lines)))
        while left:
            for place in left:
                boxes = self._read_line(picture, lines[place])
                if boxes is not None:
                    read[place] = boxes
            others = [place for place in left if place not in read]
            if others == left:
                self._memory.wait_for_others()
            left = others
        return [box for place in range(len(lines)) for box in read[place]]

    def _read_line(self, picture: Image, corners: NDArray[np.float32]) -> list[Box] | None:
        """The line in one box, or in several: where a part of a long one changes, the others need not be read.

        One that is upside down is left as it is: its pieces would follow each other in the wrong order. None: the same
        line is being read in another frame just now, and will be known.
        """
        bounds = _bounds(picture, corners)
        kept = self._memory.kept
        known = self._memory.recall_pieces(picture, bounds)
        if known is not None:
            return known
        with self._memory.reading(picture, bounds) as mine:
            if not mine:
                return None
            if self._memory.kept != kept and (known := self._memory.recall_pieces(picture, bounds)) is not None:
                return known  # another thread has read it just now
            boxes = self._read_pieces(picture, corners)
            if len(boxes) > 1:
                whole = " ".join(box.text for box in boxes), min(box.score for box in boxes)
                self._memory.keep(picture, bounds, whole, boxes)
            return boxes

    def _read_pieces(self, picture: Image, corners: NDArray[np.float32]) -> list[Box]:
        pieces = list(_pieces(picture, corners))
        if len(pieces) == 1:
            return [self._read(picture, corners)]
        known = [self._known(picture, piece) for piece in pieces]
        boxes = [box or self._reading(picture, piece, turned=False) for piece, box in zip(pieces, known, strict=True)]
        fresh = [(piece, box) for piece, box, there in zip(pieces, boxes, known, strict=True) if there is None]
        if any(box.score < CLEARLY and self._is_turned(_straighten(picture, piece)) for piece, box in fresh):
            return [self._read(picture, corners)]
        for _, box in fresh:
            self._keep(picture, box)
        return _joined(boxes)

    def _known(self, picture: Image, corners: NDArray[np.float32]) -> Box | None:
        bounds = _bounds(picture, corners)
        known = self._memory.recall(picture, bounds)
        return None if known is None else Box(*bounds, *known)

    def _read(self, picture: Image, corners: NDArray[np.float32]) -> Box:
        box = self._reading(picture, corners)
        self._keep(picture, box)
        return box

    def _keep(self, picture: Image, box: Box) -> None:
        self._memory.keep(picture, _whole_pixels(box), (box.text, box.score))

    def _reading(self, picture: Image, corners: NDArray[np.float32], *, turned: bool | None = None) -> Box:
        bounds = _bounds(picture, corners)
        above, below = bounds[1] == 0, bounds[3] == len(picture)
        line = _straighten(picture, corners)
        if above != below and abs(bounds[3] - bounds[1] - len(line)) <= 1:  # neither upright nor slanting
            line = _as_if_whole(line, above=above)
        whole = not above and not below
        reading = read_line(self._recognise, line, self._is_turned, in_pieces=whole, turned=turned)
        return Box(*bounds, *reading)


def _as_if_whole(line: Image, *, above: bool) -> Image:
    """A line that the edge of the frame cuts, about as high as if it were whole: with more of the ground beside it.

    The model has every line enlarged to the same height, so it would take twice as long for half a line. It is the
    side away from the edge that grows: whatever is put beyond the edge may look like another letter.
    """
    missing = min(_WHOLE, 2 * len(line)) - len(line)
    if missing <= 0:
        return line
    sides = (0, missing) if above else (missing, 0)
    return np.asarray(cv2.copyMakeBorder(line, *sides, 0, 0, cv2.BORDER_REPLICATE), np.uint8)


def _bounds(picture: Image, corners: NDArray[np.float32]) -> Bounds:
    height, width = picture.shape[:2]
    left, top = np.maximum(corners.min(axis=0), 0).astype(int).tolist()
    right, bottom = np.minimum(corners.max(axis=0) + 1, (width, height)).astype(int).tolist()
    return left, top, right, bottom


def _whole_pixels(box: Box) -> Bounds:
    return int(box.left), int(box.top), int(box.right), int(box.bottom)


def _joined(boxes: list[Box]) -> list[Box]:
    """Pieces that were parted between two ideographs, which have no spaces, become one again."""
    joined = boxes[:1]
    for box in boxes[1:]:
        last = joined[-1]
        if is_wide(last.text[-1:]) and is_wide(box.text[:1]):
            sides = min(last.left, box.left), min(last.top, box.top), max(last.right, box.right)
            joined[-1] = Box(*sides, max(last.bottom, box.bottom), last.text + box.text, min(last.score, box.score))
        else:
            joined.append(box)
    return joined


def _pieces(picture: Image, corners: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The corners of a line's pieces, as those of the line: left and right at the top, right and left at the bottom."""
    line = _straighten(picture, corners)
    across, down = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    places = gaps(line) if down <= across else []  # upright ones were turned to be read
    height, width = line.shape[:2]
    straight = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    back = cv2.getPerspectiveTransform(straight, corners)  # the sides of a box need not be parallel
    for begin, end in pairwise((0, *places, width)):
        piece = np.array([[(begin, 0), (end, 0), (end, height), (begin, height)]], np.float32)
        yield np.asarray(cv2.perspectiveTransform(piece, back)[0], np.float32) if places else corners


def _straighten(picture: Image, corners: NDArray[np.float32]) -> Image:
    from rapidocr.utils.process_img import get_rotate_crop_image

    straight: Image = get_rotate_crop_image(picture, corners)
    return straight
