"""DescribeDailyMostPlayedStat: the hundred videos that were played most in a day."""

from typing import Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.days import VALUE_ERRORS, date_of, span
from minivod.actions.domain_shapes import check_domain
from minivod.actions.play_shapes import DailyPlayStatInfo, daily
from minivod.store import plays

_MOST = 100


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the date only the day counts, as it is written; it is one of UTC+8. There is one domain."""

    Date: str
    SubAppId: int | None = None
    DomainName: str = ""
    Metric: Literal["", "Traffic", "PlayTimes"] = ""


class Response(msgspec.Struct, frozen=True):
    """The first has the most."""

    DailyPlayStatInfoSet: list[DailyPlayStatInfo]


async def run(call: CallContext, request: Request) -> Response:
    """Reads the counts.

    Raises:
        InvalidParameterValue.Date: no date, or more than a year ago.
        InvalidDomainName: not that of this server.
        InvalidParameterValue.Metric: traffic, which this server does not see.
    """
    day = date_of(request.Date, "Date")
    span(day, day, ("Date", "Date"), call.services.clock)
    if request.DomainName:
        check_domain(call.services, request.DomainName, "DomainName")
    by_plays = request.Metric == "PlayTimes"
    if not by_plays and call.services.settings.file_delivery != "server":
        raise errors.invalid("Metric")(
            "this server does not send published files itself (setting file_delivery), so it cannot count the traffic; "
            "use the Metric PlayTimes"
        )
    by: Literal["plays", "bytes"] = "plays" if by_plays else "bytes"
    found = await plays.most(call.services.database, call.sub_app_id, day, by, _MOST)
    return Response([daily(one) for one in found])


ACTION = Action(
    name="DescribeDailyMostPlayedStat",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors=VALUE_ERRORS | {name: errors.invalid(name) for name in ("Metric", "DomainName")},
)
