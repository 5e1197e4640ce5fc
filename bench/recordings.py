"""Speech of people, out of packages: how many phrases that they say are found, and what is found that they do not say.

Nobody says forbidden phrases in such recordings. So phrases that are said stand on a list of an operator, chosen by
what is written of the recordings, before anything listened to them.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from bench.report import Report
from bench.sound import Under, clean, music, noise, pieces, telephone
from bench.sources import Source, fetch
from bench.voices import Speech
from minivod.media.sound_header import RATE
from minivod.review.detectors import DetectorConfig
from minivod.review.hearing import Recogniser
from minivod.review.model import Finding
from minivod.review.speech import SpeechDetector

TITLE = "Speech of people: phrases of an operator's list"
MANIFEST = Path(__file__).with_name("recordings.tsv")
LANGUAGES = {"en": "English", "zh": "Mandarin"}
HOW: tuple[tuple[str, Under], ...] = (
    ("as recorded", clean),
    ("with noise, 10 dB below", noise),
    ("with music, 5 dB below", music),
    ("by telephone", telephone),
)
LIST = "Abuse"
"""The operator's list that the phrases stand on; there is no built-in one of that name."""
PAUSE = 1.0
"""Seconds between two recordings; times of words are right to a few tenths."""
REVIEW = 80.0
"""Confidence from which on a phrase that is said once is a case for review."""


@dataclass(frozen=True)
class Recording:
    """A file of the manifest: what is said in it, and which phrases of that are to be found."""

    source: Source
    language: str
    speaker: str
    words: str
    phrases: tuple[str, ...]


@dataclass
class Rates:
    """What came of recordings.

    Attributes:
        found: phrases that are said, and how sure the recogniser was.
        missed: phrases that are said and were not found.
        unsaid: phrases of the list that were found and are not said there.
        builtin: what was found of the built-in lists.
    """

    found: dict[str, float] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    builtin: list[str] = field(default_factory=list)


def manifest() -> list[Recording]:
    """All recordings, those of one language together."""
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    return [_recording(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def _recording(
    package: str, member: str, sha256: str, language: str, speaker: str, _licences: str, _by: str, words: str, said: str
) -> Recording:
    return Recording(Source(package, member, speaker, sha256), language, speaker, words, tuple(said.split("|")))


def decoded(path: Path) -> Speech:
    """One channel of `RATE` samples a second, its loudest one at half of what there is."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)
    levelled: Speech = sound * np.float32(0.5 / max(float(np.abs(sound).max()), 1e-6))
    return levelled


def joined(sounds: Sequence[Speech]) -> tuple[Speech, list[tuple[float, float]]]:
    """One after the other with pauses, and from when to when each is heard, in seconds."""
    silence = np.zeros(round(PAUSE * RATE), np.float32)
    spans, parts, place = list[tuple[float, float]](), [silence], len(silence)
    for sound in sounds:
        spans.append((place / RATE, (place + len(sound)) / RATE))
        parts += [sound, silence]
        place += len(sound) + len(silence)
    return np.concatenate(parts), spans


def judged(recordings: Sequence[Recording], spans: Sequence[tuple[float, float]], findings: Sequence[Finding]) -> Rates:
    """Which findings are right; each belongs to the recording in whose time its middle is, and counts once there."""
    rates = Rates()
    for recording, (start, end) in zip(recordings, spans, strict=True):
        here = [one for one in findings if start - PAUSE / 2 <= (one.start + one.end) / 2 < end + PAUSE / 2]
        sure: dict[str, float] = {}
        for one in here:
            if one.category == f"{LIST}.Asr":
                sure[one.label] = max(one.confidence, sure.get(one.label, 0))
        rates.found |= {phrase: sure[phrase] for phrase in recording.phrases if phrase in sure}
        rates.missed += [phrase for phrase in recording.phrases if phrase not in sure]
        rates.unsaid += [phrase for phrase in sure if phrase not in recording.phrases]
        rates.builtin += sorted({one.label for one in here if one.category != f"{LIST}.Asr"})
    return rates


def measured(config: DetectorConfig, recogniser: Recogniser) -> Report:
    """Has all recordings that can be had heard, in each way."""
    chosen = manifest()
    report = Report(TITLE, [
        "said", "how", "found", "cases for review", "not found", "found, not said", "of built-in lists",
        "times real time", "processor s a second",
    ])  # fmt: skip
    there, missing = fetch([recording.source for recording in chosen])
    paths = dict(there)
    report.notes += [f"Not measured: {text}." for text in missing]
    with tempfile.TemporaryDirectory(prefix="minivod-recordings-") as lists:
        phrases = [phrase for recording in chosen for phrase in recording.phrases]
        (Path(lists) / f"{LIST}.txt").write_text("\n".join(phrases), encoding="utf-8")
        detector = SpeechDetector(DetectorConfig(config.models_dir, word_lists_dir=Path(lists)), recogniser)
    for language, name in LANGUAGES.items():
        some = [one for one in chosen if one.language == language and one.source in paths]
        if some:
            sounds = [decoded(paths[one.source]) for one in some]
            report.notes.append(_summary(name, some, sounds, len(phrases)))
            for how, under in HOW:
                _add(report, detector, some, (name, how), [under(sound) for sound in sounds])
    return report


def _summary(name: str, some: Sequence[Recording], sounds: Sequence[Speech], phrases: int) -> str:
    minutes, speakers = sum(map(len, sounds)) / RATE / 60, len({one.speaker for one in some})
    unsaid = sum(phrases - len(one.phrases) for one in some)
    return (
        f"{name}: {len(some)} recordings of {speakers} speakers, {minutes:.1f} minutes; "
        f"{unsaid} pairs of a recording and a phrase that is not said in it."
    )


def _add(
    report: Report, detector: SpeechDetector, some: Sequence[Recording], what: tuple[str, str], sounds: Sequence[Speech]
) -> None:
    sound, spans = joined(sounds)
    clock, processor = time.perf_counter(), time.process_time()
    findings = [heard.finding for piece in pieces(sound) for heard in detector.listen(piece)]
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    rates, seconds = judged(some, spans, findings), len(sound) / RATE
    said = len(rates.found) + len(rates.missed)
    sure = sum(confidence >= REVIEW for confidence in rates.found.values())
    report.add(
        *what,
        f"{len(rates.found)} of {said}",
        str(sure),
        ", ".join(rates.missed),
        ", ".join(rates.unsaid) or "nothing",
        ", ".join(rates.builtin) or "nothing",
        f"{seconds / clock:.1f}",
        f"{processor / seconds:.2f}",
    )
