"""Policy: from confidences over time to a suggestion per category and the decision on the video."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from minivod.review.model import CATEGORIES, WIRE_TYPE_OF, Decision, Finding, Suggestion, SummaryRow
from minivod.settings import SettingsError

AGREEING_SAMPLES = 3
AGREEING_SECONDS = 1.0
REASONS_SHOWN = 3


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
    ) -> "Policy":
        """The policy of the settings `review_thresholds`, `review_on_review` and `review_on_uncovered`.

        Raises:
            SettingsError: a category does not exist, or its values are not three ascending numbers of 0-100.
        """
        own = {category: _thresholds(category, values) for category, values in (thresholds or {}).items()}
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

    def summarise(self, seen: Mapping[str, Sequence[tuple[float, float]]], covered: Iterable[str]) -> list[SummaryRow]:
        """Rows of `ReviewSummary`: the covered wire types, and others only where something was found."""
        rows: dict[str, SummaryRow] = {wire: SummaryRow(Type=wire, Suggestion="pass", Confidence=0) for wire in covered}
        for category, samples in seen.items():
            suggestion = self.suggest(category, samples)
            wire = WIRE_TYPE_OF[category]
            if suggestion == "pass" and wire not in rows:
                continue
            row = rows.setdefault(wire, SummaryRow(Type=wire, Suggestion="pass", Confidence=0))
            row.Suggestion = max(row.Suggestion, suggestion, key=("pass", "review", "block").index)
            row.Confidence = max(row.Confidence, round(max((c for _, c in samples), default=0.0), 1))
        return list(rows.values())

    def decide(
        self, rows: Sequence[SummaryRow], findings: Sequence[Finding], uncovered: Mapping[str, str]
    ) -> tuple[Decision, str]:
        """The decision, and why, in words for a person; `findings` are sorted, worst first."""
        against = [row.Type for row in rows if self._refuses(row.Suggestion)]
        if against:
            reasons = [describe(finding) for finding in findings if WIRE_TYPE_OF[finding.category] in against]
            more = f"; and {len(reasons) - REASONS_SHOWN} more" if len(reasons) > REASONS_SHOWN else ""
            return "Rejected", "Rejected: " + "; ".join(reasons[:REASONS_SHOWN]) + more
        if uncovered and self.on_uncovered == "reject":
            return "Rejected", f"Rejected: no detector looked for {', '.join(uncovered)}"
        open_ = f"; not covered: {', '.join(uncovered)}" if uncovered else ""
        return "Pass", f"Passed: {', '.join(row.Type for row in rows) or 'nothing was looked for'}{open_}"

    def _refuses(self, suggestion: Suggestion) -> bool:
        return suggestion == "block" or (suggestion == "review" and self.on_review == "reject")


def describe(finding: Finding) -> str:
    """A finding in words: `Porn.Ocr: the text "…" at 00:00:03–00:00:05 (confidence 97)`."""
    wire = WIRE_TYPE_OF[finding.category]
    what = f'the text "{finding.label}"' if finding.category.endswith(".Ocr") else finding.label
    start, end = clock(finding.start), clock(finding.end)
    when = start if start == end else f"{start}–{end}"
    return f"{wire}: {what} at {when} (confidence {finding.confidence:.0f})"


def clock(seconds: float) -> str:
    """HH:MM:SS of a position in the video."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _thresholds(category: str, values: Sequence[float]) -> Thresholds:
    where = f"the setting review_thresholds has a wrong value for {category!r}"
    if category not in CATEGORIES:
        raise SettingsError(f"{where}: there is no such category; there are {', '.join(sorted(CATEGORIES))}")
    if len(values) != len(Thresholds._fields):
        raise SettingsError(f"{where}: three numbers [review, block, extreme] are needed, not {len(values)}")
    limits = Thresholds(*values)
    if not 0 <= limits.review <= limits.block <= limits.extreme:
        raise SettingsError(f"{where}: 0 <= review <= block <= extreme must hold, not {list(values)}")
    return limits
