"""The benchmark of recorded speech: its manifest, and what it counts; a fake recogniser hears tones."""

import hashlib
import io
import re
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest

from bench import recordings, sound
from bench.recordings import Recording, manifest
from bench.sources import Source, fetch
from minivod.media.sound_header import RATE
from minivod.review import words
from minivod.review.detectors import DetectorConfig
from minivod.review.model import Finding
from minivod.review.normalise import normalise

from ..review.sounds import ToneRecogniser, say


def _recording(phrases: tuple[str, ...], language: str = "en") -> Recording:
    return Recording(
        Source("npm:some@1.0.0", f"{language}.wav", "", "ab" * 32), language, "somebody", " ".join(phrases), phrases
    )


def _finding(label: str, start: float, category: str = "Abuse.Asr", confidence: float = 90) -> Finding:
    return Finding(category=category, label=label, confidence=confidence, start=start, end=start + 0.5)


def test_every_phrase_is_said_in_its_recording_and_in_no_other(tmp_path: Path) -> None:
    listed = manifest()
    phrases = [phrase for one in listed for phrase in one.phrases]
    assert len({one.source.sha256 for one in listed}) == len(listed)
    assert len(set(phrases)) == len(phrases)
    (tmp_path / "Abuse.txt").write_text("\n".join(phrases), encoding="utf-8")
    matcher = words.load(tmp_path).matcher()
    for one in listed:
        assert re.fullmatch(r"((pypi|sdist):[^=]+==|npm:@?[^@]+@|deb:[^=]+=)[\w.+-]+", one.source.package)
        assert re.fullmatch("[0-9a-f]{64}", one.source.sha256)
        assert {match.phrase.label for match in matcher.find(normalise(one.words))} == set(one.phrases)


def test_phrases_are_of_the_length_that_was_set() -> None:
    for one in manifest():
        for phrase in one.phrases:
            assert 2 <= (len(phrase) if one.language == "zh" else len(phrase.split())) <= 6, phrase


def test_a_finding_counts_for_the_recording_in_whose_time_it_is() -> None:
    some = [_recording(("good morning", "dear friends")), _recording(("good night",))]
    findings = [
        _finding("good morning", 1.0, confidence=50),
        _finding("good morning", 1.1, confidence=85),
        _finding("good night", 2.0),
        _finding("good morning", 10.6),
        _finding("dear friends", 12.0),
        _finding("free sex", 13.0, "Porn.Asr"),
        _finding("good night", 40.0),
    ]
    rates = recordings.judged(some, [(1.0, 10.0), (11.0, 20.0)], findings)
    assert rates.found == {"good morning": 85}
    assert rates.missed == ["dear friends", "good night"]
    assert rates.unsaid == ["good night", "good morning", "dear friends"]
    assert rates.builtin == ["free sex"]


def test_recordings_are_heard_in_pieces_and_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, there = [], []
    for language, samples in (("en", say(" hello", " free")), ("zh", say(" watch", " videos"))):
        path = tmp_path / f"{language}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        listed.append(_recording(({"en": "hello free", "zh": "watch videos"}[language],), language))
        there.append((listed[-1].source, path))
    monkeypatch.setattr(recordings, "manifest", lambda: listed)
    monkeypatch.setattr(recordings, "fetch", lambda _: (there, ["npm:third@1.0.0: it is gone"]))
    report = recordings.measured(DetectorConfig(tmp_path), ToneRecogniser())
    assert [row[:3] for row in report.rows if row[1] == "as recorded"] == [
        ["English", "as recorded", "1 of 1"],
        ["Mandarin", "as recorded", "1 of 1"],
    ]
    assert len(report.rows) == 2 * len(recordings.HOW)
    assert "Not measured: npm:third@1.0.0: it is gone." in report.notes
    assert any(note.startswith("English: 1 recordings of 1 speakers") for note in report.notes)


def test_pieces_overlap_and_leave_nothing_out() -> None:
    long = np.zeros(70 * RATE, np.float32)
    cut = list(sound.pieces(long))
    assert [piece.time for piece in cut] == [0, 25, 50]
    assert [piece.channels.shape[1] / RATE for piece in cut] == [30, 30, 20]
    assert len(list(sound.pieces(long[: 3 * RATE]))) == 1


def test_a_telephone_keeps_voices_and_nothing_above() -> None:
    times = np.arange(RATE) / RATE
    for pitch, kept in ((100, False), (1000, True), (3000, True), (5000, False)):
        tone = (0.5 * np.sin(2 * np.pi * pitch * times)).astype(np.float32)
        heard = sound.telephone(tone)
        assert heard.dtype == np.float32
        assert bool(np.abs(heard - tone).max() < 0.05) == kept
        assert kept or np.abs(heard).max() < 0.02


def test_a_source_distribution_is_unpacked_and_not_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package's own build would leave a file behind."""
    left = tmp_path / "left"
    files = {
        "some-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: some\nVersion: 1.0\n",
        "some-1.0/setup.py": f"open({str(left)!r}, 'w')".encode(),
        "some-1.0/tests/a.wav": b"sound",
    }
    with tarfile.open(tmp_path / "some-1.0.tar.gz", "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(tmp_path)), ("XDG_CACHE_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
    source = Source("sdist:some==1.0", "tests/a.wav", "", hashlib.sha256(b"sound").hexdigest())
    there, missing = fetch([source])
    assert not missing and there[0][1].read_bytes() == b"sound"
    assert not left.exists()
