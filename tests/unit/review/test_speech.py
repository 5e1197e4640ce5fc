"""Speech: phrases that are said become findings, in whatever channel; a fake recogniser hears tones."""

import sys
from pathlib import Path

import numpy as np
import pytest

from minivod.media.sound_header import RATE
from minivod.review import speech_model
from minivod.review.detectors import DetectorConfig, make_detectors
from minivod.review.hearing import Word, distinct
from minivod.review.model import Samples
from minivod.review.speech import SpeechDetector, read
from minivod.review.words import WordListError

from .sounds import WORD_SECONDS, ToneRecogniser, Tones, say, silence

PHRASE = (" free", " sex", " videos")
NOISE = np.random.default_rng(5)


@pytest.fixture
def recogniser() -> ToneRecogniser:
    return ToneRecogniser()


@pytest.fixture
def detector(recogniser: ToneRecogniser, tmp_path: Path) -> SpeechDetector:
    return SpeechDetector(DetectorConfig(tmp_path), recogniser)


def noise(length: int, loud: int = 6000) -> Samples:
    return NOISE.integers(-loud, loud, length).astype(np.int16)


def test_a_phrase_has_category_times_and_certainty(detector: SpeechDetector) -> None:
    sound = np.concatenate([silence(1), say(" hello", *PHRASE, probability=0.9), silence(1)])
    found = detector.listen(Tones(sound[np.newaxis], time=100.0))
    assert {(one.finding.category, one.channel) for one in found} == {("Porn.Asr", 0)}
    longest = max(found, key=lambda one: len(one.finding.label)).finding
    assert longest.label == "sex videos" and longest.confidence == pytest.approx(90, abs=2)
    assert longest.start == pytest.approx(101 + 2 * WORD_SECONDS, abs=0.1)
    assert longest.end == pytest.approx(101 + 4 * WORD_SECONDS, abs=0.1)


def test_harmless_speech_and_silence_are_nothing(detector: SpeechDetector, recogniser: ToneRecogniser) -> None:
    assert detector.listen(Tones(say(" hello", " watch", " videos")[np.newaxis])) == []
    before = recogniser.heard
    assert detector.listen(Tones(np.stack([silence(1)] * 6))) == []
    assert recogniser.heard == before, "nobody has to listen to silence"


def test_what_a_mix_would_cancel_is_heard(detector: SpeechDetector, recogniser: ToneRecogniser) -> None:
    said = say(*PHRASE)
    channels = np.stack([said, -said])
    assert not channels.astype(int).sum(axis=0).any(), "this is what a mix of the two would be"
    assert detector.listen(Tones(channels))
    assert recogniser.heard == 1, "both say the same"


@pytest.mark.parametrize("channel", range(6))
def test_each_channel_is_heard_whatever_the_others_say(detector: SpeechDetector, channel: int) -> None:
    said = say(*PHRASE)
    hum = np.arange(len(said)) * 2 * np.pi / RATE
    channels = np.stack([20000 * np.sin(hum * pitch) for pitch in range(60, 120, 10)]).astype(np.int16)
    channels[channel] = said // 8
    assert {one.channel for one in detector.listen(Tones(channels))} == {channel}


def test_speech_turned_over_below_music_in_the_middle_is_heard_with_the_music() -> None:
    """Of the middle alone it would be gone; each side has as much of it as a listener gets."""
    music, speech = noise(RATE), say(*PHRASE)[:RATE] // 8
    music = music[: len(speech)]
    assert distinct(np.stack([music + speech, music - speech])) == [0, 1]


def test_channels_that_are_alike_are_heard_once() -> None:
    said = noise(RATE)
    assert distinct(np.stack([said, said])) == [0]
    assert distinct(np.stack([said // 2, said])) == [1], "the louder one"
    assert distinct(np.stack([said, noise(RATE, 300) + said])) in ([0], [1])
    assert distinct(np.stack([said, noise(RATE)])) == [0, 1]
    assert distinct(np.zeros((2, RATE), np.int16)) == []


def test_a_phrase_over_two_utterances_is_found(tmp_path: Path) -> None:
    said = [Word(" Watch free", 0, 1, 0.9), Word(" SEX.", 1, 2, 0.9), Word(" Videos!", 5, 6, 0.7)]
    transcript = read(said)
    assert transcript.text == " watch free sex. videos!"
    assert transcript.span(7, 23) == (0, 6)


def test_chinese_words_have_no_spaces() -> None:
    transcript = read([Word("成人", 1, 2, 1.0), Word("視頻", 2, 3, 0.5)])
    assert transcript.text == "成人视频"
    assert transcript.confidence(0, 4) == 75 and transcript.span(2, 4) == (2, 3)


def test_every_language_that_is_likely_is_looked_at(tmp_path: Path) -> None:
    class Two:
        def hear(self, _: object) -> list[list[Word]]:
            return [[Word(" chung run ship in", 0, 1, 0.3)], [Word("成人视频", 0, 1, 0.8)]]

    found = SpeechDetector(DetectorConfig(tmp_path), Two()).listen(Tones(noise(RATE)[np.newaxis]))
    assert [(one.finding.label, one.finding.confidence) for one in found] == [("成人视频", 80)]


def test_lists_of_the_operator_are_heard_too(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "Abuse.txt").write_text("hello videos\n")
    (tmp_path / "lists" / "Ad.txt").write_text("hello watch\n")
    config = DetectorConfig(tmp_path, tmp_path / "lists")
    detector = SpeechDetector(config, ToneRecogniser())
    said = say(" hello", " videos", " hello", " watch")
    found = {one.finding.category: one.finding.label for one in detector.listen(Tones(said[np.newaxis]))}
    assert found == {"Abuse.Asr": "hello videos", "Ad.Asr": "hello watch"}
    assert {"Porn.Asr", "Political.Asr", "Terrorism.Asr", "Abuse.Asr", "Ad.Asr"} == detector.categories
    (tmp_path / "lists" / "Ad.txt").write_text("[a\n|")
    with pytest.raises(WordListError):
        SpeechDetector(config, ToneRecogniser())


def test_without_the_model_it_is_not_covered_and_says_what_brings_it(tmp_path: Path) -> None:
    found = make_detectors([("speech", lambda: SpeechDetector)], DetectorConfig(tmp_path))
    assert found.listeners == () and found.covered == []
    for wire in ("Porn.Asr", "Political.Asr"):
        assert "minivod[speech]" in found.uncovered[wire] and "models install --speech" in found.uncovered[wire]


def test_without_the_library_it_is_not_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_model, "is_intact", lambda _: True)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    found = make_detectors([("speech", lambda: SpeechDetector)], DetectorConfig(tmp_path))
    assert "minivod[speech]" in found.uncovered["Porn.Asr"]


def test_what_is_covered_in_part_says_so(recogniser: ToneRecogniser, tmp_path: Path) -> None:
    found = make_detectors(
        [("speech", lambda: lambda config: SpeechDetector(config, recogniser))], DetectorConfig(tmp_path)
    )
    assert found.covered == ["Porn.Asr", "Political.Asr"]
    assert found.partly == dict.fromkeys(found.covered, "English only")
    assert found.narrowed(frozenset({"Porn.Asr"})).partly == {"Porn.Asr": "English only"}
    assert found.narrowed(frozenset({"Porn"})).listeners == ()
