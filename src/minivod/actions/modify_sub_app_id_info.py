"""ModifySubAppIdInfo: gives an application another name or description."""

import msgspec

from minivod.actions import Action, CallContext
from minivod.actions.application_shapes import VALUE_ERRORS, AppDescription, AppName, check_name
from minivod.store import applications


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    SubAppId: int
    Name: AppName | None = None
    Description: AppDescription | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Changes them; raises InvalidParameterValue for a name that cannot be seen."""
    if request.Name is not None:
        check_name(request.Name)
    await applications.describe(
        call.services.database, call.sub_app_id, name=request.Name, description=request.Description
    )
    return Response()


ACTION = Action(
    name="ModifySubAppIdInfo",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    always=True,
    value_errors=VALUE_ERRORS,
)
