"""The real model of speech, where it and its library are installed; espeak-ng speaks, where that is."""

import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from minivod.media.sound_header import RATE
from minivod.review import speech_model
from minivod.review.detectors import DetectorConfig
from minivod.review.model import Samples
from minivod.review.speech import SpeechDetector

from .sounds import Tones, say, silence

pytest.importorskip("faster_whisper", reason="minivod[speech] is not installed")


@pytest.fixture(scope="module")
def detector(config: DetectorConfig) -> SpeechDetector:
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
