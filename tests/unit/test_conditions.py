"""Preconditions and ranges, case by case."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers

from minivod.conditions import (
    NotSatisfiable,
    Representation,
    Slice,
    failed_precondition,
    requested_slice,
)

MODIFIED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
FILE = Representation('"abc"', MODIFIED, 1000)
AT, BEFORE, AFTER = (
    "Sun, 01 Mar 2026 12:00:00 GMT",
    "Sun, 01 Mar 2026 11:59:59 GMT",
    "Sun, 01 Mar 2026 12:00:01 GMT",
)
LATER = MODIFIED + timedelta(hours=1)


def test_last_modified_is_an_http_date() -> None:
    assert FILE.last_modified == AT


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("bytes=0-0", Slice(0, 1)),
        ("bytes=0-999", Slice(0, 1000)),
        ("bytes=0-5000", Slice(0, 1000)),
        ("bytes=10-19", Slice(10, 20)),
        ("bytes=990-", Slice(990, 1000)),
        ("bytes=999-", Slice(999, 1000)),
        ("bytes=-1", Slice(999, 1000)),
        ("bytes=-1000", Slice(0, 1000)),
        ("bytes=-5000", Slice(0, 1000)),
        ("Bytes=0-1", Slice(0, 2)),
        ("bytes= 0-1 ", Slice(0, 2)),
        ("bytes=0-1,", Slice(0, 2)),
        ("bytes=0-99999999999999999999", Slice(0, 1000)),
    ],
)
def test_one_range(given: str, wanted: Slice) -> None:
    assert requested_slice(Headers({"range": given}), FILE, LATER) == wanted


@pytest.mark.parametrize(
    "given",
    [
        "bytes=0-1,5-6", "bytes=5-1", "bytes=", "bytes=-", "bytes", "bytes=a-b", "bytes=0-1-2", "lines=0-1", "=0-1",
        "bytes=--1", "bytes=+0-1", "bytes=0x0-1", "bytes=0-¹", "bytes=1", "bytes=0 -1", f"bytes={'9' * 31}-",
        "bytes=0-1;5-6", "",
    ],
)  # fmt: skip
def test_what_is_no_single_range_is_ignored(given: str) -> None:
    assert requested_slice(Headers({"range": given}), FILE, LATER) is None


def test_a_repeated_header_is_ignored() -> None:
    assert requested_slice(Headers(raw=[(b"range", b"bytes=0-1"), (b"range", b"bytes=5-6")]), FILE, LATER) is None


@pytest.mark.parametrize("given", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", f"bytes={'9' * 30}-"])
def test_a_range_outside_the_file(given: str) -> None:
    with pytest.raises(NotSatisfiable):
        requested_slice(Headers({"range": given}), FILE, LATER)


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [
        ('"abc"', True), ('W/"abc"', False), ('"abd"', False), ("abc", False), ('"abc", "x"', False),
        (AT, True), (AFTER, False), (BEFORE, False), ("yesterday", False), ("", False),
    ],
)  # fmt: skip
def test_if_range(if_range: str, partial: bool) -> None:
    headers = Headers({"range": "bytes=0-1", "if-range": if_range})
    assert requested_slice(headers, FILE, LATER) == (Slice(0, 2) if partial else None)


def test_a_date_younger_than_a_second_is_no_strong_validator() -> None:
    headers = Headers({"range": "bytes=0-1", "if-range": AT})
    assert requested_slice(headers, FILE, MODIFIED + timedelta(seconds=0.9)) is None


def test_an_outdated_if_range_asks_for_the_whole_file_even_if_the_range_is_outside() -> None:
    assert requested_slice(Headers({"range": "bytes=5000-", "if-range": '"old"'}), FILE, LATER) is None


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, None),
        ({"if-none-match": '"abc"'}, 304),
        ({"if-none-match": 'W/"abc"'}, 304),
        ({"if-none-match": '"x", "abc"'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"'}, None),
        ({"if-none-match": "abc"}, None),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, None),  # the date is not looked at then
        ({"if-modified-since": AT}, 304),
        ({"if-modified-since": AFTER}, 304),
        ({"if-modified-since": BEFORE}, None),
        ({"if-modified-since": "Sun, 01 Mar 2026 12:00:00 -0000"}, 304),
        ({"if-modified-since": "nonsense"}, None),
        ({"if-modified-since": "Sun, 99 Mar 99999 12:00:00 GMT"}, None),
        ({"if-match": '"abc"'}, None),
        ({"if-match": "*"}, None),
        ({"if-match": '"x"'}, 412),
        ({"if-match": 'W/"abc"'}, 412),
        ({"if-match": '"abc"', "if-unmodified-since": BEFORE}, None),
        ({"if-match": '"abc"', "if-none-match": '"abc"'}, 304),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": AT}, None),
        ({"if-unmodified-since": "nonsense"}, None),
    ],
)
def test_preconditions(headers: dict[str, str], wanted: int | None) -> None:
    assert failed_precondition(Headers(headers), FILE) == wanted
