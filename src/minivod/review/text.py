"""Text in frames: recognised with RapidOCR, looked up in word lists."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minivod.review import rapid_ocr, words
from minivod.review.detectors import DetectorConfig
from minivod.review.line_memory import LineMemory
from minivod.review.lines import Box, FrameText, plain, read
from minivod.review.model import Finding, Image, Sample
from minivod.review.reading import read_line


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
        self._detect, self._recognise = rapid_ocr.engines(config.threads, config.detail)
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
        picture = np.ascontiguousarray(image[:, :, ::-1])  # the models expect BGR
        corners = self._detect(picture).boxes
        return [] if corners is None else [self._read_box(picture, box.astype(np.float32)) for box in corners]

    def _read_box(self, picture: Image, corners: NDArray[np.float32]) -> Box:
        height, width = picture.shape[:2]
        left, top = np.maximum(corners.min(axis=0), 0).astype(int).tolist()
        right, bottom = np.minimum(corners.max(axis=0) + 1, (width, height)).astype(int).tolist()
        bounds = (left, top, right, bottom)
        known = self._memory.recall(picture, bounds)
        if known is None:
            whole = top > 0 and bottom < height
            known = read_line(self._recognise, _straighten(picture, corners), in_pieces=whole)
            self._memory.keep(picture, bounds, known)
        text, score = known
        return Box(left, top, right, bottom, text, score)


def _straighten(picture: Image, corners: NDArray[np.float32]) -> Image:
    from rapidocr.utils.process_img import get_rotate_crop_image

    straight: Image = get_rotate_crop_image(picture, corners)
    return straight
