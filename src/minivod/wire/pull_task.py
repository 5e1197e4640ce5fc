"""A task of PullUpload as the wire shows it: in DescribeTaskDetail, and in the event PullComplete."""

import msgspec

from minivod.shapes import MediaBasicInfo, MediaMetaData
from minivod.store.media import Media
from minivod.store.tasks import Task
from minivod.store.uploads import UploadDetails
from minivod.urls import cover_url, media_url
from minivod.wire.media import basic_info, meta_data
from minivod.wire.procedure import Told


class PullUploadTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task; what is told of the video is empty until there is one, and when it was deleted."""

    TaskId: str
    Status: str
    ErrCode: int
    Message: str
    FileId: str
    MediaBasicInfo: MediaBasicInfo | None
    MetaData: MediaMetaData
    FileUrl: str
    ProcedureTaskId: str
    ReviewAudioVideoTaskId: str = ""
    SessionContext: str
    SessionId: str
    Progress: int


class Asked(Told, frozen=True, kw_only=True):
    """What the task was told, as its row keeps it.

    Attributes:
        app_id: the account of the application.
        media_url: where the video is; may hold a signature in its query.
        cover_url: where its cover is; empty: nowhere.
        media_type: as the caller or the URL said; empty: the content tells.
        details: of the video, and what its Procedure does.
    """

    app_id: int
    media_url: str
    cover_url: str
    media_type: str
    details: UploadDetails


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What a task that worked keeps beside the video: the TaskId of the Procedure, empty without one."""

    procedure_task_id: str = ""


_NOTHING_YET = MediaMetaData(
    Size=0,
    Container="",
    Bitrate=0,
    Height=0,
    Width=0,
    Duration=0.0,
    Rotate=0,
    VideoStreamSet=[],
    AudioStreamSet=[],
    VideoDuration=0.0,
    AudioDuration=0.0,
    Md5="",
)


def asked(task: Task) -> Asked:
    """Of a row."""
    return msgspec.convert(task.params, Asked)


def made_file_id(task: Task) -> str:
    """The FileId of the video that it made; empty until there is one."""
    return task.file_id if task.status == "FINISH" and task.err_code == 0 else ""


def pull_task(base: str, task: Task, media: Media | None) -> PullUploadTask:
    """Builds it; `base` is the setting public_url, `media` None when there is no video, or none any more."""
    said = asked(task)
    url, cover = (media_url(base, media), cover_url(base, media)) if media else ("", "")
    return PullUploadTask(
        TaskId=task.task_id,
        Status="FINISH" if task.status == "FINISH" else "PROCESSING",
        ErrCode=task.err_code,
        Message=task.message,
        FileId=made_file_id(task),
        MediaBasicInfo=basic_info(media, media_url=url, cover_url=cover) if media else None,
        MetaData=meta_data(media.metadata) if media else _NOTHING_YET,
        FileUrl=url,
        ProcedureTaskId=msgspec.convert(task.output or {}, Pulled).procedure_task_id,
        SessionContext=said.session_context,
        SessionId=said.session_id,
        Progress=int(task.progress * 100),
    )
