"""Animated graphics: a part of a video as a GIF or WebP that moves."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from minivod.media.metadata import MediaMetadata
from minivod.media.pictures import moments
from minivod.media.pictures.order import Order
from minivod.media.pictures.sizes import canvas
from minivod.media.pictures.tool import take
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit
from minivod.templates.pictures import AnimatedGraphics

MOST_FRAMES = 3000
MOST_PIXELS = 2 * 1024**3
"""Of all frames together."""


@dataclass(frozen=True, slots=True)
class Animation:
    """The file; width and height in pixels, `size` in bytes, `bitrate` in bit/s, `start` and `end` in seconds."""

    path: Path
    container: str
    width: int
    height: int
    size: int
    bitrate: int
    md5: str
    start: float
    end: float


async def animation(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: AnimatedGraphics, *,
    start: float, end: float, place: Path, threads: int, on_progress: Progress,
) -> Animation:  # fmt: skip
    """Makes it; it is repeated for ever.

    Args:
        sandbox: where it is made.
        source: the video.
        metadata: of the video.
        template: size, format, frames a second and quality.
        start: StartTimeOffset, seconds; below 0 it counts from the end.
        end: EndTimeOffset, seconds; 0 is the end, and below 0 it counts from there.
        place: an own directory for the file.
        threads: of the decoder.
        on_progress: told how much is done, 0 to 1.

    Raises:
        Unfit: nothing lies between the two, or it would be too long or too large.
        StepFailed: a limit was hit.
        OSError: the disk is full.
    """
    whole = canvas(template, "stretch", metadata, sandbox.max_pixels)
    begin, until = moments.part(start, end, metadata.duration)
    number = max(1, math.ceil((until - begin) * template.Fps - 1e-6))
    most = min(MOST_FRAMES, max(1, MOST_PIXELS // (whole.width * whole.height)))
    if number > most:
        raise Unfit(
            "InvalidInput.ConfigurationUnsupported",
            f"{until - begin:.3f} s with {template.Fps} Hz are {number} pictures; of {whole.width}x{whole.height} "
            f"pixels at most {most} are made: the part from StartTimeOffset to EndTimeOffset must be at most "
            f"{most / template.Fps:.3f} s long, or the pictures smaller",
        )
    times = [begin + index / template.Fps for index in range(number)]
    order = Order(
        source="", demuxer="", max_pixels=0, threads=threads, moments=times, format=template.Format, canvas=whole,
        fps=template.Fps, quality=template.Quality,
    )  # fmt: skip
    passes = 2 if template.Format == "gif" else 1
    paths = await take(sandbox, source, metadata, order, marks=(), place=place, on_progress=on_progress, passes=passes)
    content = paths[0].read_bytes()
    return Animation(
        paths[0], template.Format, whole.width, whole.height, len(content),
        round(len(content) * 8 * template.Fps / number), hashlib.md5(content, usedforsecurity=False).hexdigest(),
        begin, until,
    )  # fmt: skip
