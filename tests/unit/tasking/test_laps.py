"""The stopwatch of an attempt."""

from minivod.tasking.laps import Laps


def test_each_step_lasts_until_the_next_begins() -> None:
    now = [10.0]
    laps = Laps("fetch", lambda: now[0])
    for step, at in (("probe", 10.5), ("remux", 12.0), ("probe", 15.0), ("conclude", 15.25)):
        now[0] = at
        laps.begin(step)
    now[0] = 16.0
    assert laps.seconds() == {"fetch": 0.5, "probe": 1.75, "remux": 3.0, "conclude": 0.75}
    assert list(laps.seconds()) == ["fetch", "probe", "remux", "conclude"]
