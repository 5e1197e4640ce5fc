"""Nudity as objects in frames: nudenet, an optional extra that the operator switches on (docs/review.md)."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from minivod.review.detectors import DetectorConfig
from minivod.review.model import DetectorUnavailable, Finding, Sample

EXPOSED = frozenset(
    {
        "FEMALE_BREAST_EXPOSED",
        "FEMALE_GENITALIA_EXPOSED",
        "MALE_GENITALIA_EXPOSED",
        "BUTTOCKS_EXPOSED",
        "ANUS_EXPOSED",
    }
)
_EXTRA = "minivod[nudenet]"


class NudeNetDetector:
    """Reports exposed parts of the body with the model's score times 100.

    It has no entry point here: measured on a harmless animation it was wrong in 24 of 30 frames, with scores
    of up to 0.80, and the licence file in its wheel is the AGPL-3.0. An operator who wants it installs
    `minivod[nudenet]` and a package of their own with the entry point.
    """

    name = "nudenet"
    categories: ClassVar[frozenset[str]] = frozenset({"Porn"})

    def __init__(self, config: DetectorConfig) -> None:
        try:
            import nudenet
        except ImportError as error:
            raise DetectorUnavailable(f"nudenet is not installed; `pip install {_EXTRA!r}` brings it") from error
        self._detector = nudenet.NudeDetector()

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """One finding for each kind of exposed part."""
        best: dict[str, float] = {}
        for part in self._detector.detect(np.ascontiguousarray(sample.image[:, :, ::-1])):
            if part["class"] in EXPOSED:
                best[part["class"]] = max(best.get(part["class"], 0.0), float(part["score"]))
        return [
            Finding.at(sample, "Porn", label.lower().replace("_", " "), round(score * 100, 1))
            for label, score in best.items()
        ]
