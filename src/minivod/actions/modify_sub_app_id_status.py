"""ModifySubAppIdStatus: switches an application on and off, and destroys it."""

from typing import Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.application_shapes import VALUE_ERRORS
from minivod.store import applications
from minivod.store.applications import DESTROYED, DESTROYING


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Off refuses changes and plays nothing; Destroyed takes away all that is in it, for good."""

    SubAppId: int
    Status: Literal["On", "Off", "Destroyed"]


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Switches it. Destroying is the janitor's work: until that is done the application is Destroying.

    Raises:
        UnsupportedOperation: the default application cannot be destroyed.
        FailedOperation: it is being destroyed.
    """
    if request.Status == DESTROYED and call.sub_app_id == call.app_id:
        raise errors.UnsupportedOperation(
            f"the application {call.sub_app_id} is the default one of the account, which cannot be destroyed; it can "
            "be switched Off"
        )
    async with call.services.database.transaction() as connection:
        before = await applications.lock(connection, call.sub_app_id)
        if before == DESTROYING:
            raise errors.FailedOperation(
                f"the application {call.sub_app_id} is being destroyed; when its status is {DESTROYED}, it can be "
                "switched On again, empty"
            )
        if before != request.Status:
            after = DESTROYING if request.Status == DESTROYED else request.Status
            await applications.set_status(connection, call.sub_app_id, after)
    return Response()


ACTION = Action(
    name="ModifySubAppIdStatus",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    always=True,
    value_errors=VALUE_ERRORS,
)
