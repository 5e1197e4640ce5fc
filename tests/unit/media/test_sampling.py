"""The sampling plan, checked against its definition on arbitrary videos."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.media.access_units import Entries, Index, read_index
from minivod.media.sampling import EDGE, EDGE_GAP, Blindness, Effort, Plan, Sampler, Selection, Watch, surprises

# Whole milliseconds between frames, from 240 frames a second to one in five seconds.
videos = st.lists(st.tuples(st.integers(4, 5000), st.booleans()), min_size=1, max_size=150)
intervals = st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0])


def laid_out(gaps: list[tuple[int, bool]]) -> list[tuple[float, bool]]:
    time = 0
    frames: list[tuple[float, bool]] = []
    for gap, keyframe in gaps:
        frames.append((time / 1000, keyframe or not frames))
        time += gap
    return frames


def sampled(frames: list[tuple[float, bool]], plan: Plan) -> list[float]:
    sampler: Sampler[float] = Sampler(plan)
    chosen = [sample for time, key in frames for sample in sampler.take(time, key, time)]
    return [frame for _, _, frame in chosen + sampler.finish()]


@given(videos, intervals)
def test_no_gap_is_longer_than_the_interval_unless_there_is_no_frame(
    gaps: list[tuple[int, bool]], interval: float
) -> None:
    frames = laid_out(gaps)
    times = [time for time, _ in frames]
    chosen = sampled(frames, Plan(interval, times[-1]))
    assert chosen == sorted(set(chosen))
    assert (chosen[0], chosen[-1]) == (times[0], times[-1])
    for one, other in pairwise(chosen):
        between = [time for time in times if one < time < other]
        assert other - one <= interval + 0.001 or not between
        if one >= times[-1] - EDGE or other <= EDGE:
            assert other - one <= EDGE_GAP + 0.001 or not between


@given(videos, intervals)
def test_keyframes_half_a_second_after_a_sample_are_chosen(gaps: list[tuple[int, bool]], interval: float) -> None:
    frames = laid_out(gaps)
    chosen = sampled(frames, Plan(interval, frames[-1][0]))
    for time, key in frames:
        before = max((sample for sample in chosen if sample < time), default=None)
        if key and before is not None and time - before >= 0.5:
            assert time in chosen


@given(videos, intervals)
def test_samples_are_few(gaps: list[tuple[int, bool]], interval: float) -> None:
    frames = [(time, False) for time, _ in laid_out(gaps)]
    chosen = sampled(frames, Plan(interval, frames[-1][0]))
    assert len(chosen) <= 2 * frames[-1][0] / interval + 2 * (EDGE / EDGE_GAP + 2) * 2 + 2


def test_times_that_jump_back_are_sampled_too() -> None:
    frames = [(time, False) for time in (0.0, 5.0, 10.0, 2.0, 7.0, 1.0)]
    assert sampled(frames, Plan(1.0, 10.0)) == [0.0, 5.0, 10.0, 2.0, 7.0, 1.0]


@given(videos, intervals, st.sets(st.integers(0, 149)))
def test_decoding_only_what_is_selected_leaves_no_gap_either(
    gaps: list[tuple[int, bool]], interval: float, entries: set[int]
) -> None:
    times = [time for time, _ in laid_out(gaps)]
    numbers = {number for number in entries | {0} if number < len(times)}
    packets = [(time, number in numbers, unit(0x65)) for number, time in enumerate(times)]
    selection = Selection(
        plan := Plan(interval, times[-1]), read_index(packets, Entries("h264", AVCC), interval, interval / 4)
    )
    efforts = [selection.effort(time) for time in times]
    for number, (before, effort) in enumerate(pairwise(efforts), 1):
        if before is Effort.NONE and effort is not Effort.NONE:
            assert number in numbers, "what follows dropped packets cannot be decoded before the next entry"
    decoded = [time for time, effort in zip(times, efforts, strict=True) if effort is Effort.FULL]
    chosen = sampled([(time, False) for time in decoded], plan)
    for one, other in pairwise(chosen):
        assert other - one <= interval + 0.001 or not any(one < time < other for time in times)


def test_a_group_of_pictures_as_long_as_the_gap_costs_one_picture() -> None:
    times = [number / 25 for number in range(250)]
    index = indexed([(time, number % 25 == 0) for number, time in enumerate(times)])
    selection = Selection(Plan(1.0, times[-1]), index)
    efforts = [selection.effort(time) for time in times]
    middle = efforts[50:200]
    assert middle.count(Effort.NONE) == 144
    assert all(middle[number] is Effort.FULL for number in range(0, 150, 25))


def test_entries_whose_time_lies_do_not_hide_frames() -> None:
    times = [float(number) for number in range(10)] + [0.0, 100.0]  # the second entry says that it comes first
    index = indexed([(time, number in (0, 10)) for number, time in enumerate(times)])
    selection = Selection(Plan(1.0, 100.0), index)
    assert Effort.NONE not in [selection.effort(time) for time in times]


def test_frames_that_come_before_what_refers_to_them_are_not_left_out() -> None:
    """One frame a second, each fifth an entry, three B-frames decoded after the P-frame that follows them."""
    order = [0, 4, 1, 2, 3]
    packets = [(float(group + number), number == 0) for group in range(0, 40, 5) for number in order]
    selection = Selection(Plan(1.0, 39.0), indexed(packets))
    efforts = {time: selection.effort(time) for time, _ in packets}
    assert set(efforts.values()) == {Effort.FULL}


def test_times_far_from_their_place_are_not_left_out() -> None:
    """Decoded between two entries that are close together, displayed long before or after both."""
    for far in (range(10, 19), range(60, 69)):
        times = [30.0, *map(float, far), 31.0, 90.0]
        packets = [(time, time in (30.0, 31.0)) for time in times]
        selection = Selection(Plan(1.0, 90.0), indexed(packets))
        assert Effort.NONE not in [selection.effort(time) for time in times]


@given(videos, intervals, st.lists(st.floats(0, 300), max_size=20))
def test_what_is_on_screen_at_a_surprise_is_decoded_and_chosen(
    gaps: list[tuple[int, bool]], interval: float, moments: list[float]
) -> None:
    frames = laid_out(gaps)
    times = [time for time, _ in frames]
    plan = Plan(interval, times[-1], 0.0, sorted(moments))
    selection = Selection(plan, indexed(frames, interval))
    full = [(time, key) for time, key in frames if selection.effort(time) is Effort.FULL]
    chosen = sampled(full, plan)
    for moment in moments:
        assert moment > times[-1] or max(time for time in times if time <= moment) in chosen


@given(st.floats(-1e6, 1e6), st.floats(0, 1e7), intervals)
def test_surprises_are_spread_over_the_video(start: float, length: float, interval: float) -> None:
    found = surprises(interval, start, start + length)
    assert found == sorted(found)
    assert 0 < len(found) <= 20_001
    assert all(other - one <= 2 * max(4 * interval, length / 20_000) + 1e-3 for one, other in pairwise(found))
    if length > 100 * interval:
        assert found != surprises(interval, start, start + length)


def test_a_clock_that_begins_elsewhere_changes_nothing() -> None:
    frames = [(number / 25 - 1000, number % 50 == 0) for number in range(250)]
    moved = sampled(frames, Plan(1.0, frames[-1][0], frames[0][0]))
    plain = sampled([(time + 1000, key) for time, key in frames], Plan(1.0, 249 / 25))
    assert [round(time + 1000, 2) for time in moved] == [round(time, 2) for time in plain]
    index = indexed(frames)
    assert (index.start, index.end) == (-1000.0, frames[-1][0])


def indexed(packets: list[tuple[float, bool]], interval: float = 1.0) -> Index:
    """The index of packets, in order of decoding: time of display, whether it is an IDR picture."""
    units = [(time, entry, unit(0x65 if entry else 0x41)) for time, entry in packets]
    return read_index(units, Entries("h264", AVCC), interval, interval / 4)


def unit(*kinds: int) -> bytes:
    return b"".join((3).to_bytes(4, "big") + bytes([kind, 0, 0]) for kind in kinds)


AVCC = bytes([1, 100, 0, 31, 0xFF])


@pytest.mark.parametrize(
    ("packet", "entry"),
    [
        (unit(0x65), True),
        (unit(0x67, 0x68, 0x06, 0x65, 0x65), True),
        (unit(0x41), False),
        (unit(0x65, 0x41), False),
        (unit(0x67, 0x68), False),
        (b"", False),
        (b"\xff\xff\xff\xff\x65", True),
        (b"\0\0\0", False),
    ],
)
def test_only_idr_pictures_are_entries(packet: bytes, entry: bool) -> None:
    assert Entries("h264", AVCC).is_entry(packet) is entry


def test_without_a_configuration_nothing_is_an_entry() -> None:
    for codec, configuration in (("h264", None), ("h264", b""), ("h264", b"\0\0\0\1\x67"), ("vp9", AVCC)):
        assert not Entries(codec, configuration).is_entry(unit(0x65))


def test_hevc_entries() -> None:
    entries = Entries("hevc", bytes([1] + [0] * 20 + [0xFF]))
    assert entries.is_entry(unit(32 << 1, 33 << 1, 19 << 1))
    assert not entries.is_entry(unit(21 << 1))  # CRA: leading pictures refer to what is before
    assert not entries.is_entry(unit(1 << 1))


def test_the_index_believes_bytes_rather_than_marks() -> None:
    packets = [(0.0, True, unit(0x65)), (1.0, True, unit(0x41)), (None, True, unit(0x65)), (3.0, False, unit(0x65))]
    index = read_index(packets, Entries("h264", AVCC), 1.0, 0.25)
    assert (index.end, list(index.numbers), list(index.times)) == (3.0, [0], [0.0])


def test_frames_that_stay_are_found_in_order_of_display() -> None:
    times = [0.0, 0.3, 0.1, 0.2, 0.4, 5.0, 5.1]  # decoding order; the one of 0.4 s stays for 4.6 s
    index = read_index([(time, False, b"") for time in times], Entries("h264", AVCC), 1.0, 0.25)
    assert list(index.lasting) == [4]


def test_undecodable_stretches_are_noticed() -> None:
    watch = Watch(2.0)
    for time in (0.0, 1.0, 2.0, 3.0, 4.0):
        watch.sent(time)
    watch.came(0.0)
    watch.came(2.0)
    with pytest.raises(Blindness, match=r"2\.0 s to 4\.5 s"):
        watch.came(4.5)


def test_a_video_that_begins_or_ends_undecodable_is_noticed() -> None:
    watch = Watch(2.0)
    for number in range(10):
        watch.sent(float(number))
    with pytest.raises(Blindness):
        watch.came(5.0)
    watch = Watch(2.0)
    for number in range(10):
        watch.sent(float(number))
    watch.came(0.0)
    watch.came(1.0)
    with pytest.raises(Blindness):
        watch.ended()


def test_many_short_stretches_are_noticed_too() -> None:
    watch = Watch(2.0, -500.0)
    with pytest.raises(Blindness, match="of its first"):
        for number in range(200):
            watch.sent(number / 2 - 500)
            if number % 3 == 0:
                watch.came(number / 2 - 500)


def test_a_little_damage_now_and_then_is_tolerated() -> None:
    watch = Watch(2.0)
    for number in range(2000):
        watch.sent(number / 25)
        if number % 50:
            watch.came(number / 25)
    watch.ended()


def test_gaps_without_frames_are_no_damage() -> None:
    watch = Watch(2.0)
    for time in (0.0, 60.0, 120.0):
        watch.sent(time)
        watch.came(time)
    watch.ended()
