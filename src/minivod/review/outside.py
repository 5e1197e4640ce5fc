"""The reviewers from outside in one review: gathers batches for them, and merges what they say into the timeline."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from minivod.review.model import Finding, Sample
from minivod.review.services import Batch, Judgement, Service, ServiceAway, Shown, Spoken
from minivod.review.timeline import Timeline

FRAMES = 8
"""Of a batch."""
SPOKEN = 64
"""Lines of speech of a batch."""
_AHEAD = 2
"""Batches of a review that one service is asked about at a time; their frames are in memory."""
_LIFE = 5.0
"""Seconds between signs of life while a service is waited for."""

log = structlog.get_logger(__name__)


@dataclass
class _Frame:
    """A frame that was inspected, with the moments of all that look like it."""

    sample: Sample
    text: str
    times: list[float]
    found: list[Finding] | None = None


@dataclass
class _Lane:
    """One service in this review."""

    service: Service
    open: list[_Frame] = field(default_factory=list)
    asked: deque[tuple[Sequence[_Frame], "asyncio.Task[Judgement]"]] = field(default_factory=deque)
    away: str = ""
    versions: set[str] = field(default_factory=set)
    batches: int = 0


class Outside:
    """What one review asks of services.

    Args:
        services: are asked.
        timeline: takes their findings.
        wanted: the categories whose findings count.
        decided: whether it is certain already that the video is rejected, whatever a service says.
    """

    def __init__(
        self,
        services: Sequence[Service],
        timeline: Timeline,
        wanted: frozenset[str],
        decided: Callable[[], bool],
    ) -> None:
        self._lanes = [_Lane(service) for service in services]
        self._timeline = timeline
        self._wanted = wanted
        self._decided = decided
        self._last: _Frame | None = None
        self._spoken: list[Spoken] = []
        self.alive: Callable[[], None] = lambda: None
        """Is called every few seconds while a service is waited for."""

    @property
    def away(self) -> dict[str, str]:
        """The services that did not judge all of it, each with the reason."""
        return {lane.service.name: lane.away for lane in self._lanes if lane.away}

    @property
    def versions(self) -> dict[str, str]:
        """The services that judged, each with what it calls its version."""
        return {lane.service.name: ", ".join(sorted(lane.versions)) for lane in self._lanes if lane.batches}

    async def show(self, sample: Sample, text: str) -> None:
        """A frame that was inspected; raises ServiceAway where a service is to be waited for."""
        if not self._lanes:
            return
        self._last = _Frame(sample, text, [sample.time])
        for lane in self._lanes:
            lane.open.append(self._last)
            if len(lane.open) >= FRAMES:
                await self._send(lane)

    async def repeat(self, time: float) -> None:
        """A frame that looks like the last one: what is found in that counts for it too."""
        if self._last is None:
            return
        self._last.times.append(time)
        if self._last.found:
            await asyncio.to_thread(self._note, self._last, self._last.found, [time])

    async def say(self, spoken: Sequence[Spoken]) -> None:
        """What was said; raises as `show`."""
        self._spoken += spoken if self._lanes else ()
        if len(self._spoken) >= SPOKEN:
            await self._send_spoken()

    async def close(self) -> None:
        """After the last sample: waits for all answers; raises as `show`."""
        for lane in self._lanes:
            await self._send(lane)
        await self._send_spoken()
        for lane in self._lanes:
            while lane.asked:
                await self._take(lane)

    async def abandon(self) -> None:
        """Nobody needs the answers any more."""
        tasks = [task for lane in self._lanes for _, task in lane.asked]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, lane: _Lane) -> None:
        frames, lane.open = lane.open, []
        if frames:
            shown = [Shown(one.sample.time, one.sample.image, one.text) for one in frames]
            await self._ask(lane, Batch(frames=shown), frames)

    async def _send_spoken(self) -> None:
        spoken, self._spoken = self._spoken, []
        for lane in self._lanes:
            if spoken and any(name.endswith(".Asr") for name in lane.service.categories):
                await self._ask(lane, Batch(speech=spoken), [])

    async def _ask(self, lane: _Lane, batch: Batch, frames: Sequence[_Frame]) -> None:
        while len(lane.asked) >= _AHEAD:
            await self._take(lane)
        if not lane.away:
            lane.asked.append((frames, asyncio.create_task(lane.service.judge(batch))))

    async def _take(self, lane: _Lane) -> None:
        """The oldest answer."""
        frames, task = lane.asked[0]
        while not (await asyncio.wait({task}, timeout=_LIFE))[0]:
            self.alive()
        lane.asked.popleft()
        try:
            judgement = task.result()
        except ServiceAway as error:
            if lane.service.absent == "wait" and not self._decided():
                raise
            lane.away = str(error)
            return
        lane.batches += 1
        lane.versions.add(judgement.version)
        await asyncio.to_thread(self._merge, frames, judgement)

    def _merge(self, frames: Sequence[_Frame], judgement: Judgement) -> None:
        found = [one for one in judgement.findings if one.category in self._wanted]
        for finding in found:
            if finding.heard or not frames:
                self._timeline.hear_late(finding)
        for frame in frames:
            frame.found = frame.found or []
            mine = [one for one in found if not one.heard and frame in _frames_of(one, frames)]
            frame.found += mine
            if mine:
                self._note(frame, mine, frame.times)

    def _note(self, frame: _Frame, found: Sequence[Finding], times: Sequence[float]) -> None:
        for time in times:
            moved = [msgspec.structs.replace(one, start=time, end=time) for one in found]
            self._timeline.add_late(frame.sample, time, moved)


def _frames_of(finding: Finding, frames: Sequence[_Frame]) -> list[_Frame]:
    """Those in the finding's time; where it lies between two, the nearest."""
    within = [one for one in frames if finding.start <= one.sample.time <= finding.end]
    middle = (finding.start + finding.end) / 2
    return within or [min(frames, key=lambda one: abs(one.sample.time - middle))]
