"""What the confined child that draws watermarks is told, and what it answers."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Small = Annotated[int, Meta(ge=0, le=65536)]


class ImageOrder(msgspec.Struct, frozen=True, tag="image"):
    """A picture: file name, format as Pillow names it, measures, RepeatType, and `opacity` from 0 to 1."""

    name: str
    format: str
    width: str
    height: str
    repeat: str
    opacity: float


class TextOrder(msgspec.Struct, frozen=True, tag="text"):
    """A text: candidates of fonts, size in pixels, `colour` as #RRGGBB, and `opacity` from 0 to 1."""

    text: str
    fonts: list[str]
    size: int
    colour: str
    opacity: float


class Order(msgspec.Struct, frozen=True):
    """A watermark for a picture of that size (pixels), to be written to `target`; `hdr`: HDRType of the picture."""

    mark: ImageOrder | TextOrder
    origin: str
    x: str
    y: str
    picture: tuple[int, int]
    max_pixels: int
    target: str
    hdr: Literal["", "hdr10", "hlg"] = ""


class Drawn(msgspec.Struct, frozen=True):
    """The file was written; where its left upper corner belongs, and whether it moves."""

    left: Small
    top: Small
    animated: bool = False
    outcome: Literal["drawn"] = "drawn"
