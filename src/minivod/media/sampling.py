"""Chooses which frames of a video review sees, from their times alone; pure, constant memory."""

import random
from bisect import bisect_left
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
SURPRISES = 4
"""Gaps of which each has one more sample, at a moment that nobody can foresee."""
_MOST_SURPRISES = 20_000
_LOST_SHARE = 0.1
_EPSILON = 1e-4
_BUCKETS_KEPT = 256


@dataclass(frozen=True)
class Plan:
    """The gaps that may stay between samples, in seconds.

    Attributes:
        interval: the longest gap.
        end: when the last frame of the video is displayed.
        start: when the first one is.
        surprises: moments, ascending, of which each is sampled besides.
    """

    interval: float
    end: float
    start: float = 0.0
    surprises: Sequence[float] = ()

    def gap(self, time: float) -> float:
        """Longest time that may pass without a sample around that time, unless the video has no frame then."""
        dense = time <= self.start + EDGE + _EPSILON or time >= self.end - EDGE - _EPSILON
        return min(EDGE_GAP, self.interval) if dense else self.interval

    def surprised(self, begin: float, end: float) -> bool:
        """Whether a surprise lies between the two moments (the second one not included)."""
        return bisect_left(self.surprises, begin) < bisect_left(self.surprises, end)


def surprises(interval: float, start: float, end: float) -> list[float]:
    """One moment at random in every SURPRISES intervals.

    Whoever knows the rules knows which frames they choose, and could blank out what is forbidden in these alone: one
    frame of a second that no viewer misses. The dice belong to the system, so that no seed tells them.
    """
    stretch = max(SURPRISES * interval, (end - start) / _MOST_SURPRISES)
    dice = random.SystemRandom()
    return [start + (number + dice.random()) * stretch for number in range(int((end - start) / stretch) + 1)]


class Sampler(Generic[T]):
    """Fed all decoded frames in order of display, gives those to look at.

    These are: the first frame, every keyframe at least KEYFRAME_GAP after the previous sample, as many others as it
    takes to leave no gap longer than the plan's, what is on screen at the plan's surprises, and the last frame.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._last: float | None = None
        self._held: tuple[float, bool, T] | None = None

    def take(self, time: float, keyframe: bool, frame: T) -> list[tuple[float, bool, T]]:
        """The next frame; what has to be looked at now: none, this one, or the one before it and perhaps this one."""
        chosen: list[tuple[float, bool, T]] = []
        if self._held is not None and (self._too_far(time) or self._plan.surprised(self._held[0], time)):
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
    longer than that, and those that may be on screen at a surprise. And when the next entry point is no farther from
    a decoded frame than the gap, nothing between the two is needed, unless there is a surprise.
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
        self._reached = not dense and self._may_leave(time, gap)
        if dense:
            return Effort.FULL
        bucket = int(time // (gap / BUCKETS))
        surprised = self._plan.surprised(time, time + gap / BUCKETS + _EPSILON)
        if lasting or self._reached or surprised or bucket not in self._buckets:
            self._buckets.append(bucket)
            return Effort.FULL
        return Effort.REFERENCE

    def _may_leave(self, time: float, gap: float) -> bool:
        """Whether nothing after this packet, displayed at that time, is needed until the next entry."""
        if not self._is(self._index.leaves, self._next):
            return False
        entry = self._index.times[self._next]
        return self._plan.gap(entry) >= gap and not self._plan.surprised(time, entry)

    def _is(self, numbers: Sequence[int], place: int) -> bool:
        return place < len(numbers) and numbers[place] == self._number


class Blindness(Exception):
    """A stretch of the video could not be decoded; the message says which."""


class Watch:
    """Makes sure that nothing is passed over in silence: what must be decoded comes out, or the video is refused."""

    def __init__(self, longest: float, start: float = 0.0, what: str = "frames") -> None:
        """Tolerates some damage: in one place, and a little more in all.

        Args:
            longest: seconds of undecodable frames in one place.
            start: when the first frame of the video is displayed.
            what: of the video, for messages.
        """
        self._longest, self._start, self._what = longest, start, what
        self._lost = 0.0
        self._awaited: deque[float] = deque(maxlen=4096)
        self._seen: float | None = None

    def sent(self, time: float) -> None:
        """A wanted packet goes to the decoder."""
        self._awaited.append(time)

    def came(self, time: float) -> None:
        """A frame came out; raises Blindness when too long a stretch before it did not."""
        since = self._seen if self._seen is not None else min(self._awaited, default=time) - _EPSILON
        missed = [sent for sent in self._awaited if since < sent < time]
        self._lost += time - since if missed else 0.0
        if missed and time - since > self._longest:
            raise self._blindness(since, time)
        if self._lost > self._longest + _LOST_SHARE * (time - self._start):
            raise self._too_much(time - self._start)
        self._awaited = deque((sent for sent in self._awaited if sent > time), maxlen=self._awaited.maxlen)
        self._seen = time

    def ended(self) -> None:
        """The decoder is empty; raises Blindness when too much never came out."""
        last = max(self._awaited, default=0.0)
        since = self._seen if self._seen is not None else self._start
        if self._awaited and (self._seen is None or last - since > self._longest):
            raise self._blindness(since, last)

    def _blindness(self, since: float, until: float) -> Blindness:
        since, until = (max(0.0, time - self._start) for time in (since, until))
        return Blindness(f"its {self._what} from {since:.1f} s to {until:.1f} s cannot be decoded")

    def _too_much(self, until: float) -> Blindness:
        lost = f"{self._lost:.1f} s" if self._what == "frames" else f"{self._lost:.1f} s of {self._what}"
        return Blindness(f"{lost} of its first {until:.1f} s cannot be decoded")
