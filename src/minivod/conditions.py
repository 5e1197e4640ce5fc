"""Conditional and range requests as pure functions (RFC 9110 §13 and §14)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus

import msgspec
from starlette.datastructures import Headers

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"([0-9]{1,30})-([0-9]{0,30})|-([0-9]{1,30})")
_CONDITIONS = frozenset({b"if-match", b"if-none-match", b"if-unmodified-since", b"if-modified-since"})
_STRONG_AFTER = timedelta(seconds=1)


class NotSatisfiable(Exception):
    """No byte of the file is in the range that was asked for."""


class Slice(msgspec.Struct, frozen=True):
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


class Representation(msgspec.Struct, frozen=True):
    """What the conditions are about: `etag` with its quotes, `modified` in whole seconds UTC, `size` in bytes."""

    etag: str
    modified: datetime
    size: int

    @property
    def last_modified(self) -> str:
        """For the header of that name."""
        return _http_date(self.modified)


@lru_cache
def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def failed_precondition(headers: Headers, file: Representation) -> HTTPStatus | None:
    """The answer in place of the file: 412, 304 or, when nothing stands against it, None (RFC 9110 §13.2.2)."""
    if _CONDITIONS.isdisjoint(name for name, _ in headers.raw):
        return None
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is not None:
        if match.strip() != "*" and (None, file.etag) not in _entity_tags(match):
            return HTTPStatus.PRECONDITION_FAILED
    elif (unmodified := _date(headers.get("if-unmodified-since"))) and file.modified > unmodified:
        return HTTPStatus.PRECONDITION_FAILED
    if none_match is not None:
        if none_match.strip() == "*" or file.etag in {tag for _, tag in _entity_tags(none_match)}:
            return HTTPStatus.NOT_MODIFIED
    elif (modified := _date(headers.get("if-modified-since"))) and file.modified <= modified:
        return HTTPStatus.NOT_MODIFIED
    return None


def requested_slice(headers: Headers, file: Representation, now: datetime) -> Slice | None:
    """The part that a GET asks for, None for the whole file.

    Several ranges at once, other units and malformed ranges are ignored, as RFC 9110 §14.2 permits: no player asks
    for several, and answering them with the whole file is simpler than multipart/byteranges and never wrong.

    Raises:
        NotSatisfiable: the answer is 416.
    """
    given = headers.getlist("range")
    if len(given) != 1 or not _still_meant(headers.get("if-range"), file, now):
        return None
    unit, _, ranges = given[0].partition("=")
    wanted = [one.strip() for one in ranges.split(",") if one.strip()]
    found = _RANGE.fullmatch(wanted[0]) if len(wanted) == 1 else None
    if unit.strip().lower() != "bytes" or found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(file.size - int(suffix), 0), file.size
    else:
        start, end = int(first), min(int(last) + 1, file.size) if last else file.size
        if last and int(last) < start:
            return None
    if start >= file.size:
        raise NotSatisfiable
    return Slice(start, end)


def _still_meant(if_range: str | None, file: Representation, now: datetime) -> bool:
    """Whether the client's If-Range names this very content; a date does so only when it is a strong validator."""
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == file.etag
    return _date(if_range) == file.modified and now - file.modified >= _STRONG_AFTER


def _entity_tags(header: str) -> set[tuple[str | None, str]]:
    return {(found[1], found[2]) for found in _ENTITY_TAG.finditer(header)}


def _date(header: str | None) -> datetime | None:
    """The moment, or None for what is no HTTP date (such a condition is ignored)."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
