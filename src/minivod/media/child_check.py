"""Confined child: describes a file like `child_probe`, and tells whether it plays. NAME DEMUXER MAX_PIXELS MD5 SETS.

All packets are read; pictures at the start, in the middle and at the end are decoded, and sound at both ends.
"""

import sys

import av
import msgspec
from av.codec.context import CodecContext

from minivod.media.child import open_forced, run
from minivod.media.child_probe import examined
from minivod.media.child_tracks import AnyPacket, Track, packets, read

_QUICK = {"skip_loop_filter": "all"}
"""All of a picture is read, and not made smooth, for nobody looks at it."""


class _Trial:
    """Decodes some stretches of a stream."""

    def __init__(self, track: Track, context: CodecContext) -> None:
        self._wanted = iter(sorted(track.stretches(), key=lambda one: one.start))
        self._context = context
        self._stretch: range | None = next(self._wanted, None)
        self._kind = track.kind
        self._number = -1
        self._frames = 0
        self.wrong = ""

    def take(self, packet: AnyPacket) -> None:
        """The next packet of the stream."""
        self._number += 1
        while self._stretch is not None and self._number in self._stretch:
            stretch = self._stretch
            self._decode(packet)
            if self._number < stretch[-1]:
                return
            self._decode(None)
            if self._kind == "video" and self._frames < len(stretch):
                self.wrong = f"of {len(stretch)} pictures from number {stretch.start} on, {self._frames} can be decoded"
            self._context.flush_buffers()
            self._frames = 0
            self._stretch = next((one for one in self._wanted if len(one)), None)

    def _decode(self, packet: "AnyPacket | None") -> None:
        try:
            self._frames += len(self._context.decode(packet))  # type: ignore[attr-defined]
        except av.error.FFmpegError as error:
            self.wrong = f"packet {self._number} of the {self._kind} cannot be decoded ({error.strerror})"


def main(arguments: list[str]) -> None:
    """Prints what was found."""
    name, demuxer, max_pixels, md5, sets = arguments
    found = examined(name, demuxer, int(max_pixels), md5, sets=sets == "1")
    tracks = read(name, demuxer, int(max_pixels)).tracks
    for stream in (*found["metadata"]["video"], *found["metadata"]["audio"]):
        if stream["index"] in tracks:  # containers may not tell, or be wrong
            stream["bitrate"] = tracks[stream["index"]].bitrate
    wrong = _decoded(name, demuxer, int(max_pixels), tracks)
    told = {**found, "tracks": [track.told() for track in tracks.values()], "wrong": wrong}
    sys.stdout.buffer.write(msgspec.json.encode(told))


def _decoded(name: str, demuxer: str, max_pixels: int, tracks: dict[int, Track]) -> str:
    """What cannot be decoded; empty: nothing."""
    with open_forced(name, demuxer, max_pixels) as container:
        trials = dict[int, _Trial]()
        for packet in packets(container):
            number = packet.stream.index
            if number not in trials:
                packet.stream.thread_type = "AUTO"
                packet.stream.codec_context.options = _QUICK
                trials[number] = _Trial(tracks[number], packet.stream.codec_context)
            trials[number].take(packet)
        return next((trial.wrong for trial in trials.values() if trial.wrong), "")


if __name__ == "__main__":
    run(main)
