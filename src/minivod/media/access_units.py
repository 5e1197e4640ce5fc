"""Reads where a video can be entered: the pictures to which nothing later refers back, told by their NAL units.

The container's own marks of keyframes are not believed: with wrong ones, review would see other pictures than players.
"""

import heapq
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

_TYPES: dict[str, tuple[int, frozenset[int], frozenset[int]]] = {
    # codec: place of the length size in the configuration record (ISO/IEC 14496-15), all slices, slices of an IDR
    "h264": (4, frozenset(range(1, 6)), frozenset({5})),
    "hevc": (21, frozenset(range(32)), frozenset({19, 20})),
}


_REORDERED = 32  # packets; twice what H.264 and H.265 allow


class Entries:
    """Tells whether a packet is an instantaneous decoder refresh (IDR) of H.264 or H.265 and nothing else."""

    def __init__(self, codec: str, configuration: bytes | None) -> None:
        """Args: codec: libav's name; configuration: `avcC` or `hvcC`; without one no packet is taken for an IDR."""
        place, self._slices, self._refreshes = _TYPES.get(codec, (0, frozenset(), frozenset()))
        known = configuration is not None and place < len(configuration) and configuration[0] == 1
        self._length = (configuration[place] & 3) + 1 if known and configuration and place else 0
        self._hevc = codec == "hevc"

    def is_entry(self, packet: bytes | memoryview) -> bool:
        """Whether every slice in the packet belongs to an IDR picture, and there is one."""
        found, place = False, 0
        while self._length and place + self._length < len(packet):
            size = int.from_bytes(packet[place : place + self._length], "big")
            place += self._length
            kind = packet[place] >> 1 & 63 if self._hevc else packet[place] & 31
            if kind in self._slices:
                if kind not in self._refreshes:
                    return False
                found = True
            place += size
        return found


@dataclass
class Index:
    """What one reading of all packets tells.

    `end`: when the last frame is displayed (s); `numbers` and `times` (s): the entries; `lasting`: numbers of frames
    that stay on screen for long, ascending.
    """

    end: float = 0.0
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    lasting: "array[int]" = field(default_factory=lambda: array("q"))


def read_index(
    packets: Iterable[tuple[float | None, bool, bytes | memoryview]], entries: Entries, long: float
) -> Index:
    """The index of a video.

    Args:
        packets: of all packets in order: time of display (s), whether the container calls it a keyframe, content.
        entries: of the codec.
        long: seconds above which a frame is `lasting`.
    """
    index, lasting = Index(), array("q")
    waiting: list[tuple[float, int]] = []  # a heap that brings packets into order of display
    before: tuple[float, int] | None = None
    for number, (time, keyframe, content) in enumerate(packets):
        if time is None:
            continue
        index.end = max(index.end, time)
        if keyframe and entries.is_entry(content):
            index.numbers.append(number)
            index.times.append(time)
        heapq.heappush(waiting, (time, number))
        if len(waiting) > _REORDERED:
            shown = heapq.heappop(waiting)
            if before is not None and not 0 <= shown[0] - before[0] <= long:
                lasting.append(before[1])
            before = shown
    for shown in sorted(waiting):
        if before is not None and not 0 <= shown[0] - before[0] <= long:
            lasting.append(before[1])
        before = shown
    index.lasting = array("q", sorted(lasting))
    return index
