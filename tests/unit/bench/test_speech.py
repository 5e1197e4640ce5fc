"""The benchmark of speech counts what is found in the time of its line; a fake recogniser hears tones."""

from pathlib import Path

import numpy as np

from bench import sound, speech
from minivod.review import words
from minivod.review.detectors import DetectorConfig
from minivod.review.hearing import mono
from minivod.review.normalise import normalise
from minivod.review.speech import SpeechDetector

from ..review.sounds import ToneRecogniser, say


def test_a_line_is_found_where_its_phrase_is_said(tmp_path: Path) -> None:
    detector = SpeechDetector(DetectorConfig(tmp_path), ToneRecogniser())
    lines = ("free sex", "hello", "sex videos")
    said = [mono(say(*(f" {word}" for word in line.split()))) for line in lines]
    heard = speech.listen(detector, lines, said, sound.clean)
    assert (heard.found, heard.lines, heard.missed) == (2, 3, ("hello",))
    assert heard.seconds > sum(map(len, said)) / 16000


def test_every_line_has_a_phrase_or_none() -> None:
    matcher = words.load().matcher()
    for lines in speech.FORBIDDEN.values():
        assert all(matcher.find(normalise(line)) for line in lines)
    for lines in speech.HARMLESS.values():
        assert not any(matcher.find(normalise(line)) for line in lines)


def test_what_is_put_under_it_is_as_loud_as_it_says() -> None:
    tone = np.sin(np.arange(32000) / 10).astype(np.float32)
    for under, decibels in ((sound.noise, 10), (sound.music, 5)):
        other = 2 * under(tone) - tone
        assert abs(10 * np.log10(np.mean(tone**2) / np.mean(other**2)) - decibels) < 0.5
