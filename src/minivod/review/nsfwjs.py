"""The second classifier, for second looks only: the small MobileNet of the package nsfwjs, run with ONNX Runtime."""

from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image as Picture

from minivod.review.detectors import DetectorConfig
from minivod.review.inference import session
from minivod.review.model import Image
from minivod.review.models import NSFWJS
from minivod.review.nsfwjs_convert import CLASSES, SIDE

SUSPECT = [CLASSES.index(name) for name in ("Hentai", "Porn", "Sexy")]


class Nsfwjs:
    """Scores pictures; the score is the model's probability of all classes that are not harmless, times 100."""

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config

    @cached_property
    def _session(self) -> Any:
        """Made for the first frame that is suspicious; most videos have none."""
        return session(str(NSFWJS.path(self._config.models_dir)), self._config.threads)

    def score(self, image: Image) -> float:
        """0-100 for a picture as a whole."""
        probabilities = self._session.run(None, {"input": prepare(image)})[0][0]
        return float(probabilities[SUSPECT].sum()) * 100


def prepare(image: Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The model's input: 1 x 224 x 224 x 3, RGB, 0-1."""
    scaled = Picture.fromarray(image).resize((SIDE, SIDE), Picture.Resampling.BILINEAR)
    return np.asarray(scaled, dtype=np.float32)[np.newaxis] / np.float32(255)
