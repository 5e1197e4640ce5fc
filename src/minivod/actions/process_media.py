"""ProcessMedia: has things made of a video by templates: transcodes, snapshots, sprites and the like."""

from typing import Annotated, Any

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.processing_shapes import VALUE_ERRORS, begin, file_id_of, told
from minivod.processing.plan import plan
from minivod.wire.process_inputs import MediaProcessTaskInput

NOT_HERE = {
    "AiContentReviewTask": "videos are reviewed here when they are published, and by ReviewAudioVideo",
    "AiAnalysisTask": "videos are not analysed here",
    "AiRecognitionTask": "speech and faces are not recognised here",
}


_SESSION_DAYS = 3
"""As the published model says of SessionId."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not offered is refused by name; ExtInfo is reserved by the API and has no effect."""

    FileId: str = ""
    MediaStoragePath: str = ""
    SubAppId: int | None = None
    MediaProcessTask: MediaProcessTaskInput | None = None
    AiContentReviewTask: dict[str, Any] | None = None
    AiAnalysisTask: dict[str, Any] | None = None
    AiRecognitionTask: dict[str, Any] | None = None
    TasksPriority: Annotated[int, msgspec.Meta(ge=-10, le=10)] = 0
    TasksNotifyMode: str = ""
    SessionContext: str = ""
    SessionId: str = ""
    ExtInfo: str = ""
    Url: str = ""
    OutputAsIndependentMedia: str = ""


class Response(msgspec.Struct, frozen=True):
    """TaskId of the accepted task; it, its steps and their jobs are committed."""

    TaskId: str


async def run(call: CallContext, request: Request) -> Response:
    """Accepts the task.

    Raises:
        InvalidFileId, FileNotExist: no such video in this application, or its original was deleted.
        InvalidParameterValue: something that is not offered, or that cannot be done, is asked for.
        TemplateNotExist: no such template in this application.
        TaskDuplicate: the SessionId was used within three days.
    """
    file_id = file_id_of(request.FileId, request.MediaStoragePath, request.Url)
    keeps = told(request.TasksNotifyMode, request.SessionId, request.SessionContext)
    if request.OutputAsIndependentMedia not in ("", "OFF"):
        raise errors.InvalidParameterValue("OutputAsIndependentMedia can only be OFF: it is not offered")
    for name, given in (
        ("AiContentReviewTask", request.AiContentReviewTask),
        ("AiAnalysisTask", request.AiAnalysisTask),
        ("AiRecognitionTask", request.AiRecognitionTask),
    ):
        if given is not None:
            raise errors.invalid(f"{name}Definition")(f"{name} must be left out: {NOT_HERE[name]}")
    steps = await plan(call.services.database, call.sub_app_id, request.MediaProcessTask or MediaProcessTaskInput())
    task_id = await begin(
        call,
        file_id,
        steps,
        publish=None,
        priority=request.TasksPriority,
        told=keeps,
        session_days=_SESSION_DAYS,
    )
    return Response(TaskId=task_id)


ACTION = Action(name="ProcessMedia", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS)
