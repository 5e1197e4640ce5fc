"""Writes docs/templates.md: how templates are used, and tables of presets, of fields, and of what is not done."""

from collections.abc import Iterable, Iterator, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import inspect as types

from minivod.templates.bounds import bound_of
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import KINDS, TRANSCODE
from minivod.templates.not_done import NOT_DONE
from minivod.templates.page_chinese import CHINESE
from minivod.templates.page_texts import ENGLISH, Texts
from minivod.templates.transcode import Transcode

_CODECS = {
    "libx264": "H.264", "libx265": "H.265", "libfdk_aac": "AAC", "libmp3lame": "MP3",
}  # fmt: skip
_BY_RULE = "what goes with the codec and the container; the error names it"
_REFUSED_WHOLE = {"EnhanceConfig": "what is `OFF`", "TEHDConfig": "what is `OFF`", "SvgTemplate": "nothing"}


def to_markdown(language: str = "en-US") -> str:
    """The page in `en-US` or `zh-CN`; a test keeps docs/templates.md and docs/templates.zh-CN.md equal to this."""
    says = CHINESE if language == "zh-CN" else ENGLISH
    return "\n".join(
        [
            *(says.title, "", says.other, "", *says.head, ""),
            *_table(says, says.kinds, _kinds()),
            *("", *says.presets, ""),
            *_table(says, says.transcoding, _transcoding(says)),
            "",
            *_table(says, says.others, _others()),
            *("", *says.left_out, "", *says.bounds),
            *_fields(says),
            *("", *says.not_done, ""),
            *_table(says, says.refused, _not_done(says)),
            "",
        ]
    )


def _table(says: Texts, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(says.cell, row))} |"


def _kinds() -> Iterator[Sequence[str]]:
    for kind in KINDS:
        yield kind.name, str(len(kind.presets) or "none"), f"at most {kind.most}"


def _transcoding(says: Texts) -> Iterator[Sequence[str]]:
    for definition, preset in TRANSCODE.presets.items():
        yield str(definition), preset.name, preset.settings.Container, *_streams(says, preset.settings)


def _streams(says: Texts, settings: Transcode) -> list[str]:
    video, audio = settings.video, settings.audio
    cells = ["", "", "", ""]
    if video is not None:
        sides = [f"{video.Width} long" if video.Width else "", f"{video.Height} short" if video.Height else ""]
        size = " and ".join(map(says.cell, filter(None, sides))) or "source"
        cells = [_CODECS[video.Codec], size, str(video.Bitrate or "automatic"), str(video.Fps)]
    if audio is not None:
        cells += [_CODECS[audio.Codec], str(audio.Bitrate or "automatic")]
    return cells


def _others() -> Iterator[Sequence[str]]:
    """The presets of the other kinds, by what differs from the defaults."""
    for kind in KINDS:
        for definition, preset in kind.presets.items() if kind is not TRANSCODE else ():
            yield kind.name, str(definition), _differing(preset.settings)


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


def _fields(says: Texts) -> Iterator[str]:
    for kind in KINDS:
        yield from ("", f"### {kind.name}", "")
        yield from _table(says, says.fields, _rows(kind, kind.settings, ""))


def _rows(kind: AnyKind, struct: type[msgspec.Struct], prefix: str) -> Iterator[Sequence[str]]:
    for field in msgspec.structs.fields(struct):
        if field.name in _REFUSED_WHOLE:
            yield f"`{prefix}{field.name}`", _REFUSED_WHOLE[field.name], "none"
            continue
        inner = _struct_of(field.type)
        default = "required" if field.required else f"`{field.default}`" if field.default not in (None, "") else "none"
        if inner is None:
            yield f"`{prefix}{field.name}`", _accepted(field.type), default
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


def _not_done(says: Texts) -> Iterator[Sequence[str]]:
    for entry in NOT_DONE:
        what = ", ".join(f"`{value}`" for value in entry.refused)
        off = ", ".join(f"`{value}`" for value in entry.off if value)
        yield f"`{entry.path}`", what or (f"all but {off}" if off else "every value"), entry.why
