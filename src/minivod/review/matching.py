"""Finds the phrases of word lists in normalised text, without finding them inside innocent words.

Three ways to meet a phrase:
- Chinese, Japanese, Korean: anywhere, because there are no spaces. Symbols between the characters do not count. For
  phrases of two characters, a space or a punctuation mark between them does count unless the two stand alone.
- Other scripts: as whole words. Words of a phrase may run together (text recognition loses spaces), but a word that was
  cut by a space is not put together: "pen is" is two words.
- Letters spaced one by one ("p o r n"), words with symbols inside ("po*rn", "p-o-r-n") and letters repeated
  three times and more are put together. Numbers at the ends of a word do not count ("porn123"). A star in the place
  of a vowel is that vowel ("p*rn").

A weighed phrase, once found, is also judged by what stands around it (`context`).

Texts come from strangers. A long one is looked at piece by piece, and around a phrase only so far: the time grows with
the length of the text, whatever it consists of.
"""

import bisect
import itertools
import math
import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

from minivod.review import company, context
from minivod.review.disguise import Disguises
from minivod.review.normalise import LEET_MARKS, LEET_SYMBOLS, skeleton
from minivod.review.phrases import EAST_ASIAN, Phrase

_LETTER = rf"(?![{EAST_ASIAN}])[^\W_]"
_SYMBOLS, _MARKS = re.escape(LEET_SYMBOLS), re.escape(LEET_MARKS)
_WORD = re.compile(f"(?:{_LETTER})+")
_LEET_WORD = re.compile(rf"(?:{_LETTER}|[{_SYMBOLS}]|[{_MARKS}](?=[{_MARKS}{_SYMBOLS}]*[a-z0-9]))+")
_TIGHT = re.compile(r"[^\w\s.,:;!?'’\"()/\\&]+|_+")  # symbols that join the parts of a word: - * ~ · = ^ _
_REPEATED = re.compile(r"(.)\1{2,}")
_MASKED = re.compile(rf"(?<!\w)(?<!\w\*){_LETTER}+\*{_LETTER}+(?!\w|\*\w)")
_VOWELS = "aeiou"
_SHORTEST_WORD = 3
"""Letters from which on a word stays one without the digits at its ends."""
_WINDOW = 4096
"""Characters that are looked at together. A phrase that is drawn out over more than `_MARGIN` of them may be missed."""
_MARGIN = 512
_ENOUGH = 100
"""Places of a phrase after which it is not looked for any more."""
_JOINED_LENGTH = 10
"""Letters from which on a phrase of several words is found inside a longer run of letters."""


class Token(NamedTuple):
    """A word of the text, or several that belong together, by its skeleton."""

    skeleton: str
    start: int
    end: int


class _Open(NamedTuple):
    """A phrase that is found inside a longer run of letters too, and which of its ends may lie inside.

    `offers_only`: where the rest of the run is words that offer something, as in "freexxxmovies". A short phrase stands
    in other words by chance.
    """

    phrase: Phrase
    left: bool
    right: bool
    offers_only: bool = False


class Match(NamedTuple):
    """Where a phrase stands in the normalised text.

    An ambiguous phrase beside words that offer something is `certain` there. `disguise` says how it was hidden.
    """

    phrase: Phrase
    start: int
    end: int
    certain: bool
    disguise: str = ""


class Matcher:
    """Looks for many phrases at once; indexes them by how they begin."""

    def __init__(self, phrases: Iterable[Phrase], exceptions: Iterable[Phrase] = ()) -> None:
        self._by_character: dict[str, list[Phrase]] = defaultdict(list)
        self._by_beginning: dict[str, list[tuple[Phrase, frozenset[int]]]] = defaultdict(list)
        self._open: list[_Open] = []
        phrases = tuple(phrases)
        self._words = {word for phrase in phrases for word in (*phrase.words, phrase.compact)}
        for phrase in phrases:
            self._index(phrase)
        self._open.sort(key=lambda entry: len(entry.phrase.compact))
        exceptions = tuple(exceptions)
        self._exceptions = _Exceptions(exceptions) if exceptions else None
        self._disguises = self._known_disguises(phrases)

    def find(self, text: str) -> list[Match]:
        """Every phrase in `text` (from `normalise`), once per place; exceptions taken out.

        Of ambiguous phrases that overlap, the longest: together they are one piece of evidence.
        """
        found: set[Match] = set()
        enough: set[int] = set()
        for begin in range(0, max(len(text), 1), _WINDOW):
            first = max(begin - _MARGIN, 0)
            for match in self._in_window(text[first : begin + _WINDOW + _MARGIN], enough):
                placed = match._replace(start=match.start + first, end=match.end + first)
                goes_on = placed.start == first and placed.end > begin  # a run of letters longer than the margin
                if begin <= placed.start < begin + _WINDOW or goes_on:
                    found.add(placed)
            often = Counter(id(match.phrase) for match in found)
            enough = {phrase for phrase, times in often.items() if times >= _ENOUGH}
        return sorted(_apart(found), key=lambda match: (match.start, match.end, match.phrase.text))

    def _in_window(self, text: str, enough: Container[int] = ()) -> set[Match]:
        """`enough` has the `id` of phrases that were found so often that another place tells nothing new."""
        found = {*self._anywhere(text, enough)}
        for tokens in (*_readings(text), *_unmasked(text, self._words)):
            found.update(self._in_words(text, tokens, enough))
        if found and self._exceptions is not None:
            return _not_excused(found, self._exceptions._in_window(text))
        return found

    def _means(self, phrase: Phrase, place: context.Place) -> bool:
        return not phrase.weighed or context.counts(place, phrase.compact, phrase.category)

    def _means_words(self, phrase: Phrase, text: str, tokens: list[Token]) -> bool:
        if not phrase.weighed:
            return True
        gaps = [text[a.end : b.start] for a, b in itertools.pairwise(tokens)]
        place = context.Place.around(text, [tokens[0].start, tokens[-1].end - 1])
        return context.counts_in_words(place, phrase.category, gaps)

    def _index(self, phrase: Phrase) -> None:
        if phrase.east_asian:
            self._by_character[phrase.compact[0]].append(phrase)
            return
        boundaries = phrase.boundaries
        for length in boundaries:
            self._by_beginning[phrase.compact[:length]].append((phrase, boundaries))
        left, right = phrase.bare.startswith("*"), phrase.bare.endswith("*")
        long = len(phrase.words) > 1 and len(phrase.compact) >= _JOINED_LENGTH
        if left or right:
            self._open.append(_Open(phrase, left, right))
        elif long or phrase.weighed:
            self._open.append(_Open(phrase, True, True, offers_only=not long))

    def _anywhere(self, text: str, enough: Container[int]) -> Iterator[Match]:
        if not self._by_character:
            return
        places = [place for place, char in enumerate(text) if char.isalnum()]
        letters = skeleton("".join(text[place] for place in places))
        for begin, letter in enumerate(letters):
            for phrase in self._by_character.get(letter, ()):
                if not letters.startswith(phrase.compact, begin) or id(phrase) in enough:
                    continue
                inside = places[begin : begin + len(phrase.compact)]
                if _belongs_together(text, inside) and self._means(phrase, context.Place.around(text, inside)):
                    yield _match(phrase, text, inside[0], inside[-1] + 1)
        yield from self._disguised(text, places, letters, enough)

    def _known_disguises(self, phrases: tuple[Phrase, ...]) -> Disguises | None:
        return Disguises(phrases) if self._by_character else None

    def _disguised(self, text: str, places: list[int], letters: str, enough: Container[int]) -> Iterator[Match]:
        for found in self._disguises.find(text, places, letters, enough) if self._disguises else ():
            match = _match(found.phrase, text, found.letters[0], found.letters[-1] + 1)
            certain = match.certain and (found.certain or context.offered(text, match.start, match.end))
            yield match._replace(certain=certain, disguise=found.name)

    def _in_words(self, text: str, tokens: list[Token], enough: Container[int]) -> Iterator[Match]:
        for number, token in enumerate(tokens):
            for phrase, boundaries in self._by_beginning.get(token.skeleton, ()):
                last = None if id(phrase) in enough else _follow(phrase, boundaries, tokens, number)
                if last is None or not _genuine(phrase, text[token.start : last.end]):
                    continue
                between = tokens[number : tokens.index(last, number) + 1]
                if self._means_words(phrase, text, between):
                    yield _match(phrase, text, token.start, last.end)
            for unit in (token, *_squeezed(token)):
                for phrase in self._in_unit(unit):
                    genuine = id(phrase) not in enough and _genuine(phrase, text[unit.start : unit.end])
                    if genuine and self._means_words(phrase, text, [unit]):
                        yield _match(phrase, text, unit.start, unit.end)

    def _in_unit(self, unit: Token) -> Iterator[Phrase]:
        for phrase, _ in self._by_beginning.get(unit.skeleton, ()):
            if phrase.compact == unit.skeleton:
                yield phrase
        for phrase, left, right, offers_only in self._open:
            if len(phrase.compact) > len(unit.skeleton):
                return  # so are all that follow
            if phrase.compact not in unit.skeleton:
                continue
            if offers_only and not all(map(company.offering, unit.skeleton.split(phrase.compact, 1))):
                continue
            if (left or unit.skeleton.startswith(phrase.compact)) and (right or unit.skeleton.endswith(phrase.compact)):
                yield phrase


class _Exceptions(Matcher):
    """Texts inside which phrases do not count; an ambiguous one only as whole words. They need no disguise."""

    def _known_disguises(self, phrases: tuple[Phrase, ...]) -> None:
        return None

    def _means(self, phrase: Phrase, place: context.Place) -> bool:
        return not phrase.weighed or context.whole(place, phrase.compact)


def _match(phrase: Phrase, text: str, start: int, end: int) -> Match:
    return Match(phrase, start, end, not phrase.ambiguous or context.offered(text, start, end))


def _not_excused(found: set[Match], excuses: set[Match]) -> set[Match]:
    """Those that are not inside an exception."""
    starts = sorted((excuse.start, excuse.end) for excuse in excuses)
    reach = list(itertools.accumulate((end for _, end in starts), max))  # of all that begin so far
    return {
        match
        for match in found
        if not (count := bisect.bisect(starts, (match.start, math.inf))) or reach[count - 1] < match.end
    }


def _apart(found: set[Match]) -> set[Match]:
    """All that is certain, and of the rest what overlaps nothing of the same category that is longer."""
    kept = {match for match in found if match.certain}
    taken: set[tuple[str, int]] = set()
    for match in sorted(found - kept, key=lambda match: (match.start - match.end, match.disguise, match.start)):
        places = [(match.phrase.category, place) for place in range(match.start, match.end)]
        if taken.isdisjoint(places):
            kept.add(match)
            taken.update(places)
    return kept


def _belongs_together(text: str, places: list[int]) -> bool:
    """Whether the characters at these places make one phrase in spite of what stands between them."""
    gaps = [text[a + 1 : b] for a, b in itertools.pairwise(places) if b - a > 1]
    if len(places) > 2 or not any(context.NATURAL_GAP.search(gap) for gap in gaps):
        return True
    # "景色 情况" is no 色情; "色 情" is
    before, after = text[: places[0]][-1:], text[places[-1] + 1 :][:1]
    return not before.isalnum() and not after.isalnum()


def _follow(phrase: Phrase, boundaries: frozenset[int], tokens: list[Token], number: int) -> Token | None:
    """The token that completes the phrase which token `number` begins; its words may run together."""
    length = 0
    for token in tokens[number:]:
        if not phrase.compact.startswith(token.skeleton, length):
            goes_on = length in boundaries and phrase.text.endswith("*")
            return token if goes_on and token.skeleton.startswith(phrase.compact[length:]) else None
        length += len(token.skeleton)
        if length == len(phrase.compact):
            return token
        if length not in boundaries:
            return None
    return None


def _readings(text: str) -> Iterator[list[Token]]:
    """The text as words, in every way to divide it: with and without leet symbols, and put together."""
    before: list[Token] | None = None
    for pattern in (_WORD, _LEET_WORD):
        tokens = [Token(skeleton(match.group()), match.start(), match.end()) for match in pattern.finditer(text)]
        if tokens == before:
            return  # without leet symbols, as most texts are, both are the same
        before = tokens
        yield tokens
        for joins in (_joined_by_symbols, _spaced_letters):
            together = _put_together(text, tokens, joins)
            if len(together) < len(tokens):
                yield together
        bare = [_without_numbers(text, token) for token in tokens]
        if bare != tokens:
            yield bare


def _unmasked(text: str, known: Container[str]) -> Iterator[list[Token]]:
    """The text with vowels for the stars inside words, where such words are known; each reading has others."""
    if "*" not in text:
        return
    masked = {match.span(): _with_vowels(match.group(), known) for match in _MASKED.finditer(text)}
    inside = {place for span in masked for place in range(*span)}
    spans = [*masked, *(match.span() for match in _WORD.finditer(text) if match.start() not in inside)]
    for number in range(max(map(len, masked.values()), default=0)):
        ways = {span: words[number % len(words)] for span, words in masked.items()}
        yield [Token(skeleton(ways.get(span) or text[slice(*span)]), *span) for span in sorted(spans)]


def _with_vowels(word: str, known: Container[str]) -> list[str]:
    """The words that it may stand for: those that are known, or else any."""
    words = [word.replace("*", vowel) for vowel in _VOWELS]
    return [one for one in words if skeleton(one) in known] or words


def _without_numbers(text: str, token: Token) -> Token:
    """The token without digits at its ends, unless what is left is too short to be a word: AV1, H264."""
    word = text[token.start : token.end]
    bare = word.strip(string.digits)
    if len(bare) < _SHORTEST_WORD:
        return token
    start = token.start + word.index(bare)
    return Token(skeleton(bare), start, start + len(bare))


def _put_together(text: str, tokens: list[Token], joins: Callable[[str, list[Token], Token], bool]) -> list[Token]:
    """The tokens, with those that were taken apart made one again."""
    runs: list[list[Token]] = []
    for token in tokens:
        if runs and joins(text, runs[-1], token):
            runs[-1].append(token)
        else:
            runs.append([token])
    return [Token("".join(token.skeleton for token in run), run[0].start, run[-1].end) for run in runs]


def _joined_by_symbols(text: str, run: list[Token], token: Token) -> bool:
    return _TIGHT.fullmatch(text, run[-1].end, token.start) is not None


def _spaced_letters(text: str, run: list[Token], token: Token) -> bool:
    """A wider gap than the first one in the run ends a word: "p o r n   s i t e" is two."""
    gap, first = token.start - run[-1].end, (run[1].start - run[0].end if len(run) > 1 else None)
    single = len(token.skeleton) == 1 and len(run[-1].skeleton) == 1
    return single and gap > 0 and (first is None or gap <= first)


def _squeezed(token: Token) -> Iterator[Token]:
    """The token with letters that stand three times and more reduced to one, and to two."""
    if _REPEATED.search(token.skeleton):
        yield token._replace(skeleton=_REPEATED.sub(r"\1", token.skeleton))
        yield token._replace(skeleton=_REPEATED.sub(r"\1\1", token.skeleton))


def _genuine(phrase: Phrase, passage: str) -> bool:
    """Whether the passage has enough letters to be a word in disguise: "s3x" is, the number 455 is no word."""
    characters = [char for char in passage if char.isalnum()]
    if not any(char.isalpha() for char in phrase.plain):
        return phrase.plain in "".join(characters)
    return 3 * sum(char.isalpha() for char in characters) >= len(characters)
