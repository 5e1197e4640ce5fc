"""Subnormal numbers in the threads that inspect frames."""

import asyncio
import platform
import sys

import pytest

from minivod.review import run


def half_of(number: float) -> float:
    return number / 2


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors are not slowed down")
async def test_detectors_compute_without_subnormal_numbers_and_nobody_else_does() -> None:
    smallest = sys.float_info.min
    inspecting = [run._threads().submit(half_of, smallest) for _ in range(run.CORES + 1)]
    assert [future.result() for future in inspecting] == [0.0] * len(inspecting)
    assert half_of(smallest) > 0
    assert await asyncio.to_thread(half_of, smallest) > 0
