"""A whole review: decision, record, and that nothing is ever passed which was not inspected."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import msgspec
import numpy as np
import pytest

from minivod.review.detectors import DetectorSet
from minivod.review.model import Finding, Heard, Image, ReviewFailed, ReviewRecord, Sample, Sound
from minivod.review.policy import Policy
from minivod.review.run import READ_AHEAD, review

from ...waiting import PATIENCE
from .sounds import Tones, say

Make = Callable[[float, Image], Sample]
Clip = Callable[[str], list[Sample]]
RNG = np.random.default_rng(11)


class Fake:
    """A detector that answers as told, by the time of the sample."""

    name = "fake"
    categories = frozenset({"Porn"})

    def __init__(self, answer: Callable[[Sample], Sequence[Finding]] = lambda sample: []) -> None:
        self._answer = answer
        self.inspected: list[float] = []

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        self.inspected.append(sample.time)
        return self._answer(sample)


def porn(confidence: float) -> Callable[[Sample], Sequence[Finding]]:
    return lambda sample: [Finding.at(sample, "Porn", "nudity", confidence)]


async def stream(samples: Iterable[Sample]) -> AsyncIterator[Sample]:
    for sample in samples:
        yield sample


def scenes(still: Make, count: int) -> list[Sample]:
    """Samples that have nothing in common."""
    return [still(n, RNG.integers(0, 255, (90, 160, 3), np.uint8)) for n in range(count)]


@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4", "carphone_distorted.mp4"])
async def test_the_neutral_clips_pass(detectors: DetectorSet, clip: Clip, name: str) -> None:
    samples = clip(name)
    result = await review(stream(samples), detectors, Policy())
    record = result.record
    assert record.decision == "Pass", record.message
    assert {row.Type: row.Suggestion for row in record.summary} == dict.fromkeys(detectors.covered, "pass")
    assert set(record.uncovered) == {"Porn.Asr", "Terrorism", "Political", "Political.Asr"}
    assert "not covered: Porn.Asr, Terrorism" in record.message
    assert record.samples_seen == len(samples)
    assert set(record.seconds) == {"similar", "nudity", "text"}
    assert result.thumbnails == {}
    assert msgspec.json.decode(msgspec.json.encode(record), type=ReviewRecord) == record


async def test_a_phrase_that_flashes_for_one_sample_is_refused(
    detectors: DetectorSet, clip: Clip, draw: Callable[..., Image], still: Make
) -> None:
    samples = clip("bigbuckbunny.mp4")[::4]
    samples[3] = still(samples[3].time, draw(samples[3].image, "这里有成人视频", (60, 300), 18))
    result = await review(stream(samples), detectors, Policy())
    assert result.record.message == (
        f'Rejected: Porn.Ocr: the text "成人视频" at 00:00:0{int(samples[3].time)} '
        f"(confidence {result.record.findings[0].confidence:.0f}, ambiguous)"
    )
    assert result.record.findings[0].evidence in result.thumbnails


async def test_nudity_that_lasts_is_blocked_and_a_moment_of_it_is_for_review(
    detectors: DetectorSet, alarming: Image, still: Make
) -> None:
    def suggestion(result: ReviewRecord) -> str:
        return next(row.Suggestion for row in result.summary if row.Type == "Porn")

    calm = scenes(still, 5)
    policy = Policy.make({"Porn": [50, 55, 101]}, on_review="pass")  # a second look doubts the picture
    moment = await review(stream([*calm, still(5, alarming)]), detectors, policy)
    assert (suggestion(moment.record), moment.record.decision) == ("review", "Pass")
    lasting = [*calm, *(still(5 + n, alarming) for n in range(3))]
    result = await review(stream(lasting), detectors, policy)
    assert (suggestion(result.record), result.record.decision) == ("block", "Rejected")
    assert result.record.samples_inspected == 6  # the still picture was inspected once, and counts three times
    assert result.record.findings[0].samples == 3
    assert result.record.message.startswith("Rejected: Porn: nudity at 00:00:05–00:00:07")


async def test_no_sample_at_all_fails() -> None:
    with pytest.raises(ReviewFailed, match="not a single frame"):
        await review(stream([]), DetectorSet((Fake(),)), Policy())


async def test_a_detector_that_fails_once_fails_the_review(still: Make) -> None:
    def answer(sample: Sample) -> Sequence[Finding]:
        if sample.time == 7:
            raise MemoryError("too much")
        return []

    with pytest.raises(ReviewFailed, match=r"the detector fake failed at 7\.0 s: MemoryError: too much"):
        await review(stream(scenes(still, 30)), DetectorSet((Fake(answer),)), Policy())


@pytest.mark.parametrize("confidence", [float("nan"), float("inf"), -1, 101])
async def test_nonsense_confidence_fails(still: Make, confidence: float) -> None:
    with pytest.raises(ReviewFailed, match="gave the confidence"):
        await review(stream(scenes(still, 1)), DetectorSet((Fake(porn(confidence)),)), Policy())


async def test_an_undeclared_category_fails(still: Make) -> None:
    fake = Fake(lambda sample: [Finding.at(sample, "Terrorism", "x", 50)])
    with pytest.raises(ReviewFailed, match="does not declare 'Terrorism'"):
        await review(stream(scenes(still, 1)), DetectorSet((fake,)), Policy())


@pytest.mark.parametrize("shape", [(0, 10, 3), (10, 10), (10, 10, 4)])
async def test_a_frame_that_is_no_picture_fails(still: Make, shape: tuple[int, ...]) -> None:
    with pytest.raises(ReviewFailed, match="is no RGB picture"):
        await review(stream([still(0, np.zeros(shape, np.uint8))]), DetectorSet((Fake(),)), Policy())


async def test_what_the_source_raises_is_passed_on(still: Make) -> None:
    async def broken() -> AsyncIterator[Sample]:
        for sample in scenes(still, 3):
            yield sample
        raise OSError("the decoder died")

    fake = Fake()
    with pytest.raises(OSError, match="the decoder died"):
        await review(broken(), DetectorSet((fake,)), Policy())


async def test_a_still_picture_is_inspected_once(still: Make) -> None:
    fake = Fake(porn(85))
    picture: Image = np.full((90, 160, 3), 7, np.uint8)
    result = await review(stream(still(n, picture) for n in range(60)), DetectorSet((fake,)), Policy())
    assert (result.record.samples_seen, result.record.samples_inspected) == (60, 1)
    assert fake.inspected == [0]
    assert (result.record.findings[0].start, result.record.findings[0].end) == (0, 59)


async def test_findings_stay_in_the_order_of_time_whichever_inspection_ends_first(still: Make) -> None:
    def slow_at_first(sample: Sample) -> Sequence[Finding]:
        time.sleep(0.05 if sample.time % 2 == 0 else 0.001)
        return porn(90)(sample)

    seen: list[float] = []
    result = await review(
        stream(scenes(still, 12)), DetectorSet((Fake(slow_at_first),)), Policy(), on_progress=seen.append
    )
    assert seen == list(range(12))
    assert result.record.findings[0].samples == 12


async def test_the_event_loop_goes_on_and_reading_ahead_is_bounded(still: Make) -> None:
    started = 0
    release = threading.Event()

    async def source() -> AsyncIterator[Sample]:
        nonlocal started
        for sample in scenes(still, 50):
            started += 1
            yield sample

    def wait(sample: Sample) -> Sequence[Finding]:
        assert release.wait(PATIENCE)
        return []

    running = asyncio.create_task(review(source(), DetectorSet((Fake(wait),)), Policy()))
    ticks = 0
    for _ in range(20):
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks == 20
    assert started <= READ_AHEAD + 2
    release.set()
    assert (await running).record.samples_seen == 50


async def test_cancelling_ends_the_source_at_once(still: Make) -> None:
    closed = asyncio.Event()
    begun, release = threading.Event(), threading.Event()

    async def source() -> AsyncIterator[Sample]:
        try:
            for sample in scenes(still, 1000):
                yield sample
        finally:
            closed.set()

    def wait(sample: Sample) -> Sequence[Finding]:
        begun.set()
        release.wait()
        return []

    running = asyncio.create_task(review(source(), DetectorSet((Fake(wait),)), Policy()))
    try:
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, PATIENCE)
        assert closed.is_set()
    finally:
        release.set()


async def test_a_review_stops_some_time_after_a_rejection_is_certain(still: Make) -> None:
    closed = asyncio.Event()
    looked = iter(scenes(still, 600))

    async def source() -> AsyncIterator[Sample]:
        try:
            for sample in looked:
                yield sample
        finally:
            closed.set()

    fake = Fake(lambda sample: porn(99 if sample.time >= 7 else 65)(sample))
    whole = await review(stream(scenes(still, 30)), DetectorSet((fake,)), Policy())
    result = await review(source(), DetectorSet((fake,)), Policy(), stop_after=4.0)
    record = result.record
    assert (record.stopped_at, record.samples_seen) == (14.0, 15)  # certain at 10 s: it is asked every 5 s
    assert record.decision == whole.record.decision == "Rejected"
    assert record.message.endswith("(confidence 99); not looked at after 00:00:14")
    assert closed.is_set()
    assert next(looked).time <= 15 + READ_AHEAD + 2


async def test_what_a_review_that_stopped_has_not_seen_is_not_shown_as_passed(still: Make) -> None:
    fake = Fake(porn(99))
    fake.categories = frozenset({"Porn", "Porn.Ocr"})
    result = await review(stream(scenes(still, 30)), DetectorSet((fake,)), Policy(), stop_after=1.0)
    assert [(row.Type, row.Suggestion) for row in result.record.summary] == [("Porn", "block")]


@pytest.mark.parametrize(
    ("confidence", "count", "stop_after"),
    [
        (99, 30, 0.0),  # switched off
        (85, 30, 1.0),  # rejected, and not for certain: it is for review
        (99, 3, 2.0),  # the video ends before
    ],
)
async def test_other_reviews_see_all_of_a_video(still: Make, confidence: float, count: int, stop_after: float) -> None:
    def answer(sample: Sample) -> Sequence[Finding]:
        return porn(confidence if confidence > 90 or not sample.time else 0)(sample)

    samples = scenes(still, count)
    result = await review(stream(samples), DetectorSet((Fake(answer),)), Policy(), stop_after=stop_after)
    record = result.record
    assert (record.decision, record.stopped_at, record.samples_seen) == ("Rejected", None, count)
    assert "not looked at" not in record.message


async def test_the_record_has_the_policy_that_judged(still: Make) -> None:
    """Else nobody could explain the verdict after the policy has changed."""
    fake = Fake(lambda sample: [Finding.at(sample, "Porn", "x", 75)])
    policy = Policy.make({"Porn": [50, 70, 99]}, on_review="pass")
    record = (await review(stream(scenes(still, 1)), DetectorSet((fake,)), policy)).record
    assert record.thresholds == {"Porn": [50, 70, 99]}
    assert (record.on_review, record.on_uncovered) == ("pass", "pass")


async def test_a_policy_that_refuses_uncovered_categories(still: Make) -> None:
    result = await review(stream(scenes(still, 1)), DetectorSet((Fake(),)), Policy(on_uncovered="reject"))
    assert result.record.decision == "Rejected"
    assert result.record.message.startswith("Rejected: no detector looked for Porn.Ocr, Porn.Asr")


class Ear:
    """A listener that answers as told, by the time of the piece."""

    name = "ear"
    categories = frozenset({"Porn.Asr"})

    def __init__(self, answer: Callable[[Sound], Sequence[Heard]]) -> None:
        self._answer = answer

    def listen(self, sound: Sound) -> Sequence[Heard]:
        return self._answer(sound)


def heard(
    start: float = 0.0, end: float = 0.5, channel: int = 0, category: str = "Porn.Asr", confidence: float = 90.0
) -> Callable[[Sound], Sequence[Heard]]:
    finding = Finding(category=category, label="porn", confidence=confidence, start=start, end=end)
    return lambda _: [Heard(finding, channel)]


async def both(still: Make, *pieces: Sound) -> AsyncIterator[Sample | Sound]:
    for frame in scenes(still, 2):
        yield frame
    for piece in pieces:
        yield piece


PIECE = Tones(say(" hello", " hello")[np.newaxis])


async def test_sound_is_listened_to_after_the_frames_and_judged_with_them(still: Make) -> None:
    seen, told = list[float](), list[float]()
    detectors = DetectorSet((Fake(),), listeners=(Ear(heard()),))
    result = await review(both(still, PIECE), detectors, Policy(), seen.append, on_heard=told.append)
    record = result.record
    assert record.decision == "Rejected" and record.message == (
        'Rejected: Porn.Asr: the words "porn" at 00:00:00 (confidence 90)'
    )
    assert [row.Suggestion for row in record.summary] == ["pass", "review"]
    assert (seen, told) == ([0, 1], [0.0]) and record.samples_seen == 2 and record.heard == 0.5
    assert record.findings[0].detector == "ear" and list(result.evidence) == ["0001.wav"]
    assert {"fake", "ear"} <= set(record.seconds)


async def test_nobody_hears_what_is_not_wanted(still: Make) -> None:
    detectors = DetectorSet((Fake(),), listeners=(Ear(heard()),), wanted=frozenset({"Porn"}))
    assert (await review(both(still, PIECE), detectors, Policy())).record.decision == "Pass"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (heard(channel=1), "named channel 1 of 1"),
        (heard(start=50, end=51), "heard something from 50 s to 51 s"),
        (heard(start=0.5, end=0.1), "heard something from 0.5 s to 0.1 s"),
        (heard(category="Porn"), "does not declare 'Porn'"),
        (heard(confidence=101), "gave the confidence 101"),
        (lambda _: 1 / 0, "ear failed on the sound at 0.0 s: ZeroDivisionError"),
    ],
)
async def test_a_listener_that_fails_or_talks_nonsense_is_no_pass(
    still: Make, answer: Callable[[Sound], Sequence[Heard]], message: str
) -> None:
    detectors = DetectorSet((Fake(),), listeners=(Ear(answer),))
    with pytest.raises(ReviewFailed, match=message):
        await review(both(still, PIECE), detectors, Policy())


async def test_sound_that_is_none_is_no_pass(still: Make) -> None:
    empty = Tones(np.zeros((1, 0), np.int16))
    with pytest.raises(ReviewFailed, match="is none of 16 bits"):
        await review(both(still, empty), DetectorSet((Fake(),)), Policy())
