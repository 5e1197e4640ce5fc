"""Chinese words: where the borders of words lie, and whether a phrase was read across them."""

import math
import threading
from collections.abc import Iterator
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
_SAME = (
    *("照片", "照相", "片子", "片源", "片库", "片名", "片单", "片头", "片尾", "片商", "片友", "片长"),
    *("网站", "网页", "网络", "网址", "网友", "网盘", "网红", "聊天", "聊聊", "炮友", "炮群", "炮房", "播放", "播出"),
)
"""Words by which a phrase goes on and means the same: 裸照片 are 裸照."""
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
    """By how much the reading is likelier in which the first or the last word of `phrase` is none; else 0.

    约炮 in 节约炮弹 is divided, for 节约 ends inside it, and so is 黄片 in 变黄片区, for 片区 begins inside it. It does
    not count when a word has more in front of the phrase's first word (黄色 in 金黄色), nor when the word behind means
    the same (裸照 in 裸照片).
    """
    words = reading(before + phrase + after)
    if not any(_divides(words, len(before), phrase)):
        return 0.0
    apart = [*reading(before), *words_of(phrase), *reading(after)]
    return max(_likelihood(words) - _likelihood(apart), 0.0)


def _divides(words: list[str], start: int, phrase: str) -> Iterator[bool]:
    """Of each word of a text whether it ends inside the phrase's first word, or begins inside its last one."""
    stop, parts = start + len(phrase), words_of(phrase)
    place = 0
    for word in words:
        end = place + len(word)
        yield place < start < end < start + len(parts[0])
        yield stop - len(parts[-1]) < place < stop < end and not word.startswith(_SAME)
        place = end


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
