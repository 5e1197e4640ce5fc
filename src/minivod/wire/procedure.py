"""A processing task as the wire shows it: in DescribeTaskDetail, and in the event ProcedureStateChanged."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from minivod.shapes import MediaMetaData, wire_time
from minivod.store.media import Media
from minivod.store.tasks import Task
from minivod.urls import media_url
from minivod.wire import results
from minivod.wire.media import meta_data

PROCEDURE = "procedurev2"
"""The kind of task, in the middle of its TaskId."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a processing task was told beside its steps, as its row keeps it; SessionContext is handed through."""

    notify: str = "Finish"
    session_id: str = ""
    session_context: str = ""


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step: Status is PROCESSING, SUCCESS or FAIL; Progress from 0 to 100."""

    Status: str
    ErrCodeExt: str
    ErrCode: int
    Message: str
    Input: dict[str, Any]
    Progress: int
    BeginProcessTime: str
    FinishTime: str


class MediaProcessTaskTranscodeResult(_Step, frozen=True, kw_only=True):
    """Output is null until it worked."""

    Output: results.MediaTranscodeItem | None


class MediaProcessTaskAnimatedGraphicResult(_Step, frozen=True, kw_only=True):
    """Of a moving picture."""

    Output: results.MediaAnimatedGraphicsItem | None


class MediaProcessTaskSnapshotByTimeOffsetResult(_Step, frozen=True, kw_only=True):
    """Of snapshots at given times."""

    Output: results.MediaSnapshotByTimeOffsetItem | None


class MediaProcessTaskSampleSnapshotResult(_Step, frozen=True, kw_only=True):
    """Of sampled snapshots."""

    Output: results.MediaSampleSnapshotItem | None


class MediaProcessTaskImageSpriteResult(_Step, frozen=True, kw_only=True):
    """Of sprites."""

    Output: results.MediaImageSpriteItem | None


class MediaProcessTaskCoverBySnapshotResult(_Step, frozen=True, kw_only=True):
    """Of a cover; the URL is empty until it worked."""

    Output: results.CoverBySnapshotTaskOutput


class MediaProcessTaskAdaptiveDynamicStreamingResult(_Step, frozen=True, kw_only=True):
    """Of an adaptive stream, which is empty until it worked."""

    Output: results.AdaptiveDynamicStreamingInfoItem


class MediaProcessTaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its Type; one of the …Task members is set."""

    Type: str
    TranscodeTask: MediaProcessTaskTranscodeResult | None = None
    AnimatedGraphicTask: MediaProcessTaskAnimatedGraphicResult | None = None
    SnapshotByTimeOffsetTask: MediaProcessTaskSnapshotByTimeOffsetResult | None = None
    SampleSnapshotTask: MediaProcessTaskSampleSnapshotResult | None = None
    ImageSpriteTask: MediaProcessTaskImageSpriteResult | None = None
    CoverBySnapshotTask: MediaProcessTaskCoverBySnapshotResult | None = None
    AdaptiveDynamicStreamingTask: MediaProcessTaskAdaptiveDynamicStreamingResult | None = None


class ProcedureTask(msgspec.Struct, frozen=True, kw_only=True):
    """A processing task; the facts of a video that was deleted meanwhile are empty."""

    TaskId: str
    Status: str
    ErrCode: int
    Message: str
    FileId: str
    FileName: str
    FileUrl: str
    MetaData: MediaMetaData | None
    MediaProcessResultSet: list[MediaProcessTaskResult]
    AiContentReviewResultSet: list[dict[str, Any]] = []
    AiAnalysisResultSet: list[dict[str, Any]] = []
    AiRecognitionResultSet: list[dict[str, Any]] = []
    TasksPriority: int
    TasksNotifyMode: str
    SessionContext: str
    SessionId: str
    Operator: str = ""
    OperationType: str = ""


def told(task: Task) -> Told:
    """Of a row."""
    return msgspec.convert(task.params, Told)


def procedure_task(base: str, task: Task, steps: Sequence[Task], media: Media | None) -> ProcedureTask:
    """Builds it; `base` is the setting public_url, `media` None when the video was deleted."""
    said = told(task)
    return ProcedureTask(
        TaskId=task.task_id,
        Status="FINISH" if task.status == "FINISH" else "PROCESSING",
        ErrCode=task.err_code,
        Message=task.message,
        FileId=task.file_id,
        FileName=media.name if media else "",
        FileUrl=media_url(base, media) if media else "",
        MetaData=meta_data(media.metadata) if media else None,
        MediaProcessResultSet=[_result(base, step, media) for step in steps],
        TasksPriority=task.priority,
        TasksNotifyMode=said.notify,
        SessionContext=said.session_context,
        SessionId=said.session_id,
    )


_SHAPES: Mapping[str, tuple[str, Callable[..., _Step]]] = {
    "Transcode": ("TranscodeTask", MediaProcessTaskTranscodeResult),
    "AnimatedGraphics": ("AnimatedGraphicTask", MediaProcessTaskAnimatedGraphicResult),
    "SnapshotByTimeOffset": ("SnapshotByTimeOffsetTask", MediaProcessTaskSnapshotByTimeOffsetResult),
    "SampleSnapshot": ("SampleSnapshotTask", MediaProcessTaskSampleSnapshotResult),
    "ImageSprite": ("ImageSpriteTask", MediaProcessTaskImageSpriteResult),
    "CoverBySnapshot": ("CoverBySnapshotTask", MediaProcessTaskCoverBySnapshotResult),
    "AdaptiveDynamicStreaming": ("AdaptiveDynamicStreamingTask", MediaProcessTaskAdaptiveDynamicStreamingResult),
}
"""By Type of a MediaProcessTaskResult: its member, and that one's shape."""


def _result(base: str, step: Task, media: Media | None) -> MediaProcessTaskResult:
    member, shape = _SHAPES[step.kind]
    ended, worked = step.status == "FINISH", step.status == "FINISH" and step.err_code == 0
    output: msgspec.Struct | None = results.NOTHING_YET.get(step.kind)
    if worked and media is not None and step.output is not None:
        output = results.OUTPUTS[step.kind](base, media, msgspec.convert(step.output, results.Made))
    told_of: Any = shape(
        Status="SUCCESS" if worked else "FAIL" if ended else "PROCESSING",
        ErrCodeExt=step.err_code_ext,
        ErrCode=step.err_code,
        Message=step.message,
        Input=step.params["input"],
        Progress=100 if worked else int(step.progress * 100),
        BeginProcessTime=wire_time(step.begun_at),
        FinishTime=wire_time(step.finished_at),
        Output=output,
    )
    return MediaProcessTaskResult(Type=step.kind, **{member: told_of})
