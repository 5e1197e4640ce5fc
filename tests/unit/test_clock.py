"""The replaceable clock."""

import time

from minivod.clock import Clock, FixedClock


def test_the_clock_is_the_machines() -> None:
    before = time.time()
    now = Clock().now()
    assert before - 1 <= now <= time.time() + 1
    assert Clock().utc().utcoffset() is not None


def test_a_fixed_clock_moves_when_told() -> None:
    clock = FixedClock(1_700_000_000)
    clock.advance(1.5)
    assert (clock.now(), clock.utc().isoformat()) == (1_700_000_001.5, "2023-11-14T22:13:21.500000+00:00")
