"""Samples frames of a video for review, and decodes cover pictures; both in a confined child, streamed by a pipe."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minivod.media.frame_header import HEADER
from minivod.media.outcome import check
from minivod.media.probe import MediaMetadata
from minivod.media.sandbox import Sandbox, StepFailed, Stream, python_tool
from minivod.media.sniff import NotMedia, sniff, sniff_picture

LONGEST_SIDE = 640
LONGEST_SIDE_OF_PICTURE = 1920
_OF_VIDEOS, _OF_PICTURES = "minivod.media.child_frames", "minivod.media.child_picture"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a video: `time` in seconds, `image` upright, height x width x RGB, 8 bits each."""

    time: float
    image: npt.NDArray[np.uint8]
    keyframe: bool


async def frames(
    sandbox: Sandbox, path: Path, metadata: MediaMetadata, interval: float, longest: int = LONGEST_SIDE
) -> AsyncGenerator[Frame, None]:
    """The frames of a video that review looks at, in order.

    Keyframes at least half a second apart, no gap longer than `interval`, the first and the last second densely, and
    the very last frame (see `sampling`). Frames that an edit list hides are among them. Nothing is read ahead beyond
    a pipe's buffer: a slow reader makes the decoder wait.

    Args:
        sandbox: where it is decoded.
        path: the video, in a directory that holds nothing but the job's own.
        metadata: of the video, by `probe`.
        interval: seconds.
        longest: side of a frame, pixels; larger ones are scaled down.

    Raises:
        NotMedia: it has no video, or frames that cannot be decoded for longer than damage explains.
        StepFailed: a limit was hit.
    """
    if not metadata.video:
        raise NotMedia("there is no video stream")
    decoding = _decoded(sandbox, path, _OF_VIDEOS, sniff(path).demuxer, longest, str(interval))
    async with aclosing(decoding) as decoded:
        async for frame in decoded:
            yield frame


async def picture(sandbox: Sandbox, path: Path) -> Frame:
    """The picture in a JPEG, PNG, WebP or GIF file as browsers show it on a white page, in sRGB.

    It is turned and mirrored as its EXIF says. Of several pictures (animations, MPO of phones) it is the first.

    Args:
        sandbox: where it is decoded.
        path: the file, in a directory that holds nothing but the job's own.

    Raises:
        NotMedia: it is none of these, damaged, or larger than the limit.
        StepFailed: a limit was hit.
    """
    decoding = _decoded(sandbox, path, _OF_PICTURES, sniff_picture(path), LONGEST_SIDE_OF_PICTURE)
    async with aclosing(decoding) as decoded:
        async for frame in decoded:
            return frame
    raise NotMedia("there is no picture in it")


async def _decoded(
    sandbox: Sandbox, path: Path, child: str, kind: str, longest: int, *arguments: str
) -> AsyncGenerator[Frame, None]:
    argv = python_tool(child, path.name, kind, str(sandbox.max_pixels), str(longest), *arguments)
    async with sandbox.stream(argv, directory=path.parent) as stream:
        while frame := await _read(stream, longest):
            yield frame
        check(await stream.finish(), sandbox.limits)


async def _read(stream: Stream, longest: int) -> Frame | None:
    header = await stream.read_exactly(HEADER.size)
    if header is None:
        return None
    time, width, height, keyframe = HEADER.unpack(header)
    # The child decodes unknown data and may be in other hands by now.
    if not (0 < width <= longest and 0 < height <= longest and 0 <= time < float("inf")):
        raise StepFailed("the decoder's output makes no sense")
    pixels = await stream.read_exactly(width * height * 3)
    if pixels is None:
        raise StepFailed("the decoder's output was cut off")
    return Frame(time, np.frombuffer(pixels, np.uint8).reshape(height, width, 3), bool(keyframe))
