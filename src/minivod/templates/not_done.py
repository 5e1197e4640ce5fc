"""What the reference's templates can ask for and this server does not do: one table, for the checks and the docs."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from minivod.templates.bounds import GIVEN, Breach


class NotDone(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is refused when it asks for something.

    Attributes:
        path: of the field; it may be preceded by others.
        why: what is missing.
        off: values that ask for nothing.
        refused: only these values; without them, everything that is not `off`.
        code: of the error after `InvalidParameterValue.`, where the kind has none for the field.
    """

    path: str
    why: str
    off: tuple[Any, ...] = ("",)
    refused: tuple[Any, ...] = ()
    code: str | None = None

    def refuses(self, value: Any) -> bool:
        """Whether that value is refused."""
        if self.refused:
            return value in self.refused
        return value is not None and value not in self.off

    @property
    def accepted(self) -> str:
        """What the caller should do, after "it must be"."""
        if self.refused:
            return f"something else, because {self.why}"
        known = [str(value) for value in self.off if value]
        return f"{' or '.join(known) or 'left out'}, because {self.why}"


_CLEAR = "streams are not encrypted here"
_NO_BYTE_RANGES = "segments are files of their own here"
_NO_PACKED_AUDIO = "packed audio is not made here"

NOT_DONE = (
    NotDone(path="TEHDConfig.Type", off=("", "OFF"), why="there is no top speed codec here", code="TEHDType"),
    NotDone(path="EnhanceScenarioType", why="pictures and sound are not enhanced here"),
    *(
        NotDone(path=f"{name}.Switch", off=("OFF",), why="pictures and sound are not enhanced here")
        for name in (
            "SuperResolution", "Hdr", "Denoise", "ImageQualityEnhance", "ColorEnhance", "LowLightEnhance",
            "ScratchRepair", "ArtifactRepair", "DiffusionEnhance", "FrameRateWithDen", "Separate", "VolumeBalance",
            "Beautify",
        )
    ),
    NotDone(path="StdExtInfo", why="extended parameters are the reference's own"),
    NotDone(path="VideoTemplate.Codec", refused=("H.266",), why="H.266 is not encoded here"),
    NotDone(path="Video.Codec", refused=("H.266",), why="H.266 is not encoded here"),
    NotDone(path="AudioTemplate.StreamSelects", off=([],), why="it has an effect in OverrideParameter only"),
    NotDone(path="Video.HlsTime", off=(0,), why="SegmentDuration says it for adaptive templates"),
    NotDone(path="Format", refused=("MPEG-DASH",), why="adaptive streams are HLS here"),
    NotDone(path="DrmType", why=_CLEAR),
    NotDone(path="DrmKeyProvider", off=("", "VOD"), why=_CLEAR),
    NotDone(path="DrmEncryptType", why=_CLEAR),
    NotDone(
        path="SegmentType",
        refused=("ts-byterange", "mp4-byterange", "ts-ts-byterange", "mp4-mp4-byterange"),
        why=_NO_BYTE_RANGES,
    ),
    NotDone(
        path="SegmentType",
        refused=("ts-packed-audio", "mp4-packed-audio", "ts-packed-audio-byterange", "mp4-packed-audio-byterange"),
        why=_NO_PACKED_AUDIO,
    ),
    NotDone(path="Type", refused=("svg",), why="SVG cannot be drawn here; use a PNG with Type image"),
    NotDone(path="Labels", refused=("Illegal",), why="nothing here looks for what is illegal in general"),
    NotDone(path="Labels", refused=("Moan",), why="nothing here listens to the sound"),
    NotDone(path="SvgTemplate", off=(), why="SVG cannot be drawn here; use a PNG with Type image"),
)  # fmt: skip
"""In the order in which they are told."""


def not_done(settings: msgspec.Struct, table: Sequence[NotDone] = NOT_DONE) -> Iterator[Breach]:
    """What a template, or a change of one, asks for that is not done; or what another thing does, by its table."""
    for place, value in _walk(settings, ""):
        plain = ".".join(part for part in place.split(".") if not part.isdigit())
        for entry in table:
            if (plain == entry.path or plain.endswith(f".{entry.path}")) and entry.refuses(value):
                shown = GIVEN if isinstance(value, list | dict | msgspec.Struct) else value
                yield Breach(place, shown, entry.accepted, entry.code)


def _walk(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every field at any depth, the outer before the inner."""
    if place:
        yield place, value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _walk(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{place}.{index}")
