"""Explains what the word lists find in a text: which list, in which disguise, how certain, and what it leads to."""

import unicodedata

import msgspec

from minivod.review import context, segments
from minivod.review.matching import Match
from minivod.review.model import WIRE_TYPE_OF, WIRE_TYPES, Certainty, Decision, Finding, SummaryRow
from minivod.review.normalise import normalise, skeleton
from minivod.review.policy import Policy
from minivod.review.words import WordLists

SHOWN_SECONDS = 3
"""For how long the text is taken to be shown, with one sample a second that was read without doubt."""
_CONFIDENCE = 100.0
_EAST_ASIAN = 0x2E80


class FoundPhrase(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase in the text."""

    phrase: str
    category: str
    """Of the finding, such as `Porn.Ocr`."""
    certainty: Certainty
    offered: bool
    """Whether something is offered beside it: that makes an ambiguous phrase certain."""
    listed: str
    """File and line of the list."""
    entry: str
    """The phrase with its marks, as the list has it."""
    passage: str
    """What stands in the text."""
    start: int
    """Its first character, counted from 0."""
    end: int
    """Behind its last one."""
    disguise: str
    """As in the review record: `homophones`, `pinyin`, `initials`, `split characters`, `letters between` and
    `another letter between`."""
    normalisations: list[str]
    """What was undone to read it; empty where it stands there as in the list."""
    tokens: list[str]
    """The words of the passage, normalised, as they were compared."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a text is to the lists and to the policy."""

    decision: Decision
    message: str
    summary: list[SummaryRow]
    """Rows of the types that have lists."""
    found: list[FoundPhrase]


def explain(text: str, lists: WordLists, policy: Policy) -> Explanation:
    """What would be found in a text, and what a video would come to that shows it and nothing else.

    Args:
        text: as it stands on the screen; line feeds are breaks of lines.
        lists: from `words.load`.
        policy: what findings mean.
    """
    normal = normalise(text)
    places = _places(text, normal)
    matches = lists.matcher().find(normal)
    found = [_explained(match, text, normal, places) for match in matches]
    findings = sorted((_finding(one) for one in found), key=lambda finding: finding.certainty == "ambiguous")
    seen = {one.category: _samples() for one in found if one.certainty == "certain"}
    ambiguous = {(one.category, one.phrase): _samples() for one in found if one.certainty == "ambiguous"}
    listed = {WIRE_TYPE_OF[category] for category in lists.categories}
    summary = policy.summarise(seen, [wire for wire in WIRE_TYPES if wire in listed], ambiguous)
    decision, message = policy.decide(summary, findings, {})
    return Explanation(decision=decision, message=message, summary=summary, found=found)


def _samples() -> list[tuple[float, float]]:
    return [(float(second), _CONFIDENCE) for second in range(SHOWN_SECONDS)]


def _finding(one: FoundPhrase) -> Finding:
    return Finding(
        category=one.category,
        label=one.phrase,
        confidence=_CONFIDENCE,
        start=0,
        end=SHOWN_SECONDS - 1,
        certainty=one.certainty,
        disguise=one.disguise,
    )


def _places(text: str, normal: str) -> list[int] | None:
    """For each character of the normalised text the one that it comes from; None where that cannot be told.

    Only characters that are composed anew by their neighbours (Korean letters one by one) cannot.
    """
    lengths = [len(normalise(char)) for char in text]
    if sum(lengths) != len(normal):
        return None
    return [place for place, length in enumerate(lengths) for _ in range(length)]


def _explained(match: Match, text: str, normal: str, places: list[int] | None) -> FoundPhrase:
    start, end = match.start, match.end
    passage = normal[start:end]
    if places is not None:
        start, end = places[match.start], places[match.end - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
    written = text[start:end] if places is not None else passage
    return FoundPhrase(
        phrase=match.phrase.label,
        category=match.phrase.category,
        certainty="certain" if match.certain else "ambiguous",
        offered=match.phrase.weighed and context.offered(normal, match.start, match.end),
        listed=match.phrase.source,
        entry=match.phrase.text,
        passage=written,
        start=start,
        end=end,
        disguise=match.disguise,
        normalisations=_normalisations(match, written, passage),
        tokens=_tokens(match, passage),
    )


def _tokens(match: Match, passage: str) -> list[str]:
    if not match.phrase.east_asian:
        return passage.split()
    letters = "".join(char for char in passage if char.isalnum())
    return segments.reading(letters)


def _normalisations(match: Match, written: str, passage: str) -> list[str]:
    names = dict.fromkeys(name for char in written if (name := _undone(char)))
    letters = "".join(char for char in passage if char.isalnum())
    if match.disguise:
        names |= dict.fromkeys(match.disguise.split(" and "))
    elif "*" in passage and len(letters) < len(match.phrase.plain):
        return [*names, "stars for vowels"]
    elif match.phrase.plain not in letters:
        names["leetspeak" if len(letters) <= len(match.phrase.plain) else "repeated or joined letters"] = None
    if _between(match, passage):
        names["spaces, symbols or line breaks between"] = None
    return list(names)


def _between(match: Match, passage: str) -> bool:
    """Whether something stands between letters that the list has side by side."""
    return len(passage.split()) != len(match.phrase.label.split()) or any(
        not char.isalnum() and not char.isspace() and char not in match.phrase.label and skeleton(char) == char
        for char in passage
    )


def _undone(char: str) -> str:
    """What `normalise` does to a character; empty for nothing, and for upper case."""
    plain, folded = normalise(char), char.casefold()
    if plain == folded or char.isspace():
        return ""
    if not plain:
        return "combining marks" if unicodedata.combining(char) else "invisible characters"
    if unicodedata.normalize("NFKC", char).casefold() == plain:
        return "full-width or decorated forms"
    if ord(char) >= _EAST_ASIAN:
        return "traditional or variant characters"
    decomposed = unicodedata.normalize("NFKD", folded)
    return "accents" if len(decomposed) > 1 and decomposed[0] == plain else "look-alike letters"
