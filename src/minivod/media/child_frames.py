"""Confined child: writes sampled frames to stdout. Arguments: NAME DEMUXER MAX_PIXELS LONGEST_SIDE INTERVAL.

Each frame is a HEADER (time in seconds, width, height, whether it is a keyframe) and its pixels, RGB, 8 bits each.
"""

import os
import sys
from collections.abc import Iterator

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from minivod.media.access_units import Entries, Index, read_index
from minivod.media.child import decoded, no_pictures, open_forced, run, told_orientation
from minivod.media.frame_header import HEADER
from minivod.media.orientation import Oblique, Orientation
from minivod.media.refusal import check_size, refuse
from minivod.media.sampling import BUCKETS, Blindness, Effort, Plan, Sampler, Selection, Watch, surprises
from minivod.media.shown import shown, square

_THREADS = 4
_GAPS_BEFORE_DAMAGE = 2.0
_LEAST_BEFORE_DAMAGE = 2.0  # seconds
# For these, nal_ref_idc says whether any other frame refers to one. HEVC's like applies to its own sub-layer only.
_TELL_REFERENCES = frozenset({"h264"})


def main(arguments: list[str]) -> None:
    """Writes the frames."""
    name, demuxer, max_pixels, longest, interval = arguments
    source = _Source(name, demuxer, int(max_pixels))
    try:
        _samples(source, float(interval), int(longest))
    except Blindness as error:
        refuse(str(error))
    except Oblique:
        refuse("its picture is turned by an angle that is no multiple of 90 degrees, which players show differently")


class _Source:
    """The file, to be opened as often as needed."""

    def __init__(self, name: str, demuxer: str, max_pixels: int) -> None:
        self.max_pixels = max_pixels
        self.name, self.demuxer = name, demuxer

    def open(self) -> tuple[InputContainer, VideoStream]:
        # Edit lists hide frames from players, and other players show them all the same.
        options = {"ignore_editlist": "1"} if self.demuxer == "mov" else {}
        container = open_forced(self.name, self.demuxer, self.max_pixels, **options)
        videos = [stream for stream in no_pictures(container) if stream.codec_context is not None]
        if not videos:
            refuse("there is no video stream")
        stream, context = videos[0], videos[0].codec_context
        check_size(context.width, context.height, self.max_pixels)
        stream.thread_type = "AUTO"
        context.thread_count = min(os.cpu_count() or 1, _THREADS)
        # Players show damaged frames, so review sees them too.
        context.options = {"max_pixels": str(self.max_pixels), "flags": "+output_corrupt"}
        return container, stream


class _Writer:
    """Scales frames down, turns and colours them as players without HDR show them, and writes them."""

    def __init__(self, longest: int, stretch: float, orientation: Orientation | None) -> None:
        """Args: longest: side; stretch: width of a pixel over its height; orientation: None: as each frame says."""
        self._longest, self._stretch, self._orientation = longest, stretch, orientation
        self.written = 0

    def __call__(self, time: float, keyframe: bool, frame: VideoFrame) -> None:
        """Args: time: s; keyframe: as decoded; frame: as decoded."""
        width, height = _size(frame, self._stretch, self._longest)
        width, height, pixels = shown(frame, (width, height), self._orientation)
        sys.stdout.buffer.write(HEADER.pack(max(0.0, time), width, height, keyframe))
        sys.stdout.buffer.write(pixels)
        sys.stdout.buffer.flush()
        self.written += 1


def _size(frame: VideoFrame, stretch: float, longest: int) -> tuple[int, int]:
    width, height = square(frame.width, frame.height, stretch)
    factor = min(1.0, longest / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _stretch(stream: VideoStream) -> float:
    ratio = stream.sample_aspect_ratio  # the container's word counts before the codec's
    return float(ratio) if ratio else 1.0


def _samples(source: _Source, interval: float, longest: int) -> None:
    index = _index(source, interval)
    plan = Plan(interval, index.end, index.start, surprises(interval, index.start, index.end))
    container, stream = source.open()
    write = _Writer(longest, _stretch(stream), told_orientation(source.name, source.demuxer, stream))
    sampler: Sampler[VideoFrame] = Sampler(plan)
    watch = Watch(max(_GAPS_BEFORE_DAMAGE * interval, _LEAST_BEFORE_DAMAGE), plan.start)
    for frame, time in _decoded(container, stream, Selection(plan, index), watch):
        for moment, keyframe, chosen in sampler.take(time, frame.key_frame, frame):
            write(moment - plan.start, keyframe, chosen)
    for moment, keyframe, chosen in sampler.finish():
        write(moment - plan.start, keyframe, chosen)
    watch.ended()
    if not write.written:
        refuse("none of its frames can be decoded")


def _index(source: _Source, interval: float) -> Index:
    container, stream = source.open()
    context = stream.codec_context
    entries = Entries(context.codec.canonical_name, context.extradata)
    with container:
        packets = (
            (_time(packet, stream), packet.is_keyframe, memoryview(packet)) for packet in container.demux(stream)
        )
        return read_index(packets, entries, interval, interval / BUCKETS)


def _decoded(
    container: InputContainer, stream: VideoStream, selection: Selection, watch: Watch
) -> Iterator[tuple[VideoFrame, float]]:
    """The frames that are worth decoding, and when they are displayed, in that order."""
    context = stream.codec_context
    sparing = context.codec.canonical_name in _TELL_REFERENCES
    time = 0.0
    for packet in container.demux(stream):
        shown = _time(packet, stream)
        effort = selection.effort(shown) if packet.size else Effort.FULL  # an empty packet ends the stream
        if effort is Effort.NONE:
            continue
        context.skip_frame = "NONREF" if sparing and effort is Effort.REFERENCE else "DEFAULT"
        if effort is Effort.FULL and shown is not None:
            watch.sent(shown)
        for frame in decoded(packet):
            moment = _time(frame, stream)
            time = time if moment is None else moment
            watch.came(time)
            yield frame, time


def _time(thing: "Packet[VideoStream] | VideoFrame", stream: VideoStream) -> float | None:
    """When it is displayed, by the file's own clock, which may begin anywhere, also below zero."""
    if thing.pts is None or stream.time_base is None:
        return None
    return float(thing.pts * stream.time_base)


if __name__ == "__main__":
    run(main)
