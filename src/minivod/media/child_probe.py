"""Confined child: describes a media file as JSON on stdout. Arguments: NAME DEMUXER MAX_PIXELS MD5 SETS.

With SETS of 1 all packets of the first video stream are read for its parameter sets.
"""

import hashlib
import os
import sys
from fractions import Fraction
from typing import Any

import av
import msgspec
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from minivod.media.boxes import index_first
from minivod.media.child import no_pictures, open_forced, run, told_orientation
from minivod.media.child_tracks import read
from minivod.media.metadata import HDR_TYPES, UNKNOWN, ParameterSets
from minivod.media.nal import CODECS
from minivod.media.orientation import UPRIGHT, Oblique, Orientation, of_rotation
from minivod.media.parameter_sets import Collector
from minivod.media.refusal import check_size, refuse
from minivod.media.sample_entry import SampleEntry, sample_entries
from minivod.media.sequence import Bits, Malformed

_BLOCK = 8 * 1024 * 1024
_PACKETS_TRIED = 64
_FIELD_ORDERS = {1: "progressive", 2: "top", 3: "bottom", 4: "bottom", 5: "top"}
"""AVFieldOrder; of the last two, the field that is stored first is shown last."""
_RANGES = {1: "limited", 2: "full"}
_AAC_PROFILES = {
    1: "Main", 2: "LC", 3: "SSR", 4: "LTP", 5: "HE-AAC", 23: "LD", 29: "HE-AACv2", 39: "ELD", 42: "xHE-AAC",
}  # fmt: skip
_ESCAPED = 31
_LARGEST_PART = 2**31 - 1  # of a fraction
_NO_ENTRY = SampleEntry("", False, None)


def main(arguments: list[str]) -> None:
    """Prints the description; blanks before it are signs of life while a long file is read."""
    name, demuxer, max_pixels, md5, sets = arguments
    sys.stdout.buffer.write(msgspec.json.encode(examined(name, demuxer, int(max_pixels), md5, sets=sets == "1")))


def examined(name: str, demuxer: str, max_pixels: int, md5: str, *, sets: bool) -> dict[str, Any]:
    """What `Examination` has; `md5` of the file, if it is known."""
    with open_forced(name, demuxer, max_pixels) as container:
        described = _Description(container, name, max_pixels).all()
    first: dict[str, Any] = next(iter(described["video"]), {"codec": ""})
    readable = first["codec"] in CODECS and not first["encrypted"]
    found = _parameter_sets(name, demuxer, max_pixels, whole=sets) if readable else None
    if found is not None and len(found.formats) == 1:
        first["format"] = found.formats[0]
    described["md5"] = md5 or _md5(name)
    described["faststart"] = _faststart(name) if demuxer == "mov" else None
    return {"metadata": described, "parameter_sets": found if sets else None}


class _Description:
    """Describes an open file."""

    def __init__(self, container: InputContainer, name: str, max_pixels: int) -> None:
        self._container, self._name, self._max_pixels = container, name, max_pixels
        self._demuxer = container.format.name.partition(",")[0]
        self._entries = _sample_entries(name) if self._demuxer == "mov" else {}
        self._firsts: dict[int, VideoFrame | None] = {}

    def all(self) -> dict[str, Any]:
        """What `MediaMetadata` has, but for what is not read from the container."""
        videos, audios = no_pictures(self._container), list(self._container.streams.audio)
        described = [self._video(stream) for stream in videos]
        spans = [_seconds(stream) for stream in (*videos, *audios)]
        length = self._container.duration
        duration = (max(0.0, length / av.time_base) if length else max(spans, default=0.0)) or self._read()
        size = os.path.getsize(self._name)  # noqa: PTH202 - a plain name in the working directory
        bitrate = max(0, self._container.bit_rate) or (int(size * 8 / duration) if duration > 0 else 0)
        sounds = [self._audio(stream) for stream in audios]
        _share(bitrate, described, sounds)
        return {
            "duration": duration,
            "bitrate": bitrate,
            "width": described[0]["width"] if videos else 0,
            "height": described[0]["height"] if videos else 0,
            "video": described,
            "audio": sounds,
            "video_duration": _seconds(videos[0]) or duration if videos else 0.0,
            "audio_duration": _seconds(audios[0]) or duration if audios else 0.0,
            **self._shown(videos, described),
        }

    def _read(self) -> float:
        """How long it lasts, by its packets, where its header does not tell, as of what was recorded in a browser."""
        try:
            start, tracks = read(self._name, self._demuxer, self._max_pixels)
        except av.error.FFmpegError:
            return 0.0  # it is damaged, which whoever decodes it will say
        return max(0.0, max((track.end for track in tracks.values()), default=start) - start)

    def _shown(self, videos: list[VideoStream], described: list[dict[str, Any]]) -> dict[str, Any]:
        """How the first video's picture is turned; whether it is mirrored is noted with the stream."""
        orientation = self._orientation(videos[0]) if videos else UPRIGHT
        for first in described[:1]:
            first["mirrored"] = orientation.reflected
        return {"rotate": orientation.degrees}

    def _video(self, stream: VideoStream) -> dict[str, Any]:
        entry = self._entry(stream)
        described = {**_common(stream, entry), "width": 0, "height": 0, "fps": 0.0, "dynamic_range": "SDR"}
        if stream.codec_context is None or entry.encrypted:
            return described
        context = stream.codec_context
        check_size(context.width, context.height, self._max_pixels)
        rate = stream.average_rate or stream.guessed_rate or Fraction(0)
        base_layer = entry.dolby_vision is None or entry.dolby_vision.compatibility > 0
        return described | {
            "bitrate": max(0, context.bit_rate or 0),
            "width": context.width,
            "height": context.height,
            "fps": max(0.0, round(float(rate), 3)),
            "dynamic_range": "HDR" if context.color_trc in HDR_TYPES or not base_layer else "SDR",
            "format": _format(stream),
            "pixel_format": context.pix_fmt or "",
            "colour": {
                "primaries": context.color_primaries,
                "transfer": context.color_trc,
                "matrix": context.colorspace,
                "range": _RANGES.get(context.color_range, ""),
            },
            "dolby_vision": entry.dolby_vision,
            "frame_rate": _ratio(rate),
            "sample_aspect": _ratio(stream.sample_aspect_ratio),
            "field_order": _FIELD_ORDERS.get(context.field_order, ""),
            **self._fields(stream, rate),
        }

    def _fields(self, stream: VideoStream, rate: Fraction) -> dict[str, Any]:
        """What is otherwise when fields are coded like pictures, which H.265 alone does, and libav hides."""
        context = stream.codec_context
        first = self._first(stream) if context.codec.canonical_name == "hevc" else None
        if first is None or not first.interlaced_frame:
            return {}
        return {
            "fields": True,
            "field_order": "top",
            "height": 2 * context.height,
            "fps": max(0.0, round(float(rate / 2), 3)),
            "frame_rate": _ratio(rate / 2),
        }

    def _audio(self, stream: AudioStream) -> dict[str, Any]:
        entry = self._entry(stream)
        described = {**_common(stream, entry), "sampling_rate": 0, "channels": 0}
        if stream.codec_context is None or entry.encrypted:
            return described
        context = stream.codec_context
        return described | {
            "bitrate": max(0, context.bit_rate or 0),
            "sampling_rate": context.sample_rate,
            "channels": context.channels,
            "profile": _word(context.profile) or profile_of_aac(context.codec.canonical_name, context.extradata),
            "layout": _word(context.layout.name),
        }

    def _entry(self, stream: Stream) -> SampleEntry:
        told = self._entries.get(stream.id, [])
        return next((entry for entry in told if entry.encrypted), told[0] if told else _NO_ENTRY)

    def _orientation(self, stream: VideoStream) -> Orientation:
        """How players turn and mirror the picture."""
        try:
            told = told_orientation(self._name, self._demuxer, stream)
        except Oblique:
            return UPRIGHT  # publishing refuses it, with words
        return told or self._orientation_of_frames(stream)

    def _orientation_of_frames(self, stream: VideoStream) -> Orientation:
        """What the first frame that decodes says."""
        first = self._first(stream) if stream.codec_context is not None else None
        return of_rotation(first.rotation) if first is not None else UPRIGHT

    def _first(self, stream: VideoStream) -> VideoFrame | None:
        """The first frame that decodes, among the first ones."""
        if stream.index not in self._firsts:
            self._firsts[stream.index] = self._decoded(stream)
        return self._firsts[stream.index]

    def _decoded(self, stream: VideoStream) -> VideoFrame | None:
        stream.codec_context.options = {"max_pixels": str(self._max_pixels)}
        for _, packet in zip(range(_PACKETS_TRIED), self._container.demux(stream), strict=False):
            try:
                for frame in packet.decode():
                    return frame
            except av.error.FFmpegError:
                continue  # a damaged frame says nothing about the next one
        return None


def _common(stream: Stream, entry: SampleEntry) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "index": stream.index,
        "codec": UNKNOWN if context is None else context.codec.canonical_name,
        "codec_tag": entry.kind if context is None or entry.encrypted else _tag(context),
        "bitrate": 0,
        "start": _start(stream),
        "encrypted": entry.encrypted,
        "empty": entry is not _NO_ENTRY and not stream.frames and not len(stream.index_entries),
    }


def _share(bitrate: int, videos: list[dict[str, Any]], sounds: list[dict[str, Any]]) -> None:
    """Gives a video whose container does not tell its bit rate what the other streams leave of the whole, bit/s."""
    untold = [video for video in videos if not video["bitrate"]]
    if len(untold) == 1:
        untold[0]["bitrate"] = max(0, bitrate - sum(stream["bitrate"] for stream in (*videos, *sounds)))


def _format(stream: VideoStream) -> dict[str, Any]:
    """What libav says; of H.264 and H.265 the parameter sets know better: header and samples may differ."""
    context = stream.codec_context
    pixels = context.format
    if pixels is None:
        return {"profile": _word(context.profile)}
    colours = [component for component in pixels.components if not component.is_alpha]
    return {
        "profile": _word(context.profile),
        "bit_depth": max(component.bits for component in colours),
        "chroma": _chroma(pixels.chroma_width(16), pixels.chroma_height(16)) if len(colours) > 1 else "4:0:0",
    }


def profile_of_aac(codec: str, configuration: bytes | None) -> str:
    """What the header says (ISO/IEC 14496-3 §1.6.2.1), when the first sound lies too far in the file to be decoded."""
    if codec != "aac" or not configuration:
        return ""
    bits = Bits(configuration + b"\0")
    kind = bits.take(5)
    return _AAC_PROFILES.get(kind if kind < _ESCAPED else 32 + bits.take(6), "")


def _chroma(width: int, height: int) -> str:
    """The chroma subsampling, by the size of the chroma planes of 16x16 pixels."""
    return {(16, 16): "4:4:4", (8, 16): "4:2:2", (8, 8): "4:2:0", (16, 8): "4:4:0", (4, 16): "4:1:1"}.get(
        (width, height), ""
    )


def _word(text: str | None) -> str:
    return "".join(letter for letter in text or "" if letter.isascii() and letter.isprintable())


def _tag(context: CodecContext) -> str:
    try:
        return _word(context.codec_tag)
    except UnicodeDecodeError:  # AVI has numbers there
        return ""


def _ratio(value: Fraction | None) -> str:
    known = value is not None and value > 0 and max(value.numerator, value.denominator) <= _LARGEST_PART
    return f"{value.numerator}/{value.denominator}" if known and value is not None else ""


def _seconds(stream: Stream) -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return max(0.0, float(stream.duration * stream.time_base))


def _start(stream: Stream) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base)


def _sample_entries(name: str) -> dict[int, list[SampleEntry]]:
    with open(name, "rb") as file:  # noqa: PTH123
        return sample_entries(file, os.path.getsize(name))  # noqa: PTH202


def _parameter_sets(name: str, demuxer: str, max_pixels: int, *, whole: bool) -> ParameterSets | None:
    """Those of the first video stream; also of parts that an edit list hides, which other parts may need.

    Not `whole`: those that its first picture goes by, which later ones cannot replace; None when they are not found.
    """
    options = {"ignore_editlist": "1"} if demuxer == "mov" else {}
    with open_forced(name, demuxer, max_pixels, **options) as container:
        stream = no_pictures(container)[0]
        context = stream.codec_context
        try:
            collector = Collector(context.codec.canonical_name, context.extradata)
            _collect(collector, container, stream, whole=whole)
            return collector.result() if whole or collector.begun else None
        except Malformed as error:
            if not whole:
                return None
            refuse(f"its parameter sets are damaged: {error}")


def _collect(collector: Collector, container: InputContainer, stream: VideoStream, *, whole: bool) -> None:
    unseen = 0
    for number, packet in enumerate(container.demux(stream)):
        if not whole and (collector.begun or number >= _PACKETS_TRIED):
            return
        time = float(packet.pts * stream.time_base) if packet.pts is not None and stream.time_base is not None else 0.0
        if packet.has_sidedata("new_extradata"):
            collector.switch(time, bytes(packet.get_sidedata("new_extradata")))
        if packet.size:
            collector.take(time, memoryview(packet))
        unseen += packet.size
        if unseen > _BLOCK:
            unseen = 0
            _live()


def _md5(name: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(name, "rb") as file:  # noqa: PTH123
        while block := file.read(_BLOCK):
            digest.update(block)
            _live()
    return digest.hexdigest()


def _live() -> None:
    """A sign of life."""
    sys.stdout.buffer.write(b" ")
    sys.stdout.buffer.flush()


def _faststart(name: str) -> bool:
    with open(name, "rb") as file:  # noqa: PTH123
        return index_first(file, os.path.getsize(name))  # noqa: PTH202


if __name__ == "__main__":
    run(main)
