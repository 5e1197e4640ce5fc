"""What a recogniser of speech gives, and what of the channels of a sound it has to hear."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from minivod.review.model import Samples

Mono = NDArray[np.float32]
"""Samples between -1 and 1."""

ALIKE = 0.9
"""Correlation from which on two channels say the same: at most a twentieth of their power is in one alone."""
SILENT = 10.0
"""Root mean square of 16-bit samples below which nobody hears anything (-70 dB of full scale)."""


class Word(NamedTuple):
    """A word: as it was written with the space before it, seconds in the sound, and how sure the recogniser was (0-1).

    In Chinese a word is one character or several, and has no space.
    """

    text: str
    start: float
    end: float
    probability: float


class Recogniser(Protocol):
    """Writes down what is said; called in threads."""

    def hear(self, sound: Mono) -> list[list[Word]]:
        """Transcripts of one channel of `RATE` samples a second: none without speech, one for each language of it."""


def distinct(channels: Samples) -> list[int]:
    """The channels that have to be heard, by their numbers: each that says something, but not the same as another.

    They are not mixed. In a mix, speech that is turned over in one of two channels is silence, and speech in one of
    six channels drowns in the others; who listens to them hears both.
    """
    chosen: list[int] = []
    loud = [number for number, channel in enumerate(channels) if _power(channel) >= SILENT**2]
    for number in sorted(loud, key=lambda number: _power(channels[number]), reverse=True):
        if not any(_correlation(channels[number], channels[other]) >= ALIKE for other in chosen):
            chosen.append(number)
    return sorted(chosen)


def _power(channel: Samples) -> float:
    return float(np.mean(channel.astype(np.float32) ** 2))


def _correlation(one: Samples, other: Samples) -> float:
    """0-1, also where one is the other turned over."""
    first, second = one.astype(np.float32), other.astype(np.float32)
    scale = float(np.sqrt(np.dot(first, first) * np.dot(second, second)))
    return abs(float(np.dot(first, second))) / scale if scale else 0.0


def mono(channel: Samples) -> Mono:
    """One channel as recognisers take it."""
    return channel.astype(np.float32) / np.float32(32768)


class Transcript(NamedTuple):
    """Normalised text, and by character the word that it comes from."""

    text: str
    words: Sequence[Word]
    places: Sequence[int]

    def confidence(self, start: int, end: int) -> float:
        """0-100: how sure the recogniser was of the words of this passage, on average over its characters."""
        return round(100 * float(np.mean([self.words[place].probability for place in self.places[start:end]])), 1)

    def span(self, start: int, end: int) -> tuple[float, float]:
        """When the passage is said, seconds in the sound."""
        said = [self.words[place] for place in self.places[start:end]]
        return min(word.start for word in said), max(word.end for word in said)
