"""Test sound: pieces as a worker hears them, and what speech is put under."""

from collections.abc import Callable, Iterator

import numpy as np

from bench.voices import Speech
from minivod.media.sound import OVERLAP_SECONDS, PIECE_SECONDS
from minivod.media.sound_header import RATE

GAP = 0.4
"""Seconds between two lines."""
Under = Callable[[Speech], Speech]
_DICE = np.random.default_rng(8)
_TELEPHONE = (300.0, 3400.0)
"""The band of a telephone line in Hz (ITU-T G.712)."""
_MU = 255.0
"""Of the companding of telephone lines (ITU-T G.711)."""


class Piece:
    """Sound of one channel, as detectors take it."""

    def __init__(self, sound: Speech, time: float = 0.0) -> None:
        """Args: sound: between -1 and 1; time: seconds at which it begins."""
        self.channels = (np.clip(sound, -1, 1) * 32767).astype(np.int16)[np.newaxis]
        self.time = time
        self.fresh = 0


def pieces(sound: Speech) -> Iterator[Piece]:
    """The sound cut up as a worker does it, with overlaps."""
    step = (PIECE_SECONDS - OVERLAP_SECONDS) * RATE
    for begin in range(0, max(1, len(sound) - OVERLAP_SECONDS * RATE), step):
        yield Piece(sound[begin : begin + PIECE_SECONDS * RATE], begin / RATE)


def clean(sound: Speech) -> Speech:
    return sound


def noise(sound: Speech) -> Speech:
    """White noise, 10 dB below the speech."""
    return _mixed(sound, _DICE.standard_normal(len(sound)).astype(np.float32), 10)


def music(sound: Speech) -> Speech:
    """Chords with a beat, 5 dB below the speech."""
    times = np.arange(len(sound)) / RATE
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 330))
    made = np.zeros(len(sound))
    for number, chord in enumerate(chords * (1 + int(times[-1] / 8))):
        here = (times >= 2 * number) & (times < 2 * number + 2)
        made[here] = sum(np.sin(2 * np.pi * pitch * k * times[here]) / k for pitch in chord for k in (1, 2, 3))
    beat = np.exp(-12 * (times % 0.5)) * _DICE.standard_normal(len(sound))
    return _mixed(sound, (made + 4 * beat).astype(np.float32), 5)


def telephone(sound: Speech) -> Speech:
    """What a telephone line leaves: 8000 samples a second, 300 to 3400 Hz, 8 bits each by the mu-law."""
    spectrum = np.fft.rfft(sound)
    pitch = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(pitch < _TELEPHONE[0]) | (pitch > _TELEPHONE[1])] = 0
    band = np.clip(np.fft.irfft(spectrum, len(sound)), -1, 1)
    coded = np.round(127 * np.sign(band) * np.log1p(_MU * np.abs(band)) / np.log1p(_MU)) / 127
    line: Speech = (np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU).astype(np.float32)
    return line


def _mixed(sound: Speech, other: Speech, decibels: float) -> Speech:
    level = np.sqrt(np.mean(sound**2) / np.mean(other**2)) * 10 ** (-decibels / 20)
    mixed: Speech = (sound + np.float32(level) * other) * np.float32(0.5)
    return mixed
