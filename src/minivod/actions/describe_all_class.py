"""DescribeAllClass: the classes of an application."""

from collections import defaultdict

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.store import classes
from minivod.store.classes import NO_PARENT
from minivod.wire.media import NO_CLASS


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the application."""

    SubAppId: int | None = None


class MediaClassInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A class; Level 0 is the first, whose ParentId is -1. Name and ClassName are the same."""

    ClassId: int
    ParentId: int
    Name: str
    Level: int
    SubClassIdSet: list[int]
    ClassName: str


class Response(msgspec.Struct, frozen=True):
    """All classes by ClassId; the first is class 0, of what is in no other."""

    ClassInfoSet: list[MediaClassInfo]


async def run(call: CallContext, request: Request) -> Response:
    """Lists them."""
    found = await classes.find(call.services.database, call.sub_app_id)
    below = defaultdict(list)
    for one in found:
        below[one.parent_id].append(one.class_id)
    rows = [(0, NO_PARENT, NO_CLASS, 0), *((one.class_id, one.parent_id, one.name, len(one.path) - 1) for one in found)]
    return Response(
        [
            MediaClassInfo(
                ClassId=class_id,
                ParentId=parent_id,
                Name=name,
                Level=level,
                SubClassIdSet=below[class_id],
                ClassName=name,
            )
            for class_id, parent_id, name, level in rows
        ]
    )


ACTION = Action(
    name="DescribeAllClass",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
