"""What tasks made of a video, as the wire shows it: in task details, in events and in DescribeMediaInfos."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from minivod.shapes import MediaAudioStreamItem, MediaMetaData, MediaVideoStreamItem
from minivod.store.results import Result
from minivod.urls import Addressed, cover_url, result_url
from minivod.wire.media import meta_data
from minivod.wire.subtitles import MediaSubtitleItem


class MediaTranscodeItem(msgspec.Struct, frozen=True, kw_only=True):
    """The original (Definition 0) or a transcode; Bitrate in bit/s, Size in bytes, Duration in seconds."""

    Url: str
    Definition: int
    Bitrate: int
    Height: int
    Width: int
    Size: int
    Duration: float
    Md5: str
    Container: str
    VideoStreamSet: list[MediaVideoStreamItem]
    AudioStreamSet: list[MediaAudioStreamItem]
    DigitalWatermarkType: str = "None"
    CopyRightWatermarkText: str = ""


class MediaAnimatedGraphicsItem(msgspec.Struct, frozen=True, kw_only=True):
    """A moving picture; Bitrate in bit/s, Size in bytes, offsets in seconds."""

    Url: str
    Definition: int
    Container: str
    Height: int
    Width: int
    Bitrate: int
    Size: int
    Md5: str
    StartTimeOffset: float
    EndTimeOffset: float


class MediaSnapshotByTimePicInfoItem(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot; TimeOffset in milliseconds."""

    TimeOffset: float
    Url: str
    WaterMarkDefinition: list[int]


class MediaSnapshotByTimeOffsetItem(msgspec.Struct, frozen=True, kw_only=True):
    """The snapshots of a template."""

    Definition: int
    PicInfoSet: list[MediaSnapshotByTimePicInfoItem]


class MediaSampleSnapshotItem(msgspec.Struct, frozen=True, kw_only=True):
    """The sampled snapshots of a template; Interval in percent or in seconds, by SampleType."""

    Definition: int
    SampleType: str
    Interval: int
    ImageUrlSet: list[str]
    WaterMarkDefinition: list[int]


class MediaImageSpriteItem(msgspec.Struct, frozen=True, kw_only=True):
    """Sheets of small pictures; Height and Width of one of them, TotalCount of all."""

    Definition: int
    Height: int
    Width: int
    TotalCount: int
    ImageUrlSet: list[str]
    WebVttUrl: str


class MediaSubStreamInfoItem(msgspec.Struct, frozen=True, kw_only=True):
    """A level of an adaptive result; Size in bytes."""

    Type: str
    Width: int
    Height: int
    Size: int


class AdaptiveDynamicStreamingInfoItem(msgspec.Struct, frozen=True, kw_only=True):
    """An adaptive result; Size in bytes, of all its files. Subtitles are not put into it: there are none of these."""

    Definition: int
    Package: str
    DrmType: str
    Url: str
    Size: int
    SubStreamSet: list[MediaSubStreamInfoItem]
    DigitalWatermarkType: str = "None"
    CopyRightWatermarkText: str = ""
    SubtitleSet: list[MediaSubtitleItem] = []
    DefaultSubtitleId: str = ""


class CoverBySnapshotTaskOutput(msgspec.Struct, frozen=True):
    """The new cover."""

    CoverUrl: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the shapes are built from: a result's row, or a step's `output`."""

    definition: int
    files: list[str]
    entry: str
    metadata: dict[str, Any] | None
    body: dict[str, Any]


def made(row: Result) -> Made:
    """Of a row."""
    return Made(
        definition=row.definition, files=row.files, entry=row.entry, metadata=row.metadata, body=row.body
    )  # fmt: skip


def transcode_item(
    url: str, definition: int, data: MediaMetaData, facts: Mapping[str, Any] | None = None
) -> MediaTranscodeItem:
    """The original or a transcode; `facts` are known better than a probe tells them: size, md5, container."""
    better = facts or {}
    return MediaTranscodeItem(
        Url=url,
        Definition=definition,
        Bitrate=data.Bitrate,
        Height=data.Height,
        Width=data.Width,
        Size=better.get("size", data.Size),
        Duration=data.Duration,
        Md5=better.get("md5", data.Md5),
        Container=better.get("container", data.Container),
        VideoStreamSet=data.VideoStreamSet,
        AudioStreamSet=data.AudioStreamSet,
    )


def transcode(base: str, media: Addressed, one: Made) -> MediaTranscodeItem:
    """`base` is the setting public_url; URLs answer while they may be played."""
    url = result_url(base, media, "Transcode", one.definition, one.entry, alone=len(one.files) == 1)
    return transcode_item(url, one.definition, meta_data(one.metadata or {}), one.body)


def adaptive(base: str, media: Addressed, one: Made) -> AdaptiveDynamicStreamingInfoItem:
    """As `transcode`."""
    return AdaptiveDynamicStreamingInfoItem(
        Definition=one.definition,
        Package=one.body["package"],
        DrmType="",
        Url=result_url(base, media, "AdaptiveDynamicStreaming", one.definition, one.entry),
        Size=one.body["size"],
        SubStreamSet=msgspec.convert(one.body["streams"], list[MediaSubStreamInfoItem]),
    )


def animation(base: str, media: Addressed, one: Made) -> MediaAnimatedGraphicsItem:
    """As `transcode`."""
    facts = one.body
    return MediaAnimatedGraphicsItem(
        Url=result_url(base, media, "AnimatedGraphics", one.definition, one.entry),
        Definition=one.definition,
        Container=facts["container"],
        Height=facts["height"],
        Width=facts["width"],
        Bitrate=facts["bitrate"],
        Size=facts["size"],
        Md5=facts["md5"],
        StartTimeOffset=facts["start"],
        EndTimeOffset=facts["end"],
    )


def snapshots(base: str, media: Addressed, one: Made) -> MediaSnapshotByTimeOffsetItem:
    """As `transcode`."""
    return MediaSnapshotByTimeOffsetItem(
        Definition=one.definition,
        PicInfoSet=[
            MediaSnapshotByTimePicInfoItem(
                TimeOffset=round(moment * 1000, 3),
                Url=result_url(base, media, "SnapshotByTimeOffset", one.definition, name),
                WaterMarkDefinition=one.body["watermarks"],
            )
            for name, moment in one.body["shots"]
        ],
    )


def samples(base: str, media: Addressed, one: Made) -> MediaSampleSnapshotItem:
    """As `transcode`."""
    return MediaSampleSnapshotItem(
        Definition=one.definition,
        SampleType=one.body["type"],
        Interval=one.body["interval"],
        ImageUrlSet=[result_url(base, media, "SampleSnapshot", one.definition, name) for name in one.files],
        WaterMarkDefinition=one.body["watermarks"],
    )


def sprite(base: str, media: Addressed, one: Made) -> MediaImageSpriteItem:
    """As `transcode`."""
    urls = {name: result_url(base, media, "ImageSprite", one.definition, name) for name in one.files}
    return MediaImageSpriteItem(
        Definition=one.definition,
        Height=one.body["height"],
        Width=one.body["width"],
        TotalCount=one.body["total"],
        ImageUrlSet=[url for name, url in urls.items() if name != one.entry],
        WebVttUrl=urls[one.entry],
    )


def cover(base: str, media: Addressed, one: Made) -> CoverBySnapshotTaskOutput:
    """The video's cover, which may be another one by now: there is one URL for it."""
    return CoverBySnapshotTaskOutput(cover_url(base, media))


OUTPUTS: Mapping[str, Callable[[str, Addressed, Made], msgspec.Struct]] = {
    "Transcode": transcode,
    "AnimatedGraphics": animation,
    "SnapshotByTimeOffset": snapshots,
    "SampleSnapshot": samples,
    "ImageSprite": sprite,
    "CoverBySnapshot": cover,
    "AdaptiveDynamicStreaming": adaptive,
}
"""By Type of a MediaProcessTaskResult."""
NOTHING_YET: Mapping[str, msgspec.Struct] = {
    "CoverBySnapshot": CoverBySnapshotTaskOutput(""),
    "AdaptiveDynamicStreaming": AdaptiveDynamicStreamingInfoItem(
        Definition=0, Package="", DrmType="", Url="", Size=0, SubStreamSet=[]
    ),
}
"""The output of a step that made nothing (yet), where the model does not allow null."""
