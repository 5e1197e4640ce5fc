"""ManageTask: ends a task before its time."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.processing.removal import abort


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """OperationType is Abort."""

    TaskId: str
    OperationType: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Ends a waiting or running task; its tools are stopped, its event tells of it, and nothing of it is kept.

    The reference ends waiting tasks only.

    Raises:
        InvalidParameterValue: another operation than Abort.
        InvalidTaskId: no such task in this application.
        FailedOperation: it has ended already.
    """
    if request.OperationType != "Abort":
        raise errors.InvalidParameterValue(
            f"OperationType {shorten(request.OperationType)} is not an operation; there is one: Abort"
        )
    missing = errors.InvalidTaskId(f"TaskId {shorten(request.TaskId)} does not exist in this application")
    if not request.TaskId.isprintable():  # PostgreSQL would refuse a NUL character
        raise missing
    found = await call.services.tasks.find(call.sub_app_id, request.TaskId)
    if found is None:
        raise missing
    async with call.services.database.transaction() as connection:
        aborted = await abort(connection, call.services.event_url, call.sub_app_id, request.TaskId)
    if aborted is None:
        raise errors.FailedOperation(f"TaskId {request.TaskId} has ended already; there is nothing to abort")
    return Response()


ACTION = Action(
    name="ManageTask",
    request=Request,
    response=Response,
    run=run,
    value_errors={"SubAppId": errors.InvalidSubAppId, "TaskId": errors.InvalidTaskId},
)
