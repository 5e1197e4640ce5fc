"""ModifyClass: gives a class another name."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.class_shapes import IdOfClass, NameOfClass, check_name, check_own, missing
from minivod.store import classes


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The media of the class show the new name at once."""

    ClassId: IdOfClass
    ClassName: NameOfClass
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Renames it.

    Raises:
        InvalidParameterValue.ClassId, InvalidParameterValue.ClassName: as named.
        FailedOperation.ClassNoFound, FailedOperation.ClassNameDuplicate: as named.
    """
    check_name(request.ClassName)
    check_own(request.ClassId, "renamed")
    done = await classes.rename(call.services.database, call.sub_app_id, request.ClassId, request.ClassName)
    if done is None:
        raise missing(request.ClassId)
    if not done:
        raise errors.special(errors.FailedOperation, "ClassNameDuplicate")(
            f"ClassName {errors.shorten(request.ClassName)}: there is another class of that name beside it"
        )
    return Response()


ACTION = Action(
    name="ModifyClass",
    request=Request,
    response=Response,
    run=run,
    value_errors={
        "ClassId": errors.InvalidClassId,
        "ClassName": errors.invalid("ClassName"),
        "SubAppId": errors.InvalidSubAppId,
    },
)
