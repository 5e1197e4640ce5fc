"""Samples frames of a video for review, and decodes cover pictures, as arrays."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from minivod.media import decoded
from minivod.media.decoded import Decoded
from minivod.media.probe import MediaMetadata
from minivod.media.sandbox import Sandbox
from minivod.media.sniff import NotMedia, sniff

LONGEST_SIDE = 640
_OF_VIDEOS = "minivod.media.child_frames"


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
    decoding = decoded.decoded(sandbox, path, _OF_VIDEOS, sniff(path).demuxer, longest, str(interval))
    async with aclosing(decoding) as found:
        async for one in found:
            yield _frame(one)


async def picture(sandbox: Sandbox, path: Path) -> Frame:
    """Like `decoded.picture`, as an array."""
    return _frame(await decoded.picture(sandbox, path))


def _frame(one: Decoded) -> Frame:
    return Frame(one.time, np.frombuffer(one.pixels, np.uint8).reshape(one.height, one.width, 3), one.keyframe)
