"""What a processing task is asked for: MediaProcessTaskInput and all that it holds, with the published names."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from minivod.templates.derive import changes
from minivod.templates.kinds import TRANSCODE
from minivod.templates.not_done import NotDone

Definition = Annotated[int, Meta(ge=0)]
_OVERRIDDEN = frozenset(
    {"Container", "RemoveVideo", "RemoveAudio", "VideoTemplate", "AudioTemplate", "TEHDConfig", "StdExtInfo"}
)

OverrideTranscodeParameter = msgspec.defstruct(
    "OverrideTranscodeParameter",
    [field for field in changes(TRANSCODE) if field[0] in _OVERRIDDEN],
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    module=__name__,
)
"""Fields of a transcoding template that are other than the template's in this task; None leaves one as it is."""


class WatermarkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A watermark by its template; times in seconds of the output, negative ones from its end, 0: from or to its end.

    TextContent belongs to text watermarks.
    """

    Definition: Definition
    TextContent: Annotated[str, Meta(max_length=100)] = ""
    SvgContent: str = ""
    StartTimeOffset: float = 0.0
    EndTimeOffset: float = 0.0


class TraceWatermarkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    Switch: str = ""
    Definition: int = 0


class CopyRightWatermarkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    Text: str


class BlindWatermarkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    Definition: int


class MosaicInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    CoordinateOrigin: str = ""
    XPos: str = ""
    YPos: str = ""
    Width: str = ""
    Height: str = ""
    StartTimeOffset: float = 0.0
    EndTimeOffset: float = 0.0


class HeadTailTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    Definition: int


class SubtitleInfoInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Not done."""

    Id: str
    StreamIndex: int = 0
    FontType: str = ""
    FontSize: str = ""
    FontColor: str = ""
    FontAlpha: float = 0.0
    YPos: str = ""
    BoardY: str = ""
    BoardWidth: str = ""
    BoardHeight: str = ""
    BoardColor: str = ""
    BoardAlpha: float = 0.0
    Alignment: str = ""
    OutlineWidth: str = ""
    OutlineColor: str = ""
    OutlineAlpha: float = 0.0
    ShadowWidth: str = ""
    ShadowColor: str = ""
    ShadowAlpha: float = 0.0
    LineSpacing: str = ""


Watermarks = Annotated[list[WatermarkInput], Meta(max_length=10)]


class TranscodeTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Offsets in seconds; 0: from or to the end of the source, negative ones count from there."""

    Definition: Definition
    WatermarkSet: Watermarks = []
    TraceWatermark: TraceWatermarkInput | None = TraceWatermarkInput()
    CopyRightWatermark: CopyRightWatermarkInput | None = CopyRightWatermarkInput(Text="")
    BlindWatermark: BlindWatermarkInput | None = None
    MosaicSet: list[MosaicInput] = []
    HeadTailSet: list[HeadTailTaskInput] = []
    StartTimeOffset: float = 0.0
    EndTimeOffset: float = 0.0
    OverrideParameter: OverrideTranscodeParameter | None = None  # type: ignore[valid-type]
    SubtitleInfoSet: list[SubtitleInfoInput] = []


class AnimatedGraphicTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Offsets as for a transcode."""

    Definition: Definition
    StartTimeOffset: float
    EndTimeOffset: float


class SnapshotByTimeOffsetTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times as text (`3.5s`, `10%`), or in milliseconds where there are none."""

    Definition: Definition
    ExtTimeOffsetSet: Annotated[list[str], Meta(max_length=100)] = []
    TimeOffsetSet: Annotated[list[float], Meta(max_length=100)] = []
    WatermarkSet: Watermarks = []


class SampleSnapshotTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As its template says."""

    Definition: Definition
    WatermarkSet: Watermarks = []


class ImageSpriteTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As its template says."""

    Definition: Definition


class CoverBySnapshotTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PositionValue in seconds, or in percent."""

    Definition: Definition
    PositionType: Literal["Time", "Percent"]
    PositionValue: Annotated[float, Meta(ge=0)]
    WatermarkSet: Watermarks = []


class AdaptiveDynamicStreamingTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As its template says."""

    Definition: Definition
    WatermarkSet: Watermarks = []
    TraceWatermark: TraceWatermarkInput | None = TraceWatermarkInput()
    CopyRightWatermark: CopyRightWatermarkInput | None = CopyRightWatermarkInput(Text="")
    BlindWatermark: BlindWatermarkInput | None = None
    SubtitleSet: list[str] = []
    SubtitleInfoSet: list[SubtitleInfoInput] = []
    DrmInfo: dict[str, Any] | None = None


class MediaProcessTaskInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be made of a video."""

    TranscodeTaskSet: list[TranscodeTaskInput] = []
    AnimatedGraphicTaskSet: list[AnimatedGraphicTaskInput] = []
    SnapshotByTimeOffsetTaskSet: list[SnapshotByTimeOffsetTaskInput] = []
    SampleSnapshotTaskSet: list[SampleSnapshotTaskInput] = []
    ImageSpriteTaskSet: list[ImageSpriteTaskInput] = []
    CoverBySnapshotTaskSet: list[CoverBySnapshotTaskInput] = []
    AdaptiveDynamicStreamingTaskSet: list[AdaptiveDynamicStreamingTaskInput] = []


_INVISIBLE = "invisible watermarks are not made here"
NOT_DONE = (
    NotDone(path="TraceWatermark.Switch", off=("", "OFF"), why=_INVISIBLE),
    NotDone(path="TraceWatermark.Definition", off=(0,), why=_INVISIBLE),
    NotDone(path="CopyRightWatermark.Text", why=_INVISIBLE),
    NotDone(path="BlindWatermark", off=(None,), why=_INVISIBLE),
    NotDone(path="MosaicSet", off=([],), why="parts of pictures are not blurred here"),
    NotDone(path="HeadTailSet", off=([],), why="heads and tails are not joined on here"),
    NotDone(path="SubtitleInfoSet", off=([],), why="subtitles are not drawn here"),
    NotDone(path="SubtitleSet", off=([],), why="subtitles are not kept here"),
    NotDone(path="DrmInfo", off=(None,), why="streams are not encrypted here"),
    NotDone(path="SvgContent", off=("", " "), why="SVG cannot be drawn here; use a PNG"),
    NotDone(path="OverrideParameter.TEHDConfig.Type", off=(None, "", "OFF"), why="there is no top speed codec here"),
    NotDone(path="OverrideParameter.StdExtInfo", off=(None, ""), why="extended parameters are the reference's own"),
    NotDone(path="AudioTemplate.StreamSelects", off=(None, []), why="the first audio track is taken here"),
)
"""What the reference's tasks can ask for and this server does not do, beyond what its templates cannot hold."""
