"""DescribeDailyMediaPlayStat: how often a video was played, by days."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.days import VALUE_ERRORS, date_of, span
from minivod.actions.file_ids import check_file_id
from minivod.actions.play_shapes import DailyPlayStatInfo, daily
from minivod.store import plays


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the dates only the day counts, as it is written; it is one of UTC+8. The video may be deleted."""

    FileId: str
    StartDate: str
    EndDate: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Only days on which there was anything."""

    DailyPlayStatInfoSet: list[DailyPlayStatInfo]


async def run(call: CallContext, request: Request) -> Response:
    """Reads the counts.

    Raises:
        InvalidFileId: not the form of a FileId.
        InvalidParameterValue.StartDate, InvalidParameterValue.EndDate: no dates, in the wrong order, more than 90 days
            apart, or more than a year ago.
    """
    check_file_id(request.FileId)
    first, last = date_of(request.StartDate, "StartDate"), date_of(request.EndDate, "EndDate")
    days = span(first, last, ("StartDate", "EndDate"), call.services.clock)
    found = await plays.daily(call.services.database, call.sub_app_id, request.FileId, *days)
    return Response([daily(one) for one in found])


ACTION = Action(
    name="DescribeDailyMediaPlayStat",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors=VALUE_ERRORS | {"FileId": errors.InvalidFileId},
)
