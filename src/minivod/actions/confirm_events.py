"""ConfirmEvents: tells that delivered events were handled (contract.md §6)."""

from typing import Annotated

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.errors import shorten
from minivod.store import events


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """EventHandles as PullEvents gave them, within 30 s; ExtInfo is reserved by the API and has no effect."""

    EventHandles: Annotated[list[str], msgspec.Meta(min_length=1, max_length=16)]
    ExtInfo: str = ""
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Confirms all of the events or, when a handle is not valid, none.

    Raises:
        InvalidParameterValue: a handle that is unknown or older than 30 s.
    """
    handles = [handle for handle in request.EventHandles if handle.isprintable()]  # PostgreSQL refuses NUL
    wrong = [handle for handle in request.EventHandles if not handle.isprintable()]
    wrong = wrong or await events.confirm(call.services.database, call.sub_app_id, handles)
    if wrong:
        raise errors.InvalidParameterValue(
            f"EventHandles holds {shorten(wrong[0])}, which is not valid: it is unknown, or more than 30 s have passed "
            "since PullEvents gave it (the event will come again); no event was confirmed"
        )
    return Response()


ACTION = Action(
    name="ConfirmEvents",
    request=Request,
    response=Response,
    run=run,
    always=True,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
