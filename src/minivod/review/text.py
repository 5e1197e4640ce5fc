"""Text in frames: recognised with RapidOCR, looked up in word lists."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from minivod.review import words
from minivod.review.detectors import DetectorConfig
from minivod.review.lines import Box, read
from minivod.review.model import DetectorUnavailable, Finding, Image, Sample
from minivod.review.similar import CELL, TOLERANCE

DETECTION_SHARE = 0.75
"""Scale at which text is looked for in frames. Measured, 480 of 640: 28 ms in place of 285, no phrase of 14 px lost."""
REMEMBERED = 128
"""Boxes whose text is remembered, so that captions and logos that stay are read once."""
SAME_PLACE = 4
"""Pixels by which the edges of a box may move from frame to frame and still be the same box."""


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
        self._detect, self._recognise = _engines(config.threads, config.detail)
        self._memory = _Memory()

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """Every listed phrase that can be read in the frame."""
        frame = read(self.read_boxes(sample.image))
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
            known = self._recognised(picture, corners)
            self._memory.keep(picture, bounds, known)
        text, score = known
        return Box(left, top, right, bottom, text, score)

    def _recognised(self, picture: Image, corners: NDArray[np.float32]) -> tuple[str, float]:
        result = self._recognise(_straighten(picture, corners))
        return (str(result.txts[0]), float(result.scores[0])) if result.txts else ("", 0.0)


class _Known(NamedTuple):
    cells: NDArray[np.int16]
    text: tuple[str, float]


class _Memory:
    """What was read in which place, as long as the pixels there stay the same (the measure of `similar`).

    So must those around it, as far as a box may be off: a letter that was added to a word may be as narrow as that.
    Shared by all reviews of the process: what counts is how the place looks, not which video it belongs to.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, int, int], _Known] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, picture: Image, bounds: tuple[int, int, int, int]) -> tuple[str, float] | None:
        with self._lock:
            candidates = [
                (place, known)
                for place, known in self._known.items()
                if all(abs(a - b) <= SAME_PLACE for a, b in zip(place, bounds, strict=True))
            ]
        for place, known in candidates:
            cells = _cells(picture, place)
            if cells.shape == known.cells.shape and int(np.abs(cells - known.cells).max()) <= TOLERANCE:
                return known.text
        return None

    def keep(self, picture: Image, bounds: tuple[int, int, int, int], text: tuple[str, float]) -> None:
        with self._lock:
            self._known[bounds] = _Known(_cells(picture, bounds), text)
            self._known.move_to_end(bounds)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _cells(picture: Image, bounds: tuple[int, int, int, int]) -> NDArray[np.int16]:
    """The average colours in the place and SAME_PLACE around it."""
    left, top, right, bottom = bounds
    place = picture[max(top - SAME_PLACE, 0) : bottom + SAME_PLACE, max(left - SAME_PLACE, 0) : right + SAME_PLACE]
    return np.asarray(Picture.fromarray(place).reduce(CELL), dtype=np.int16)


def _straighten(picture: Image, corners: NDArray[np.float32]) -> Image:
    from rapidocr.utils.process_img import get_rotate_crop_image

    straight: Image = get_rotate_crop_image(picture, corners)
    return straight


def _engines(threads: int, detail: int) -> tuple[Any, Any]:
    """Two engines: one only finds text, one only reads it; models come with the package, nothing is fetched."""
    try:
        import rapidocr
    except ImportError as error:
        raise DetectorUnavailable(f"rapidocr cannot be imported ({error}); `pip install rapidocr` brings it") from error
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)  # it reports every frame without text
    common = {
        "Global.log_level": "critical",
        "Global.max_side_len": detail,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,  # a tenth faster
    }
    models = Path(rapidocr.__file__).parent / "models"
    find = {
        "Global.use_rec": False,
        "Global.use_cls": False,
        "Det.limit_type": "max",
        "Det.limit_side_len": round(DETECTION_SHARE * detail),
        "Det.model_path": _model(models, "det"),
    }
    read_ = {"Global.use_det": False, "Rec.model_path": _model(models, "rec"), "Cls.model_path": _model(models, "cls")}
    return rapidocr.RapidOCR(params=common | find), rapidocr.RapidOCR(params=common | read_)


def _model(directory: Path, kind: str) -> str:
    """Named explicitly, because rapidocr would download a model that it does not find."""
    found = sorted(directory.glob(f"*_{kind}_*.onnx"))
    if not found:
        raise DetectorUnavailable(
            f"this version of rapidocr brings no {kind} model in {directory}; `pip install 'rapidocr>=3.5,<4'` does"
        )
    return str(found[-1])
