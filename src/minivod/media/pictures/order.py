"""What the confined child that takes pictures out of a video is told."""

from typing import Literal

import msgspec


class Laid(msgspec.Struct, frozen=True):
    """A watermark's PNG, where it lies, and from when until when (seconds of the video)."""

    name: str
    x: int
    y: int
    start: float
    end: float | None


class Canvas(msgspec.Struct, frozen=True):
    """Size of a picture that is made, pixels, and what becomes of room that the video does not fill."""

    width: int
    height: int
    fill: Literal["stretch", "black", "white", "gauss"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures at moments (seconds, ascending), written below `target` as 00001.FORMAT and so on.

    `columns` and `rows`: as cells of sheets of that many; 0: each one for itself. `fps`: all of them as one moving
    picture in place of that, 00001.gif or .webp; `quality` from 1 to 100. `fields`: as of the probe's VideoStream.
    """

    source: str
    demuxer: str
    max_pixels: int
    threads: int
    moments: list[float]
    canvas: Canvas
    format: Literal["jpg", "png", "webp", "gif"]
    marks: list[Laid] = []
    columns: int = 0
    rows: int = 0
    fps: int = 0
    quality: float = 85.0
    target: str = "out"
    fields: bool = False


def file_name(number: int, kind: str) -> str:
    """Of the picture with that number, from 1."""
    return f"{number:05}.{kind}"
