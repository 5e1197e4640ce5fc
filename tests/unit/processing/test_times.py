"""Times that no video could have are told at once."""

import msgspec
import pytest

from minivod import errors
from minivod.processing.times import check_times
from minivod.wire.process_inputs import CoverBySnapshotTaskInput, SnapshotByTimeOffsetTaskInput, TranscodeTaskInput


@pytest.mark.parametrize("text", ["0s", "3.5s", "10%", "100%", "0.001s", "999999999s"])
def test_times_that_a_video_may_have(text: str) -> None:
    check_times("x", SnapshotByTimeOffsetTaskInput(Definition=10, ExtTimeOffsetSet=[text]))


@pytest.mark.parametrize("text", ["", "5", "s", "%", "-1s", "101%", "1e3s", "nans", "infs", "١s", " 1s", "1s\n", "1.s"])
def test_times_that_none_has(text: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"x\.ExtTimeOffsetSet\.1 is"):
        check_times("x", SnapshotByTimeOffsetTaskInput(Definition=10, ExtTimeOffsetSet=["1s", text]))


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 5), (4, 0), (1, 2), (-5, -1), (-5, 2), (5, -2), (-2, 0)])
def test_cuts_that_may_lie_in_a_video(start: float, end: float) -> None:
    check_times("x", TranscodeTaskInput(Definition=10, StartTimeOffset=start, EndTimeOffset=end))


@pytest.mark.parametrize(("start", "end"), [(4, 2), (2, 2), (-1, -5), (-1, -1)])
def test_cuts_that_never_do(start: float, end: float) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="must be behind StartTimeOffset"):
        check_times("x", TranscodeTaskInput(Definition=10, StartTimeOffset=start, EndTimeOffset=end))


def test_a_share_of_more_than_all() -> None:
    cover = CoverBySnapshotTaskInput(Definition=10, PositionType="Percent", PositionValue=100)
    check_times("x", cover)
    check_times("x", msgspec.structs.replace(cover, PositionType="Time", PositionValue=200))
    with pytest.raises(errors.InvalidParameterValue, match="PositionValue is 200"):
        check_times("x", msgspec.structs.replace(cover, PositionValue=200))
