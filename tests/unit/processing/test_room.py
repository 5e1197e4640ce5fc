"""What a quota lets in, and what is said where it does not."""

import pytest

from minivod.processing.room import refusal
from minivod.store.quotas import Quota, Use

USED = Use(bytes=100, media=5, tasks=7)


@pytest.mark.parametrize(
    ("quota", "asked"),
    [
        (Quota(), (10**15, 1, 10**6)),
        (Quota(bytes=110, media=6, tasks=9), (10, 1, 2)),
        (Quota(bytes=101), (0, 0, 0)),
        (Quota(media=5), (1, 0, 1)),  # it makes no video
        (Quota(tasks=7), (1, 1, 0)),
    ],
)
def test_there_is_room(quota: Quota, asked: tuple[int, int, int]) -> None:
    assert refusal(1, quota, USED, *asked) == ""


@pytest.mark.parametrize(
    ("quota", "asked", "said"),
    [
        (
            Quota(bytes=110),
            (11, 0, 0),
            "application 1 stores 100 bytes; 11 more would be over its quota of 110.",
        ),
        (Quota(bytes=100), (0, 0, 1), "application 1 stores 100 bytes, and its quota is 100. DeleteMedia makes room"),
        (Quota(bytes=50), (1, 0, 0), "100 bytes; 1 more"),
        (Quota(media=5), (0, 1, 0), "has 5 videos, and its quota is 5. DeleteMedia makes room"),
        (
            Quota(tasks=9),
            (0, 0, 3),
            "has 7 unfinished tasks and steps; 3 more would be over its quota of 9.",
        ),
    ],
)
def test_there_is_none(quota: Quota, asked: tuple[int, int, int], said: str) -> None:
    assert said in refusal(1, quota, USED, *asked)
