"""The policy: agreement of samples, extremes, thresholds of the operator, words for people."""

import math
import random

import pytest

from minivod.review.model import CATEGORIES, WIRE_TYPE_OF, WIRE_TYPES, Finding
from minivod.review.policy import THRESHOLDS, Policy, describe
from minivod.settings import SettingsError


@pytest.mark.parametrize(
    ("seen", "suggestion"),
    [
        ([], "pass"),
        ([(0, 48)], "pass"),
        ([(0, 59), (1, 59), (2, 59), (3, 59)], "pass"),
        ([(0, 79)], "pass"),  # one frame, not high
        ([(0, 60), (1, 60)], "review"),
        ([(0, 80)], "review"),  # one high frame does not block
        ([(0, 96.9)], "review"),
        ([(0, 97)], "block"),  # unless it is extreme
        ([(0, 85), (1, 85)], "review"),
        ([(0, 85), (0.3, 85), (0.6, 85)], "review"),  # three frames of one moment are one
        ([(0, 85), (0.5, 85), (1.0, 85)], "block"),
        ([(0, 85), (50, 10), (100, 85), (200, 85)], "block"),
    ],
)
def test_pictures(seen: list[tuple[float, float]], suggestion: str) -> None:
    assert Policy().suggest("Porn", seen) == suggestion


def test_text_that_was_read_clearly_once_is_enough() -> None:
    assert Policy().suggest("Porn.Ocr", [(3, 90)]) == "block"
    assert Policy().suggest("Porn.Ocr", [(3, 89)]) == "review"


def test_every_category_has_thresholds_and_a_wire_type() -> None:
    assert set(THRESHOLDS) == CATEGORIES
    assert set(WIRE_TYPE_OF.values()) == set(WIRE_TYPES)


def test_the_operators_thresholds() -> None:
    policy = Policy.make({"Porn": [10, 20, 101]})
    assert policy.suggest("Porn", [(0, 100)]) == "review"
    assert policy.thresholds["Porn.Ocr"] == THRESHOLDS["Porn.Ocr"]


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"Nudity": [1, 2, 3]}, "no such category; there are Abuse.Asr, Abuse.Ocr"),
        ({"Porn": [1, 2, math.inf]}, r"'Porn'.*must be finite, not \[1, 2, inf\]"),
        ({"Porn": [math.nan, 2, 3]}, r"'Porn'.*must be finite"),
        ({"Porn": [1, 2]}, r"three numbers \[review, block, extreme\] are needed, not 2"),
        ({"Porn": [3, 2, 1]}, "0 <= review <= block <= extreme"),
        ({"Porn": [-1, 2, 3]}, "0 <= review"),
    ],
)
def test_wrong_thresholds_are_named(thresholds: dict[str, list[float]], message: str) -> None:
    with pytest.raises(SettingsError, match=f"review_thresholds.*{message}"):
        Policy.make(thresholds)


def test_the_summary_has_covered_types_and_never_an_uncovered_pass() -> None:
    seen = {"Porn": [(0.0, 30.0)], "Terrorism.Ocr": [(0.0, 40.0)], "Ad.Ocr": [(0.0, 95.0)]}
    rows = {row.Type: (row.Suggestion, row.Confidence) for row in Policy().summarise(seen, ["Porn", "Political.Ocr"])}
    assert rows == {"Porn": ("pass", 30), "Political.Ocr": ("block", 95)}
    seen["Terrorism.Ocr"].append((1.0, 99.0))
    rows = {row.Type: (row.Suggestion, row.Confidence) for row in Policy().summarise(seen, ["Porn", "Political.Ocr"])}
    assert rows["Terrorism"] == ("block", 99)


def test_decisions() -> None:
    finding = Finding(category="Porn", label="nudity", confidence=85, start=2, end=3)
    rows = Policy().summarise({"Porn": [(2, 85), (3, 85)]}, ["Porn", "Porn.Ocr"])
    assert Policy().decide(rows, [finding], {}) == (
        "Rejected",
        "Rejected: Porn: nudity at 00:00:02–00:00:03 (confidence 85)",
    )
    assert Policy(on_review="pass").decide(rows, [finding], {})[0] == "Pass"
    assert Policy(on_review="pass").decide(rows, [finding], {"Political": "why"}) == (
        "Pass",
        "Passed: Porn, Porn.Ocr; not covered: Political",
    )
    assert Policy(on_uncovered="reject", on_review="pass").decide(rows, [], {"Political": "why"}) == (
        "Rejected",
        "Rejected: no detector looked for Political",
    )


def test_a_finding_in_words() -> None:
    finding = Finding(category="Abuse.Ocr", label="du depp", confidence=97.4, start=3723.9, end=3723.9)
    assert describe(finding) == 'Porn.Ocr: the text "du depp" at 01:02:03 (confidence 97)'


def test_many_reasons_are_counted() -> None:
    findings = [Finding(category="Porn.Ocr", label=f"w{n}", confidence=95, start=n, end=n) for n in range(5)]
    rows = Policy().summarise({"Porn.Ocr": [(0, 95)]}, ["Porn.Ocr"])
    assert Policy().decide(rows, findings, {})[1].endswith("; and 2 more")


@pytest.mark.parametrize(
    ("seen", "more", "suggestion"),
    [
        ({}, {}, "review"),  # however clearly and often it was read
        ({}, {("Porn.Ocr", "adult movies"): 95}, "block"),  # another phrase
        ({}, {("Porn.Ocr", "adult video"): 95}, "review"),  # which is the same one
        ({}, {("Porn.Ocr", "adult movies"): 50}, "review"),  # hardly read
        ({}, {("Abuse.Ocr", "du depp"): 95}, "block"),
        ({}, {("Terrorism.Ocr", "pipe bomb"): 95}, "review"),  # another subject
        ({"Porn": [(9, 80)]}, {}, "block"),  # a picture that is itself for review
        ({"Porn": [(9, 79)]}, {}, "review"),
        ({"Terrorism": [(9, 99)]}, {}, "review"),
        ({"Porn.Ocr": [(9, 85)]}, {}, "block"),  # a certain phrase
    ],
)
def test_an_ambiguous_phrase_blocks_only_with_other_evidence(
    seen: dict[str, list[tuple[float, float]]], more: dict[tuple[str, str], float], suggestion: str
) -> None:
    phrases = {("Porn.Ocr", "adult videos"): [(float(t), 99.0) for t in range(9)]}
    phrases |= {key: [(20.0, confidence)] for key, confidence in more.items()}
    assert Policy().suggest_phrases(seen, phrases)["Porn.Ocr", "adult videos"] == suggestion
    rows = {row.Type: row for row in Policy().summarise(seen, ["Porn.Ocr"], phrases)}
    assert (rows["Porn.Ocr"].Suggestion, rows["Porn.Ocr"].Confidence) == (suggestion, 99)


def test_an_ambiguous_phrase_that_was_hardly_read_is_no_case_at_all() -> None:
    (row,) = Policy().summarise({}, ["Porn.Ocr"], {("Porn.Ocr", "milf"): [(0, 59)]})
    assert (row.Suggestion, row.Confidence) == ("pass", 59)


def test_an_ambiguous_finding_in_words() -> None:
    finding = Finding(
        category="Porn.Ocr", label="色情", confidence=97, start=0, end=0, certainty="ambiguous", disguise="pinyin"
    )
    assert describe(finding) == 'Porn.Ocr: the text "色情" (pinyin) at 00:00:00 (confidence 97, ambiguous)'


def test_a_block_is_never_taken_back() -> None:
    """Reviews stop by it."""
    chance = random.Random(8)
    phrases = ("adult movies", "adult video", "du depp")
    for _ in range(60):
        seen: dict[str, list[tuple[float, float]]] = {}
        ambiguous: dict[tuple[str, str], list[tuple[float, float]]] = {}
        blocked = False
        for time in range(20):
            sample = (time / 2, chance.choice((30.0, 65.0, 85.0, 95.0)))
            if chance.random() < 0.3:
                seen.setdefault(chance.choice(("Porn", "Porn.Ocr", "Political")), []).append(sample)
            else:
                ambiguous.setdefault(("Porn.Ocr", chance.choice(phrases)), []).append(sample)
            now = Policy().is_blocked(seen, ambiguous)
            assert now or not blocked
            blocked = now
