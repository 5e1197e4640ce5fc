"""The size of a picture of a video, from a template's sides and the video's own size as players show it."""

from fractions import Fraction
from typing import Protocol

from minivod.media.metadata import MediaMetadata
from minivod.media.pictures.order import Canvas
from minivod.media.shown import square
from minivod.media.unfit import Unfit

LONGEST = {"jpg": 65_500, "png": 65_535, "webp": 16_383, "gif": 65_535}
"""Pixels of a side that the formats have room for."""


class Sized(Protocol):
    """What the templates of pictures share."""

    @property
    def Width(self) -> int: ...  # noqa: D102, N802 - wire fields
    @property
    def Height(self) -> int: ...  # noqa: D102, N802
    @property
    def ResolutionAdaptive(self) -> str: ...  # noqa: D102, N802
    @property
    def Format(self) -> str: ...  # noqa: D102, N802


def natural(metadata: MediaMetadata) -> tuple[int, int]:
    """Width and height as players show the video: upright, with square pixels.

    Raises:
        Unfit: SourceFileError.NoVideoMedia, .NoVideoResolution or .ContentUnsupported.
    """
    if not metadata.video:
        raise Unfit("SourceFileError.NoVideoMedia", "there is no video stream in the file")
    stream = metadata.video[0]
    if stream.encrypted:
        raise Unfit("SourceFileError.ContentUnsupported", "the video stream is encrypted")
    if not metadata.width or not metadata.height:
        raise Unfit("SourceFileError.NoVideoResolution", "the video stream does not tell the size of its picture")
    stretch = float(Fraction(stream.sample_aspect)) if stream.sample_aspect else 1.0
    width, height = (max(1, round(side)) for side in square(metadata.width, metadata.height, stretch or 1.0))
    return (height, width) if metadata.rotate in (90, 270) else (width, height)


def canvas(template: Sized, fill: str, metadata: MediaMetadata, max_pixels: int) -> Canvas:
    """What a template makes of the video; with ResolutionAdaptive Width is the longer side, Height the shorter one.

    Raises:
        Unfit: InvalidInput.ConfigurationUnsupported: it would be too large; or as `natural`.
    """
    own = natural(metadata)
    width, height = template.Width, template.Height
    if template.ResolutionAdaptive == "open" and own[1] > own[0]:
        width, height = height, width
    if not width and not height:
        width, height = own
    width = width or max(1, round(height * own[0] / own[1]))
    height = height or max(1, round(width * own[1] / own[0]))
    longest = LONGEST[template.Format]
    if width * height > max_pixels or max(width, height) > longest:
        raise Unfit(
            "InvalidInput.ConfigurationUnsupported",
            f"the picture would have {width}x{height} pixels; at most {longest} on a side of a {template.Format} and "
            f"{max_pixels} in all are made, so that Width and Height must be smaller",
        )
    return Canvas(width, height, fill)  # type: ignore[arg-type]
