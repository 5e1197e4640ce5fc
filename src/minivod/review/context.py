"""What stands around a weighed phrase, and whether it is a phrase there at all."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple, Self

from minivod.review import company, segments

NATURAL_GAP = re.compile(r"[\s,.;:!?，。、；：？！…“”\"'()（）《》「」]")
_TITLE = re.compile('[《》「」『』“”":?]')
_REACH = 8
"""Letters on each side that count as beside a Chinese phrase."""
_WORDS = 4
"""Words on each side that count as beside another phrase."""
_LOOKED_AT = 200
"""Characters on each side of a phrase that are looked at for anything."""
_SENTENCE = 100
"""Characters on each side in which words of the same sentence are looked for."""
_SENTENCE_END = re.compile(r"[.!?;\n](?=\s|$)|\|")
_PLAIN_GAP = re.compile(r" ?[^\w\s.,:;!?'’\"()/\\&]* ?")
_WITHOUT = re.compile(r"(?<=\w)-free(?![\w.-])")
_MENU_LINES = 4
_MENU_WIDTH = 4


class Place(NamedTuple):
    """Where the letters of a phrase stand in a piece of the normalised text."""

    text: str
    letters: list[int]

    @classmethod
    def around(cls, text: str, letters: list[int]) -> Self:
        """The place with no more of the text than is looked at."""
        begin = max(letters[0] - _LOOKED_AT, 0)
        return cls(text[begin : letters[-1] + 1 + _LOOKED_AT], [letter - begin for letter in letters])

    @property
    def start(self) -> int:
        """Of its first letter."""
        return self.letters[0]

    @property
    def end(self) -> int:
        """Behind its last letter."""
        return self.letters[-1] + 1

    def gaps(self) -> Iterator[tuple[int, str]]:
        """Natural gaps inside: how many letters precede each, and what it consists of."""
        for number, (a, b) in enumerate(pairwise(self.letters), start=1):
            gap = self.text[a + 1 : b]
            if NATURAL_GAP.search(gap):
                yield number, gap


def counts(place: Place, phrase: str, category: str) -> bool:
    """Whether a weighed Chinese phrase, found here, is meant.

    It is not where its first word belongs to the text before it, nor beside words that give it another meaning, nor
    where its words only stand side by side: in a menu, or at the end of a line and the beginning of the next.
    """
    gaps = dict(place.gaps())
    spaced = len(gaps) == len(place.letters) - 1
    before, after = _beside(place, spaced)
    sold = offered(place.text, place.start, place.end)
    unlikely = segments.divided(before, phrase, after)
    if unlikely >= (2 if sold else 1) * segments.SURE:
        return False
    if sold:
        return True
    if _latin_goes_on(place) or _titled(place):
        return False
    if not gaps or not _labels(phrase, gaps.keys()):
        return not company.of(category).explains(*_beside(place, spaced, titles=True))
    return _alone(place, gaps)


def counts_in_words(place: Place, category: str, gaps: list[str]) -> bool:
    """The same for a phrase of words with spaces between them: `gaps` stand between its words."""
    text, start, end = place.text, place.start, place.end
    without = _WITHOUT.search(text, start)  # "porn-free" offers none
    if without and without.start() <= end and not offered(text, start, without.end()):
        return False
    if offered(text, start, end):
        return True
    if len(gaps) == 1 and not _PLAIN_GAP.fullmatch(gaps[0]) and _words_beside(text, start, end):
        return False  # longer phrases do not come about by chance
    return not company.of(category).explains(*_sentence(text, start, end))


def offered(text: str, start: int, end: int) -> bool:
    """Whether there are words beside it with which such things are offered."""
    beside = (text[max(0, start - 2 * _REACH) : start], text[end : end + 2 * _REACH])
    return any(company.offers().found(_WITHOUT.sub("", side)) for side in beside)


def beside(place: Place) -> tuple[str, str]:
    """The letters that stand beside it, without a natural gap between but those of a title."""
    return _beside(place, spaced=False, titles=True)


def whole(place: Place, phrase: str) -> bool:
    """Whether an exception stands here as whole words, with nothing between them, and nothing is offered beside it."""
    if offered(place.text, place.start, place.end):
        return False
    before, after = _beside(place, spaced=False)
    return not dict(place.gaps()) and segments.whole(before, phrase, after)


def _labels(phrase: str, gaps: Collection[int]) -> bool:
    """Whether the gaps leave words that harmless text has side by side: no parts of words, no sentence, no offer."""
    words = segments.words_of(phrase)
    if company.offers().found(words[0]) or company.explicit().begins(phrase):
        return False
    return set(gaps) <= segments.borders(words) and not segments.begins_with_verb(phrase)


def _sentence(text: str, start: int, end: int) -> tuple[str, str]:
    """The words before and behind in the same sentence, as many as count."""
    before = _SENTENCE_END.split(_parted(text[max(0, start - _SENTENCE) : start]))[-1].split()
    after = _SENTENCE_END.split(_parted(text[end : end + _SENTENCE]))[0].split()
    return " ".join(before[-_WORDS:]), " ".join(after[:_WORDS])


def _latin_goes_on(place: Place) -> bool:
    """Whether the Latin word that ends the phrase is part of a longer one: 国产AV in 国产AVC."""
    pair = place.text[place.end - 1 : place.end + 1]
    return len(pair) == 2 and pair.isascii() and pair.isalpha()


def _titled(place: Place) -> bool:
    """Whether the phrase is the title of a work, in the marks of one and with nothing else in them: 《约炮》."""
    return place.text[: place.start].endswith("《") and place.text.startswith("》", place.end)


def _alone(place: Place, gaps: dict[int, str]) -> bool:
    """Whether its lines hold nothing else, or its last part has a line for itself; and they are no menu."""
    text, last = place.text, max(gaps)
    behind = _rest_of_line(text, place.end)
    if behind or ("\n" not in gaps[last] and _line_so_far(text, place.start)):
        return False
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    short = [len(line) <= _MENU_WIDTH and not NATURAL_GAP.search(line) for line in lines]
    return not (len(lines) >= _MENU_LINES and all(short) and min(map(len, lines)) > 1)


def _words_beside(text: str, start: int, end: int) -> bool:
    return any(char.isalnum() for char in _line_so_far(text, start) + _rest_of_line(text, end))


def _line_so_far(text: str, start: int) -> str:
    return text[text.rfind("\n", 0, start) + 1 : start].strip()


def _rest_of_line(text: str, end: int) -> str:
    return text[end:].partition("\n")[0].strip()


def _beside(place: Place, spaced: bool, *, titles: bool = False) -> tuple[str, str]:
    """The letters before and behind that are one text with the phrase; a phrase with symbols in it may go on so.

    `titles`: also those beyond the marks of a title, a quotation, its heading or a question: 电影《一夜情》导演,
    课本：推翻政府, 迷奸药？专家辟谣.
    """
    symbols = any(map(_is_symbol, place.text[place.start : place.end]))
    sides = place.text[: place.start][::-1], place.text[place.end :]
    if titles:
        sides = _TITLE.sub("", sides[0]), _TITLE.sub("", sides[1])
    before, after = (_run(side, spaced, symbols) for side in sides)
    return "".join(reversed(list(before))), "".join(after)


def _run(text: str, spaced: bool, symbols: bool) -> Iterator[str]:
    """Letters up to the next gap or symbol; where the phrase is spaced out, as long as they stand one by one."""
    taken = 0
    for number, char in enumerate(text):
        if char.isalnum() and taken < _REACH:
            if spaced and text[number + 1 : number + 2].isalnum():
                return
            taken += 1
            yield char
        elif taken == _REACH or (NATURAL_GAP.match(char) and (not spaced or char == "\n")):
            return
        if _is_symbol(char) and not symbols:
            return


def _parted(text: str) -> str:
    return "".join("|" if _is_symbol(char) else char for char in text)


def _is_symbol(char: str) -> bool:
    """Whether it is an emoji, an arrow, a bar or the like: they part texts, as full stops do."""
    return unicodedata.category(char) in {"So", "Sm"}
