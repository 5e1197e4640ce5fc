"""What a review means on the wire: the worst type first, and nothing that passed."""

from minivod.processing.review_verdict import Verdict, verdict
from minivod.review.model import Certainty, Finding, ReviewRecord, ReviewResult, Suggestion
from minivod.review.policy import Policy


def finding(category: str, confidence: float, label: str = "x", certainty: Certainty = "certain") -> Finding:
    return Finding(
        category=category, label=label, confidence=confidence, start=1.23456, end=4.0, certainty=certainty
    )  # fmt: skip


def judged(findings: list[Finding], suggestions: dict[tuple[str, str], Suggestion]) -> Verdict:
    record = ReviewRecord(
        decision="Pass", message="", summary=[], findings=sorted(findings, key=lambda one: -one.confidence),
        covered=[], uncovered={}, samples_seen=1, samples_inspected=1, seconds={},
    )  # fmt: skip
    return verdict(ReviewResult(record=record, thumbnails={}, suggestions=suggestions), Policy())


def test_what_blocks_comes_before_what_is_surer_and_for_review() -> None:
    found = judged(
        [finding("Porn", 95.0), finding("Terrorism.Ocr", 85.0), finding("Abuse.Ocr", 70.0)],
        {("Porn", ""): "review", ("Terrorism.Ocr", ""): "block", ("Abuse.Ocr", ""): "review"},
    )
    assert (found.suggestion, found.label, found.form) == ("block", "Terror", "OCR")
    assert found.types == ["OCR.Terror", "Image.Porn", "OCR.Abuse"]
    assert [(one.Label, one.Suggestion) for one in found.segments] == [
        ("Terror", "block"), ("Porn", "review"), ("Abuse", "review"),
    ]  # fmt: skip
    assert found.segments[0].StartTimeOffset == 1.235
    assert found.why.startswith("Terrorism: the text")


def test_what_is_no_reason_is_left_out() -> None:
    found = judged(
        [finding("Porn", 99.0), finding("Porn.Ocr", 59.0), finding("Porn.Ocr", 65.0), finding("Political", 70.0)],
        {("Porn", ""): "block", ("Porn.Ocr", ""): "block", ("Political", ""): "pass"},
    )
    assert [(one.Form, one.Suggestion) for one in found.segments] == [("Image", "block"), ("OCR", "review")]
    assert found.types == ["Image.Porn", "OCR.Porn"]
    nothing = judged([finding("Political", 70.0)], {("Political", ""): "pass"})
    assert (nothing.suggestion, nothing.types, nothing.segments, nothing.why) == ("pass", [], [], "")
    assert (nothing.label, nothing.form) == ("", "")


def test_an_ambiguous_phrase_has_a_suggestion_of_its_own() -> None:
    phrases = [finding("Porn.Ocr", 99.0, "one", "ambiguous"), finding("Porn.Ocr", 99.0, "two", "ambiguous")]
    found = judged(phrases, {("Porn.Ocr", "one"): "block", ("Porn.Ocr", "two"): "review"})
    assert [(one.Text, one.Suggestion) for one in found.segments] == [("one", "block"), ("two", "review")]
    assert (found.suggestion, found.types) == ("block", ["OCR.Porn"])


def test_of_many_reasons_the_worst_are_told() -> None:
    many = [finding("Porn.Ocr", 90.0 + number, f"phrase {number}") for number in range(5)]
    found = judged(many, {("Porn.Ocr", ""): "block"})
    assert len(found.segments) == 5 and found.why.endswith("; and 2 more")
    picture = found.as_picture()
    assert (picture.Suggestion, picture.SegmentSet[0].KeywordSet) == ("block", ["phrase 4"])
