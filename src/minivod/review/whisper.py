"""Speech to text: Whisper by faster-whisper, with its voice detector, on the processor; an optional extra."""

import os
from pathlib import Path
from typing import Any

from minivod.review.hearing import Mono, Word
from minivod.review.model import DetectorUnavailable

VOICE = {"threshold": 0.4, "min_speech_duration_ms": 100, "min_silence_duration_ms": 500, "speech_pad_ms": 300}
"""What the voice detector takes for speech; a little more than its own settings, because others check what is found."""
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
LANGUAGES = ("en", "zh")
"""Those of the built-in word lists."""
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
        segments, told = self._model.transcribe(sound, vad_parameters=dict(VOICE), **READING)
        if not told.duration_after_vad:
            return []
        found = [_words(segments)]
        for language, probability in told.all_language_probs or ():
            if language in LANGUAGES and language != told.language and probability >= WORTHWHILE:
                again, _ = self._model.transcribe(sound, language=language, vad_parameters=dict(VOICE), **READING)
                found.append(_words(again))
        return found


def _words(segments: Any) -> list[Word]:
    return [
        Word(str(word.word), float(word.start), float(word.end), float(word.probability))
        for segment in segments
        for word in segment.words or ()
    ]
