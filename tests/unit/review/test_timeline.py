"""Findings of samples become ranges of time with evidence, in bounded memory."""

import io
import wave
from collections.abc import Callable

import numpy as np
from PIL import Image as Picture

from minivod.review.model import Certainty, Finding, Heard, Image, Sample
from minivod.review.pictures import to_jpeg
from minivod.review.policy import THRESHOLDS
from minivod.review.snippets import LONGEST
from minivod.review.timeline import MAX_FINDINGS, MAX_SOUNDS, MAX_THUMBNAILS, Timeline

from .sounds import RATE, Tones

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


def hear(timeline: Timeline, *said: tuple[float, float, float], certainty: Certainty = "certain") -> None:
    """Start, end and confidence of a phrase, in a piece of sound that begins at zero."""
    ramp = np.arange(40 * RATE, dtype=np.int64) // RATE * 100
    found = [
        Heard(Finding(category="Porn.Asr", label="porn", confidence=c, start=a, end=b, certainty=certainty), 0)
        for a, b, c in said
    ]
    timeline.hear(Tones(ramp.astype(np.int16)[np.newaxis]), found)


def test_what_is_said_counts_each_time() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (1, 2, 85), (3, 4, 82), (20, 21, 70))
    timeline.close()
    assert timeline.seen == {"Porn.Asr": [(1, 85), (3, 82), (20, 70)]}
    first, second = timeline.worst_first()
    assert (first.start, first.end, first.confidence, first.samples) == (1, 4, 85, 2)
    assert (second.start, second.samples) == (20, 1)


def test_what_two_channels_or_two_pieces_say_at_once_counts_once() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (1, 2, 85), (30, 31, 70))
    hear(timeline, (1.1, 2.2, 90), (0.2, 0.6, 60))
    timeline.close()
    assert timeline.seen == {"Porn.Asr": [(0.2, 60), (1, 90), (30, 70)]}
    assert timeline.worst_first()[0].samples == 2 and timeline.worst_first()[0].confidence == 90


def test_ambiguous_words_are_counted_by_phrase() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (1, 2, 85), certainty="ambiguous")
    timeline.close()
    assert timeline.seen == {} and timeline.ambiguous == {("Porn.Asr", "porn"): [(1, 85)]}


def test_the_snippet_is_what_was_said_with_a_second_around_it() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (10, 11, 85))
    (finding,) = timeline.findings
    with wave.open(io.BytesIO(timeline.sounds[finding.evidence])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, 3 * RATE)
        assert set(np.frombuffer(file.readframes(-1), np.int16).tolist()) == {900, 1000, 1100}


def test_snippets_are_bounded_in_length_and_number() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (1, 39, 85))
    assert len(timeline.sounds["0001.wav"]) <= LONGEST * RATE * 2 + 100
    for number in range(3 * MAX_SOUNDS):
        found = Finding(category="Ad.Asr", label=f"{number}", confidence=61 + number, start=number, end=number + 1)
        timeline.hear(Tones(np.zeros((1, 60 * RATE), np.int16)), [Heard(found, 0)])
    assert len(timeline.sounds) == MAX_SOUNDS
    assert {one.evidence for one in timeline.findings if one.evidence} == set(timeline.sounds)
    assert timeline.worst_first()[0].evidence


def test_weak_words_are_counted_and_not_kept() -> None:
    timeline = Timeline(THRESHOLDS)
    hear(timeline, (1, 2, 40))
    timeline.close()
    assert timeline.findings == [] and timeline.sounds == {} and timeline.seen == {"Porn.Asr": [(1, 40)]}
