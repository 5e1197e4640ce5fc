"""Runs a review: sampled frames in, near-duplicates skipped, every detector on the rest, record and decision out."""

import asyncio
import math
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import msgspec
import numpy as np

from .detectors import DetectorSet
from .model import Detector, Finding, ReviewFailed, ReviewRecord, ReviewResult, Sample
from .policy import Policy
from .similar import NearDuplicates
from .timeline import Timeline

READ_AHEAD = 4
"""Samples that are decoded while others are inspected."""


async def review(
    samples: AsyncIterator[Sample],
    detectors: DetectorSet,
    policy: Policy,
    on_progress: Callable[[float], None] | None = None,
) -> ReviewResult:
    """Reviews a video.

    Args:
        samples: frames in the order of time; what the iterator raises is passed on.
        detectors: from `load_detectors`.
        policy: what findings mean.
        on_progress: called with the position in the video (seconds) after each sample.

    Raises:
        ReviewFailed: there was no sample, or a detector failed or returned nonsense. Never taken for a pass.
    """
    run = _Run(detectors, policy)
    queue: asyncio.Queue[Sample | None] = asyncio.Queue(READ_AHEAD)
    reader = asyncio.create_task(_read(samples, queue))
    try:
        while (sample := await queue.get()) is not None:
            await run.take(sample)
            if on_progress is not None:
                on_progress(sample.time)
        await reader  # raises what the source raised
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    return run.result()


async def _read(samples: AsyncIterator[Sample], queue: asyncio.Queue[Sample | None]) -> None:
    failure: Exception | None = None
    try:
        async for sample in samples:
            await queue.put(sample)
    except Exception as error:  # the source's, to be raised after the samples that came before it
        failure = error
    finally:
        close = getattr(samples, "aclose", None)
        if close is not None:
            await close()
    await queue.put(None)  # not when cancelled: nobody reads any more
    if failure is not None:
        raise failure


class _Run:
    """One review under way."""

    def __init__(self, detectors: DetectorSet, policy: Policy) -> None:
        self._detectors = detectors
        self._policy = policy
        self._similar = NearDuplicates()
        self._timeline = Timeline(policy.thresholds)
        self._seconds: dict[str, float] = defaultdict(float)
        self._last: list[Finding] = []
        self._seen = 0
        self._inspected = 0

    async def take(self, sample: Sample) -> None:
        """Inspects a sample, or lets the findings of the last inspected one count for it too."""
        _check(sample)
        self._seen += 1
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(_threads(), self._is_duplicate, sample):
            found = [msgspec.structs.replace(f, start=sample.time, end=sample.time) for f in self._last]
        else:
            self._inspected += 1
            parts = await asyncio.gather(
                *(
                    loop.run_in_executor(_threads(), self._inspect, detector, sample)
                    for detector in self._detectors.detectors
                )
            )
            found = self._last = [finding for part in parts for finding in part]
        if found:
            await loop.run_in_executor(_threads(), self._timeline.add, sample, found)

    def result(self) -> ReviewResult:
        """Record and thumbnails, after the last sample."""
        if not self._seen:
            raise ReviewFailed("not a single frame of the video could be sampled, so nothing could be reviewed")
        findings = self._timeline.worst_first()
        covered, uncovered = self._detectors.covered, self._detectors.uncovered
        summary = self._policy.summarise(self._timeline.seen, covered)
        decision, message = self._policy.decide(summary, findings, uncovered)
        record = ReviewRecord(
            decision=decision,
            message=message,
            summary=summary,
            findings=findings,
            covered=covered,
            uncovered=uncovered,
            samples_seen=self._seen,
            samples_inspected=self._inspected,
            seconds={name: round(seconds, 3) for name, seconds in self._seconds.items()},
            findings_dropped=self._timeline.dropped,
        )
        return ReviewResult(record=record, thumbnails=self._timeline.thumbnails)

    def _is_duplicate(self, sample: Sample) -> bool:
        begun = time.perf_counter()
        duplicate = self._similar.is_duplicate(sample.image)
        self._seconds["similar"] += time.perf_counter() - begun
        return duplicate

    def _inspect(self, detector: Detector, sample: Sample) -> list[Finding]:
        begun = time.perf_counter()
        try:
            found = detector.inspect(sample)
        except Exception as error:  # whatever it was, the sample is not inspected and the video must not pass
            raise ReviewFailed(
                f"the detector {detector.name} failed at {sample.time:.1f} s: {type(error).__name__}: {error}"
            ) from error
        self._seconds[detector.name] += time.perf_counter() - begun
        return _checked(detector, found)


def _check(sample: Sample) -> None:
    image = sample.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ReviewFailed(f"the frame at {sample.time:.1f} s is no RGB picture: {image.shape}, {image.dtype}")


def _checked(detector: Detector, found: Sequence[Finding]) -> list[Finding]:
    """The findings with the detector's name; a plug-in's nonsense must not be judged as if it were sense."""
    for finding in found:
        if finding.category not in detector.categories:
            raise ReviewFailed(f"the detector {detector.name} does not declare {finding.category!r}, but found it")
        if not (math.isfinite(finding.confidence) and 0 <= finding.confidence <= 100):
            raise ReviewFailed(f"the detector {detector.name} gave the confidence {finding.confidence}")
        finding.detector = detector.name
    return list(found)


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads of all reviews of this process; inference releases the GIL, so the event loop goes on."""
    return ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1), thread_name_prefix="review")
