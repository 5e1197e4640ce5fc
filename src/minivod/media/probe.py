"""Describes a media file: container, duration, streams; read by a confined child, with a demuxer of our choice."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.media.outcome import check
from minivod.media.sandbox import Sandbox, StepFailed, python_tool
from minivod.media.sniff import NotMedia, sniff

__all__ = ["AudioStream", "MediaMetadata", "NotMedia", "VideoStream", "probe"]

# The child reads unknown data and may be in other hands by now: its answer is bounded, and it may not say all.
Number = Annotated[int, Meta(ge=0, le=2**53)]
Pixels = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Measure = Annotated[float, Meta(ge=0, le=1e13)]
Word = Annotated[str, Meta(max_length=64, pattern=r"\A[ -~]*\Z")]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]


class VideoStream(msgspec.Struct, kw_only=True):
    """A video stream; `codec` as libav names it ("h264"), `codec_tag` the sample entry ("avc1"), `bitrate` in bit/s."""

    codec: Word
    codec_tag: Word
    bitrate: Number
    width: Pixels
    height: Pixels
    fps: Measure
    dynamic_range: Literal["SDR", "HDR"]


class AudioStream(msgspec.Struct, kw_only=True):
    """An audio stream; `bitrate` in bit/s, `sampling_rate` in Hz."""

    codec: Word
    bitrate: Number
    sampling_rate: Pixels
    channels: Pixels


class MediaMetadata(msgspec.Struct, kw_only=True):
    """A media file: what `MetaData` on the wire is made of.

    `size` in bytes, durations in seconds, `bitrate` in bit/s, `rotate` in degrees clockwise; `width` and `height` are
    those of the first video stream before rotation. `faststart`: whether the index of an MP4 comes first; None for
    other containers. Attached pictures (covers inside the file) are no video streams.
    """

    container: str
    size: int
    duration: Measure
    bitrate: Number
    width: Pixels
    height: Pixels
    rotate: Literal[0, 90, 180, 270]
    video: list[VideoStream]
    audio: list[AudioStream]
    md5: Digest
    audio_duration: Measure
    video_duration: Measure
    faststart: bool | None


async def probe(sandbox: Sandbox, path: Path, *, md5: str = "") -> MediaMetadata:
    """Describes a file.

    Args:
        sandbox: where it is read.
        path: the file, in a directory that holds nothing but the job's own.
        md5: of the file, if it is known; else all of the file is read to take it.

    Raises:
        NotMedia: it is no media, damaged, or larger than the limits; the message says what, for the API's caller.
        StepFailed: reading it did not end in time, or was hijacked.
    """
    found = sniff(path)
    argv = python_tool("minivod.media.child_probe", path.name, found.demuxer, str(sandbox.max_pixels), md5)
    done = await sandbox.run(argv, directory=path.parent)
    check(done, sandbox.limits)
    ours = {"container": found.container, "size": _size(path), **({"md5": md5} if md5 else {})}
    try:
        described = msgspec.json.decode(done.stdout, type=dict[str, object])
        return msgspec.convert({**described, **ours}, MediaMetadata)
    except msgspec.MsgspecError:
        raise StepFailed("its description makes no sense") from None


def _size(path: Path) -> int:
    return path.stat().st_size
