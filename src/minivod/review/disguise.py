"""Finds Chinese phrases in disguise: characters that sound alike, pinyin, initials, characters taken apart.

The disguises are those that papers on evasion describe: phonetic replacement by other characters, by Latin spelling
and by initials (Guo et al., EMNLP 2025 Industry, "PCR-ToxiCN"; Xiao et al., EMNLP 2024, "ToxiCloakCN"), and 拆字; and
letters of a character put before it, which readers skip (裸l聊).

Harmless text has the same letters by chance. So a disguise counts only where enough of the phrase stands there as it
is, where no known word explains the rest (食品 sounds like 视频), and where Latin letters belong to it from the first
to the last (SE in "iPhone SE" is no 色).
"""

import re
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from minivod.review import company, context, segments, sounds
from minivod.review.normalise import skeleton
from minivod.review.phrases import EAST_ASIAN_CHARACTER, Phrase

EXACT, SOUND, PINYIN, INITIAL, PARTS = "exact", "homophones", "pinyin", "initials", "split characters"
BETWEEN, OTHER = "letters between", "another letter between"
AS_IT_IS = frozenset({EXACT, PARTS, BETWEEN, OTHER})
"""The character stands there itself, whatever was done to it."""
_SHORT = 2
"""Characters of a phrase that is too short for sounds alone: 约跑 is no 约炮."""
_GAP = re.compile(r"[^\n]{0,2}")
_BESIDE = 8
_FIRST = 4
"""Letters by which it is told whether a phrase may begin with them."""
_REMEMBERED = 1 << 16


class Step(NamedTuple):
    """A character of the phrase, and the letters of the text that stand for it."""

    kind: str
    start: int
    end: int


class Disguised(NamedTuple):
    """A phrase in disguise: the places of its letters, and which disguises they are."""

    phrase: Phrase
    letters: list[int]
    kinds: frozenset[str]

    @property
    def certain(self) -> bool:
        """Whether the disguise itself leaves no doubt; sounds do, and a letter that may mean something of its own."""
        return self.kinds <= AS_IT_IS - {OTHER}

    @property
    def name(self) -> str:
        """For people."""
        return " and ".join(sorted(self.kinds))


class _Node:
    """A beginning of phrases; what may follow, by how it begins in the text."""

    def __init__(self) -> None:
        self.phrases: list[Phrase] = []
        self.exact: dict[str, _Node] = {}
        self.sounds: dict[str, list[_Node]] = {}
        self.written: dict[str, list[tuple[str, str, _Node]]] = {}

    def write(self, text: str, kind: str, child: "_Node") -> None:
        """Lets `child` follow where the text goes on with these letters."""
        self.written.setdefault(text[0], []).append((text, kind, child))


class Disguises:
    """The Chinese phrases of two characters and more, as a tree."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        chinese = [phrase for phrase in phrases if phrase.east_asian and len(phrase.compact) >= _SHORT]
        self._parts = sounds.parts(frozenset("".join(phrase.compact for phrase in chinese))) if chinese else {}
        self._root = _Node()
        self._begins = lru_cache(_REMEMBERED)(self._may_begin)
        for phrase in chinese:
            node = self._root
            for char in phrase.compact:
                node = node.exact.get(char) or self._grow(node, char)
            node.phrases.append(phrase)

    def find(self, text: str, places: list[int], letters: str, known: Container[int] = ()) -> Iterator[Disguised]:
        """Phrases in a text that do not stand there as they are.

        Args:
            text: normalised.
            places: of its letters and digits.
            letters: these, by their skeleton.
            known: `id` of phrases that need not be found.
        """
        for begin, letter in enumerate(letters):
            inside_run = letter.isascii() and places[begin] > 0 and _latin(text[places[begin] - 1])
            if inside_run or not self._begins(letters[begin : begin + _FIRST]):
                continue
            for phrase, steps in self._from(begin, letters):
                if (
                    id(phrase) not in known
                    and self._plausible(phrase, steps, letters)
                    and _whole_runs(text, places, steps)
                    and _put_between(phrase, text, places, steps)
                    and _close(text, places, steps)
                ):
                    inside = places[begin : steps[-1].end]
                    if self._unexplained(phrase, steps, letters) and _meant(phrase, context.Place.around(text, inside)):
                        yield Disguised(phrase, inside, frozenset(step.kind for step in steps) - {EXACT})

    def _plausible(self, phrase: Phrase, steps: list[Step], letters: str) -> bool:
        """Whether enough of the phrase is there: half of it as it is, or all of it in pinyin."""
        count = Counter(step.kind for step in steps)
        chinese = len(EAST_ASIAN_CHARACTER.findall(phrase.plain))
        if count[PINYIN] == chinese:
            return chinese > _SHORT
        if len(steps) <= _SHORT and (count[SOUND] or count[INITIAL]):
            return False
        return 2 * sum(count[kind] for kind in AS_IT_IS) >= len(steps)

    def _unexplained(self, phrase: Phrase, steps: list[Step], letters: str) -> bool:
        """Whether no known word explains what stands there."""
        doubtful = [step for step in steps if step.kind in (SOUND, PARTS)]
        return unexplained(letters, steps, doubtful, frozenset(_goes_on_from(phrase, steps)))

    def _may_begin(self, letters: str) -> bool:
        """Whether a phrase may begin with these letters: most texts need no closer look in most places."""
        second = [(child, end) for _, child, end in _ways_on(self._root, 0, letters)]
        unfinished = any(written.startswith(letters) for written, _, _ in self._root.written.get(letters[:1], ()))
        return unfinished or any(
            end >= len(letters) or child.phrases or _goes_on(child, end, letters) for child, end in second
        )

    def _grow(self, node: _Node, char: str) -> _Node:
        child = node.exact[char] = _Node()
        if EAST_ASIAN_CHARACTER.match(char) and (syllable := sounds.syllable(char)):
            node.sounds.setdefault(sounds.sound(char), []).append(child)
            for spelling in sounds.spellings(char):
                node.write(skeleton(spelling), PINYIN, child)
            node.write(skeleton(syllable[0]), INITIAL, child)
            for letters in sorted({syllable[0], *sounds.spellings(char)}):
                node.write(skeleton(letters) + char, BETWEEN, child)
        for written in self._parts.get(char, ()):
            node.write(written, PARTS, child)
        return child

    def _from(self, begin: int, letters: str) -> Iterator[tuple[Phrase, list[Step]]]:
        """Ways to read phrases from here on; each beginning of a phrase is reached at each place once."""
        waiting = deque[tuple[_Node, int, tuple[Step, ...]]]([(self._root, begin, ())])
        reached: set[tuple[int, int]] = set()
        while waiting:
            node, place, steps = waiting.popleft()
            if node.phrases and any(step.kind != EXACT for step in steps):
                yield from ((phrase, list(steps)) for phrase in node.phrases)
            for kind, child, end in _ways_on(node, place, letters):
                if (id(child), end) not in reached:
                    reached.add((id(child), end))
                    waiting.append((child, end, (*steps, Step(kind, place, end))))


def _ways_on(node: _Node, place: int, letters: str) -> Iterator[tuple[str, _Node, int]]:
    """The characters that may come next; first as it is, because it is reached once at each place."""
    char = letters[place : place + 1]
    if char in node.exact:
        yield EXACT, node.exact[char], place + 1
    if char and node.sounds and not char.isascii():
        for child in node.sounds.get(sounds.sound(char), ()):
            yield SOUND, child, place + 1
    for written, kind, child in node.written.get(char, ()):
        if letters.startswith(written, place):
            yield kind, child, place + len(written)
    alone, behind = char.isascii() and not letters[max(place - 1, 0)].isascii(), letters[place + 1 : place + 2]
    if alone and behind in node.exact and not behind.isascii():
        yield OTHER, node.exact[behind], place + 2


def _goes_on(node: _Node, place: int, letters: str) -> bool:
    """Whether anything may follow there, as far as the letters go."""
    rest = letters[place:]
    return any(_ways_on(node, place, letters)) or any(
        written.startswith(rest) for written, _, _ in node.written.get(rest[0], ())
    )


def _whole_runs(text: str, places: list[int], steps: list[Step]) -> bool:
    """Whether no Latin word or number goes on where its letters stand for characters of the phrase."""
    for number, step in enumerate(steps):
        if step.kind not in (PINYIN, INITIAL):
            continue
        first = number == 0 and places[step.start] and _latin(text[places[step.start] - 1])
        last = number == len(steps) - 1 and _latin(text[places[step.end - 1] + 1 :][:1])
        if first or last:
            return False
    return True


def _put_between(phrase: Phrase, text: str, places: list[int], steps: list[Step]) -> bool:
    """Whether letters that are none of its own divide words of the phrase, as in 裸x聊, with no gap beside them.

    A number may count something, and a letter between two words may be a name: 成人A视频.
    """
    others = [(number, step) for number, step in enumerate(steps) if step.kind == OTHER]
    if not others:
        return True
    borders = segments.borders(segments.words_of(phrase.compact))
    around = [text[places[step.start - 1] + 1 : places[step.end - 1]] for _, step in others]
    return any(number not in borders for number, _ in others) and not any(
        any(map(str.isdigit, passage)) or context.NATURAL_GAP.search(passage) for passage in around
    )


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _close(text: str, places: list[int], steps: list[Step]) -> bool:
    """Whether the letters stand in one line, with next to nothing between them."""
    inside = places[steps[0].start : steps[-1].end]
    return all(_GAP.fullmatch(text, a + 1, b) for a, b in pairwise(inside))


def _goes_on_from(phrase: Phrase, steps: list[Step]) -> Iterator[int]:
    """Where words of the phrase begin that stand there as they are to its end: a longer word may begin with them.

    With two characters at least: 妹妹 in 援教妹妹 says nothing of 援交妹.
    """
    for border in segments.borders(segments.words_of(phrase.compact)):
        if len(steps) - border > 1 and all(step.kind == EXACT for step in steps[border:]):
            yield steps[border].start


def unexplained(
    letters: str, steps: list[Step], doubtful: list[Step], goes_on_from: Container[int] = frozenset()
) -> bool:
    """Whether no known word crosses an end of the phrase, or has one of its doubtful characters.

    A word that begins at one of `goes_on_from` may go on behind the phrase: it says the same, and more.
    """
    start, end = steps[0].start, steps[-1].end
    place = begin = max(start - _BESIDE, 0)
    disguised = [range(step.start, step.end) for step in doubtful]
    for word in segments.reading(letters[begin : end + _BESIDE]):
        span = range(place, place + len(word))
        place += len(word)
        if len(word) < 2 or word.isascii() or span.stop <= start or span.start >= end:
            continue
        if span.stop > end and span.start in goes_on_from:
            continue
        if span.start < start or span.stop > end or any(_overlap(span, one) for one in disguised):
            return False
    return True


def _overlap(one: range, other: range) -> bool:
    return max(one.start, other.start) < min(one.stop, other.stop)


def _meant(phrase: Phrase, place: context.Place) -> bool:
    """Whether nothing beside it gives it another meaning."""
    if context.offered(place.text, place.start, place.end):
        return True
    return not company.of(phrase.category).explains(*context.beside(place))
