"""ProcessMediaByProcedure: has done with a video what a procedure says."""

from typing import Annotated

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.processing_shapes import VALUE_ERRORS, begin, file_id_of, told
from minivod.processing import procedures

_SESSION_DAYS = 7
"""As the published model says of SessionId; of ProcessMedia it says three."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ExtInfo is reserved by the API and has no effect."""

    ProcedureName: str
    FileId: str = ""
    MediaStoragePath: str = ""
    SubAppId: int | None = None
    TasksPriority: Annotated[int, msgspec.Meta(ge=-10, le=10)] = 0
    TasksNotifyMode: str = ""
    SessionContext: str = ""
    SessionId: str = ""
    ExtInfo: str = ""


class Response(msgspec.Struct, frozen=True):
    """TaskId of the accepted task; it, its steps and its publication are committed. There are no other tasks."""

    TaskId: str
    ReviewAudioVideoTaskId: str = ""
    ImportMediaKnowledgeTaskIdSet: list[str] = []


async def run(call: CallContext, request: Request) -> Response:
    """Accepts the task, with procedure and templates as they are now.

    Raises:
        InvalidFileId, FileNotExist: no such video in this application, or its original was deleted.
        InvalidProcedureName: no such procedure in this application.
        TemplateNotExist, InvalidParameterValue: the procedure cannot be done any more.
        InvalidFileType: the procedure publishes the original, which the Mini Program cannot play.
        TaskDuplicate: the SessionId was used within seven days.
        FailedOperation: the procedure publishes, and the video is published, or is being published.
    """
    file_id = file_id_of(request.FileId, request.MediaStoragePath)
    keeps = told(request.TasksNotifyMode, request.SessionId, request.SessionContext)
    db, name = call.services.database, request.ProcedureName
    found = await procedures.find(db, call.sub_app_id, name)
    if found is None:
        raise errors.InvalidProcedureName(procedures.missing("ProcedureName", name))
    steps = await procedures.steps(db, call.sub_app_id, found.task, found.publish)
    task_id = await begin(
        call,
        file_id,
        steps,
        publish=found.publish,
        priority=request.TasksPriority,
        told=keeps,
        session_days=_SESSION_DAYS,
    )
    return Response(TaskId=task_id)


ACTION = Action(
    name="ProcessMediaByProcedure",
    request=Request,
    response=Response,
    run=run,
    value_errors=VALUE_ERRORS | {"ProcedureName": errors.InvalidProcedureName},
)
