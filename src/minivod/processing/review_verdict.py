"""From what detectors found to what ReviewAudioVideo answers: suggestion, label, form, segments, and a message."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from minivod.review.labels import TYPE_OF
from minivod.review.model import Finding, ReviewResult, Suggestion
from minivod.review.policy import REASONS_SHOWN, Policy, describe
from minivod.wire.review_task import ReviewAudioVideoSegmentItem, ReviewImageResult, ReviewImageSegmentItem

_RANKS: Sequence[Suggestion] = ("pass", "review", "block")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a review of one thing came to.

    Attributes:
        suggestion: the worst of any category.
        types: `Form.Label` of the categories that do not pass, the worst first.
        segments: what was found of these, the worst first.
        reasons: the same in words.
        away: services that did not judge all of it, each with the reason.
    """

    suggestion: Suggestion
    types: list[str] = field(default_factory=list)
    segments: list[ReviewAudioVideoSegmentItem] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    away: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """Of the worst category; empty when all pass."""
        return self.types[0].partition(".")[0] if self.types else ""

    @property
    def label(self) -> str:
        """Of the worst category; empty when all pass."""
        return self.types[0].partition(".")[2] if self.types else ""

    @property
    def why(self) -> str:
        """The worst reasons."""
        more = len(self.reasons) - REASONS_SHOWN
        return "; ".join([*self.reasons[:REASONS_SHOWN], *([f"and {more} more"] if more > 0 else [])])

    def as_picture(self) -> ReviewImageResult:
        """On the wire, of a cover: a picture has no times."""
        items = [
            ReviewImageSegmentItem(
                Confidence=one.Confidence,
                Suggestion=one.Suggestion,
                Label=one.Label,
                Form=one.Form,
                Text=one.Text,
                KeywordSet=one.KeywordSet,
            )
            for one in self.segments
        ]
        return ReviewImageResult(Suggestion=self.suggestion, Label=self.label, Form=self.form, SegmentSet=items)


def verdict(found: ReviewResult, policy: Policy) -> Verdict:
    """What a review means by that policy's thresholds."""
    by_category = _by_category(found)
    counted = list(_counted(found, policy))
    highest = {one.category: one.confidence for one, _ in reversed(counted)}  # they are sorted, worst first

    def badness(category: str) -> tuple[int, float]:
        return _RANKS.index(by_category[category]), highest.get(category, 0.0)

    bad = sorted((one for one, said in by_category.items() if said != "pass"), key=badness, reverse=True)
    unjudged = [f"{wire}: not judged: {why}" for wire, why in found.record.unjudged.items()]
    counted.sort(key=lambda pair: _RANKS.index(pair[1]), reverse=True)
    return Verdict(
        suggestion=max(by_category.values(), key=_RANKS.index, default="pass"),
        types=[".".join(TYPE_OF[category]) for category in bad],
        segments=[_segment(one, said) for one, said in counted],
        reasons=[describe(one) for one, _ in counted] + unjudged,
        away=found.record.away,
    )


def _by_category(found: ReviewResult) -> Mapping[str, Suggestion]:
    worst: dict[str, Suggestion] = {}
    for (category, _), suggestion in found.suggestions.items():
        worst[category] = max(worst.get(category, "pass"), suggestion, key=_RANKS.index)
    return worst


def _counted(found: ReviewResult, policy: Policy) -> Iterator[tuple[Finding, Suggestion]]:
    """The findings that do not pass; one of a category that blocks is for review if it is no reason to block."""
    for one in found.record.findings:
        limits = policy.thresholds[one.category]
        said = found.suggestions.get((one.category, one.label if one.certainty == "ambiguous" else ""), "pass")
        if said != "pass" and one.confidence >= limits.review:
            yield one, "block" if said == "block" and one.confidence >= limits.block else "review"


def _segment(one: Finding, suggestion: Suggestion) -> ReviewAudioVideoSegmentItem:
    form, label = TYPE_OF[one.category]
    text = "" if form == "Image" else one.label
    return ReviewAudioVideoSegmentItem(
        StartTimeOffset=round(one.start, 3),
        EndTimeOffset=round(one.end, 3),
        Confidence=round(one.confidence, 1),
        Suggestion=suggestion,
        Label=label,
        Form=form,
        Text=text,
        KeywordSet=[text] if text else [],
    )
