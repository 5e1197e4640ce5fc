"""DescribeTaskDetail: status and result of a task."""

import msgspec

from minivod import errors, shapes
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.publishing.announce import TASK_TYPES, publish_task
from minivod.shapes import wire_time


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TaskId as an action answered it."""

    TaskId: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Times are empty until they are known; one of the …Task members is set, the one of the TaskType."""

    TaskType: str
    Status: str
    CreateTime: str
    BeginProcessTime: str
    FinishTime: str
    ProcedureTask: None = None
    EditMediaTask: None = None
    WechatPublishTask: None = None
    ComposeMediaTask: None = None
    SplitMediaTask: None = None
    WechatMiniProgramPublishTask: shapes.WechatMiniProgramPublishTask | None = None
    PullUploadTask: None = None
    TranscodeTask: None = None
    ConcatTask: None = None
    ClipTask: None = None
    CreateImageSpriteTask: None = None
    SnapshotByTimeOffsetTask: None = None
    RemoveWatermarkTask: None = None
    RebuildMediaTask: None = None
    ExtractTraceWatermarkTask: None = None
    ExtractCopyRightWatermarkTask: None = None
    ReviewAudioVideoTask: None = None
    ReduceMediaBitrateTask: None = None
    DescribeFileAttributesTask: None = None
    QualityInspectTask: None = None
    QualityEnhanceTask: None = None
    ComplexAdaptiveDynamicStreamingTask: None = None


async def run(call: CallContext, request: Request) -> Response:
    """Describes the task.

    Raises:
        ResourceNotFound: no such task in this application.
    """
    # Every TaskId is ASCII; PostgreSQL would refuse a NUL character.
    task = await call.services.tasks.find(call.sub_app_id, request.TaskId) if request.TaskId.isprintable() else None
    if task is None:
        raise errors.ResourceNotFound(f"TaskId {shorten(request.TaskId)} does not exist in this application")
    return Response(
        TaskType=TASK_TYPES[task.kind],
        Status=task.status,
        CreateTime=wire_time(task.created_at),
        BeginProcessTime=wire_time(task.begun_at),
        FinishTime=wire_time(task.finished_at),
        WechatMiniProgramPublishTask=publish_task(task),
    )


ACTION = Action(
    name="DescribeTaskDetail",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
