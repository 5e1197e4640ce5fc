"""DescribeStorageDetails: how many bytes an application stored, every five minutes or by days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.days import VALUE_ERRORS, Days, between, local, wire_day
from minivod.actions.storage_shapes import ELSEWHERE, HERE, Region, StatDataItem
from minivod.store import storage
from minivod.store.storage import Sample
from minivod.store.usage import ZONE

_STEP = timedelta(minutes=5)
_MOST_FINE = timedelta(days=7)
_STORED = ("TotalStorage", "StandardStorage")
Kind = Literal[
    "TotalStorage", "StandardStorage", "InfrequentStorage", "ArchiveStorage", "DeepArchiveStorage",
    "DeletedInfrequentStorage", "DeletedArchiveStorage", "DeletedDeepArchiveStorage", "ArchiveStandardRetrieval",
    "ArchiveExpeditedRetrieval", "ArchiveBulkRetrieval", "DeepArchiveStandardRetrieval", "DeepArchiveBulkRetrieval",
    "InfrequentRetrieval",
]  # fmt: skip


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days are those of UTC+8; a day's value is the highest of it.

    All is of the standard class and in one area, so that the values of others are 0.
    """

    StartTime: str
    EndTime: str
    SubAppId: int | None = None
    Interval: Literal["", "Minute", "Day"] = ""
    StorageType: Kind = "TotalStorage"
    Area: Region = HERE


class Response(msgspec.Struct, frozen=True):
    """Bytes, without what has not come yet."""

    Data: list[StatDataItem]


async def run(call: CallContext, request: Request) -> Response:
    """Reads the samples that the janitor took.

    Raises:
        InvalidParameterValue.StartTime, InvalidParameterValue.EndTime: no times, in the wrong order, more than 90 days
            apart (7 for five minutes), or more than a year ago.
    """
    days = between(request.StartTime, request.EndTime, call.services.clock)
    start, end = local(request.StartTime, "StartTime"), local(request.EndTime, "EndTime")
    fine = request.Interval == "Minute" or (not request.Interval and end - start <= timedelta(days=1))
    if fine and end - start > _MOST_FINE:
        raise VALUE_ERRORS["EndTime"]("the Interval Minute takes at most 7 days; ask for the Interval Day")
    now = call.services.clock.utc()
    begin = _floor(start) if fine else _begin(days.first)
    until = min(end, now) + timedelta(microseconds=1) if fine else min(now, _begin(days.last + timedelta(days=1)))
    nothing = request.StorageType not in _STORED or request.Area == ELSEWHERE
    found = [] if nothing else await storage.samples(call.services.database, call.sub_app_id, begin, until)
    return Response(list(_fine(found, begin, until) if fine else _daily(found, days)))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _floor(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


class _Reader:
    """Goes along the samples; `value` is how much it was at the latest of them."""

    def __init__(self, found: list[Sample]) -> None:
        self._rest = iter(found)
        self._ahead = next(self._rest, None)
        self.value = 0

    def until(self, at: datetime) -> int:
        """Goes to the last sample that is not later; the highest value on the way, where it began included."""
        highest = self.value
        while self._ahead is not None and self._ahead.taken_at <= at:
            self.value = self._ahead.bytes
            highest = max(highest, self.value)
            self._ahead = next(self._rest, None)
        return highest


def _fine(found: list[Sample], begin: datetime, until: datetime) -> Iterator[StatDataItem]:
    reader, at = _Reader(found), begin
    while at < until:
        reader.until(at)
        yield StatDataItem(at.isoformat(), reader.value)
        at += _STEP


def _daily(found: list[Sample], days: Days) -> Iterator[StatDataItem]:
    reader = _Reader(found)
    for day in days.each():
        reader.until(_begin(day))
        yield StatDataItem(wire_day(day), reader.until(_begin(day + timedelta(days=1)) - _STEP))


ACTION = Action(
    name="DescribeStorageDetails",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors=VALUE_ERRORS | {name: errors.invalid(name) for name in ("Interval", "StorageType", "Area")},
)
