"""What is asked of an encoding and what comes out: a cut, a rendition, a ladder of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from minivod.media.metadata import MediaMetadata
from minivod.media.unfit import Unfit


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A part of a source, in seconds; what is negative counts from its end, and an `end` of 0 or None is its end.

    As StartTimeOffset and EndTimeOffset of the published model's TranscodeTaskInput.
    """

    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A rendition.

    Attributes:
        files: all of it, by name relative to the folder of the entry.
        entry: what a player opens.
        metadata: of the output as the probe sees it; of HLS: of the whole stream.
        size: bytes of all files.
        md5: of the entry.
    """

    files: dict[str, Path]
    entry: str
    metadata: MediaMetadata
    size: int
    md5: str


@dataclass(frozen=True, kw_only=True)
class SubStream:
    """A stream of a ladder, as MediaSubStreamInfoItem of the published model has it: `size` in bytes, 0 x 0 is sound.

    Attributes:
        type: audio, or video, which may have sound in it.
        codecs: as in the master playlist (RFC 6381).
        bandwidth: highest bit rate of a segment, bit/s, with the sound that goes with it (RFC 8216 §4.3.4.2).
    """

    type: Literal["audio", "video"]
    width: int
    height: int
    size: int
    codecs: str
    bandwidth: int


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """An adaptive result: like `Made`, with the streams that the entry, a master playlist, names."""

    files: dict[str, Path]
    entry: str
    size: int
    md5: str
    duration: float
    streams: Sequence[SubStream]


@dataclass(frozen=True)
class Span:
    """Where a cut begins and ends in its source, seconds; `whole`: nothing is cut off."""

    start: float
    end: float
    whole: bool

    @property
    def duration(self) -> float:
        """Seconds between the two."""
        return self.end - self.start


_SHORTEST = 0.001
_SLACK = 0.05
"""Seconds by which an end may lie behind the source's: callers round durations."""


def span(cut: Cut, duration: float) -> Span:
    """Where the cut lies in a source of `duration` seconds; raises Unfit when it does not lie in it."""
    start = cut.start if cut.start >= 0 else duration + cut.start
    end = cut.end or 0.0
    end = end if end > 0 else duration + end
    if not cut.start and not cut.end:
        return Span(0.0, duration, whole=True)
    if not 0 <= start < duration:
        raise _outside("StartTimeOffset", cut.start, duration)
    if end > duration + _SLACK or end <= 0:
        raise _outside("EndTimeOffset", cut.end, duration)
    end = min(end, duration)
    if end - start < _SHORTEST:
        raise Unfit(
            "InvalidInput.InvalidTimeOffset",
            f"EndTimeOffset is {cut.end:g}, which is not behind StartTimeOffset {cut.start:g}; "
            f"the source lasts {duration:.3f} s",
        )
    return Span(start, end, whole=False)


def _outside(name: str, value: float | None, duration: float) -> Unfit:
    return Unfit(
        "InvalidInput.InvalidTimeOffset",
        f"{name} is {value:g}; it must lie within the source, which lasts {duration:.3f} s",
    )
