"""ResetProcedureTemplate: replaces what a procedure does."""

import msgspec

from minivod.actions import Action, CallContext
from minivod.actions.procedure_shapes import VALUE_ERRORS, Asked, check, refuse_preset, unknown
from minivod.processing.procedures import stored
from minivod.store import procedures


class Request(Asked, frozen=True, kw_only=True):
    """All that the procedure did is replaced; a Comment that is left out stays. Tasks that it began go on unchanged.

    MiniProgramPublishTask is accepted as by CreateProcedureTemplate.
    """


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Replaces it.

    Raises:
        ProcedureNameNotExist: the application has no such procedure.
        InvalidParameterValue: it is a preset, or as `check`.
        TemplateNotExist, InvalidSourceDefinition: as `check`.
    """
    refuse_preset(request.Name, "reset")
    await check(call, request)
    if not await procedures.reset(
        call.services.database,
        sub_app_id=call.sub_app_id,
        name=request.Name,
        comment=request.Comment,
        task=stored(request.task),
        publish=request.publish,
    ):
        raise unknown(request.Name)
    return Response()


ACTION = Action(name="ResetProcedureTemplate", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS)
