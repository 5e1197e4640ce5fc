"""Reads where a video can be entered: the pictures to which nothing later refers back, told by their NAL units.

The container's own marks of keyframes are not believed: with wrong ones, review would see other pictures than players.
"""

import heapq
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from minivod.media.nal import CODECS, kind_of, length_size, units

_REORDERED = 32  # packets; twice what H.264 and H.265 allow


class Entries:
    """Tells whether a packet is an instantaneous decoder refresh (IDR) of H.264 or H.265 and nothing else."""

    def __init__(self, codec: str, configuration: bytes | None) -> None:
        """Args: codec: libav's name; configuration: `avcC` or `hvcC`; without one no packet is taken for an IDR."""
        self._codec = codec
        self._length = length_size(codec, configuration) if codec in CODECS else 0

    def is_entry(self, packet: bytes | memoryview) -> bool:
        """Whether every slice in the packet belongs to an IDR picture, and there is one."""
        if not self._length:
            return False
        found, codec = False, CODECS[self._codec]
        for unit in units(packet, self._length):
            kind = kind_of(self._codec, unit)
            if kind in codec.pictures:
                if kind not in codec.refreshes:
                    return False
                found = True
        return found


@dataclass
class Index:
    """What one reading of all packets tells.

    `start` and `end`: when the first and the last frame are displayed (s); `numbers` and `times` (s): the entries;
    `leaves`: for each entry the number of the packet after which nothing has to be decoded until the entry, -1: there
    is none; `lasting`: numbers of frames that stay on screen for long, ascending.
    """

    start: float = 0.0
    end: float = 0.0
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    leaves: "array[int]" = field(default_factory=lambda: array("q"))
    lasting: "array[int]" = field(default_factory=lambda: array("q"))


def read_index(
    packets: Iterable[tuple[float | None, bool, bytes | memoryview]], entries: Entries, gap: float, long: float
) -> Index:
    """The index of a video.

    Args:
        packets: of all packets in order: time of display (s), whether the container calls it a keyframe, content.
        entries: of the codec.
        gap: seconds that may pass without a decoded frame.
        long: seconds above which a frame is `lasting`.
    """
    index, screen = Index(start=math.inf, end=-math.inf), _Screen(long)
    group: array[float] = array("d")  # times of the packets since the last entry
    for number, (time, keyframe, content) in enumerate(packets):
        if time is None:
            group.append(math.nan)
            continue
        index.start, index.end = min(index.start, time), max(index.end, time)
        if keyframe and entries.is_entry(content):
            index.numbers.append(number)
            index.times.append(time)
            index.leaves.append(_leave(group, number, time, gap, long))
            group = array("d")
        group.append(time)
        screen.put(time, number)
    index.lasting = screen.lasting()
    if index.start > index.end:
        index.start = index.end = 0.0
    return index


def _leave(group: "array[float]", number: int, time: float, gap: float, long: float) -> int:
    """The first packet of a group after which all are displayed within the gap before the entry, and not before it.

    Args:
        group: times of the packets from the last entry to this one.
        number: of this entry.
        time: of this entry.
        gap: seconds.
        long: seconds by which packets that follow may be displayed before it (reordering).
    """
    found, earliest = -1, math.inf
    for back in range(1, len(group) + 1):
        shown = group[-back]
        if not time - gap <= shown < time:
            break
        if shown - earliest <= long:
            found = number - back
        earliest = min(earliest, shown)
    return found


class _Screen:
    """Brings packets into order of display, and notes the frames that stay on screen for longer than `long` seconds."""

    def __init__(self, long: float) -> None:
        self._long = long
        self._waiting: list[tuple[float, int]] = []  # a heap
        self._before: tuple[float, int] | None = None
        self._lasting = array("q")

    def put(self, time: float, number: int) -> None:
        heapq.heappush(self._waiting, (time, number))
        if len(self._waiting) > _REORDERED:
            self._show(heapq.heappop(self._waiting))

    def lasting(self) -> "array[int]":
        """After the last packet."""
        while self._waiting:
            self._show(heapq.heappop(self._waiting))
        return array("q", sorted(self._lasting))

    def _show(self, shown: tuple[float, int]) -> None:
        if self._before is not None and not 0 <= shown[0] - self._before[0] <= self._long:
            self._lasting.append(self._before[1])
        self._before = shown
