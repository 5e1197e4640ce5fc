"""CreateClass: makes a class in which media can be sorted."""

from typing import Annotated

import msgspec
from msgspec import Meta

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.class_shapes import NameOfClass, check_name
from minivod.store import classes
from minivod.store.classes import NO_PARENT, MediaClass
from minivod.store.database import Connection

LEVELS = 4
MOST_BELOW = 500
MOST = 10_000


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ParentId -1 is the first level of four.

    A class has at most 500 subclasses, so has the first level; an application has at most 10000 classes.
    """

    ParentId: Annotated[int, Meta(ge=-1, le=2**63 - 1)]
    ClassName: NameOfClass
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """The new class."""

    ClassId: int


async def run(call: CallContext, request: Request) -> Response:
    """Makes it.

    Raises:
        InvalidParameterValue.ClassName, InvalidParameterValue.ParentId: as named.
        FailedOperation.ParentIdNoFound, FailedOperation.ClassLevelLimitExceeded,
        FailedOperation.SubclassLimitExceeded, FailedOperation.ClassNameDuplicate: as named.
        LimitExceeded: the application has as many classes as it may have.
    """
    check_name(request.ClassName)
    if request.ParentId == 0:
        raise errors.invalid("ParentId")(
            "ParentId 0 is the class of what is in no other, and has no subclasses; -1 is the first level"
        )
    async with call.services.database.transaction() as connection:
        class_id = await classes.next_id(connection, call.sub_app_id)
        path = await _path(connection, call.sub_app_id, request.ParentId)
        await _check_numbers(connection, call.sub_app_id, request.ParentId)
        new = MediaClass(class_id=class_id, parent_id=request.ParentId, path=[*path, class_id], name=request.ClassName)
        if not await classes.create(connection, call.sub_app_id, new):
            raise errors.special(errors.FailedOperation, "ClassNameDuplicate")(
                f"ClassName {errors.shorten(request.ClassName)}: ParentId {request.ParentId} has a class of that name"
            )
    return Response(class_id)


async def _path(connection: Connection, sub_app_id: int, parent_id: int) -> list[int]:
    """The way to the parent, which cannot be deleted meanwhile."""
    if parent_id == NO_PARENT:
        return []
    parent = await classes.hold(connection, sub_app_id, parent_id)
    if parent is None:
        raise errors.special(errors.FailedOperation, "ParentIdNoFound")(
            f"ParentId {parent_id} is no class of this application; -1 is the first level"
        )
    if len(parent.path) == LEVELS:
        raise errors.special(errors.FailedOperation, "ClassLevelLimitExceeded")(
            f"ParentId {parent_id} is of the last of {LEVELS} levels and has no subclasses"
        )
    return parent.path


async def _check_numbers(connection: Connection, sub_app_id: int, parent_id: int) -> None:
    have, below = await classes.count(connection, sub_app_id, parent_id)
    if below >= MOST_BELOW:
        raise errors.special(errors.FailedOperation, "SubclassLimitExceeded")(
            f"ParentId {parent_id} has {below} classes, as many as it may have"
        )
    if have >= MOST:
        raise errors.LimitExceeded(f"the application has {have} classes, as many as it may have")


ACTION = Action(
    name="CreateClass",
    request=Request,
    response=Response,
    run=run,
    value_errors={
        "ParentId": errors.invalid("ParentId"),
        "ClassName": errors.invalid("ClassName"),
        "SubAppId": errors.InvalidSubAppId,
    },
)
