"""Policy: from confidences over time to a suggestion per category and the decision on the video."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from minivod.review.model import CATEGORIES, WIRE_TYPE_OF, Decision, Finding, Suggestion, SummaryRow
from minivod.settings import SettingsError

AGREEING_SAMPLES = 3
AGREEING_SECONDS = 1.0
REASONS_SHOWN = 3

Samples = Sequence[tuple[float, float]]
"""Time in seconds and confidence of each sample that had a finding; of speech, of each time that it was said."""


class Thresholds(NamedTuple):
    """Confidences (0-100) of one category.

    block: `AGREEING_SAMPLES` samples over `AGREEING_SECONDS` of at least `block`, or one of at least `extreme`.
    review: one sample of at least `block`, or two of at least `review`.
    """

    review: float
    block: float
    extreme: float


_PICTURE = Thresholds(60, 80, 97)
_TEXT = Thresholds(60, 80, 90)
_SPEECH = Thresholds(60, 80, 97)

THRESHOLDS: dict[str, Thresholds] = {
    "Porn": _PICTURE,
    "Porn.Ocr": _TEXT,
    "Porn.Asr": _SPEECH,
    "Terrorism": _PICTURE,
    "Terrorism.Ocr": _TEXT,
    "Political": _PICTURE,
    "Political.Ocr": _TEXT,
    "Political.Asr": _SPEECH,
    "Abuse.Ocr": _TEXT,
    "Ad.Ocr": _TEXT,
    "Terrorism.Asr": _SPEECH,
    "Abuse.Asr": _SPEECH,
    "Ad.Asr": _SPEECH,
}
"""The built-in thresholds; docs/review.md has the measured scores of harmless video beside them."""


@dataclass(frozen=True)
class Policy:
    """What findings mean.

    Attributes:
        thresholds: per category of `model.CATEGORIES`.
        on_review: what the suggestion "review" does to the video.
        on_uncovered: what a wire type that no detector looked for does to it.
    """

    thresholds: Mapping[str, Thresholds] = field(default_factory=lambda: THRESHOLDS)
    on_review: Literal["reject", "pass"] = "reject"
    on_uncovered: Literal["reject", "pass"] = "pass"

    @classmethod
    def make(
        cls,
        thresholds: Mapping[str, Sequence[float]] | None = None,
        on_review: Literal["reject", "pass"] = "reject",
        on_uncovered: Literal["reject", "pass"] = "pass",
        what: str = "the setting review_thresholds",
    ) -> "Policy":
        """The policy of the settings `review_thresholds`, `review_on_review` and `review_on_uncovered`.

        `what` names the thresholds in messages.

        Raises:
            SettingsError: a category does not exist, or its values are not three finite ascending numbers from 0 on.
        """
        own = {category: _thresholds(category, values, what) for category, values in (thresholds or {}).items()}
        return cls(THRESHOLDS | own, on_review, on_uncovered)

    def suggest(self, category: str, seen: Iterable[tuple[float, float]]) -> Suggestion:
        """The suggestion for a category, from (time in seconds, confidence) of each sample that had a finding."""
        limits = self.thresholds[category]
        samples = list(seen)
        if any(confidence >= limits.extreme for _, confidence in samples):
            return "block"
        high = [time for time, confidence in samples if confidence >= limits.block]
        if len(high) >= AGREEING_SAMPLES and max(high) - min(high) >= AGREEING_SECONDS:
            return "block"
        raised = sum(confidence >= limits.review for _, confidence in samples)
        return "review" if high or raised > 1 else "pass"

    def suggest_phrases(
        self, seen: Mapping[str, Samples], ambiguous: Mapping[tuple[str, str], Samples]
    ) -> dict[tuple[str, str], Suggestion]:
        """The suggestion for each ambiguous phrase: "block" only where there is other evidence of the same subject.

        Other evidence is what is itself at least "review": something certain, be it a picture or a phrase, or another
        ambiguous phrase. A phrase that is part of the other ("xxx video" and "xxx videos") is no other one.

        Args:
            seen: category -> samples with certain findings.
            ambiguous: (category, phrase) -> samples with it.
        """
        alone = {key: self.suggest(key[0], samples) for key, samples in ambiguous.items()}
        evidence = [(category, "") for category, samples in seen.items() if self.suggest(category, samples) != "pass"]
        evidence += [key for key, suggestion in alone.items() if suggestion != "pass"]
        return {
            key: "review" if suggestion == "block" and not any(_supports(one, key) for one in evidence) else suggestion
            for key, suggestion in alone.items()
        }

    def judge(
        self, seen: Mapping[str, Samples], ambiguous: Mapping[tuple[str, str], Samples]
    ) -> dict[tuple[str, str], Suggestion]:
        """The suggestion for what is certain of each category, whose phrase is empty, and for each ambiguous phrase."""
        certain = {(category, ""): self.suggest(category, samples) for category, samples in seen.items()}
        return certain | self.suggest_phrases(seen, ambiguous)

    def is_blocked(self, seen: Mapping[str, Samples], ambiguous: Mapping[tuple[str, str], Samples]) -> bool:
        """Whether it is certain that the video is rejected: more findings never take a block back."""
        return "block" in self.judge(seen, ambiguous).values()

    def summarise(
        self,
        seen: Mapping[str, Samples],
        covered: Iterable[str],
        ambiguous: Mapping[tuple[str, str], Samples] | None = None,
    ) -> list[SummaryRow]:
        """Rows of `ReviewSummary`: the covered wire types, and others only where something was found."""
        ambiguous = ambiguous or {}
        rows: dict[str, SummaryRow] = {wire: SummaryRow(Type=wire, Suggestion="pass", Confidence=0) for wire in covered}
        for (category, phrase), suggestion in self.judge(seen, ambiguous).items():
            samples = ambiguous[category, phrase] if phrase else seen[category]
            wire = WIRE_TYPE_OF[category]
            if suggestion == "pass" and wire not in rows:
                continue
            row = rows.setdefault(wire, SummaryRow(Type=wire, Suggestion="pass", Confidence=0))
            row.Suggestion = max(row.Suggestion, suggestion, key=("pass", "review", "block").index)
            row.Confidence = max(row.Confidence, round(max((c for _, c in samples), default=0.0), 1))
        return list(rows.values())

    def summarise_unjudged(self, rows: Sequence[SummaryRow], unjudged: Iterable[str]) -> list[SummaryRow]:
        """The rows, where types that nobody could judge are for review at least."""
        known = {row.Type: row for row in rows}
        for wire in unjudged:
            row = known.setdefault(wire, SummaryRow(Type=wire, Suggestion="review", Confidence=0))
            row.Suggestion = max(row.Suggestion, "review", key=("pass", "review", "block").index)
        return list(known.values())

    def decide(
        self,
        rows: Sequence[SummaryRow],
        findings: Sequence[Finding],
        uncovered: Mapping[str, str],
        partly: Mapping[str, str] | None = None,
        unjudged: Mapping[str, str] | None = None,
    ) -> tuple[Decision, str]:
        """The decision, and why, in words for a person; `findings` are sorted, worst first.

        `partly`: wire types that were looked for in part only, each with which part. `unjudged`: those that are for
        review because nobody could judge them, each with the reason.
        """
        against = [row.Type for row in rows if self._refuses(row.Suggestion)]
        if against:
            reasons = [describe(one) for one in findings if WIRE_TYPE_OF[one.category] in against and self._counts(one)]
            reasons += [f"{wire}: not judged: {why}" for wire, why in (unjudged or {}).items() if wire in against]
            more = [f"and {len(reasons) - REASONS_SHOWN} more"] if len(reasons) > REASONS_SHOWN else []
            return "Rejected", f"Rejected: {'; '.join([*reasons[:REASONS_SHOWN], *more])}"
        if uncovered and self.on_uncovered == "reject":
            return "Rejected", f"Rejected: no detector looked for {', '.join(uncovered)}"
        covered = ", ".join(with_part(row.Type, partly or {}) for row in rows) or "nothing was looked for"
        if uncovered:
            return "Pass", f"Passed: {covered}; not covered: {', '.join(uncovered)}"
        return "Pass", f"Passed: {covered}"

    def told_of(self, findings: Iterable[Finding]) -> dict[str, Any]:
        """What a record keeps of this policy, by its members: it may be another one when somebody asks why."""
        return {
            "thresholds": {one.category: list(self.thresholds[one.category]) for one in findings},
            "on_review": self.on_review,
            "on_uncovered": self.on_uncovered,
        }

    def _counts(self, finding: Finding) -> bool:
        """Whether it is a reason: one that a second look doubted is kept in the record only."""
        return finding.confidence >= self.thresholds[finding.category].review

    def _refuses(self, suggestion: Suggestion) -> bool:
        return suggestion == "block" or (suggestion == "review" and self.on_review == "reject")


def with_part(name: str, partly: Mapping[str, str]) -> str:
    """A type, and which part of it was looked for, where it was not all: `Porn.Asr (English only)`."""
    return f"{name} ({partly[name]})" if name in partly else name


def describe(finding: Finding) -> str:
    """A finding in words: `Porn.Ocr: the text "…" at 00:00:03–00:00:05 (confidence 97)`."""
    wire = WIRE_TYPE_OF[finding.category]
    what = _label(finding)
    start, end = clock(finding.start), clock(finding.end)
    when = start if start == end else f"{start}–{end}"
    if finding.certainty == "ambiguous":
        return f"{wire}: {what} at {when} (confidence {finding.confidence:.0f}, ambiguous)"
    return f"{wire}: {what} at {when} (confidence {finding.confidence:.0f})"


def _label(finding: Finding) -> str:
    kind = finding.category.rpartition(".")[2]
    if kind == "Asr" and finding.disguise:
        return f'the words "{finding.label}" ({finding.disguise})'
    if kind == "Asr":
        return f'the words "{finding.label}"'
    if kind != "Ocr":
        return finding.label
    if finding.disguise:
        return f'the text "{finding.label}" ({finding.disguise})'
    return f'the text "{finding.label}"'


def _supports(evidence: tuple[str, str], phrase: tuple[str, str]) -> bool:
    """Whether evidence, (category, phrase or nothing), is of the phrase's subject and another one than it."""
    same_subject = _subject(evidence[0]) == _subject(phrase[0])
    return same_subject and not (evidence[1] and (evidence[1] in phrase[1] or phrase[1] in evidence[1]))


def _subject(category: str) -> str:
    """`Porn` of `Porn.Ocr`: insults count with Porn and advertising with Political, as on the wire."""
    return WIRE_TYPE_OF[category].partition(".")[0]


def clock(seconds: float) -> str:
    """HH:MM:SS of a position in the video."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _thresholds(category: str, values: Sequence[float], what: str) -> Thresholds:
    where = f"{what} has a wrong value for {category!r}"
    if category not in CATEGORIES:
        raise SettingsError(f"{where}: there is no such category; there are {', '.join(sorted(CATEGORIES))}")
    if len(values) != len(Thresholds._fields):
        raise SettingsError(f"{where}: three numbers [review, block, extreme] are needed, not {len(values)}")
    if not all(map(math.isfinite, values)):
        raise SettingsError(f"{where}: the numbers must be finite, not {list(values)}; above 100 nothing is extreme")
    limits = Thresholds(*values)
    if not 0 <= limits.review <= limits.block <= limits.extreme:
        raise SettingsError(f"{where}: 0 <= review <= block <= extreme must hold, not {list(values)}")
    return limits
