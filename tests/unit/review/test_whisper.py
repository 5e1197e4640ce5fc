"""The real model of speech, where it and its library are installed; espeak-ng speaks, where that is. Gaps, without."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import av
import numpy as np
import pytest

from minivod.media.sound_header import RATE
from minivod.review import speech_model
from minivod.review.detectors import DetectorConfig
from minivod.review.hearing import Mono, Word
from minivod.review.model import Samples
from minivod.review.speech import SpeechDetector
from minivod.review.whisper import AGAIN, LOST, VOICE, VOICE_BY_TELEPHONE, Whisper, completed, lost, narrow

from .sounds import Tones, say, silence


@pytest.fixture(scope="module")
def detector(config: DetectorConfig) -> SpeechDetector:
    pytest.importorskip("faster_whisper", reason="minivod[speech] is not installed")
    if not speech_model.is_intact(config.models_dir):
        pytest.skip(f"`minivod models install --speech` has not put the model into {config.models_dir}")
    return SpeechDetector(DetectorConfig(config.models_dir, threads=2))


def spoken(text: str, directory: Path) -> Samples:
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed")
    path = directory / "spoken.wav"
    subprocess.run([program, "-v", "en-us", "-s", "150", "-w", path, text], check=True, timeout=60)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as file:
        frames = [made for frame in file.decode(audio=0) for made in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.int16)


def test_a_phrase_that_is_said_is_found_in_its_time(detector: SpeechDetector, tmp_path: Path) -> None:
    sound = np.concatenate([silence(4), spoken("Today we watch free porn videos.", tmp_path), silence(1)])
    found = detector.listen(Tones(np.stack([sound, -sound]), time=60.0))
    assert {one.finding.category for one in found} == {"Porn.Asr"}
    for one in found:
        assert 64.0 < one.finding.start < one.finding.end < 60 + len(sound) / RATE
        assert one.finding.confidence > 30


def test_what_is_no_speech_is_not_transcribed(detector: SpeechDetector) -> None:
    noise = np.random.default_rng(3).integers(-3000, 3000, 4 * RATE).astype(np.int16)
    for sound in (silence(3), noise, say(" hello", " free", " sex")):
        assert detector.listen(Tones(sound[np.newaxis])) == []


def words(*times: tuple[float, float]) -> list[Word]:
    return [Word(f" {start:g}", start, end, 0.9) for start, end in times]


class Again:
    """Gives the words of a list that are in the time, at most `most` of them; keeps what was asked."""

    def __init__(self, *times: tuple[float, float], most: int = 99) -> None:
        self.times, self.most, self.asked = times, most, list[tuple[float, float]]()

    def __call__(self, begin: float, end: float) -> list[Word]:
        self.asked.append((begin, end))
        here = [one for one in words(*self.times) if begin <= one.start and one.end <= end][: self.most]
        return [one._replace(start=one.start - begin, end=one.end - begin) for one in here]


@pytest.mark.parametrize(
    ("speech", "said", "gaps"),
    [
        ([(0, 20)], [(0, 1), (1.5, 6)], [(6, 20)]),  # it ended early
        ([(0, 20)], [(12, 16), (16, 19)], [(0, 12)]),  # it began late
        ([(0, 20)], [(0, 9), (12, 20)], [(9, 12)]),
        ([(0, 20)], [(0, 9), (9 + 0.9 * LOST, 20)], []),  # a pause
        ([(0, 9), (15, 20)], [(0, 9), (15, 20)], []),  # silence
        ([(0, 6), (10, 11), (14, 15.5)], [(0, 6)], [(10, 15.5)]),  # together enough
        ([(0, 6), (10, 11)], [(0, 6)], []),
        ([(0, 20)], [], [(0, 20)]),
        ([], [], []),
    ],
)
def test_speech_without_words_is_a_gap(
    speech: list[tuple[float, float]], said: list[tuple[float, float]], gaps: list[tuple[float, float]]
) -> None:
    assert lost(speech, words(*said)) == gaps


def test_words_of_a_gap_stand_in_their_order_at_their_times() -> None:
    again = Again((6, 8), (8, 10))
    found = completed([(0, 12)], words((0, 5), (10, 12)), again)
    assert [(one.start, one.end) for one in found] == [(0, 5), (6, 8), (8, 10), (10, 12)]
    assert again.asked == [(5, 10)]


def test_what_ends_early_again_is_gone_on_with() -> None:
    again = Again((6, 8), (8, 10), (10, 12), most=1)
    found = completed([(0, 12)], words((0, 6)), again)
    assert [one.start for one in found] == [0, 6, 8, 10]
    assert again.asked == [(6, 12), (8, 12), (10, 12)]


def test_gaps_are_tried_once_and_not_without_end() -> None:
    nothing = Again()
    said = words((0, 5), (9, 10))
    assert completed([(0, 20)], said, nothing) == said
    assert nothing.asked == [(10, 20), (5, 9)]
    crumbs = Again(*((at, at + 0.1) for at in range(30)), most=1)
    completed([(0, 30)], words((0, 0.5)), crumbs)
    assert len(crumbs.asked) == AGAIN
    completed([(0, 20)], [], nothing)
    assert len(nothing.asked) == 2, "nothing was understood: nothing else would be the second time"


class Early:
    """A model that ends after the words of the first five seconds it is given; says in which language it was asked."""

    def __init__(self, *_: object, **__: object) -> None:
        self.asked = list[tuple[float, str | None]]()

    def transcribe(self, sound: Mono, language: str | None, **_: object) -> tuple[list[SimpleNamespace], object]:
        seconds = len(sound) / RATE
        self.asked.append((seconds, language))
        told = SimpleNamespace(language="en", all_language_probs=[("en", 0.7), ("zh", 0.3)])
        said = [
            SimpleNamespace(word=" so", start=at, end=at + 1.0, probability=0.9) for at in range(min(5, int(seconds)))
        ]
        return [SimpleNamespace(words=said)], told


def test_a_piece_that_ends_early_is_heard_to_its_end_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    library, detector_of_voice = ModuleType("faster_whisper"), ModuleType("faster_whisper.vad")
    model = Early()
    vars(library).update(WhisperModel=lambda *_, **__: model)
    everything = [{"start": 0, "end": 12 * RATE}]
    vars(detector_of_voice).update(VadOptions=dict, get_speech_timestamps=lambda _, voice: everything)
    monkeypatch.setitem(sys.modules, library.__name__, library)
    monkeypatch.setitem(sys.modules, detector_of_voice.__name__, detector_of_voice)
    hiss = np.random.default_rng(2).normal(0, 0.1, 12 * RATE).astype(np.float32)
    found = Whisper(Path("of-a-model"), threads=1).hear(hiss)
    assert [[word.start for word in said] for said in found] == [list(range(12))] * 2
    assert model.asked == [(12, None), (7, "en"), (2, "en"), (12, "zh"), (7, "zh"), (2, "zh")]


def telephone(sound: Mono) -> Mono:
    """300 to 3400 Hz of it."""
    spectrum, pitch = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / RATE)
    return np.fft.irfft(np.where((pitch > 300) & (pitch < 3400), spectrum, 0), len(sound)).astype(np.float32)


def test_narrow_sound_has_a_lower_threshold_of_voice() -> None:
    hiss = np.random.default_rng(2).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert not narrow(hiss)
    assert narrow(telephone(hiss))
    assert not narrow(telephone(hiss) + np.float32(0.1) * hiss)
    assert not narrow(np.zeros(RATE, np.float32))
    assert VOICE_BY_TELEPHONE["threshold"] < VOICE["threshold"]
