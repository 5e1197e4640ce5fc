"""DescribeMediaInfos: what is known of up to 20 videos."""

from typing import Annotated

import msgspec

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.media_shapes import basic_info, meta_data
from minivod.errors import shorten
from minivod.shapes import (
    MediaAudioStreamItem,
    MediaBasicInfo,
    MediaMetaData,
    MediaMiniProgramReviewElem,
    MediaVideoStreamItem,
)
from minivod.store import media as media_rows
from minivod.store import publications, results
from minivod.store.media import Media
from minivod.store.publications import Publication
from minivod.store.results import Result
from minivod.urls import cover_url, media_url

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


class MediaTranscodeItem(msgspec.Struct, frozen=True, kw_only=True):
    """The original (Definition 0) or a rendition; Bitrate in bit/s, Size in bytes, Duration in seconds."""

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


class MediaTranscodeInfo(msgspec.Struct, frozen=True):
    """The original and its renditions."""

    TranscodeSet: list[MediaTranscodeItem]


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


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A video; members that were not asked for, or that do not exist, are null."""

    FileId: str
    BasicInfo: MediaBasicInfo | None = None
    MetaData: MediaMetaData | None = None
    TranscodeInfo: MediaTranscodeInfo | None = None
    AnimatedGraphicsInfo: None = None
    SampleSnapshotInfo: None = None
    ImageSpriteInfo: None = None
    SnapshotByTimeOffsetInfo: None = None
    KeyFrameDescInfo: None = None
    AdaptiveDynamicStreamingInfo: None = None
    MiniProgramReviewInfo: MediaMiniProgramReviewInfo | None = None
    SubtitleInfo: None = None
    ReviewInfo: None = None


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
    renditions = await results.find(db, call.sub_app_id, file_ids) if "transcodeInfo" in wanted else {}
    published = await publications.find(db, call.sub_app_id, file_ids) if "miniProgramReviewInfo" in wanted else {}
    base = call.services.public_url
    return Response(
        MediaInfoSet=[
            _media_info(base, found[file_id], renditions.get(file_id, []), published.get(file_id), wanted)
            for file_id in file_ids
            if file_id in found
        ],
        NotExistFileIdSet=[file_id for file_id in file_ids if file_id not in found],
    )


def _media_info(
    base: str, media: Media, renditions: list[Result], publication: Publication | None, wanted: frozenset[str]
) -> MediaInfo:
    return MediaInfo(
        FileId=media.file_id,
        BasicInfo=basic_info(media, media_url=media_url(base, media), cover_url=cover_url(base, media))
        if "basicInfo" in wanted
        else None,
        MetaData=meta_data(media.metadata) if "metaData" in wanted else None,
        TranscodeInfo=_transcode_info(base, media, renditions) if "transcodeInfo" in wanted else None,
        MiniProgramReviewInfo=_review_info(base, media, publication) if "miniProgramReviewInfo" in wanted else None,
    )


def _transcode_info(base: str, media: Media, renditions: list[Result]) -> MediaTranscodeInfo:
    items = [_transcode_item(media_url(base, media), 0, meta_data(media.metadata))] if media.object_key else []
    items += [
        _transcode_item(media_url(base, media, item.definition), item.definition, meta_data(item.metadata))
        for item in renditions
        if item.kind == results.TRANSCODE and item.metadata is not None
    ]
    return MediaTranscodeInfo(items)


def _transcode_item(url: str, definition: int, data: MediaMetaData) -> MediaTranscodeItem:
    return MediaTranscodeItem(
        Url=url,
        Definition=definition,
        Bitrate=data.Bitrate,
        Height=data.Height,
        Width=data.Width,
        Size=data.Size,
        Duration=data.Duration,
        Md5=data.Md5,
        Container=data.Container,
        VideoStreamSet=data.VideoStreamSet,
        AudioStreamSet=data.AudioStreamSet,
    )


def _review_info(base: str, media: Media, publication: Publication | None) -> MediaMiniProgramReviewInfo:
    if publication is None or publication.state not in _REVIEW_RESULTS:
        return MediaMiniProgramReviewInfo([])
    item = MediaMiniProgramReviewInfoItem(
        Definition=publication.definition,
        MetaData=meta_data(publication.metadata or media.metadata),
        Url=media_url(base, media, publication.definition) if publication.state == "PASS" else "",
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
