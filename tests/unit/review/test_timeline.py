"""Findings of samples become ranges of time with evidence, in bounded memory."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image as Picture

from minivod.review.model import Finding, Image, Sample
from minivod.review.pictures import to_jpeg
from minivod.review.policy import THRESHOLDS
from minivod.review.timeline import MAX_FINDINGS, MAX_THUMBNAILS, Timeline

Make = Callable[[float, Image], Sample]
GREY: Image = np.full((360, 640, 3), 120, np.uint8)


def add(timeline: Timeline, sample: Sample, *found: tuple[str, str, float]) -> None:
    timeline.add(sample, [Finding.at(sample, *one) for one in found])


def test_neighbouring_samples_merge_and_distant_ones_do_not(still: Make) -> None:
    timeline = Timeline(THRESHOLDS)
    for time, confidence in ((1, 91), (2, 99), (3, 95), (60, 93)):
        add(timeline, still(time, GREY), ("Porn.Ocr", "porn", confidence))
    first, second = timeline.worst_first()
    assert (first.start, first.end, first.confidence, first.samples) == (1, 3, 99, 3)
    assert (second.start, second.end, second.confidence, second.samples) == (60, 60, 93, 1)


def test_the_picture_is_that_of_the_worst_frame(still: Make) -> None:
    timeline = Timeline(THRESHOLDS)
    for time, confidence, brightness in ((1, 91, 50), (2, 99, 200), (3, 95, 100)):
        add(timeline, still(time, np.full((360, 640, 3), brightness, np.uint8)), ("Porn.Ocr", "porn", confidence))
    (finding,) = timeline.findings
    picture = Picture.open(io.BytesIO(timeline.thumbnails[finding.evidence]))
    assert picture.format == "JPEG"
    assert picture.size == (320, 180)
    assert abs(np.asarray(picture).mean() - 200) < 3


def test_weak_suspicions_are_counted_but_not_kept(still: Make) -> None:
    timeline = Timeline(THRESHOLDS)
    add(timeline, still(1, GREY), ("Porn", "nudity", 30), ("Porn", "nudity", 40))
    assert timeline.findings == []
    assert timeline.seen == {"Porn": [(1, 40)]}


def test_memory_is_bounded_and_the_worst_are_kept(still: Make) -> None:
    timeline = Timeline(THRESHOLDS)
    for number in range(MAX_FINDINGS + 50):
        confidence = 60 + number % 40
        add(timeline, still(number * 10, GREY), ("Porn.Ocr", f"word {number}", confidence))
    add(timeline, still(10_000, GREY), ("Porn.Ocr", "the worst", 100))
    findings = timeline.worst_first()
    assert len(findings) == MAX_FINDINGS
    assert timeline.dropped == 51
    assert len(timeline.thumbnails) == MAX_THUMBNAILS
    assert findings[0].label == "the worst"
    assert findings[0].evidence in timeline.thumbnails
    assert {finding.evidence for finding in findings if finding.evidence} == set(timeline.thumbnails)


def test_small_and_narrow_frames_have_pictures() -> None:
    tiny: Image = np.zeros((1, 2000, 3), np.uint8)
    assert Picture.open(io.BytesIO(to_jpeg(tiny, 320))).size == (320, 1)
    assert Picture.open(io.BytesIO(to_jpeg(np.zeros((20, 30, 3), np.uint8), 320))).size == (30, 20)


def test_ambiguous_findings_are_counted_by_phrase(still: Make) -> None:
    timeline = Timeline(THRESHOLDS)
    for time in (1.0, 2.0):
        found = [Finding.at(still(time, GREY), "Porn.Ocr", label, 95) for label in ("milf", "milf", "porn")]
        found[0].certainty = found[1].certainty = "ambiguous"
        timeline.add(still(time, GREY), found)
    assert timeline.seen == {"Porn.Ocr": [(1, 95), (2, 95)]}
    assert timeline.ambiguous == {("Porn.Ocr", "milf"): [(1, 95), (2, 95)]}
    assert {(f.label, f.certainty, f.samples) for f in timeline.findings} == {
        ("milf", "ambiguous", 2),
        ("porn", "certain", 2),
    }
