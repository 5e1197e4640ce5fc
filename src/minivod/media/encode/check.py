"""Whether an output is what was asked for: probed, read to its end, and decoded in places, by a confined child."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from minivod.media.encode import sound
from minivod.media.encode.codecs import NAMES, VideoPlan
from minivod.media.encode.sound import AudioPlan
from minivod.media.encode.source import Source
from minivod.media.encode.tool import NICE, Tool
from minivod.media.metadata import Examination, MediaMetadata, Moment, Number
from minivod.media.outcome import check as check_tool
from minivod.media.outputs import OutputWrong
from minivod.media.sandbox import Sandbox, StepFailed, python_tool
from minivod.media.sniff import BROKEN_CLOCKS, NotMedia, sniff
from minivod.media.unfit import Unfit

Line = Annotated[str, Meta(max_length=500)]


class Track(msgspec.Struct, kw_only=True):
    """What was read of a stream: when its first and last packet begin and end, seconds."""

    index: Number
    kind: Literal["video", "audio"]
    begin: Moment
    end: Moment
    packets: Number
    begins_with_keyframe: bool


class Inspection(Examination, kw_only=True):
    """An output: what the probe tells, its streams as they were read, and what cannot be decoded (empty: nothing)."""

    tracks: list[Track]
    wrong: Line


class Reality(msgspec.Struct, kw_only=True):
    """A source as it was read: when the file begins, and its streams."""

    start: Moment
    tracks: list[Track]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an output must be.

    Attributes:
        duration: seconds.
        video: codec, width and height; None: no video.
        audio: codecs, any of which it has; none: no audio.
        frame: seconds of a frame, by which the duration may differ.
    """

    duration: float
    video: tuple[str, int, int] | None
    audio: Collection[str]
    frame: float


_SLACK = 0.1
"""Seconds by which a duration may differ, and the beginnings of sound and picture."""
_ROUNDING = 0.001


async def inspect(sandbox: Sandbox, path: Path, *, sets: bool = False) -> Inspection:
    """Reads an output.

    Args:
        sandbox: where it is read.
        path: the file, in a directory that holds nothing but the job's own.
        sets: whether its parameter sets are wanted.

    Raises:
        OutputWrong: it cannot be read.
    """
    try:
        told = await _read(sandbox, path, "minivod.media.child_check", "", str(int(sets)))
        ours = {"container": sniff(path).container, "size": _size(path)}
        return msgspec.convert({**told, "metadata": {**told["metadata"], **ours}}, Inspection)
    except (NotMedia, StepFailed) as error:
        raise OutputWrong(f"the output cannot be read: {error}") from None
    except (msgspec.MsgspecError, KeyError, TypeError):
        raise OutputWrong("the description of the output makes no sense") from None


async def measure(sandbox: Sandbox, path: Path, streams: Collection[int]) -> float:
    """How many seconds some streams of a source last, from the beginning of the file; all packets are read.

    Args:
        sandbox: where it is read.
        path: the source.
        streams: their numbers.

    Raises:
        NotMedia: it is damaged.
        StepFailed: a limit was hit.
    """
    try:
        told = msgspec.convert(await _read(sandbox, path, "minivod.media.child_tracks"), Reality)
    except msgspec.MsgspecError:
        raise StepFailed("the description of the source makes no sense") from None
    return max((track.end for track in told.tracks if track.index in streams), default=told.start) - told.start


async def lasting(sandbox: Sandbox, source: Source) -> float:
    """How many seconds a source lasts: as the probe has told, but where a clock may begin anew all packets are read."""
    if source.demuxer not in BROKEN_CLOCKS:
        return source.metadata.duration
    try:
        return await measure(sandbox, source.path, _taken(source)) or source.metadata.duration
    except NotMedia:
        return source.metadata.duration


def _taken(source: Source) -> set[int]:
    return {stream.index for stream in (source.video, source.audio) if stream is not None}


async def _read(sandbox: Sandbox, path: Path, child: str, *arguments: str) -> dict[str, Any]:
    argv = python_tool(child, path.name, sniff(path).demuxer, str(sandbox.max_pixels), *arguments)
    done = await sandbox.run(argv, directory=path.parent, limits=replace(sandbox.limits, nice=NICE))
    check_tool(done, sandbox.limits)
    told = msgspec.json.decode(done.stdout)
    return told if isinstance(told, dict) else {}


def wanted(tool: Tool, video: VideoPlan | None, audio: AudioPlan | None) -> Wanted:
    """What an output of these plans must be."""
    frame = 1 / min(video.fps, tool.source.fps) if video is not None else 0.0
    return Wanted(
        duration=tool.span.duration,
        video=(NAMES[video.template.Codec], video.layout.width, video.layout.height) if video is not None else None,
        audio=sound.names(audio) if audio is not None else (),
        frame=frame,
    )


async def verify(tool: Tool, found: Inspection, wanted: Wanted) -> None:
    """Makes sure that an output is what it must be.

    Headers of sources may be wrong about durations, and those of some formats are guesses. So when the duration
    differs, the source itself is read.

    Raises:
        Unfit: the source is damaged, which is why the output is too short.
        OutputWrong: the output is wrong, and the source is not known to be.
    """
    wrong = found.wrong or _streams(found.metadata, wanted) or _beginnings(found)
    if wrong:
        raise OutputWrong(f"the output is wrong: {wrong}")
    duration, slack = length(found), max(_SLACK, wanted.frame) + _ROUNDING
    if abs(duration - wanted.duration) <= slack:
        return
    real = min(await _real(tool) - tool.span.start, wanted.duration if not tool.span.whole else float("inf"))
    if abs(duration - real) > slack:
        raise OutputWrong(f"the output lasts {duration:.3f} s instead of {real:.3f} s")


@contextmanager
def blaming_the_source(*, damaged: bool) -> Iterator[None]:
    """A wrong output is the source's fault when the tool that made it has complained of `damaged` data.

    Raises:
        Unfit: in place of OutputWrong.
    """
    try:
        yield
    except OutputWrong as error:
        if damaged:
            raise Unfit("SourceFileError.ContentMalformed", f"the source is damaged, so that {error}") from None
        raise


async def _real(tool: Tool) -> float:
    try:
        return await measure(tool.sandbox, tool.source.path, _taken(tool.source))
    except NotMedia as error:
        raise Unfit("SourceFileError.ContentMalformed", f"the source cannot be read to its end: {error}") from None


def _size(path: Path) -> int:
    return path.stat().st_size


def length(found: Inspection) -> float:
    """Seconds from the first to the last moment of all streams."""
    return max(track.end for track in found.tracks) - min(track.begin for track in found.tracks)


def _streams(metadata: MediaMetadata, wanted: Wanted) -> str:
    video = [(stream.codec, stream.width, stream.height) for stream in metadata.video]
    must = [wanted.video] if wanted.video else []
    if video != must:
        return f"its video is {_words(video)} instead of {_words(must)}"
    audio = [stream.codec for stream in metadata.audio]
    if len(audio) != bool(wanted.audio) or not set(audio) <= set(wanted.audio):
        return f"its audio is {', '.join(audio) or 'none'} instead of {' or '.join(sorted(wanted.audio)) or 'none'}"
    if metadata.rotate or any(stream.mirrored for stream in metadata.video):
        return "its picture is not upright"
    return ""


def _words(videos: Sequence[tuple[str, int, int]]) -> str:
    return ", ".join(f"{codec} of {width}x{height}" for codec, width, height in videos) or "none"


def _beginnings(found: Inspection) -> str:
    if len(found.tracks) != len(found.metadata.video) + len(found.metadata.audio):
        return "a stream has no samples"
    begins = [track.begin for track in found.tracks]
    if max(begins) - min(begins) > _SLACK:
        return f"its streams begin at {', '.join(f'{begin:.3f} s' for begin in begins)}"
    if not all(track.begins_with_keyframe for track in found.tracks if track.kind == "video"):
        return "it does not begin with a keyframe"
    return ""
