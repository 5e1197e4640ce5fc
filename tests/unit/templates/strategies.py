"""Templates that are accepted, of every kind, made from the kinds' own descriptions."""

from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as types

from minivod.errors import WireError
from minivod.templates.bounds import Bound, Measure, ZeroOr
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import KINDS
from minivod.templates.streams import AUDIO_CODECS, PURE_AUDIO

from .samples import AUDIO

OFF = ("TEHDConfig", "EnhanceConfig")
"""Large, and refused unless they ask for nothing."""
MEASURES = st.sampled_from(["0px", "8px", "100px", "4096px", "10%", "12.5%", "100%"])
TEXTS = st.sampled_from(["16px", "0xFF00FF", "1px", "0x00aaFF"])


def bounded(one: Bound, kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(one, ZeroOr):
        return st.just(0) | st.integers(one.least, one.most)
    return (MEASURES if isinstance(one, Measure) else TEXTS).filter(one.accepts)


def values(info: Any) -> st.SearchStrategy[Any]:
    """Values of a type, within the bounds that it declares."""
    if isinstance(info, types.Metadata):
        if info.extra and "bound" in info.extra:
            return bounded(info.extra["bound"], info.type)
        return values(info.type)
    if isinstance(info, types.UnionType):
        return st.one_of(*(values(option) for option in info.types))
    if isinstance(info, types.LiteralType):
        return st.sampled_from(info.values)
    if isinstance(info, types.ListType):
        return st.lists(values(info.item_type), min_size=info.min_length or 0, max_size=info.max_length or 3)
    if isinstance(info, types.StructType):
        return st.fixed_dictionaries(
            {field.encode_name: st.none() if field.encode_name in OFF else values(field.type) for field in info.fields}
        )
    if isinstance(info, types.IntType):
        return st.integers(info.ge or 0, 100 if info.le is None else info.le)
    if isinstance(info, types.FloatType):
        return st.floats(info.ge if info.ge is not None else 0.01, info.le or 1.0)
    return {types.NoneType: st.none()}.get(type(info), st.just(""))


@cache
def settings_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of a creation, without Name and Comment; None where something is left out."""
    [kind] = [one for one in KINDS if one.name == name]
    made = values(types.type_info(kind.settings)).map(lambda made: fitting(kind, made))
    return made.filter(lambda made: fits(kind, made))


def fits(kind: AnyKind, made: dict[str, Any]) -> bool:
    try:
        kind.check(kind.read(made))
    except (WireError, msgspec.ValidationError):
        return False
    return True


def fitting(kind: AnyKind, made: dict[str, Any]) -> dict[str, Any]:
    """The template, with what seldom goes together by chance put right."""
    if kind.name == "Transcode":
        made["RemoveVideo"] = int(made["Container"] in PURE_AUDIO or made["VideoTemplate"] is None)
        made["RemoveAudio"] = 0
        made["AudioTemplate"] = made["AudioTemplate"] or {**AUDIO, "AudioChannel": 0}
        mend([(made["VideoTemplate"], made["AudioTemplate"])], made["Container"])
    elif kind.name == "AdaptiveDynamicStreaming":
        made["Format"] = "HLS"
        for stream in made["StreamInfos"]:
            stream["RemoveAudio"] = 0
        mend([(stream["Video"], stream["Audio"]) for stream in made["StreamInfos"]], "hls")
    elif kind.name == "Watermark":
        made["Type"], made["SvgTemplate"] = "text", None
        made["ImageTemplate"] = None
    elif kind.name == "ImageSprite":
        made["RowCount"] = made["ColumnCount"] = 3
    return made


def mend(streams: list[tuple[dict[str, Any] | None, dict[str, Any]]], container: str) -> None:
    for video, audio in streams:
        if video is not None:
            video["Codec"] = "libx265" if video["Fps"] % 2 else "libx264"
            video["Vcrf"], video["HlsTime"] = max(video["Vcrf"], 1), 0
        audio["Codec"] = AUDIO_CODECS[container][0]
        audio["SampleRate"], audio["AudioChannel"] = 44100, audio["AudioChannel"] % 3
