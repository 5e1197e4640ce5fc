"""Chooses which frames of a video review sees, from their times alone; pure, constant memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from minivod.media.access_units import Index

T = TypeVar("T")

EDGE = 1.0
"""Seconds at the beginning and at the end that are sampled densely: what flashes up before a player's controls do."""
EDGE_GAP = 0.25
KEYFRAME_GAP = 0.5
BUCKETS = 4
"""Parts of a gap of which each has a decoded frame, if it has any."""
_EPSILON = 1e-4
_BUCKETS_KEPT = 256


@dataclass(frozen=True)
class Plan:
    """The gaps that may stay between samples; `interval` and `end` (of the video) in seconds."""

    interval: float
    end: float

    def gap(self, time: float) -> float:
        """Longest time that may pass without a sample around that time, unless the video has no frame then."""
        dense = time <= EDGE + _EPSILON or time >= self.end - EDGE - _EPSILON
        return min(EDGE_GAP, self.interval) if dense else self.interval


class Sampler(Generic[T]):
    """Fed all decoded frames in order of display, gives those to look at.

    These are: the first frame, every keyframe at least KEYFRAME_GAP after the previous sample, as many others as it
    takes to leave no gap longer than the plan's, and the last frame.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._last: float | None = None
        self._held: tuple[float, bool, T] | None = None

    def take(self, time: float, keyframe: bool, frame: T) -> list[tuple[float, bool, T]]:
        """The next frame; what has to be looked at now: none, this one, or the one before it and perhaps this one."""
        chosen: list[tuple[float, bool, T]] = []
        if self._held is not None and self._too_far(time):
            chosen.append(self._choose(self._held))
        if self._due(time, keyframe):
            chosen.append(self._choose((time, keyframe, frame)))
        else:
            self._held = (time, keyframe, frame)
        return chosen

    def finish(self) -> list[tuple[float, bool, T]]:
        """The last frame, unless it was chosen already."""
        return [self._choose(self._held)] if self._held is not None else []

    def _choose(self, sample: tuple[float, bool, T]) -> tuple[float, bool, T]:
        self._last, self._held = sample[0], None
        return sample

    def _too_far(self, time: float) -> bool:
        return self._last is not None and abs(time - self._last) > self._plan.gap(time) + _EPSILON

    def _due(self, time: float, keyframe: bool) -> bool:
        if self._last is None:
            return True
        # Times that jump back (a damaged or malicious index) count like times that jump ahead.
        passed, gap = abs(time - self._last), self._plan.gap(time)
        return passed >= (min(KEYFRAME_GAP, gap) if keyframe else gap) - _EPSILON


class Effort(Enum):
    """What becomes of a packet: not decoded, decoded if others refer to it, decoded in any case."""

    NONE = 0
    REFERENCE = 1
    FULL = 2


class Selection:
    """Fed all packets in order of decoding, decides which are worth decoding.

    Two things save work. A decoder may leave out frames that are no references; but these may be all that there is
    for a while, so that one packet of each quarter of a gap is decoded in any case, and so are frames that stay for
    longer than that. And when the next entry point is no farther from a decoded frame than the gap, nothing between
    the two is needed.
    """

    def __init__(self, plan: Plan, index: Index) -> None:
        """Args: plan: the gaps; index: the entry points."""
        self._plan = plan
        self._index = index
        self._number = -1
        self._next = 0
        self._next_lasting = 0
        self._reached = False
        self._buckets: deque[int] = deque(maxlen=_BUCKETS_KEPT)

    def effort(self, time: float | None) -> Effort:
        """For the next packet, displayed at `time` (None: unknown)."""
        self._number += 1
        if self._is(self._index.numbers, self._next):
            self._next += 1
            self._reached = False
        lasting = self._is(self._index.lasting, self._next_lasting)
        self._next_lasting += lasting
        if self._reached:
            return Effort.NONE
        if time is None:
            return Effort.FULL
        gap = self._plan.gap(time)
        dense = gap < self._plan.interval
        self._reached = not dense and self._entry_follows(time, gap)
        if dense:
            return Effort.FULL
        bucket = int(time / gap * BUCKETS)
        if lasting or self._reached or bucket not in self._buckets:
            self._buckets.append(bucket)
            return Effort.FULL
        return Effort.REFERENCE

    def _entry_follows(self, time: float, gap: float) -> bool:
        """Whether the next entry is displayed within the gap after that time, and not in the dense end."""
        times = self._index.times
        if self._next >= len(times) or self._plan.gap(times[self._next]) < gap:
            return False
        return 0 < times[self._next] - time <= gap

    def _is(self, numbers: Sequence[int], place: int) -> bool:
        return place < len(numbers) and numbers[place] == self._number


class Blindness(Exception):
    """A stretch of the video could not be decoded; the message says which."""


class Watch:
    """Makes sure that nothing is passed over in silence: what must be decoded comes out, or the video is refused."""

    def __init__(self, longest: float) -> None:
        """Args: longest: seconds of undecodable frames that are tolerated, as damage."""
        self._longest = longest
        self._awaited: deque[float] = deque(maxlen=4096)
        self._seen: float | None = None

    def sent(self, time: float) -> None:
        """A wanted packet goes to the decoder."""
        self._awaited.append(time)

    def came(self, time: float) -> None:
        """A frame came out; raises Blindness when too long a stretch before it did not."""
        since = self._seen if self._seen is not None else min(self._awaited, default=time) - _EPSILON
        missed = [sent for sent in self._awaited if since < sent < time]
        if missed and time - since > self._longest:
            raise Blindness(f"its frames from {max(0.0, since):.1f} s to {time:.1f} s cannot be decoded")
        self._awaited = deque((sent for sent in self._awaited if sent > time), maxlen=self._awaited.maxlen)
        self._seen = time

    def ended(self) -> None:
        """The decoder is empty; raises Blindness when too much never came out."""
        last = max(self._awaited, default=0.0)
        since = self._seen if self._seen is not None else 0.0
        if self._awaited and (self._seen is None or last - since > self._longest):
            raise Blindness(f"its frames from {since:.1f} s to {last:.1f} s cannot be decoded")
