"""Reviewers from outside in a whole review: their findings decide, and that they are away is never taken for a pass."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from minivod.review.detectors import DetectorSet
from minivod.review.model import Finding, Heard, Image, ReviewResult, Sample, Sound
from minivod.review.outside import FRAMES
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.review.services import Batch, Judgement, ServiceAway, Spoken
from minivod.settings_services import Absence

from .sounds import Tones
from .test_run import Fake, scenes, stream

Make = Callable[[float, Image], Sample]
Answer = Callable[[Batch], Sequence[Finding]]


class Asked:
    """A service that answers as told."""

    name = "asked"
    fingerprint = ""

    def __init__(self, answer: Answer, absent: Absence = "wait", categories: Sequence[str] = ("Terrorism",)) -> None:
        self._answer = answer
        self.absent: Absence = absent
        self.categories = frozenset(categories)
        self.batches: list[Batch] = []

    async def judge(self, batch: Batch) -> Judgement:
        self.batches.append(batch)
        await asyncio.sleep(0)
        return Judgement(self._answer(batch), "v 7")


class Reading(Fake):
    """A detector that reads the time of each sample."""

    def inspect_and_read(self, sample: Sample) -> tuple[Sequence[Finding], str]:
        return self.inspect(sample), f"at {sample.time:g}"


class Writing:
    """A listener that writes down the same each time."""

    name = "writing"
    categories = frozenset({"Porn.Asr"})

    def listen(self, sound: Sound) -> Sequence[Heard]:
        return self.listen_and_write(sound)[0]

    def listen_and_write(self, sound: Sound) -> tuple[Sequence[Heard], Sequence[Spoken]]:
        return [], [Spoken(sound.time, sound.time + 1, "the leader")]


def nothing(_: Batch) -> Sequence[Finding]:
    return []


def away(_: Batch) -> Sequence[Finding]:
    raise ServiceAway("the review service asked did not answer as it should")


def flag(first: float, last: float, confidence: float = 90) -> Answer:
    """A finding in the frames of that time."""

    def answer(batch: Batch) -> Sequence[Finding]:
        times = [one.time for one in batch.frames if first <= one.time <= last]
        if not times:
            return []
        return [
            Finding(category="Terrorism", label="a flag", confidence=confidence, start=min(times), end=max(times),
                    detector="asked")
        ]  # fmt: skip

    return answer


async def reviewed(
    samples: Sequence[Sample],
    service: Asked,
    policy: Policy | None = None,
    stop_after: float = 0,
    fake: Fake | None = None,
) -> ReviewResult:
    detectors = DetectorSet((fake or Reading(),), services=(service,))
    return await review(stream(samples), detectors, policy or Policy(), None, stop_after)


async def test_what_a_service_finds_rejects_with_evidence(still: Make) -> None:
    service = Asked(flag(9, 11))
    result = await reviewed(scenes(still, 20), service)
    record = result.record
    assert record.message == "Rejected: Terrorism: a flag at 00:00:09–00:00:11 (confidence 90)"
    assert record.services == {"asked": "v 7"} and record.away == {}
    assert "Terrorism" in record.covered
    [finding] = record.findings
    assert (finding.samples, finding.detector) == (3, "asked")
    assert result.thumbnails[finding.evidence].startswith(b"\xff\xd8")
    assert [len(batch.frames) for batch in service.batches] == [FRAMES, FRAMES, 20 - 2 * FRAMES]
    assert [one.text for one in service.batches[0].frames][:2] == ["at 0", "at 1"]


async def test_a_finding_counts_for_all_frames_that_look_like_its_own(still: Make) -> None:
    one = scenes(still, 1)[0]
    service = Asked(flag(0, 0))
    result = await reviewed([still(n, one.image) for n in range(3)], service)
    assert result.record.decision == "Rejected"
    assert (len(service.batches[0].frames), result.record.findings[0].samples) == (1, 3)


async def test_a_frame_counts_once_whoever_sees_something_in_it(still: Make) -> None:
    fake = Fake(lambda sample: [Finding.at(sample, "Terrorism", "x", 85)] if sample.time == 3 else [])
    fake.categories = frozenset({"Terrorism"})
    result = await reviewed(scenes(still, 9), Asked(flag(3, 3)), Policy.make({"Terrorism": [60, 95, 97]}), fake=fake)
    assert [row.Suggestion for row in result.record.summary] == ["pass"]


async def test_between_two_frames_the_nearest_is_meant(still: Make) -> None:
    def answer(batch: Batch) -> Sequence[Finding]:
        return [Finding(category="Terrorism", label="a flag", confidence=99, start=2.2, end=2.3)]

    result = await reviewed(scenes(still, 4), Asked(answer))
    assert result.record.findings[0].start == 2


async def test_what_was_said_is_judged_too(still: Make) -> None:
    def answer(batch: Batch) -> Sequence[Finding]:
        return [
            Finding(category="Political.Asr", label=one.text, confidence=98, start=one.start, end=one.end)
            for one in batch.speech
        ]

    service = Asked(answer, categories=["Political.Asr"])
    detectors = DetectorSet((Reading(),), listeners=(Writing(),), services=(service,))
    noise = np.random.default_rng(1).integers(-9000, 9000, (1, 32000), np.int16)
    result = await review(stream([*scenes(still, 2), Tones(noise)]), detectors, Policy())  # type: ignore[list-item]
    assert result.record.message.startswith('Rejected: Political.Asr: the words "the leader"')
    assert result.record.findings[0].evidence == ""


async def test_away_and_waited_for(still: Make) -> None:
    with pytest.raises(ServiceAway):
        await reviewed(scenes(still, 3), Asked(away))


async def test_away_is_for_review(still: Make) -> None:
    result = await reviewed(scenes(still, 3), Asked(away, "review"))
    assert result.record.message == (
        "Rejected: Terrorism: not judged: the review service asked did not answer as it should"
    )
    assert {row.Type: row.Suggestion for row in result.record.summary} == {"Porn": "pass", "Terrorism": "review"}
    assert "Terrorism" not in result.record.covered
    assert result.suggestions["Terrorism", ""] == "review"


async def test_away_is_not_covered(still: Make) -> None:
    result = await reviewed(scenes(still, 3), Asked(away, "uncovered"))
    record = result.record
    assert record.decision == "Pass" and "not covered: " in record.message
    assert [row.Type for row in record.summary] == ["Porn"]
    assert record.uncovered["Terrorism"] == record.away["asked"]
    strict = await reviewed(scenes(still, 3), Asked(away, "uncovered"), Policy(on_uncovered="reject"))
    assert strict.record.decision == "Rejected"


async def test_away_does_not_matter_where_the_video_is_rejected_anyway(still: Make) -> None:
    fake = Fake(lambda sample: [Finding.at(sample, "Porn", "nudity", 99)])
    result = await reviewed(scenes(still, 3), Asked(away), stop_after=60, fake=fake)
    assert result.record.decision == "Rejected" and set(result.record.away) == {"asked"}


async def test_in_part_is_away(still: Make) -> None:
    """The first batch was judged, the second was not: nothing is said to have been looked for."""
    service = Asked(lambda batch: nothing(batch) if batch.first < FRAMES else away(batch), "uncovered")
    result = await reviewed(scenes(still, FRAMES + 2), service)
    assert "Terrorism" in result.record.uncovered and set(result.record.away) == {"asked"}
