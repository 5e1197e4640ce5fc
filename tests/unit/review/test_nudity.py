"""Nudity: the real model on real harmless frames."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.review.detectors import DetectorConfig
from minivod.review.model import DetectorUnavailable, Image, Sample
from minivod.review.nudity import NudityDetector, prepare
from minivod.review.second_look import MOST_DOUBT

Clip = Callable[[str], list[Sample]]


@pytest.mark.parametrize(
    ("name", "most"),
    [("bigbuckbunny.mp4", 50), ("bikes.mp4", 10), ("carphone_pristine.mp4", 10), ("carphone_distorted.mp4", 20)],
)
def test_neutral_clips_score_low(config: DetectorConfig, clip: Clip, name: str, most: float) -> None:
    detector = NudityDetector(config)
    scores = [finding.confidence for sample in clip(name) for finding in detector.inspect(sample)]
    assert max(scores, default=0) < most


def test_an_alarming_picture_scores_high_and_is_looked_at_again(
    config: DetectorConfig, alarming: Image, still: Callable[[float, Image], Sample]
) -> None:
    detector = NudityDetector(config)
    (finding,) = detector.inspect(still(3.0, alarming))
    assert (finding.category, finding.label, finding.start) == ("Porn", "nudity", 3.0)
    assert finding.first > 85
    assert finding.first == round(detector.score(alarming), 1)
    assert finding.confidence == pytest.approx(finding.first - MOST_DOUBT, abs=0.1)  # discs are no body
    assert min(finding.opinions.values()) < finding.confidence


def test_the_model_gets_bgr_less_the_mean() -> None:
    red: Image = np.full((90, 160, 3), (255, 0, 0), np.uint8)
    prepared = prepare(red)
    assert prepared.shape == (1, 224, 224, 3)
    assert prepared[0, 0, 0].tolist() == [-104, -117, 132]


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="`minivod models install`"):
        NudityDetector(DetectorConfig(tmp_path))
    (tmp_path / "open-nsfw.onnx").write_bytes(b"not the model")
    with pytest.raises(DetectorUnavailable, match="missing or damaged"):
        NudityDetector(DetectorConfig(tmp_path))
