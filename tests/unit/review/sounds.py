"""Sound of our own making: a tone for each word, and a recogniser that understands tones."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from minivod.media.sound_header import RATE
from minivod.review.hearing import Mono, Word
from minivod.review.model import Samples

WORD_SECONDS = 0.25
STEP = 200
"""Hertz between the tones of two words."""
__all__ = ["RATE", "ToneRecogniser", "Tones", "frequency", "say", "silence"]
VOCABULARY = (" watch", " free", " sex", " videos", " hello", "成仁", "视", "频")


@dataclass
class Tones:
    """A piece of sound."""

    channels: Samples
    time: float = 0.0
    fresh: int = 0


def frequency(word: str) -> int:
    """Of the tone that is this word, Hz."""
    return STEP * (VOCABULARY.index(word) + 2)


def say(*words: str, probability: float = 0.95) -> Samples:
    """The words one after the other, one channel; the louder, the more certain."""
    times = np.arange(round(WORD_SECONDS * RATE)) / RATE
    tones = [probability * 20000 * np.sin(2 * np.pi * frequency(word) * times) for word in words]
    return np.concatenate(tones).astype(np.int16)


def silence(seconds: float) -> Samples:
    """One channel of it."""
    return np.zeros(round(seconds * RATE), np.int16)


class ToneRecogniser:
    """Writes down the word of each tone; what is silent or no such tone is none."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, sound: Mono) -> list[list[Word]]:
        """As `hearing.Recogniser`."""
        self.heard += 1
        size = round(WORD_SECONDS * RATE) // 5
        slices = [sound[begin : begin + size] for begin in range(0, len(sound) - size + 1, size)]
        said: list[Word] = []
        for word, group in groupby(enumerate(slices), key=lambda pair: _word(pair[1])):
            numbers = [number for number, _ in group]
            if word:
                loudness = float(np.abs(sound[numbers[0] * size : (numbers[-1] + 1) * size]).max())
                start, end = numbers[0] * size / RATE, (numbers[-1] + 1) * size / RATE
                said.append(Word(word, start, end, min(round(loudness * 32768 / 20000, 2), 1.0)))
        return [said] if said else []


def _word(samples: Mono) -> str:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    if spectrum.max() < 5:
        return ""
    number = round(float(spectrum.argmax()) * RATE / len(samples) / STEP) - 2
    return VOCABULARY[number] if 0 <= number < len(VOCABULARY) else ""
