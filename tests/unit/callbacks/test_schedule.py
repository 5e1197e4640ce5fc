"""When callbacks are sent again (field.md §2)."""

import math
import random
import time
from email.utils import formatdate

import pytest

from minivod.callbacks.schedule import JITTER, LONGEST_RETRY_AFTER, PAUSES, pause_after
from minivod.webhooks import read_retry_after

DAY = 86400


def test_ten_calls_over_three_days_with_growing_pauses() -> None:
    assert PAUSES == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert list(PAUSES) == sorted(PAUSES)
    assert 3 * DAY <= sum(PAUSES) * (1 + JITTER) < 4 * DAY, "events are kept for four days"
    assert pause_after(len(PAUSES) + 1) is None


def test_pauses_differ_and_stay_near_the_schedule() -> None:
    for failures, wanted in enumerate(PAUSES, start=1):
        found = [pause_after(failures) for _ in range(50)]
        assert len(set(found)) > 40
        assert all(pause is not None and wanted * 0.9 <= pause <= wanted * 1.1 for pause in found)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(60, 60, 60), (1, 4.5, 5.5), (0, 4.5, 5.5), (DAY, DAY, DAY), (10 * DAY, DAY, DAY), (math.inf, DAY, DAY)],
)
def test_retry_after_makes_a_pause_longer_up_to_a_day(asked: float, least: float, most: float) -> None:
    random.seed(1)
    pause = pause_after(1, asked)
    assert pause is not None and least <= pause <= most
    assert LONGEST_RETRY_AFTER == DAY


def test_retry_after_does_not_give_more_calls() -> None:
    assert pause_after(len(PAUSES) + 1, 60) is None


NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("9" * 400, math.inf),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Mon, 99 Foo 2026", None),
        ("Fri, 31 Dec 9999 23:59:59 -9999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert read_retry_after(value, NOW) == seconds


@pytest.mark.parametrize("value", ["Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 -0000"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_dates_without_a_zone_are_utc_wherever_the_server_is(
    monkeypatch: pytest.MonkeyPatch, value: str, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert read_retry_after(value, 784_111_777.0 - 90) == 90
    finally:
        monkeypatch.undo()
        time.tzset()


def test_zeros_in_front_make_no_number_longer() -> None:
    assert read_retry_after("000000000000060", 0.0) == 60
