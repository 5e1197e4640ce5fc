"""Speech to text: Whisper by faster-whisper, with its voice detector, on the processor; an optional extra."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minivod.media.sound_header import RATE
from minivod.review.hearing import Mono, Word
from minivod.review.model import DetectorUnavailable

VOICE = {"threshold": 0.4, "min_speech_duration_ms": 100, "min_silence_duration_ms": 500, "speech_pad_ms": 300}
"""What the voice detector takes for speech; a little more than its own settings, because others check what is found."""
VOICE_BY_TELEPHONE = {**VOICE, "threshold": 0.2}
"""The same for narrow sound, of whose speech it leaves out a third by `VOICE`; other sound is not understood better."""
NARROW = 1e-3
"""Share of power above 4 kHz below which sound is narrow; telephone lines had up to 0.0002, other speech 0.002."""
READING = {
    "beam_size": 5,
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "word_timestamps": True,
    "no_speech_threshold": None,
    "log_prob_threshold": None,
    "no_repeat_ngram_size": 6,
    "vad_filter": True,
}
"""How it is transcribed. It never tries again with other temperatures, which is to be the same each time and bounded;
words that go round in circles, as models do where they understand nothing, are ended."""
WORTHWHILE = 0.2
"""Probability from which on sound is also transcribed as another one of `LANGUAGES`."""
LOST = 2.0
"""Seconds of speech between two words from which on words are missing there; people pause for less."""
AGAIN = 3
"""How many such gaps of a piece are transcribed, at most."""
LANGUAGES = ("en", "zh")
"""Those of the built-in word lists."""
Span = tuple[float, float]
"""From when to when, seconds in the sound."""
EXTRA = "minivod[speech]"
"""What pip installs for it."""


class Whisper:
    """The model, loaded once for all threads. Nothing is fetched: its files are in a directory of ours."""

    def __init__(self, directory: Path, threads: int) -> None:
        """Args: directory: of its files; threads: that one transcription uses. Raises DetectorUnavailable."""
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a dependency of faster-whisper must never go to the network
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise DetectorUnavailable(
                f"speech is not installed ({error}); `pip install {EXTRA!r}` brings it"
            ) from error
        self._model = WhisperModel(
            str(directory),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=os.cpu_count() or 1,
            local_files_only=True,
        )

    def hear(self, sound: Mono) -> list[list[Word]]:
        """As `hearing.Recogniser`: in the likeliest language, and in others that are likely enough."""
        voice = VOICE_BY_TELEPHONE if narrow(sound) else VOICE
        speech = _speech(sound, voice)
        if not speech:
            return []  # at once: the model would first tell the language of nothing
        said, told = self._transcribed(sound, voice)

        def whole(said: Sequence[Word], language: str) -> list[Word]:
            return completed(speech, said, lambda begin, end: self._cut(sound, begin, end, voice, language))

        found = [whole(said, told.language)]
        for language, probability in told.all_language_probs or ():
            if language in LANGUAGES and language != told.language and probability >= WORTHWHILE:
                found.append(whole(self._transcribed(sound, voice, language)[0], language))
        return found

    def _transcribed(self, sound: Mono, voice: Mapping[str, float], language: str | None = None) -> tuple[Any, Any]:
        segments, told = self._model.transcribe(sound, language=language, vad_parameters=dict(voice), **READING)
        return _words(segments), told

    def _cut(self, sound: Mono, begin: float, end: float, voice: Mapping[str, float], language: str) -> list[Word]:
        words: list[Word] = self._transcribed(sound[round(begin * RATE) : round(end * RATE)], voice, language)[0]
        return words


def narrow(sound: Mono) -> bool:
    """Whether it is as a telephone leaves it: next to nothing above 4 kHz, half of what `RATE` can carry."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power[len(power) // 2 :].sum()) < NARROW * float(power.sum())


def _speech(sound: Mono, voice: Mapping[str, float]) -> list[Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    heard = get_speech_timestamps(sound, VadOptions(**voice))
    return [(one["start"] / RATE, one["end"] / RATE) for one in heard]


def completed(
    speech: Sequence[Span], said: Sequence[Word], transcribe: Callable[[float, float], list[Word]]
) -> list[Word]:
    """The words, and those of up to `AGAIN` gaps between them, the longest first.

    Where Whisper ends with one time mark, faster-whisper takes the rest of its window of 30 s for silence and goes on
    behind it. Under noise and music Whisper does so in the middle of speech.

    Args:
        speech: what the voice detector heard.
        said: words in their order; none: there is nothing to complete.
        transcribe: gives the words of the sound between two times, with times from its beginning.
    """
    words, tried = list(said), set[Span]()
    for _ in range(AGAIN if said else 0):
        gaps = [gap for gap in lost(speech, words) if gap not in tried]
        if not gaps:
            break
        begin, end = max(gaps, key=lambda gap: gap[1] - gap[0])
        tried.add((begin, end))
        more = [word._replace(start=word.start + begin, end=word.end + begin) for word in transcribe(begin, end)]
        words = sorted([*words, *more], key=lambda word: word.start)
    return words


def lost(speech: Sequence[Span], said: Sequence[Word]) -> list[Span]:
    """From when to when there is speech and no word, where that is `LOST` seconds of speech or more."""
    gaps = list[Span]()
    ends, starts = [0.0, *(word.end for word in said)], [*(word.start for word in said), math.inf]
    for begin, end in zip(ends, starts, strict=True):
        parts = [(max(begin, first), min(end, last)) for first, last in speech if first < end and last > begin]
        if sum(last - first for first, last in parts) >= LOST:
            gaps.append((parts[0][0], parts[-1][1]))
    return gaps


def _words(segments: Any) -> list[Word]:
    return [
        Word(str(word.word), float(word.start), float(word.end), float(word.probability))
        for segment in segments
        for word in segment.words or ()
    ]
