"""Describes a media file: container, duration, streams; read by a confined child, with a demuxer of our choice."""

from pathlib import Path
from typing import Literal

import msgspec

from minivod.media.outcome import check
from minivod.media.sandbox import Sandbox, python_tool
from minivod.media.sniff import NotMedia, sniff

__all__ = ["AudioStream", "MediaMetadata", "NotMedia", "VideoStream", "probe"]


class VideoStream(msgspec.Struct, kw_only=True):
    """A video stream; `codec` as libav names it ("h264"), `codec_tag` the sample entry ("avc1"), `bitrate` in bit/s."""

    codec: str
    codec_tag: str
    bitrate: int
    width: int
    height: int
    fps: float
    dynamic_range: Literal["SDR", "HDR"]


class AudioStream(msgspec.Struct, kw_only=True):
    """An audio stream; `bitrate` in bit/s, `sampling_rate` in Hz."""

    codec: str
    bitrate: int
    sampling_rate: int
    channels: int


class MediaMetadata(msgspec.Struct, kw_only=True):
    """A media file: what `MetaData` on the wire is made of.

    `size` in bytes, durations in seconds, `bitrate` in bit/s, `rotate` in degrees clockwise; `width` and `height` are
    those of the first video stream before rotation. `faststart`: whether the index of an MP4 comes first; None for
    other containers. Attached pictures (covers inside the file) are no video streams.
    """

    container: str
    size: int
    duration: float
    bitrate: int
    width: int
    height: int
    rotate: int
    video: list[VideoStream]
    audio: list[AudioStream]
    md5: str
    audio_duration: float
    video_duration: float
    faststart: bool | None


async def probe(sandbox: Sandbox, path: Path) -> MediaMetadata:
    """Describes a file.

    Args:
        sandbox: where it is read.
        path: the file, in a directory that holds nothing but the job's own.

    Raises:
        NotMedia: it is no media, damaged, or larger than the limits; the message says what, for the API's caller.
        StepFailed: reading it did not end in time.
    """
    found = sniff(path)
    argv = python_tool("minivod.media.child_probe", path.name, found.demuxer, str(sandbox.max_pixels))
    done = await sandbox.run(argv, directory=path.parent)
    check(done, sandbox.limits)
    described = msgspec.json.decode(done.stdout)
    return msgspec.convert({"container": found.container, **described}, MediaMetadata)
