"""(f) The built-in word lists on harmless and on forbidden lines."""

from pathlib import Path
from typing import NamedTuple

from bench.report import Report
from minivod.review import segments, words
from minivod.review.matching import Match, Matcher
from minivod.review.normalise import normalise
from minivod.review.policy import Policy

TITLE = "(f) Word lists: lines judged rightly"
LINES = Path(__file__).parents[1] / "tests" / "data" / "words"
"""`harmless/*.txt` and `forbidden/*.txt`, a kind each; a line of a file is a text, in which `\\n` is a line break."""
HELD_OUT = 3
"""Every third line of a file was not looked at while the lists were made."""


class Kind(NamedTuple):
    """How a part of the lines of one file was judged."""

    side: str
    kind: str
    held_out: bool
    lines: int
    wrong: tuple[str, ...]
    blocked: int
    """Lines that would block by themselves, wrongly or rightly; what else is found is for review."""


def judge(side: str, kind: str, held_out: bool, matcher: Matcher) -> Kind:
    """Looks for phrases in the lines of a file, either in those held out or in the others."""
    lines = [
        line
        for number, line in enumerate((LINES / side / f"{kind}.txt").read_text("utf-8").splitlines(), start=1)
        if (number % HELD_OUT == 0) is held_out
    ]
    found = {line: matcher.find(as_text(line)) for line in lines}
    wrong = tuple(line for line in lines if bool(found[line]) is (side == "harmless"))
    return Kind(side, kind, held_out, len(lines), wrong, sum(map(blocks, found.values())))


def blocks(matches: list[Match]) -> bool:
    """Whether a video would be blocked that shows a text with these phrases for a moment, clearly."""
    read = [(0.0, 100.0)]
    certain = {match.phrase.category: read for match in matches if match.certain}
    ambiguous = {(match.phrase.category, match.phrase.label): read for match in matches if not match.certain}
    return any(row.Suggestion == "block" for row in Policy().summarise(certain, (), ambiguous))


def as_text(line: str) -> str:
    """The text of a line as `review.lines` makes it of a frame."""
    return normalise(line.replace("\\n", "\n").replace("\\u200b", "\u200b").replace("\\u200d", "\u200d"))


def all_kinds() -> list[Kind]:
    """Every file, first without and then with the lines held out."""
    matcher = words.load().matcher()
    files = sorted(LINES.glob("*/*.txt"))
    return [judge(path.parent.name, path.stem, held, matcher) for held in (False, True) for path in files]


def padded(matcher: Matcher, *, every: int = 1) -> tuple[int, int, list[str]]:
    """How many pairs of a weighed Chinese phrase and a harmless word before or behind it are found, and of how many.

    Words are those of the harmless lines that are no company of a phrase by intent: the daily ones. Of a line of the
    lists with alternatives, one phrase is tried; and of all these texts, one of `every` so many.
    """
    neighbours = sorted(
        {
            word
            for line in (LINES / "harmless" / "daily.txt").read_text("utf-8").splitlines()
            for word in segments.reading(normalise(line))
            if len(word) > 1 and not word.isascii()
        }
    )
    weighed = [phrase for phrase in words.load().phrases if phrase.weighed and phrase.east_asian]
    phrases = {phrase.source: phrase for phrase in weighed}.values()
    texts = [text for p in phrases for n in neighbours for text in (n + p.label, p.label + n, n + p.label + n)]
    tried = texts[::every]
    hidden = [text for text in tried if not matcher.find(normalise(text))]
    return len(tried) - len(hidden), len(tried), hidden


def run(*, quick: bool) -> Report:
    """Judges all lines; `quick` leaves out the padded phrases."""
    report = Report(TITLE, ["lines", "kind", "right", "held out, right", "would block"])
    kinds = {(kind.side, kind.kind, kind.held_out): kind for kind in all_kinds()}
    for side, name, held_out in kinds:
        if not held_out:
            parts = [kinds[side, name, False]], [kinds[side, name, True]]
            report.add(side, name, *map(_share, parts), _blocked([*parts[0], *parts[1]]))
    for side in ("forbidden", "harmless"):
        halves = [
            [kind for kind in kinds.values() if kind.side == side and kind.held_out is held] for held in (False, True)
        ]
        report.add(f"**{side}**", "all", *map(_share, halves), _blocked([*halves[0], *halves[1]]))
    if not quick:
        found, tried, _ = padded(words.load().matcher())
        report.notes.append(
            f"Of {tried} texts of a weighed Chinese phrase, one of each line of the lists, with a harmless word before "
            f"it, behind it or on both sides, {found} ({found / tried:.1%}) are found."
        )
    return report


def _share(kinds: list[Kind]) -> str:
    lines = sum(kind.lines for kind in kinds)
    return f"{lines - sum(len(kind.wrong) for kind in kinds)} of {lines}"


def _blocked(kinds: list[Kind]) -> str:
    return f"{sum(kind.blocked for kind in kinds)} of {sum(kind.lines for kind in kinds)}"
