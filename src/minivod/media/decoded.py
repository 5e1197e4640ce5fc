"""Decodes frames and pictures in a confined child, streamed by a pipe: as bytes, for whoever needs no arrays."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

from minivod.media.frame_header import HEADER
from minivod.media.outcome import check
from minivod.media.sandbox import Sandbox, StepFailed, Stream, python_tool
from minivod.media.sniff import NotMedia, sniff_picture

LONGEST_SIDE_OF_PICTURE = 1920
_OF_PICTURES = "minivod.media.child_picture"


class Decoded(NamedTuple):
    """A frame: `time` in seconds, `pixels` row by row, RGB of 8 bits each."""

    time: float
    width: int
    height: int
    keyframe: bool
    pixels: bytes


async def decoded(
    sandbox: Sandbox, path: Path, child: str, kind: str, longest: int, *arguments: str
) -> AsyncGenerator[Decoded, None]:
    """What a child makes of the file.

    Args:
        sandbox: where it is decoded.
        path: the file, in a directory that holds nothing but the job's own.
        child: the module that decodes.
        kind: of the file, as the child is told it.
        longest: side of a frame, pixels; larger ones are scaled down.
        arguments: more that it is told.

    Raises:
        NotMedia: it cannot be decoded.
        StepFailed: a limit was hit.
    """
    argv = python_tool(child, path.name, kind, str(sandbox.max_pixels), str(longest), *arguments)
    async with sandbox.stream(argv, directory=path.parent) as stream:
        while frame := await _read(stream, longest):
            yield frame
        check(await stream.finish(), sandbox.limits)


async def picture(sandbox: Sandbox, path: Path) -> Decoded:
    """The picture in a JPEG, PNG, WebP or GIF file as browsers show it on a white page, in sRGB.

    It is turned and mirrored as its EXIF says. Of several pictures (animations, MPO of phones) it is the first.

    Args:
        sandbox: where it is decoded.
        path: the file, in a directory that holds nothing but the job's own.

    Raises:
        NotMedia: it is none of these, damaged, or larger than the limit.
        StepFailed: a limit was hit.
    """
    decoding = decoded(sandbox, path, _OF_PICTURES, sniff_picture(path), LONGEST_SIDE_OF_PICTURE)
    async with aclosing(decoding) as found:
        async for frame in found:
            return frame
    raise NotMedia("there is no picture in it")


async def _read(stream: Stream, longest: int) -> Decoded | None:
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
    return Decoded(time, width, height, bool(keyframe), pixels)
