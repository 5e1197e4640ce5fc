"""What an application changes of the policy, and what it does not want to be looked for."""

from collections.abc import AsyncIterator

import msgspec
import numpy as np
import pytest

from minivod.media.frames import Frame
from minivod.review.detectors import DetectorSet
from minivod.review.model import Finding, ReviewResult, Sample
from minivod.review.own_policy import OwnPolicy
from minivod.review.policy import THRESHOLDS, Policy
from minivod.review.run import review

WRONG = {
    '{"thresholds": {"Cats": [1, 2, 3]}}': "no such category; there are Abuse.Asr",
    '{"thresholds": {"Porn": [1, 2]}}': "three numbers",
    '{"thresholds": {"Porn": [3, 2, 1]}}': "review <= block <= extreme",
    '{"thresholds": {"Porn": [-1, 2, 3]}}': "0 <= review",
    '{"thresholds": {"Porn": ["a", 2, 3]}}': "Expected `float`",
    '{"on_review": "perhaps"}': "Invalid enum value 'perhaps'",
    '{"on_uncovered": ""}': "Invalid enum value",
    '{"categories": []}': "one at least",
    '{"categories": ["Cats"]}': "not 'Cats'",
    '{"category": ["Porn"]}': "unknown field `category`",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_named(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=WRONG[text]):
        msgspec.json.decode(text, type=OwnPolicy)


def test_numbers_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        OwnPolicy(thresholds={"Porn": [1, 2, float("inf")]})


def test_it_changes_what_it_names() -> None:
    base = Policy.make({"Porn": [1, 2, 3], "Political": [4, 5, 6]}, "reject", "pass")
    own = OwnPolicy(thresholds={"Porn": [50, 60, 101]}, on_review="pass").over(base)
    assert own.thresholds["Porn"] == (50, 60, 101) and own.thresholds["Political"] == (4, 5, 6)
    assert own.thresholds["Ad.Ocr"] == THRESHOLDS["Ad.Ocr"]
    assert (own.on_review, own.on_uncovered) == ("pass", "pass")
    assert OwnPolicy().over(base) == base


def test_another_policy_has_another_digest() -> None:
    policies = [
        OwnPolicy(), OwnPolicy(on_review="pass"), OwnPolicy(on_uncovered="pass"), OwnPolicy(categories=["Porn"]),
        OwnPolicy(thresholds={"Porn": [1, 2, 3]}), OwnPolicy(thresholds={"Porn": [1, 2, 4]}),
    ]  # fmt: skip
    assert len({own.digest(base) for own in policies for base in ("a", "b")}) == 2 * len(policies)
    assert OwnPolicy().digest("") == ""
    assert OwnPolicy(thresholds={"Porn": [1, 2, 3], "Political": [1, 2, 3]}).digest("a") == (
        OwnPolicy(thresholds={"Political": [1, 2, 3], "Porn": [1, 2, 3]}).digest("a")
    )


class Certain:
    """A detector that finds all of its categories in every frame."""

    def __init__(self, *categories: str) -> None:
        self.name, self.categories, self.samples = categories[0], frozenset(categories), 0

    def inspect(self, sample: Sample) -> list[Finding]:
        self.samples += 1
        return [Finding.at(sample, category, "x", 99.0) for category in sorted(self.categories)]


async def reviewed(detectors: DetectorSet, policy: Policy) -> ReviewResult:
    async def samples() -> AsyncIterator[Frame]:
        yield Frame(0.0, np.zeros((8, 8, 3), np.uint8), keyframe=True)

    return await review(samples(), detectors, policy)


async def test_what_is_not_wanted_is_not_looked_for() -> None:
    both, text = Certain("Porn", "Terrorism"), Certain("Political.Ocr")
    own = OwnPolicy(categories=["Terrorism", "Porn.Asr"], on_uncovered="reject")
    record = (await reviewed(own.wanted(DetectorSet((both, text))), own.over(Policy()))).record
    assert [row.Type for row in record.summary] == record.covered == ["Terrorism"]
    assert {finding.category for finding in record.findings} == {"Terrorism"}
    assert list(record.uncovered) == ["Porn.Asr"] and record.decision == "Rejected"
    assert (both.samples, text.samples) == (1, 0)
    calm = OwnPolicy(categories=["Political.Ocr"], on_uncovered="reject", thresholds={"Political.Ocr": [100, 100, 101]})
    record = (await reviewed(calm.wanted(DetectorSet((both, text))), calm.over(Policy()))).record
    assert (record.decision, record.uncovered) == ("Pass", {})
