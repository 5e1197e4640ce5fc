"""Writes docs/templates.md: how templates are used, and tables of presets, of fields, and of what is not done."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import inspect as types

from minivod.templates.bounds import bound_of
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import KINDS, TRANSCODE
from minivod.templates.not_done import NOT_DONE
from minivod.templates.transcode import Transcode

_CODECS = {
    "libx264": "H.264", "libx265": "H.265", "libfdk_aac": "AAC", "libmp3lame": "MP3",
}  # fmt: skip
_REFUSED_WHOLE = {"EnhanceConfig": "what is `OFF`", "TEHDConfig": "what is `OFF`", "SvgTemplate": "nothing"}


def to_markdown() -> str:
    """The page; a test keeps docs/templates.md equal to this."""
    return "\n".join([*_HEAD, *_kinds(), *_transcoding(), *_pictures(), *_fields(), *_not_done(), ""])


def _kinds() -> Iterator[str]:
    yield from ("| kind | presets | an application's own |", "|---|---|---|")
    for kind in KINDS:
        yield f"| {kind.name} | {len(kind.presets) or 'none'} | at most {kind.most} |"


def _transcoding() -> Iterator[str]:
    yield from _PRESETS
    yield from (
        "| definition | name | container | video | size | kbit/s | Hz | audio | kbit/s |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    for definition, preset in TRANSCODE.presets.items():
        yield f"| {definition} | {preset.name} | {preset.settings.Container} | {_streams(preset.settings)} |"


def _streams(settings: Transcode) -> str:
    video, audio = settings.video, settings.audio
    cells = ["", "", "", ""]
    if video is not None:
        sides = [f"{video.Width} long" if video.Width else "", f"{video.Height} short" if video.Height else ""]
        size = " and ".join(filter(None, sides)) or "source"
        cells = [_CODECS[video.Codec], size, str(video.Bitrate or "automatic"), str(video.Fps)]
    if audio is not None:
        cells += [_CODECS[audio.Codec], str(audio.Bitrate or "automatic")]
    return " | ".join(cells)


def _pictures() -> Iterator[str]:
    """The presets of the other kinds, by what differs from the defaults."""
    yield from ("", "| kind | definition | settings |", "|---|---|---|")
    for kind in KINDS:
        for definition, preset in kind.presets.items() if kind is not TRANSCODE else ():
            yield f"| {kind.name} | {definition} | {_differing(preset.settings)} |"
    yield from _LEFT_OUT


def _differing(settings: msgspec.Struct) -> str:
    said = [
        f"{field.name} {_value(value)}"
        for field in msgspec.structs.fields(settings)
        if (value := getattr(settings, field.name)) != field.default
    ]
    return ", ".join(said)


def _value(value: Any) -> str:
    if isinstance(value, list) and isinstance(value[0], str):
        return ", ".join(value)
    if isinstance(value, list):
        return "; ".join(f"{one.Video.Height} short, {one.Video.Bitrate} kbit/s, {one.Video.Fps} Hz" for one in value)
    return str(value)


def _fields() -> Iterator[str]:
    yield from _BOUNDS
    for kind in KINDS:
        yield from ("", f"### {kind.name}", "", "| field | accepted | default |", "|---|---|---|")
        yield from _rows(kind, kind.settings, "")


def _rows(kind: AnyKind, struct: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        if field.name in _REFUSED_WHOLE:
            yield f"| `{prefix}{field.name}` | {_REFUSED_WHOLE[field.name]} | none |"
            continue
        inner = _struct_of(field.type)
        default = "required" if field.required else f"`{field.default}`" if field.default not in (None, "") else "none"
        if inner is None:
            yield f"| `{prefix}{field.name}` | {_accepted(field.type)} | {default} |"
        else:
            yield from _rows(kind, inner, f"{prefix}{field.name}.")


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a field is, or holds."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((inner for one in get_args(kind) if (inner := _struct_of(one))), None)


def _accepted(kind: Any) -> str:
    """What a field accepts, in words."""
    if (bound := bound_of(kind)) is not None:
        return bound.words
    if get_origin(kind) in (Union, UnionType):
        [kind] = [option for option in get_args(kind) if option is not NoneType]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind) if choice)
    info = types.type_info(kind)
    inner = info.type if isinstance(info, types.Metadata) else info
    if isinstance(inner, types.ListType) and isinstance(inner.item_type, types.LiteralType):
        return "one or more of " + ", ".join(f"`{choice}`" for choice in inner.item_type.values)
    if isinstance(inner, types.IntType | types.FloatType):
        least, most = (one if one is not None else other for one, other in ((inner.ge, inner.gt), (inner.le, inner.lt)))
        above = "above" if inner.ge is None and inner.gt is not None else "from"
        return f"{above} {least} to {most}" if most is not None else _BY_RULE
    return "text"  # for DrmType and StdExtInfo, which are refused, and the Base64 of a picture


def _not_done() -> Iterator[str]:
    yield from _REFUSED
    for entry in NOT_DONE:
        what = ", ".join(f"`{value}`" for value in entry.refused)
        off = ", ".join(f"`{value}`" for value in entry.off if value)
        yield f"| `{entry.path}` | {what or (f'all but {off}' if off else 'every value')} | {entry.why} |"


_BY_RULE = "what goes with the codec and the container; the error names it"
_HEAD = (
    "# Templates",
    "",
    "Made by `minivod templates --markdown` from the descriptions that the server checks with; a test keeps it so.",
    "",
    "A template says how a video is processed: a transcoding template is a container with its streams, others are for",
    "pictures, adaptive streams, watermarks and reviews. Each has a number, its definition. Presets are there for",
    "every application; an application makes further ones of its own, lists, changes and deletes them:",
    "",
    "```python",
    "request = models.CreateTranscodeTemplateRequest()",
    'request.Container, request.Name = "mp4", "for phones"',
    "request.VideoTemplate = models.VideoTemplateInfo()",
    'request.VideoTemplate._deserialize({"Codec": "libx264", "Fps": 25, "Bitrate": 800, "Height": 540})',
    "request.AudioTemplate = models.AudioTemplateInfo()",
    'request.AudioTemplate._deserialize({"Codec": "libfdk_aac", "Bitrate": 64, "SampleRate": 44100})',
    "definition = client.CreateTranscodeTemplate(request).Definition",
    "```",
    "",
    "`ProcessMedia` and procedures ([procedures.md](procedures.md)) use them; templates of reviews are for",
    "`ReviewAudioVideo` ([review.md](review.md#review-without-publishing)).",
    "",
    "- An application's definitions begin at 1000001 and are its own: another application has other templates under",
    "  the same numbers. A number is never given again. Presets have six digits at most, and cannot be changed or",
    "  deleted.",
    "- What a change leaves out stays as it is.",
    "- Deleting a template leaves results untouched.",
    "- A watermark's picture is a JPEG, PNG or GIF of at most 4 MiB. One that moves does so on videos, and",
    "  `RepeatType` says what follows its end ([pictures.md](pictures.md)). `ImageUrl` shows it, as it is, to whoever",
    "  has the URL, which cannot be guessed, while the template has the picture. The object is kept for a week after",
    "  the picture was replaced or deleted, and for a week after the end of upload sessions that were open then, so",
    "  that tasks and uploads that were accepted before have the picture as it was.",
    "- Wrong values are refused with the code that the reference lists for the field, such as",
    "  `InvalidParameterValue.VideoCodec`, and a sentence that says what is accepted.",
    "- The limits of an application's own are in the table; the reference allows 16 of each kind of picture.",
    "",
)
_PRESETS = (
    "",
    "## Presets",
    "",
    "From the reference's page of preset templates. Sound is stereo with 44100 Hz; short and long are sides of the",
    "picture, and the other side follows. Those that are called old have keyframes 240 frames apart.",
    "",
)
_LEFT_OUT = (
    "",
    "Left out of the reference's presets: 875 and 876, which only repackage; adaptive 12, which encrypts, and",
    "adaptive 20, which is MPEG-DASH; H.265 from 1080 lines (101040 and others), whose numbers we could not find.",
    "100800 to 100840 are its templates for quality at the least bit rate: here they have the same sizes and streams,",
    "and a bit rate that the server chooses. Its review 10 has the label Moan too. Its presets 1020, 1100 and 20001",
    "lie outside of what it documents for an application's own.",
)
_BOUNDS = (
    "",
    "## Fields",
    "",
    "Bit rates are in kbit/s, sides in pixels, rates in Hz, durations in seconds. What the fields mean is described by",
    "the published API; here is what is accepted, but for what the last table refuses. A stream that is removed",
    "(`RemoveVideo`, `RemoveAudio`) may be described nevertheless. For sides of pictures the reference says 128 as the",
    "least on some of its pages and 32 on the newer ones; here it is 32.",
)
_REFUSED = (
    "",
    "## What is not done",
    "",
    "These fields of the reference are refused when they ask for something, and never ignored.",
    "",
    "| field | refused | why |",
    "|---|---|---|",
)
