"""What stands around an ambiguous phrase, and whether it is a phrase there at all."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from minivod.review import segments

NATURAL_GAP = re.compile(r"[\s,.;:!?，。、；：？！…“”\"'()（）《》「」]")
_REACH = 8
"""Letters on each side that count as beside a phrase."""
_PLAIN_GAP = re.compile(r" ?[^\w\s.,:;!?'’\"()/\\&]* ?")
_LURES = re.compile(
    "免费|看|在线|下载|高清|福利|资源|网站|网址|点击|链接|播放|网盘|种子|番号|大全|"
    "无码|有码|激情|偷拍|自拍|美女|少女|少妇|人妻|学生妹|大尺度|私密|做爱|裸|淫|嫖|18禁|同城|附近|国产|欧美|日韩|"
    r"\b(?:free|watch|download|online|hot|sexy|nude|naked|horny|xxx|porn|sex|girls?|18|live|click|stream|uncensored)\b"
)
_MENU_LINES = 4
_MENU_WIDTH = 4


class Place(NamedTuple):
    """Where the letters of a phrase stand in the normalised text."""

    text: str
    letters: list[int]

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


def counts(place: Place, phrase: str) -> bool:
    """Whether an ambiguous Chinese phrase, found here, is meant.

    It is not where its first word belongs to the text before it, and not where its words only stand side by side:
    in a menu, or at the end of a line and the beginning of the next.
    """
    gaps = dict(place.gaps())
    spaced = len(gaps) == len(place.letters) - 1
    lured = _lured(place.text, place.start, place.end)
    unlikely = segments.divided(_before(place, spaced), phrase, _after(place, spaced))
    if unlikely >= (2 if lured else 1) * segments.SURE:
        return False
    on_purpose = not gaps.keys() <= segments.borders(segments.words_of(phrase))
    return not gaps or on_purpose or lured or _alone(place, gaps)


def counts_in_words(text: str, start: int, end: int, gaps: list[str]) -> bool:
    """The same for a phrase of words with spaces between them: `gaps` stand between its words."""
    if all(_PLAIN_GAP.fullmatch(gap) for gap in gaps) or _lured(text, start, end):
        return True
    return not _words_beside(text, start, end)


def whole(place: Place, phrase: str) -> bool:
    """Whether an exception stands here as whole words, with nothing between them, and nothing is offered beside it."""
    if _lured(place.text, place.start, place.end):
        return False
    return not dict(place.gaps()) and segments.whole(_before(place, False), phrase, _after(place, False))


def _lured(text: str, start: int, end: int) -> bool:
    """Whether there are words beside it with which such things are offered."""
    beside = (text[max(0, start - 2 * _REACH) : start], text[end : end + 2 * _REACH])
    return any(_LURES.search(side) for side in beside)


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


def _before(place: Place, spaced: bool) -> str:
    return "".join(reversed(list(_run(place.text[: place.start][::-1], spaced))))


def _after(place: Place, spaced: bool) -> str:
    return "".join(_run(place.text[place.end :], spaced))


def _run(text: str, spaced: bool) -> Iterator[str]:
    """Letters up to the next natural gap; where the phrase is spaced out, as long as letters stand one by one."""
    taken = letters = 0
    for char in text:
        if char.isalnum():
            letters += 1
            if letters > 1 and spaced:
                return
            yield char
            taken += 1
            if taken == _REACH:
                return
        elif NATURAL_GAP.match(char):
            if not spaced or char == "\n":
                return
            letters = 0
