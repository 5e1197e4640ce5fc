"""Finds the phrases of word lists in transcripts: a recogniser writes other Chinese characters for the same sound.

It chooses characters by what it has often read, so that a phrase that it does not know becomes words that it knows:
this is what the search for disguises in frames takes for harmless. Here it is the sound that counts, with its tones,
because they were heard.
"""

from collections.abc import Iterable

from minivod.review import sounds
from minivod.review.disguise import EXACT, SOUND, Disguises, Step, unexplained
from minivod.review.matching import Matcher
from minivod.review.phrases import Phrase

_SHORT = 2
"""Syllables of a phrase of which the sound alone says too little: many words sound like 约炮."""
_VAGUE = 3
"""Of so many syllables one may have another tone than in the phrase."""


class SpokenMatcher(Matcher):
    """A matcher of what was said."""

    def _known_disguises(self, phrases: tuple[Phrase, ...]) -> Disguises | None:
        return _Homophones(phrases) if self._by_character else None


class _Homophones(Disguises):
    """Phrases whose characters sound as those of the list, whatever they are."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        super().__init__(phrase for phrase in phrases if len(phrase.compact) > _SHORT)

    def _plausible(self, phrase: Phrase, steps: list[Step], letters: str) -> bool:
        if any(step.kind not in (EXACT, SOUND) for step in steps):
            return False
        return len(_vague(phrase, steps, letters)) * _VAGUE <= len(steps)

    def _unexplained(self, phrase: Phrase, steps: list[Step], letters: str) -> bool:
        return unexplained(letters, steps, _vague(phrase, steps, letters))


def _vague(phrase: Phrase, steps: list[Step], letters: str) -> list[Step]:
    """The syllables with another tone."""
    return [
        step
        for char, step in zip(phrase.compact, steps, strict=True)
        if step.kind == SOUND and sounds.tone(letters[step.start]) != sounds.tone(char)
    ]
