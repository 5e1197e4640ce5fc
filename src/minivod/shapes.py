"""Objects of the wire that several actions and events share, with the names and nulls of the published model.

Members that belong to features which are not built are declared as None: the model allows null for them, and
clients that look for a member find it.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

NEVER = "9999-12-31T23:59:59Z"


def wire_time(moment: datetime | None, missing: str = "") -> str:
    """A time as the wire writes it: ISO 8601, UTC, whole seconds (contract.md §1.4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else missing


def to_payload(shape: msgspec.Struct) -> dict[str, Any]:
    """The shape as plain JSON values, to be kept in a row."""
    return msgspec.convert(msgspec.to_builtins(shape), dict[str, Any])


class DynamicRangeInfo(msgspec.Struct, frozen=True):
    """SDR or HDR; HDRType is `hdr10` or `hlg`, empty for SDR and for what is neither."""

    Type: str = "SDR"
    HDRType: str = ""


class MediaVideoStreamItem(msgspec.Struct, frozen=True):
    """A video stream; Bitrate in bit/s, Height and Width in pixels, Fps in Hz."""

    Bitrate: int
    Height: int
    Width: int
    Codec: str
    Fps: int
    CodecTag: str
    DynamicRangeInfo: DynamicRangeInfo


class MediaAudioStreamItem(msgspec.Struct, frozen=True):
    """An audio stream; Bitrate in bit/s, SamplingRate in Hz."""

    Bitrate: int
    SamplingRate: int
    Codec: str


class MediaMetaData(msgspec.Struct, frozen=True):
    """What a probe found; Size in bytes, Bitrate in bit/s, durations in seconds, Rotate in degrees."""

    Size: int
    Container: str
    Bitrate: int
    Height: int
    Width: int
    Duration: float
    Rotate: int
    VideoStreamSet: list[MediaVideoStreamItem]
    AudioStreamSet: list[MediaAudioStreamItem]
    VideoDuration: float
    AudioDuration: float
    Md5: str


class MediaSourceData(msgspec.Struct, frozen=True):
    """Where a video came from."""

    SourceType: str
    SourceContext: str
    LiveRecordInfo: None = None
    TrtcRecordInfo: None = None
    WebPageRecordInfo: None = None


class MediaBasicInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The basic facts of a video."""

    Name: str
    Description: str
    CreateTime: str
    UpdateTime: str
    ExpireTime: str
    ClassId: int
    ClassName: str
    ClassPath: str
    CoverUrl: str
    Type: str
    MediaUrl: str
    SourceInfo: MediaSourceData
    StorageRegion: str
    StoragePath: str
    TagSet: list[str]
    Vid: str = ""
    Category: str
    Status: str
    StorageClass: str = "STANDARD"


class FileUploadTask(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of the event NewFileUpload."""

    FileId: str
    MediaBasicInfo: MediaBasicInfo
    ProcedureTaskId: str = ""
    ReviewAudioVideoTaskId: str = ""
    MetaData: MediaMetaData


class MediaDeleteItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a video to delete; Definition 0 means all of that type."""

    Type: str
    Definition: int = 0


class FileDeleteResultItem(msgspec.Struct, frozen=True):
    """What was deleted of a video."""

    FileId: str
    DeleteParts: list[MediaDeleteItem]


class FileDeleteTask(msgspec.Struct, frozen=True):
    """Payload of the event FileDeleted."""

    FileIdSet: list[str]
    FileDeleteResultInfo: list[FileDeleteResultItem]


class WechatMiniProgramPublishTask(msgspec.Struct, frozen=True, kw_only=True):
    """A publish task, in DescribeTaskDetail and in the event WechatMiniProgramPublishComplete."""

    TaskId: str
    Status: str
    ErrCode: int
    Message: str
    FileId: str
    SourceDefinition: int
    PublishResult: str


class MediaMiniProgramReviewElem(msgspec.Struct, frozen=True):
    """A review verdict: Type is a category, Suggestion pass, review or block, Confidence 0 to 100."""

    Type: str
    Suggestion: str
    Confidence: float
