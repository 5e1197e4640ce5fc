"""Runs a review: sampled frames and pieces of sound in, every detector on what is new, record and decision out."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import msgspec

from minivod.media.sound_header import RATE
from minivod.review.checking import check_heard, check_sample, check_seen, check_sound
from minivod.review.detectors import DetectorSet
from minivod.review.model import (
    WIRE_TYPE_OF,
    Finding,
    Heard,
    ReviewFailed,
    ReviewRecord,
    ReviewResult,
    Sample,
    Sound,
    Suggestion,
)
from minivod.review.outside import Outside
from minivod.review.policy import Policy, clock
from minivod.review.services import Reader, Spoken, Writer
from minivod.review.similar import NearDuplicates
from minivod.review.subnormals import flush_to_zero
from minivod.review.timeline import Timeline

CORES = os.cpu_count() or 1
READ_AHEAD = CORES + 2
"""Samples that are decoded, or inspected at the same time, before the first of them is done with."""
_ASK_EVERY = 5.0
"""Seconds of video after which the policy is asked again whether the verdict is certain: it looks at all findings."""


async def review(
    samples: AsyncIterator[Sample | Sound],
    detectors: DetectorSet,
    policy: Policy,
    on_progress: Callable[[float], None] | None = None,
    stop_after: float = 0.0,
    on_heard: Callable[[float], None] | None = None,
) -> ReviewResult:
    """Reviews a video; as many samples at once as there are cores.

    Args:
        samples: frames in the order of time, then pieces of sound; what the iterator raises is passed on.
        detectors: from `load_detectors`.
        policy: what findings mean.
        on_progress: called with the position in the video (seconds) after each frame.
        stop_after: seconds of video that are still inspected once a rejection is certain; 0: all of it.
        on_heard: called with the position in the video (seconds) after each piece of sound.

    Raises:
        ReviewFailed: there was no sample, or a detector failed or returned nonsense. Never taken for a pass.
        ServiceAway: a reviewer from outside is away, and is to be waited for.
    """
    run = _Run(detectors, policy, stop_after)
    if on_progress is not None:
        run.outside.alive = lambda: on_progress(run.at)
    queue: asyncio.Queue[_Pending | None] = asyncio.Queue(READ_AHEAD)
    reader = asyncio.create_task(_read(samples, run, queue))
    try:
        while (pending := await queue.get()) is not None:
            if run.stops_before(pending.sample):
                await _drop(pending)
                break
            await run.finish(pending)
            told = on_heard if isinstance(pending.sample, Sound) else on_progress
            if told is not None:
                told(pending.sample.time)
        else:
            await reader  # raises what the source raised
            await run.outside.close()
    finally:
        await _abandon(reader, queue)
        await run.outside.abandon()
    return run.result()


class _Inspected(NamedTuple):
    findings: list[Finding]
    heard: list[Heard]
    seconds: dict[str, float]
    text: str = ""
    spoken: Sequence[Spoken] = ()


class _Pending(NamedTuple):
    """A sample under inspection; without findings to wait for if it is a near-duplicate."""

    sample: Sample | Sound
    findings: asyncio.Future[_Inspected] | None


async def _read(samples: AsyncIterator[Sample | Sound], run: "_Run", queue: asyncio.Queue[_Pending | None]) -> None:
    failure: Exception | None = None
    try:
        async for sample in samples:
            await queue.put(await run.begin(sample))
    except Exception as error:  # the source's, to be raised after the samples that came before it
        failure = error
    finally:
        close = getattr(samples, "aclose", None)
        if close is not None:
            await close()
    await queue.put(None)  # not when cancelled: nobody reads any more
    if failure is not None:
        raise failure


async def _abandon(reader: asyncio.Task[None], queue: asyncio.Queue[_Pending | None]) -> None:
    """Ends what is still under way where nobody needs it any more; does nothing after a normal end."""
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    while not queue.empty():
        pending = queue.get_nowait()
        if pending is not None:
            await _drop(pending)


async def _drop(pending: _Pending) -> None:
    if pending.findings is not None:
        pending.findings.cancel()
        await asyncio.gather(pending.findings, return_exceptions=True)


class _Run:
    """One review under way."""

    def __init__(self, detectors: DetectorSet, policy: Policy, stop_after: float) -> None:
        self._detectors = detectors
        self._policy = policy
        self._stop_after = stop_after
        self._ask_at = 0.0
        self._certain_at: float | None = None
        self.at = 0.0
        self._stopped_at: float | None = None
        self._similar = NearDuplicates()
        self._timeline = Timeline(policy.thresholds)
        self._seconds: dict[str, float] = defaultdict(float)
        self._last: list[Finding] = []
        self._seen = 0
        self._inspected = 0
        self._second_looks = 0
        self._heard = 0.0
        self.outside = Outside(detectors.services, self._timeline, detectors.wanted, self._decided)

    async def begin(self, sample: Sample | Sound) -> _Pending:
        """Sends a sample to the detectors, unless it shows nothing new."""
        if isinstance(sample, Sound):
            check_sound(sample)
            return _Pending(sample, asyncio.get_running_loop().run_in_executor(_threads(), self._listen, sample))
        check_sample(sample)
        begun = time.perf_counter()
        duplicate = await asyncio.to_thread(self._similar.is_duplicate, sample.image)
        self._seconds["similar"] += time.perf_counter() - begun
        if duplicate:
            return _Pending(sample, None)
        return _Pending(sample, asyncio.get_running_loop().run_in_executor(_threads(), self._inspect, sample))

    async def finish(self, pending: _Pending) -> None:
        """Takes the findings; those of the last inspected sample count for its near-duplicates too."""
        sample = pending.sample
        if isinstance(sample, Sound):
            await self._hear(sample, pending)
            return
        self._seen += 1
        self.at = sample.time
        if pending.findings is not None:
            self._inspected += 1
            inspected = await pending.findings
            self._last = [one for one in inspected.findings if one.category in self._detectors.wanted]
            self._second_looks += any(finding.opinions for finding in self._last)
            for name, seconds in inspected.seconds.items():
                self._seconds[name] += seconds
        if self._last:
            found = [msgspec.structs.replace(finding, start=sample.time, end=sample.time) for finding in self._last]
            await asyncio.to_thread(self._timeline.add, sample, found)
            if self._stop_after and self._certain_at is None and sample.time >= self._ask_at:
                await self._ask(sample)
        if pending.findings is None:
            await self.outside.repeat(sample.time)
        else:
            await self.outside.show(sample, inspected.text)

    def _decided(self) -> bool:
        """Whether nothing that is still asked can change the decision, and nobody wants to know."""
        return bool(self._stop_after) and self._policy.is_blocked(self._timeline.seen, self._timeline.ambiguous)

    def stops_before(self, sample: Sample | Sound) -> bool:
        """Whether nothing more has to be looked at, because the video is rejected whatever it shows from here on."""
        if self._certain_at is None or sample.time <= self._certain_at + self._stop_after:
            return False
        self._stopped_at = sample.time if isinstance(sample, Sound) else self.at
        return True

    async def _ask(self, sample: Sample) -> None:
        """Notes when the rejection became certain."""
        self._ask_at = sample.time + _ASK_EVERY
        timeline = self._timeline
        if await asyncio.to_thread(self._policy.is_blocked, timeline.seen, timeline.ambiguous):
            self._certain_at = sample.time

    async def _hear(self, sound: Sound, pending: _Pending) -> None:
        self._heard += (sound.channels.shape[1] - sound.fresh) / RATE
        if pending.findings is None:
            return
        inspected = await pending.findings
        for name, seconds in inspected.seconds.items():
            self._seconds[name] += seconds
        found = [one for one in inspected.heard if one.finding.category in self._detectors.wanted]
        await asyncio.to_thread(self._timeline.hear, sound, found)
        await self.outside.say(inspected.spoken)

    def result(self) -> ReviewResult:
        """Record and evidence, after the last sample."""
        if not self._seen:
            raise ReviewFailed("not a single frame of the video could be sampled, so nothing could be reviewed")
        self._timeline.close()
        findings = self._timeline.worst_first()
        left = self._detectors.without(self.outside.away)
        covered, uncovered = left.covered, left.uncovered
        unjudged, suggestions = self._unjudged()
        summary = self._policy.summarise(self._timeline.seen, covered, self._timeline.ambiguous)
        summary = self._policy.summarise_unjudged(summary, unjudged)
        decision, message = self._policy.decide(summary, findings, uncovered, left.partly, unjudged)
        if self._stopped_at is not None:
            summary = [row for row in summary if row.Suggestion != "pass"]  # the rest might have shown something
            message = "; ".join((message, f"not looked at after {clock(self._stopped_at)}"))
        record = ReviewRecord(
            decision=decision,
            message=message,
            summary=summary,
            findings=findings,
            covered=covered,
            uncovered=uncovered,
            partly=left.partly,
            samples_seen=self._seen,
            samples_inspected=self._inspected,
            seconds={name: round(seconds, 3) for name, seconds in self._seconds.items()},
            second_looks=self._second_looks,
            heard=round(self._heard, 1),
            findings_dropped=self._timeline.dropped,
            services=self.outside.versions,
            away=self.outside.away,
            unjudged=unjudged,
            **self._policy.told_of(findings),
            stopped_at=self._stopped_at,
        )
        return ReviewResult(
            record=record,
            thumbnails=self._timeline.thumbnails,
            sounds=self._timeline.sounds,
            suggestions=suggestions,
        )

    def _unjudged(self) -> tuple[dict[str, str], dict[tuple[str, str], Suggestion]]:
        """The wire types that are for review because a service was away; and all suggestions, with those of them."""
        suggestions = self._policy.judge(self._timeline.seen, self._timeline.ambiguous)
        unjudged: dict[str, str] = {}
        for service in self._detectors.services:
            if service.absent == "review" and (why := self.outside.away.get(service.name)):
                for category in sorted(service.categories & self._detectors.wanted):
                    unjudged[WIRE_TYPE_OF[category]] = why
                    if suggestions.get((category, ""), "pass") == "pass":
                        suggestions[category, ""] = "review"
        return unjudged, suggestions

    def _inspect(self, sample: Sample) -> _Inspected:
        flush_to_zero()  # each time: something below the detectors switches it off in the thread that it runs in first
        findings: list[Finding] = []
        seconds: dict[str, float] = {}
        text = ""
        for detector in self._detectors.detectors:
            begun = time.perf_counter()
            try:
                if self._detectors.services and isinstance(detector, Reader):
                    found, text = detector.inspect_and_read(sample)
                else:
                    found = detector.inspect(sample)
            except Exception as error:  # whatever it was, the sample is not inspected and the video must not pass
                raise ReviewFailed(
                    f"the detector {detector.name} failed at {sample.time:.1f} s: {type(error).__name__}: {error}"
                ) from error
            seconds[detector.name] = time.perf_counter() - begun
            findings += check_seen(detector, found)
        return _Inspected(findings, [], seconds, text)

    def _listen(self, sound: Sound) -> _Inspected:
        heard: list[Heard] = []
        spoken: Sequence[Spoken] = ()
        seconds: dict[str, float] = {}
        for listener in self._detectors.listeners:
            begun = time.perf_counter()
            try:
                if self._detectors.services and isinstance(listener, Writer):
                    found, spoken = listener.listen_and_write(sound)
                else:
                    found = listener.listen(sound)
            except Exception as error:  # whatever it was, the piece was not heard and the video must not pass
                raise ReviewFailed(
                    f"the detector {listener.name} failed on the sound at {sound.time:.1f} s: "
                    f"{type(error).__name__}: {error}"
                ) from error
            seconds[listener.name] = time.perf_counter() - begun
            heard += check_heard(listener, sound, found)
        return _Inspected([], heard, seconds, spoken=spoken)


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads of all reviews of this process; inference releases the GIL, so the event loop goes on."""
    return ThreadPoolExecutor(CORES, thread_name_prefix="review")
