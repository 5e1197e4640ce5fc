"""DescribeEventsState: how many events wait to be pulled (contract.md §6)."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.store import events


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the application."""

    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Without those that were pulled in the last 30 s, and those that are sent by callbacks."""

    CountOfEventsToPull: int


async def run(call: CallContext, request: Request) -> Response:
    """Counts them as they are now; the reference's number is minutes old."""
    return Response(await events.count(call.services.database, call.sub_app_id))


ACTION = Action(
    name="DescribeEventsState",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
