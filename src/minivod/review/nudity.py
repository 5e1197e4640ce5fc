"""Nudity in frames: the open_nsfw classifier, and a second look where it is suspicious."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from PIL import Image as Picture

from minivod.review.detectors import DetectorConfig
from minivod.review.inference import session
from minivod.review.model import DetectorUnavailable, Finding, Image, Sample
from minivod.review.models import NSFWJS, OPEN_NSFW
from minivod.review.nsfwjs import Nsfwjs
from minivod.review.second_look import SUSPICIOUS, SecondLook, look_again

_SCALED = 256
_CROP = slice(16, 240)  # the middle 224 of 256 pixels, as the model was trained
_MEAN_BGR = np.array((104, 117, 123), dtype=np.float32)


class NudityDetector:
    """Scores each frame as a whole; the score is the model's probability of "not safe" times 100.

    A frame of at least `SUSPICIOUS` is looked at again in other ways, which may lower its confidence.
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
        self.other_score = Nsfwjs(config).score if NSFWJS.is_intact(config.models_dir) else None

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """One finding with the frame's confidence, unless it rounds to zero."""
        first = self.score(sample.image)
        looked = SecondLook(first, {})
        if first >= SUSPICIOUS:
            looked = look_again(sample.image, first, self.score, self.other_score)
        finding = Finding.at(sample, "Porn", "nudity", round(looked.confidence, 1))
        finding.opinions = looked.opinions
        return [finding] if finding.confidence > 0 else []

    def score(self, image: Image) -> float:
        """0-100 for a picture as a whole."""
        return float(self._session.run(None, {self._input: prepare(image)})[0][0][1]) * 100


def prepare(image: Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The model's input: 1 x 224 x 224 x 3, BGR, mean subtracted."""
    scaled = np.asarray(Picture.fromarray(image).resize((_SCALED, _SCALED), Picture.Resampling.BILINEAR))
    return (scaled[_CROP, _CROP, ::-1].astype(np.float32) - _MEAN_BGR)[np.newaxis]
