"""Days of statistics: which are asked for, and how answers write them. Their days are those of UTC+8, Beijing's."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from minivod import errors
from minivod.actions.times import NEVER, moment
from minivod.clock import Clock
from minivod.errors import shorten
from minivod.store.usage import ZONE, day_of

MOST_DAYS = 90
"""As the published model says of each of these actions."""
_FIRST_YEAR = 1
OLDEST = 365
"""Days, likewise."""
VALUE_ERRORS = {name: errors.invalid(name) for name in ("StartTime", "EndTime", "StartDate", "EndDate", "Date")} | {
    "SubAppId": errors.InvalidSubAppId
}


class Days(NamedTuple):
    """The first and the last day, which is included."""

    first: date
    last: date

    def each(self) -> Iterator[date]:
        """One after the other."""
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


def wire_day(day: date) -> str:
    """Its beginning, as the wire writes it."""
    return f"{day.isoformat()}T00:00:00+08:00"


def local(text: str, name: str) -> datetime:
    """The time of that parameter in UTC+8; raises the parameter's own error for what is none."""
    found = moment(text)
    if found is None or not _FIRST_YEAR < found.year < NEVER.year:  # the ends of the calendar have no zones
        raise VALUE_ERRORS[name](
            f"{name} {shorten(text)} is not a time with its zone as ISO 8601 writes it (2030-01-31T00:00:00+08:00)"
        )
    return found.astimezone(ZONE)


def date_of(text: str, name: str) -> date:
    """The date as it is written, of a parameter of which nothing else counts (published model)."""
    try:
        if len(text) > len("2030-01-31"):
            datetime.fromisoformat(text)
        return date.fromisoformat(text[:10])
    except ValueError:
        raise VALUE_ERRORS[name](
            f"{name} {shorten(text)} is not a date as ISO 8601 writes it (2030-01-31, or a time of that day)"
        ) from None


def span(first: date, last: date, names: tuple[str, str], clock: Clock) -> Days:
    """The days from one to the other, without those that have not come yet.

    Raises:
        InvalidParameterValue: of one of these names: they are in the wrong order, too far apart, or too long ago.
    """
    today = day_of(clock.utc())
    begin, end = names
    if last < first:
        raise VALUE_ERRORS[end](f"{end} is {last}, which is before {begin}, {first}")
    days = (last - first).days
    if days > MOST_DAYS:
        raise VALUE_ERRORS[end](f"from {begin} to {end} there are {days} days; at most {MOST_DAYS} may be asked for")
    oldest = today - timedelta(days=OLDEST)
    if first < oldest:
        raise VALUE_ERRORS[begin](f"{begin} is {first}, more than {OLDEST} days ago; ask for {oldest} or later")
    return Days(first, min(last, today))


def between(start: str, end: str, clock: Clock) -> Days:
    """The days of StartTime and EndTime, and those between them; raises as `local` and `span` do."""
    first, last = local(start, "StartTime"), local(end, "EndTime")
    if last < first:
        raise VALUE_ERRORS["EndTime"](f"EndTime {shorten(end)} is before StartTime {shorten(start)}")
    return span(first.date(), last.date(), ("StartTime", "EndTime"), clock)
