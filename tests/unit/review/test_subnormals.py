"""Subnormal numbers in the threads that inspect frames."""

import asyncio
import platform
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from minivod.review.detectors import DetectorConfig, DetectorSet
from minivod.review.model import Finding, Image, Sample
from minivod.review.policy import Policy
from minivod.review.run import CORES, review
from minivod.review.text import TextDetector

SMALLEST = sys.float_info.min

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors are not slowed down")


def half_of(number: float) -> float:
    return number / 2


class Halves:
    """Computes with a subnormal number before the other detectors do."""

    name = "halves"
    categories = frozenset({"Porn"})

    def __init__(self) -> None:
        self.seen: list[float] = []

    def inspect(self, sample: Sample) -> list[Finding]:
        self.seen.append(half_of(SMALLEST))
        return []


async def test_detectors_compute_without_subnormal_numbers_and_nobody_else_does(
    draw: Callable[..., Image], still: Callable[[float, Image], Sample], tmp_path: Path
) -> None:
    """The real detector takes part, because it changes its thread's mode."""
    halves, text = Halves(), TextDetector(DetectorConfig(tmp_path))
    number = 8 * CORES

    async def samples() -> AsyncIterator[Sample]:
        for turn in range(number):
            yield still(turn, draw(np.full((360, 640, 3), 60, np.uint8), f"words of frame {turn}"))

    await review(samples(), DetectorSet((halves, text)), Policy())
    assert halves.seen == [0.0] * number
    assert half_of(SMALLEST) > 0
    assert await asyncio.to_thread(half_of, SMALLEST) > 0
