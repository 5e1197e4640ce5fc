"""DescribeTaskDetail: status and result of a task."""

import msgspec

from minivod import errors, shapes
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.publishing.announce import publish_task
from minivod.shapes import wire_time
from minivod.store import media, steps
from minivod.store.media_reviews import REVIEW
from minivod.store.publications import KIND
from minivod.store.pulls import PULL
from minivod.store.tasks import Task
from minivod.wire import procedure, pull_task, review_task
from minivod.wire.tasks import TASK_TYPES


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
    ProcedureTask: procedure.ProcedureTask | None = None
    EditMediaTask: None = None
    WechatPublishTask: None = None
    ComposeMediaTask: None = None
    SplitMediaTask: None = None
    WechatMiniProgramPublishTask: shapes.WechatMiniProgramPublishTask | None = None
    PullUploadTask: pull_task.PullUploadTask | None = None
    TranscodeTask: None = None
    ConcatTask: None = None
    ClipTask: None = None
    CreateImageSpriteTask: None = None
    SnapshotByTimeOffsetTask: None = None
    RemoveWatermarkTask: None = None
    RebuildMediaTask: None = None
    ExtractTraceWatermarkTask: None = None
    ExtractCopyRightWatermarkTask: None = None
    ReviewAudioVideoTask: review_task.ReviewAudioVideoTask | None = None
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
        ProcedureTask=await _procedure(call, task) if task.kind == procedure.PROCEDURE else None,
        WechatMiniProgramPublishTask=publish_task(task) if task.kind == KIND else None,
        PullUploadTask=await _pull(call, task) if task.kind == PULL else None,
        ReviewAudioVideoTask=review_task.review_task(task) if task.kind == REVIEW else None,
    )


async def _procedure(call: CallContext, task: Task) -> procedure.ProcedureTask:
    async with call.services.database.connection() as connection:
        made = await steps.find(connection, task.task_id)
        found = await media.find_one(connection, task.sub_app_id, task.file_id)
    return procedure.procedure_task(call.services.public_url, task, made, found)


async def _pull(call: CallContext, task: Task) -> pull_task.PullUploadTask:
    made = pull_task.made_file_id(task)
    found = await media.find(call.services.database, task.sub_app_id, [made]) if made else {}
    return pull_task.pull_task(call.services.public_url, task, found.get(made))


ACTION = Action(
    name="DescribeTaskDetail",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
