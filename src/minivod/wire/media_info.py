"""MediaInfo of the wire: all that is known of a video, with the parts that were asked for."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from minivod.shapes import MediaBasicInfo, MediaMetaData, MediaMiniProgramReviewElem, wire_time
from minivod.store import results
from minivod.store.media import Media
from minivod.store.media_reviews import MediaReview
from minivod.store.publications import Publication
from minivod.store.results import Result
from minivod.store.subtitles import Subtitle
from minivod.urls import cover_url, media_url
from minivod.wire.media import basic_info, meta_data
from minivod.wire.results import (
    OUTPUTS,
    AdaptiveDynamicStreamingInfoItem,
    MediaAnimatedGraphicsItem,
    MediaImageSpriteItem,
    MediaSampleSnapshotItem,
    MediaSnapshotByTimeOffsetItem,
    MediaTranscodeItem,
    transcode_item,
)
from minivod.wire.results import made as as_made
from minivod.wire.subtitles import MediaSubtitleItem, subtitle_item

FILTERS = frozenset(
    {
        "basicInfo", "metaData", "transcodeInfo", "animatedGraphicsInfo", "imageSpriteInfo",
        "snapshotByTimeOffsetInfo", "sampleSnapshotInfo", "keyFrameDescInfo", "adaptiveDynamicStreamingInfo",
        "miniProgramReviewInfo", "subtitleInfo", "reviewInfo", "mpsAiMediaInfo", "knowledgeBasesInfo",
    }
)  # fmt: skip
"""The parts of a MediaInfo, as Filters names them."""
_REVIEW_RESULTS = {"PASS": "Pass", "REJECTED": "Rejected"}


class MediaTranscodeInfo(msgspec.Struct, frozen=True):
    """The original and its renditions."""

    TranscodeSet: list[MediaTranscodeItem]


class MediaAnimatedGraphicsInfo(msgspec.Struct, frozen=True):
    """Moving pictures."""

    AnimatedGraphicsSet: list[MediaAnimatedGraphicsItem]


class MediaSampleSnapshotInfo(msgspec.Struct, frozen=True):
    """Sampled snapshots."""

    SampleSnapshotSet: list[MediaSampleSnapshotItem]


class MediaImageSpriteInfo(msgspec.Struct, frozen=True):
    """Sprites."""

    ImageSpriteSet: list[MediaImageSpriteItem]


class MediaSnapshotByTimeOffsetInfo(msgspec.Struct, frozen=True):
    """Snapshots at given times."""

    SnapshotByTimeOffsetSet: list[MediaSnapshotByTimeOffsetItem]


class MediaAdaptiveDynamicStreamingInfo(msgspec.Struct, frozen=True):
    """Adaptive results."""

    AdaptiveDynamicStreamingSet: list[AdaptiveDynamicStreamingInfoItem]


class MediaMiniProgramReviewInfoItem(msgspec.Struct, frozen=True, kw_only=True):
    """The latest review of a video for the Mini Program."""

    Definition: int
    MetaData: MediaMetaData
    Url: str
    ReviewResult: str
    ReviewSummary: list[MediaMiniProgramReviewElem]


class MediaMiniProgramReviewInfo(msgspec.Struct, frozen=True):
    """Reviews for the Mini Program; empty until one ended in Pass or Rejected."""

    MiniProgramReviewList: list[MediaMiniProgramReviewInfoItem]


class ReviewInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a review by ReviewAudioVideo came to."""

    Definition: int
    Suggestion: str
    TypeSet: list[str]
    ReviewTime: str


class FileReviewInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reviews of the original and of the cover that the video has now."""

    MediaReviewInfo: ReviewInfo | None = None
    CoverReviewInfo: ReviewInfo | None = None


class MediaKeyFrameDescItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A description of a moment; TimeOffset in seconds."""

    TimeOffset: Annotated[float, Meta(ge=0)]
    Content: Annotated[str, Meta(min_length=1, max_length=128)]


class MediaKeyFrameDescInfo(msgspec.Struct, frozen=True):
    """Descriptions by time."""

    KeyFrameDescSet: list[MediaKeyFrameDescItem]


class MediaSubtitleInfo(msgspec.Struct, frozen=True):
    """Subtitles, the oldest first."""

    SubtitleSet: list[MediaSubtitleItem]


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A video; members that were not asked for, or that do not exist, are null."""

    FileId: str
    BasicInfo: MediaBasicInfo | None = None
    MetaData: MediaMetaData | None = None
    TranscodeInfo: MediaTranscodeInfo | None = None
    AnimatedGraphicsInfo: MediaAnimatedGraphicsInfo | None = None
    SampleSnapshotInfo: MediaSampleSnapshotInfo | None = None
    ImageSpriteInfo: MediaImageSpriteInfo | None = None
    SnapshotByTimeOffsetInfo: MediaSnapshotByTimeOffsetInfo | None = None
    KeyFrameDescInfo: MediaKeyFrameDescInfo | None = None
    AdaptiveDynamicStreamingInfo: MediaAdaptiveDynamicStreamingInfo | None = None
    MiniProgramReviewInfo: MediaMiniProgramReviewInfo | None = None
    SubtitleInfo: MediaSubtitleInfo | None = None
    ReviewInfo: FileReviewInfo | None = None


RESULTS: Mapping[str, tuple[str, str, Callable[[list[Any]], Any]]] = {
    "transcodeInfo": ("Transcode", "TranscodeInfo", MediaTranscodeInfo),
    "animatedGraphicsInfo": ("AnimatedGraphics", "AnimatedGraphicsInfo", MediaAnimatedGraphicsInfo),
    "sampleSnapshotInfo": ("SampleSnapshot", "SampleSnapshotInfo", MediaSampleSnapshotInfo),
    "imageSpriteInfo": ("ImageSprite", "ImageSpriteInfo", MediaImageSpriteInfo),
    "snapshotByTimeOffsetInfo": ("SnapshotByTimeOffset", "SnapshotByTimeOffsetInfo", MediaSnapshotByTimeOffsetInfo),
    "adaptiveDynamicStreamingInfo": (
        "AdaptiveDynamicStreaming", "AdaptiveDynamicStreamingInfo", MediaAdaptiveDynamicStreamingInfo,
    ),
}  # fmt: skip
"""By filter: the kind of results, the member of a MediaInfo, and its shape."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that tell of a video."""

    media: Media
    made: list[Result]
    publication: Publication | None
    reviewed: list[MediaReview]
    subtitles: list[Subtitle]


def media_info(base: str, known: Known, wanted: frozenset[str]) -> MediaInfo:
    """The parts of a MediaInfo that are `wanted`, of FILTERS; `base` as for `urls.media_url`."""
    media = known.media
    shapes: dict[str, list[Any]] = {kind: [] for kind in OUTPUTS}
    for one in known.made:
        shapes[one.kind].append(OUTPUTS[one.kind](base, media, as_made(one)))
    infos = {
        member: shape(shapes[kind])
        for name, (kind, member, shape) in RESULTS.items()
        if name in wanted and (shapes[kind] or kind == results.TRANSCODE)
    }
    if "TranscodeInfo" in infos and media.object_key:
        infos["TranscodeInfo"].TranscodeSet.insert(
            0, transcode_item(media_url(base, media), 0, meta_data(media.metadata))
        )
    return MediaInfo(
        FileId=media.file_id,
        BasicInfo=basic_info(media, media_url=media_url(base, media), cover_url=cover_url(base, media))
        if "basicInfo" in wanted
        else None,
        MetaData=meta_data(media.metadata) if "metaData" in wanted else None,
        MiniProgramReviewInfo=_review_info(base, known) if "miniProgramReviewInfo" in wanted else None,
        KeyFrameDescInfo=_key_frames(media) if "keyFrameDescInfo" in wanted else None,
        SubtitleInfo=_subtitles(base, known) if "subtitleInfo" in wanted else None,
        ReviewInfo=_file_review_info(media, known.reviewed),
        **infos,
    )


def _key_frames(media: Media) -> MediaKeyFrameDescInfo | None:
    items = [MediaKeyFrameDescItem(**one) for one in media.key_frames]
    return MediaKeyFrameDescInfo(items) if items else None


def _subtitles(base: str, known: Known) -> MediaSubtitleInfo | None:
    items = [subtitle_item(base, known.media, one) for one in known.subtitles]
    return MediaSubtitleInfo(items) if items else None


def _file_review_info(media: Media, reviewed: list[MediaReview]) -> FileReviewInfo | None:
    """Of what is there now: a review of an earlier cover says nothing of this one."""
    now = {"Media": media.object_key, "Cover": media.cover_key}
    infos = {
        one.content: ReviewInfo(
            Definition=one.definition,
            Suggestion=one.suggestion,
            TypeSet=list(one.types),
            ReviewTime=wire_time(one.reviewed_at),
        )
        for one in reviewed
        if one.subject == now[one.content]
    }
    if not infos:
        return None
    return FileReviewInfo(MediaReviewInfo=infos.get("Media"), CoverReviewInfo=infos.get("Cover"))


def _review_info(base: str, known: Known) -> MediaMiniProgramReviewInfo:
    media, publication = known.media, known.publication
    if publication is None or publication.state not in _REVIEW_RESULTS:
        return MediaMiniProgramReviewInfo([])
    item = MediaMiniProgramReviewInfoItem(
        Definition=publication.definition,
        MetaData=meta_data(publication.metadata or media.metadata),
        Url=media_url(base, media, publication.definition, publication.entry) if publication.state == "PASS" else "",
        ReviewResult=_REVIEW_RESULTS[publication.state],
        ReviewSummary=msgspec.convert(publication.review_summary, list[MediaMiniProgramReviewElem]),
    )
    return MediaMiniProgramReviewInfo([item])
