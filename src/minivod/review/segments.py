"""Chinese words: where the borders of words lie, and whether a phrase was read across them."""

import math
import threading
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

SURE = 2.5
"""How much likelier (natural logarithm) the reading must be that divides a phrase, for the phrase not to be there.

Measured: 性爱 in 女性爱直播 2.7, 毛片 in 睫毛片 7.8; against that 性爱 in 男女性爱直播 1.0.
"""
_UNKNOWN = 0.5
_CORPUS = 60_101_967
"""Words of the corpus that the dictionary counts."""
_loading = threading.Lock()


def reading(text: str) -> list[str]:
    """The text as its likeliest words; together they are the text again."""
    ends = accumulate(map(len, _dictionary().cut(text, False))) if text else ()
    return [text[start:end] for start, end in pairwise([0, *ends])]


@cache
def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase: two characters are always one, twice two are two even if the dictionary has all four."""
    halves = phrase[:2], phrase[2:]
    has_word = _dictionary().has_word
    if len(phrase) == 4 and all(has_word(half) for half in halves):
        return halves
    return (phrase,) if len(phrase) < 3 or has_word(phrase) else tuple(reading(phrase))


@cache
def begins_with_verb(phrase: str) -> bool:
    """Whether its first word is a verb: then the phrase is part of a sentence, and no two labels side by side."""
    tag: str = _dictionary().tag(phrase)[0][1]
    return tag.startswith("v")


def borders(words: tuple[str, ...]) -> frozenset[int]:
    """Where the words end and begin, without the two ends of the text."""
    return frozenset(accumulate(map(len, words[:-1])))


def divided(before: str, phrase: str, after: str) -> float:
    """By how much the reading is likelier in which the first word of `phrase` is none; 0 where it is one.

    约炮 in 节约炮弹 is divided: 节约 ends inside it. It does not count when a word only goes on behind the phrase
    (裸照 in 裸照片) or has more in front of its first word (黄色 in 金黄色): such words mostly mean the same.
    """
    start, first = len(before), len(words_of(phrase)[0])
    place = 0
    words = reading(before + phrase + after)
    for word in words:
        if place < start < place + len(word) < start + first:
            apart = [*reading(before), *words_of(phrase), *reading(after)]
            return max(_likelihood(words) - _likelihood(apart), 0.0)
        place += len(word)
    return 0.0


def whole(before: str, phrase: str, after: str) -> bool:
    """Whether words begin and end where the phrase does."""
    ends = {0, *accumulate(map(len, reading(before + phrase + after)))}
    return len(before) in ends and len(before + phrase) in ends


def _likelihood(words: list[str]) -> float:
    return sum(map(_log_frequency, words))


@cache
def _log_frequency(word: str) -> float:
    """The dictionary tells the frequency at which a word would be one: one more than the known."""
    dictionary = _dictionary()
    count = dictionary.suggest_freq(word) - 1 if dictionary.has_word(word) else 0
    return math.log(max(count, _UNKNOWN) / _CORPUS)


@cache
def _load() -> Any:
    import rjieba  # loads its dictionary: half a second and 33 MB, so only where a candidate was found

    return rjieba


def _dictionary() -> Any:
    with _loading:
        return _load()
