"""Templates of pictures: animated graphics, snapshots at given times, sampled snapshots, and image sprites."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.templates.bounds import Breach, ZeroOr, bound
from minivod.templates.streams import Adaptive, Fill

PictureSide = Annotated[int, bound(ZeroOr(32, 4096))]
"""Pixels; 0 follows from the other side, or is the source's. The reference says 128 on some pages, 32 on the newer."""
PictureFormat = Literal["jpg", "png", "webp"]
Sampling = Literal["Percent", "Time"]
Count = Annotated[int, Meta(ge=1, le=15_000)]
Interval = Annotated[int, Meta(ge=1, le=2**31 - 1)]

_WHOLE = 100
LONGEST_SPRITE = 15_000
"""Pixels of a side of a whole sprite."""


class AnimatedGraphics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a video as a moving picture; Fps in Hz, Quality from 1 to 100."""

    Fps: Annotated[int, Meta(ge=1, le=30)]
    Width: PictureSide = 0
    Height: PictureSide = 0
    ResolutionAdaptive: Adaptive = "open"
    Format: Literal["gif", "webp"] = "gif"
    Quality: Annotated[float, Meta(ge=1, le=100)] = 75.0


class SnapshotByTimeOffset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures at times that a task names."""

    Width: PictureSide = 0
    Height: PictureSide = 0
    ResolutionAdaptive: Adaptive = "open"
    Format: PictureFormat = "jpg"
    FillType: Fill = "black"


class SampleSnapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures at even distances: SampleInterval in percent of the duration, or in seconds."""

    SampleType: Sampling
    SampleInterval: Interval
    Width: PictureSide = 0
    Height: PictureSide = 0
    ResolutionAdaptive: Adaptive = "open"
    Format: PictureFormat = "jpg"
    FillType: Fill = "black"


class ImageSprite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Small pictures at even distances, in rows and columns of large ones; sides are those of a small one."""

    SampleType: Sampling
    SampleInterval: Interval
    RowCount: Count
    ColumnCount: Count
    FillType: Fill = "black"
    Width: PictureSide = 0
    Height: PictureSide = 0
    ResolutionAdaptive: Adaptive = "open"
    Format: PictureFormat = "jpg"


def animation_rules(template: AnimatedGraphics) -> Iterator[Breach]:
    """What a whole template of animated graphics breaks."""
    if template.Format == "webp" and template.Width == template.Height == 0:
        yield Breach("Format", "webp", "gif, or Width or Height must be given", code="FormatWebpWidthAndHeightBothZero")


def sample_rules(template: SampleSnapshot | ImageSprite) -> Iterator[Breach]:
    """What the distances of a whole template break."""
    if template.SampleType == "Percent" and template.SampleInterval > _WHOLE:
        yield Breach("SampleInterval", template.SampleInterval, "from 1 to 100 while SampleType is Percent")


def sprite_rules(template: ImageSprite) -> Iterator[Breach]:
    """What a whole template of sprites breaks."""
    yield from sample_rules(template)
    for name, count, side in (
        ("ColumnCount", template.ColumnCount, template.Width),
        ("RowCount", template.RowCount, template.Height),
    ):
        if count * side > LONGEST_SPRITE:
            fit = LONGEST_SPRITE // side
            yield Breach(
                name, count, f"at most {fit} with pictures of {side} px; a sprite has {LONGEST_SPRITE} px at most"
            )


ANIMATION_CODES = {"Width": "Resolution", "Height": "Resolution"}
"""The reference has one code for both sides of animated graphics."""
