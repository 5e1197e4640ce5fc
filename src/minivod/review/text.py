"""Text in frames: recognised with RapidOCR, looked up in word lists."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minivod.review import words
from minivod.review.detectors import DetectorConfig
from minivod.review.line_memory import LineMemory
from minivod.review.lines import Box, read
from minivod.review.model import DetectorUnavailable, Finding, Image, Sample

DETECTION_SHARE = 0.75
"""Scale at which text is looked for in frames. Measured, 480 of 640: 28 ms in place of 285, no phrase of 14 px lost."""


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
        self._memory = LineMemory()

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
