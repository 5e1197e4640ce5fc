"""Nudity in frames: the open_nsfw classifier, run with ONNX Runtime."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import onnxruntime
from PIL import Image as Picture

from minivod.review.detectors import DetectorConfig
from minivod.review.model import DetectorUnavailable, Finding, Image, Sample
from minivod.review.models import OPEN_NSFW

_SCALED = 256
_CROP = slice(16, 240)  # the middle 224 of 256 pixels, as the model was trained
_MEAN_BGR = np.array((104, 117, 123), dtype=np.float32)


class NudityDetector:
    """Scores each frame as a whole; the confidence is the model's probability of "not safe" times 100.

    Harmless video reaches 2, animation 48 (docs/review.md), which the policy's thresholds allow for.
    """

    name = "nudity"
    categories: ClassVar[frozenset[str]] = frozenset({"Porn"})

    def __init__(self, config: DetectorConfig) -> None:
        if not OPEN_NSFW.is_intact(config.models_dir):
            raise DetectorUnavailable(
                f"the model {OPEN_NSFW.path(config.models_dir)} is missing or damaged; "
                "`minivod models install` brings it"
            )
        self._session = session(str(OPEN_NSFW.path(config.models_dir)), config.threads)
        self._input = self._session.get_inputs()[0].name

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """One finding with the frame's score, unless it rounds to zero."""
        scores = self._session.run(None, {self._input: prepare(sample.image)})[0]
        confidence = round(float(scores[0][1]) * 100, 1)
        return [Finding.at(sample, "Porn", "nudity", confidence)] if confidence > 0 else []


def prepare(image: Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The model's input: 1 x 224 x 224 x 3, BGR, mean subtracted."""
    scaled = np.asarray(Picture.fromarray(image).resize((_SCALED, _SCALED), Picture.Resampling.BILINEAR))
    return (scaled[_CROP, _CROP, ::-1].astype(np.float32) - _MEAN_BGR)[np.newaxis]


def session(path: str, threads: int) -> Any:
    """An inference session of bounded threads that do not spin while they wait (other work needs the cores)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
