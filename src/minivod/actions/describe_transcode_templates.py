"""DescribeTranscodeTemplates: lists transcoding templates."""

from typing import Any, Literal

import msgspec

from minivod.actions import CallContext
from minivod.actions.template_actions import ORIGIN, by_origin, describes
from minivod.templates.catalog import Template
from minivod.templates.derive import Field, shown
from minivod.templates.kinds import TRANSCODE
from minivod.templates.streams import PURE_AUDIO, AudioStream, VideoStream
from minivod.templates.transcode import Transcode

_NO_VIDEO = msgspec.to_builtins(VideoStream(Codec="libx264", Fps=0, Bitrate=0)) | {"Codec": ""}
_NO_AUDIO = msgspec.to_builtins(AudioStream(Codec="libfdk_aac", Bitrate=0, SampleRate=0, AudioChannel=0)) | {
    "Codec": ""
}
_VIDEO, _AUDIO = (msgspec.defstruct(of.__name__, shown(of)) for of in (VideoStream, AudioStream))

MEMBERS: tuple[Field, ...] = (
    ("Definition", str),
    ("ContainerType", str),
    ("VideoTemplate", _VIDEO),
    ("AudioTemplate", _AUDIO),
)
FILTERS: tuple[Field, ...] = (
    ORIGIN,
    ("ContainerType", Literal["Video", "PureAudio"] | None, None),
    ("TEHDType", Literal["Common", "TEHD"] | None, None),
    ("EnhanceType", Literal["VideoEnhance", "AudioEnhance", "AudioVideoEnhance", "AnyEnhance", "None"] | None, None),
    (
        "EnhanceScenarioType",
        Literal["common", "AIGC", "short_play", "short_video", "game", "HD_movie_series", "LQ_material", "lecture"]
        | None,
        None,
    ),
)


def _finish(members: dict[str, Any], template: Template[Transcode], _: CallContext) -> None:
    """The definition is text here, and a stream that is not there an object of nothing: the model allows no null."""
    members["Definition"] = str(template.definition)
    members["ContainerType"] = _container_type(template)
    members["VideoTemplate"] = members["VideoTemplate"] or _without_codec(_NO_VIDEO)
    members["AudioTemplate"] = members["AudioTemplate"] or _without_codec(_NO_AUDIO)


def _without_codec(stream: VideoStream | AudioStream) -> dict[str, Any]:
    return {**msgspec.to_builtins(stream), "Codec": ""}


def _wants(asked: Any, template: Template[Transcode]) -> bool:
    """No template here is of "top speed", and none enhances anything."""
    return (
        by_origin(asked, template)
        and asked.ContainerType in (None, _container_type(template))
        and asked.TEHDType in (None, "Common")
        and asked.EnhanceType in (None, "None")
        and asked.EnhanceScenarioType is None
    )


def _container_type(template: Template[Transcode]) -> str:
    return "PureAudio" if template.settings.Container in PURE_AUDIO else "Video"


ACTION = describes(TRANSCODE, members=MEMBERS, finish=_finish, filters=FILTERS, wants=_wants)
