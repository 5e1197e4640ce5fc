"""What the confined PyAV children share: a file opened by a forced demuxer, its real streams, decoding, errors."""

import errno
import os
import sys
from collections.abc import Callable
from typing import Any, overload

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from minivod.media.boxes import display_matrix
from minivod.media.orientation import Orientation, of_matrix
from minivod.media.refusal import NO_MEMORY, refuse
from minivod.media.sniff import BROKEN_CLOCKS, PATIENCE


def open_forced(path: str, demuxer: str, max_pixels: int, **options: str) -> InputContainer:
    """Opens a file with that demuxer alone: no protocol but `file`, no picture above `max_pixels`."""
    patient = {"analyzeduration": PATIENCE} if demuxer in BROKEN_CLOCKS else {}
    return av.open(
        f"file:{path}",
        mode="r",
        format=demuxer,
        metadata_errors="replace",
        options={
            "format_whitelist": demuxer,
            "protocol_whitelist": "file",
            "max_pixels": str(max_pixels),
            **patient,
            **options,
        },
    )


def no_pictures(container: InputContainer) -> list[VideoStream]:
    """The video streams that are no attached pictures; `codec_context` of those without a decoder is None."""
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    return [stream for stream in container.streams.video if not stream.disposition & pictures]


def told_orientation(name: str, demuxer: str, stream: VideoStream) -> Orientation | None:
    """How an MP4 says that its picture is turned; None for other containers; raises Oblique.

    libav mixes this with what messages inside the stream (SEI) say, which players do not look at.
    """
    if demuxer != "mov":
        return None
    with open(name, "rb") as file:  # noqa: PTH123 - a plain name in the working directory
        return of_matrix(display_matrix(file, os.path.getsize(name), stream.id))  # noqa: PTH202


@overload
def decoded(packet: "Packet[VideoStream]") -> list[VideoFrame]: ...
@overload
def decoded(packet: "Packet[AudioStream]") -> list[AudioFrame]: ...
def decoded(packet: "Packet[Any]") -> list[Any]:
    """What the packet brings out of its decoder; nothing where it is damaged, of which a `Watch` judges how much is."""
    try:
        return packet.decode()
    except av.error.MemoryError:
        raise
    except av.error.FFmpegError:
        return []


def run(main: Callable[[list[str]], None]) -> None:
    """Runs a child; what libav or the limits refuse becomes words."""
    av.logging.set_level(None)
    try:
        main(sys.argv[2:])
    except MemoryError:
        refuse(NO_MEMORY)
    except av.error.FFmpegError as error:
        if isinstance(error, MemoryError) or error.errno == errno.ENOMEM:
            refuse(NO_MEMORY)
        if error.errno == errno.EINVAL:
            refuse(f"it is damaged or incomplete, or larger than what the server decodes ({error.strerror})")
        refuse(f"it is damaged or incomplete ({error.strerror})")
