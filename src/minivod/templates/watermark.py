"""Watermark templates: a picture or a text, and where it stands."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from minivod.templates.bounds import GIVEN, Breach, Measure, Text, bound

Place = Annotated[str, bound(Measure(0, 8192, zero=True))]


class ImageWatermark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ImageWatermarkInput. ImageContent is Base64; it is empty in what is stored, for the picture is an object."""

    ImageContent: str
    Width: Annotated[str, bound(Measure(8, 4096))] = "10%"
    Height: Annotated[str, bound(Measure(8, 4096, zero=True))] = "0px"
    RepeatType: Literal["repeat", "once", "repeat_last_frame"] = "repeat"
    Transparency: Annotated[int, Meta(ge=0, le=100)] = 0


class TextWatermark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TextWatermarkTemplateInput; the text itself comes with the task."""

    FontType: Literal["simkai.ttf", "arial.ttf"]
    FontSize: Annotated[str, bound(Text(r"[1-9]\d{0,3}px", "a size in pixels from 1px to 9999px"))]
    FontColor: Annotated[str, bound(Text(r"0x[0-9A-Fa-f]{6}", "a colour as 0xRRGGBB"))]
    FontAlpha: Annotated[float, Meta(gt=0, le=1)]


class SvgWatermark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SvgWatermarkInput, which is refused."""

    Width: str = ""
    Height: str = ""


class CycleConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """WatermarkCycleConfigForUpdate, a part of what is refused."""

    StartTime: float = 0.0
    DisplayDuration: float = 0.0
    CycleDuration: float = 0.0


class Watermark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """XPos and YPos from the corner that CoordinateOrigin names, to the watermark's same corner."""

    Type: Literal["image", "text", "svg"]
    CoordinateOrigin: Literal["TopLeft", "TopRight", "BottomLeft", "BottomRight"] = "TopLeft"
    XPos: Place = "0px"
    YPos: Place = "0px"
    ImageTemplate: ImageWatermark | None = None
    TextTemplate: TextWatermark | None = None
    SvgTemplate: SvgWatermark | None = None


def rules(template: Watermark) -> Iterator[Breach]:
    """What a whole template breaks."""
    for name, kind, part in (
        ("ImageTemplate", "image", template.ImageTemplate),
        ("TextTemplate", "text", template.TextTemplate),
    ):
        if template.Type == kind and part is None:
            yield Breach(name, None, f"while Type is {kind}", missing=True)
        if template.Type != kind and part is not None:
            yield Breach(name, GIVEN, f"left out while Type is {template.Type}")


ADDED = {"SvgTemplate": (("CycleConfig", CycleConfig | None, None),)}
"""Fields that only a change has."""
CODES = {
    "TextTemplate.FontAlpha": "TextAlpha", "TextTemplate.FontType": "TextTemplate",
    "TextTemplate.FontSize": "TextTemplate", "TextTemplate.FontColor": "TextTemplate",
}  # fmt: skip
"""Codes of the reference that are not named like their field."""
