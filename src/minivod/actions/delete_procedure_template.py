"""DeleteProcedureTemplate: forgets a procedure."""

import msgspec

from minivod.actions import Action, CallContext
from minivod.actions.procedure_shapes import VALUE_ERRORS, refuse_preset, unknown
from minivod.store import procedures


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the procedure made stays, and tasks that it began go on; presets cannot be deleted."""

    Name: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Deletes it.

    Raises:
        ProcedureNameNotExist: the application has no such procedure.
        InvalidParameterValue: it is a preset.
    """
    refuse_preset(request.Name, "deleted")
    if not await procedures.delete(call.services.database, call.sub_app_id, request.Name):
        raise unknown(request.Name)
    return Response()


ACTION = Action(name="DeleteProcedureTemplate", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS)
