"""DescribeMediaInfos: what is known of up to 20 videos."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.shapes import MediaBasicInfo, MediaMetaData, MediaMiniProgramReviewElem, wire_time
from minivod.store import media as media_rows
from minivod.store import media_reviews, publications, results
from minivod.store.media import Media
from minivod.store.media_reviews import MediaReview
from minivod.store.publications import Publication
from minivod.store.results import Result
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

FILTERS = frozenset(
    {
        "basicInfo", "metaData", "transcodeInfo", "animatedGraphicsInfo", "imageSpriteInfo",
        "snapshotByTimeOffsetInfo", "sampleSnapshotInfo", "keyFrameDescInfo", "adaptiveDynamicStreamingInfo",
        "miniProgramReviewInfo", "subtitleInfo", "reviewInfo", "mpsAiMediaInfo", "knowledgeBasesInfo",
    }
)  # fmt: skip
_REVIEW_RESULTS = {"PASS": "Pass", "REJECTED": "Rejected"}


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without Filters the answer has everything."""

    FileIds: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
    SubAppId: int | None = None
    Filters: list[str] = []


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
    KeyFrameDescInfo: None = None
    AdaptiveDynamicStreamingInfo: MediaAdaptiveDynamicStreamingInfo | None = None
    MiniProgramReviewInfo: MediaMiniProgramReviewInfo | None = None
    SubtitleInfo: None = None
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


class Response(msgspec.Struct, frozen=True):
    """The videos in the order asked for, and the ids that are none."""

    MediaInfoSet: list[MediaInfo]
    NotExistFileIdSet: list[str]


async def run(call: CallContext, request: Request) -> Response:
    """Describes the videos.

    Raises:
        InvalidFileIds: a value that is no FileId.
        InvalidParameterValue: a filter that does not exist.
    """
    for file_id in request.FileIds:
        if not ids.is_file_id(file_id):
            raise errors.InvalidFileIds(f"FileIds holds {shorten(file_id)}; a FileId is 16 to 19 decimal digits")
    for name in request.Filters:
        if name not in FILTERS:
            raise errors.InvalidParameterValue(
                f"Filters holds {shorten(name)}; it may hold {', '.join(sorted(FILTERS))}"
            )
    wanted = frozenset(request.Filters) or FILTERS
    file_ids = list(dict.fromkeys(request.FileIds))
    db = call.services.database
    found = await media_rows.find(db, call.sub_app_id, file_ids)
    made = await results.find(db, call.sub_app_id, file_ids) if wanted & RESULTS.keys() else {}
    published = await publications.find(db, call.sub_app_id, file_ids) if "miniProgramReviewInfo" in wanted else {}
    reviewed = await media_reviews.find(db, call.sub_app_id, file_ids) if "reviewInfo" in wanted else {}
    base = call.services.public_url
    return Response(
        MediaInfoSet=[
            _media_info(
                base, found[file_id], made.get(file_id, []), published.get(file_id), reviewed.get(file_id, []), wanted
            )
            for file_id in file_ids
            if file_id in found
        ],
        NotExistFileIdSet=[file_id for file_id in file_ids if file_id not in found],
    )


def _media_info(
    base: str,
    media: Media,
    made: list[Result],
    publication: Publication | None,
    reviewed: list[MediaReview],
    wanted: frozenset[str],
) -> MediaInfo:
    shapes: dict[str, list[Any]] = {kind: [] for kind in OUTPUTS}
    for one in made:
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
        MiniProgramReviewInfo=_review_info(base, media, publication) if "miniProgramReviewInfo" in wanted else None,
        ReviewInfo=_file_review_info(media, reviewed),
        **infos,
    )


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


def _review_info(base: str, media: Media, publication: Publication | None) -> MediaMiniProgramReviewInfo:
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


ACTION = Action(
    name="DescribeMediaInfos",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"FileIds": errors.InvalidFileIds, "SubAppId": errors.InvalidSubAppId},
)
