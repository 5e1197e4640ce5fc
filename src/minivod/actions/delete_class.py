"""DeleteClass: deletes a class that has neither subclasses nor media."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.class_shapes import IdOfClass, check_own, missing
from minivod.store import classes

_IN_THE_WAY = {
    "subclasses": "has subclasses; delete them first",
    "media": "has media; delete them, or give them another class with ModifyMediaInfo",
}


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Uploads that were applied for with the class, and are committed later, are in class 0."""

    ClassId: IdOfClass
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Deletes it; its ClassId is never given again.

    Raises:
        InvalidParameterValue.ClassId: it is class 0.
        FailedOperation.ClassNoFound: there is no such class.
        UnsupportedOperation.ClassNotEmpty: something is in it.
    """
    check_own(request.ClassId, "deleted")
    async with call.services.database.transaction() as connection:
        obstacle = await classes.delete(connection, call.sub_app_id, request.ClassId)
    if obstacle == "absence":
        raise missing(request.ClassId)
    if obstacle is not None:
        raise errors.special(errors.UnsupportedOperation, "ClassNotEmpty")(
            f"ClassId {request.ClassId} {_IN_THE_WAY[obstacle]}"
        )
    return Response()


ACTION = Action(
    name="DeleteClass",
    request=Request,
    response=Response,
    run=run,
    value_errors={"ClassId": errors.InvalidClassId, "SubAppId": errors.InvalidSubAppId},
)
