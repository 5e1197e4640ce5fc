"""Confined child: tells when the streams of a file really begin and end. Arguments: NAME DEMUXER MAX_PIXELS.

Headers may not know: of some formats the duration is estimated, and a header may say anything.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import av
import msgspec
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from minivod.media.child import no_pictures, open_forced, run
from minivod.media.refusal import refuse
from minivod.media.sniff import BROKEN_CLOCKS

AnyPacket: TypeAlias = "Packet[Any]"
_TAIL = 300
"""Packets of the last group of pictures that are decoded."""
_SOUNDS = 8
"""Packets of sound that are decoded at each end."""
_BLOCK = 8 * 1024 * 1024
_BACK, _AHEAD = 0.1, 10.0
"""Seconds by which a clock of BROKEN_CLOCKS must jump so that ffmpeg takes it for another, and goes on where it was."""


class Tracks(NamedTuple):
    """When the file begins, seconds, and its streams by their number."""

    start: float
    tracks: "dict[int, Track]"


class Track:
    """Notes of one stream while its packets pass."""

    def __init__(self, stream: Stream, *, broken: bool = False) -> None:
        """Args: stream: an audio or video stream; broken: whether its clock may begin anew."""
        self._broken, self._next, self._shift = broken, 0.0, 0.0
        self.index, self.kind = stream.index, stream.type
        self.begin: float | None = None
        self.end = 0.0
        self.packets = 0
        self.size = 0
        self.keys: list[int] = []

    def take(self, packet: AnyPacket) -> None:
        """The next packet of the stream."""
        if packet.is_keyframe:
            self.keys.append(self.packets)
        self.packets += 1
        self.size += packet.size
        if packet.pts is None or packet.time_base is None:
            return
        begin = float(packet.pts * packet.time_base) + self._jump(packet)
        self.begin = begin if self.begin is None else min(self.begin, begin)
        self.end = max(self.end, begin + float((packet.duration or 0) * packet.time_base))

    def _jump(self, packet: AnyPacket) -> float:
        """Seconds that are added to the clock of the packet, and of those after it."""
        if self._broken and packet.dts is not None:
            clock = float(packet.dts * packet.time_base)
            if self.begin is not None and not -_BACK <= clock - self._next <= _AHEAD:
                self._shift += self._next - clock
            self._next = clock + float((packet.duration or 0) * packet.time_base)
        return self._shift

    @property
    def bitrate(self) -> int:
        """Of all packets, bit/s; 0: not known."""
        seconds = self.end - (self.begin or 0.0)
        return round(self.size * 8 / seconds) if seconds > 0 else 0

    def told(self) -> dict[str, Any]:
        """What was noted."""
        return {
            "index": self.index,
            "kind": self.kind,
            "begin": self.begin or 0.0,
            "end": self.end,
            "packets": self.packets,
            "begins_with_keyframe": self.keys[:1] == [0],
        }

    def stretches(self) -> list[range]:
        """Which packets are decoded: each begins where a decoder can begin."""
        if self.kind == "audio":
            return [range(min(_SOUNDS, self.packets)), range(max(_SOUNDS, self.packets - _SOUNDS), self.packets)]
        if not self.keys:
            return [range(min(1, self.packets))]
        middle = max((key for key in self.keys if key <= self.packets // 2), default=self.keys[0])
        last = self.keys[-1]
        return [range(1), range(middle, middle + 1), range(last, min(last + _TAIL, self.packets))]


def main(arguments: list[str]) -> None:
    """Prints what was found."""
    name, demuxer, max_pixels = arguments
    if demuxer == "mov" and _cut_off(name, int(max_pixels)):
        refuse("it ends before the samples that its index names")
    start, tracks = read(name, demuxer, int(max_pixels))
    told = {"start": start, "tracks": [track.told() for track in tracks.values()]}
    sys.stdout.buffer.write(msgspec.json.encode(told))


def _cut_off(name: str, max_pixels: int) -> bool:
    """Whether samples of an MP4 lie behind its end, which libav takes for an ordinary end."""
    size = os.path.getsize(name)  # noqa: PTH202 - a plain name in the working directory
    with open_forced(name, "mov", max_pixels) as container:
        return any(entry.pos + entry.size > size for stream in container.streams for entry in stream.index_entries)


def read(name: str, demuxer: str, max_pixels: int) -> Tracks:
    """Reads all packets of a file."""
    tracks = dict[int, Track]()
    with open_forced(name, demuxer, max_pixels) as container:
        start = float((container.start_time or 0) / av.time_base)
        for packet in packets(container):
            if packet.stream.index not in tracks:
                tracks[packet.stream.index] = Track(packet.stream, broken=demuxer in BROKEN_CLOCKS)
            tracks[packet.stream.index].take(packet)
    return Tracks(start, tracks)


def packets(container: InputContainer) -> Iterator[AnyPacket]:
    """The packets of all video and audio that are shown or heard, with signs of life on standard output."""
    unseen = 0
    for packet in container.demux([*no_pictures(container), *container.streams.audio]):
        if packet.size and not packet.is_discard:
            yield packet
        unseen += packet.size
        if unseen > _BLOCK:
            unseen = 0
            sys.stdout.buffer.write(b" ")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(main)
