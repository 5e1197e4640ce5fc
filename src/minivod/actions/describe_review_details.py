"""DescribeReviewDetails: how many seconds of an application's videos were reviewed, by days."""

import msgspec

from minivod.actions import Action, CallContext
from minivod.actions.days import VALUE_ERRORS, between, wire_day
from minivod.actions.storage_shapes import StatDataItem
from minivod.store import usage


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days are those of UTC+8; DescribeMediaProcessUsageData tells the same as ContentAudit."""

    StartTime: str
    EndTime: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Reviews, and seconds of video that were inspected, in all and by days."""

    TotalCount: int
    TotalDuration: int
    Data: list[StatDataItem]


async def run(call: CallContext, request: Request) -> Response:
    """Reads the ledger.

    Raises:
        InvalidParameterValue.StartTime, InvalidParameterValue.EndTime: no times, in the wrong order, more than 90 days
            apart, or more than a year ago.
    """
    days = between(request.StartTime, request.EndTime, call.services.clock)
    lines = await usage.find(call.services.database, call.sub_app_id, [usage.REVIEW], *days)
    by = {line.day: line for line in lines if line.specification == usage.ALL}
    return Response(
        TotalCount=sum(line.tasks for line in by.values()),
        TotalDuration=sum(line.amount for line in by.values()),
        Data=[StatDataItem(wire_day(day), by[day].amount if day in by else 0) for day in days.each()],
    )


ACTION = Action(
    name="DescribeReviewDetails",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors=VALUE_ERRORS,
)
