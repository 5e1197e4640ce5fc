"""CreateProcedureTemplate: keeps, under a name, what is to be done with videos."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.procedure_shapes import LONGEST_NAME, VALUE_ERRORS, Asked, check
from minivod.errors import shorten
from minivod.processing.procedures import MOST, NOT_OFFERED, PRESETS, stored
from minivod.store import procedures


class Request(Asked, frozen=True, kw_only=True):
    """Name has at most 20 characters. An application has at most 50 procedures.

    MiniProgramPublishTask, which is no parameter of the published request, is accepted here: what it names is
    published when it is made.
    """


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Keeps it.

    Raises:
        InvalidParameterValue: the name cannot be used, or as `check`.
        TemplateNotExist, InvalidSourceDefinition: as `check`.
        ExistedProcedureName: the application, or the server, has one of that name.
        TooMuchTemplate: the application has as many as it may have.
    """
    name = request.Name
    if name in PRESETS or name in NOT_OFFERED:
        raise errors.ExistedProcedureName(f"Name {name} is that of a preset; choose another one")
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise errors.invalid("Name")(f"Name {shorten(name)} must be 1 to {LONGEST_NAME} characters that can be seen")
    await check(call, request)
    async with call.services.database.transaction() as connection:
        have = await procedures.count(connection, call.sub_app_id)
        made = await procedures.create(
            connection,
            sub_app_id=call.sub_app_id,
            name=name,
            comment=request.Comment or "",
            task=stored(request.task),
            publish=request.publish,
        )
        if not made:
            raise errors.ExistedProcedureName(
                f"Name {shorten(name)}: the application has a procedure of that name; ResetProcedureTemplate changes it"
            )
        if have >= MOST:  # the transaction takes back what was written
            raise errors.TooMuchTemplate(
                f"the application has {MOST} procedures, as many as it may have; delete one first"
            )
    return Response()


ACTION = Action(name="CreateProcedureTemplate", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS)
