"""Near-duplicates: noise is none of our business, a small caption is."""

from collections.abc import Callable

import numpy as np
import pytest

from minivod.review.model import Image, Sample
from minivod.review.similar import NearDuplicates

RNG = np.random.default_rng(7)
GREY: Image = np.full((360, 640, 3), 120, np.uint8)


def noisy(image: Image, sigma: float) -> Image:
    return np.clip(image + RNG.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def test_the_first_frame_is_new_and_noise_is_not() -> None:
    similar = NearDuplicates()
    assert not similar.is_duplicate(noisy(GREY, 3))
    assert all(similar.is_duplicate(noisy(GREY, 3)) for _ in range(5))


@pytest.mark.parametrize("size", [10, 12, 14, 24])
@pytest.mark.parametrize("text", ["黄片", "porn", "."])
def test_a_small_caption_is_a_change(draw: Callable[..., Image], text: str, size: int) -> None:
    similar = NearDuplicates()
    similar.is_duplicate(GREY)
    assert not similar.is_duplicate(draw(GREY, text, (501, 333), size))


def test_colour_of_equal_brightness_is_a_change() -> None:
    similar = NearDuplicates()
    similar.is_duplicate(np.full((90, 160, 3), (0, 100, 0), np.uint8))
    changed = np.full((90, 160, 3), (0, 100, 0), np.uint8)
    changed[40:48, 40:44] = (60, 69, 0)
    assert not similar.is_duplicate(changed)


def test_slow_change_adds_up() -> None:
    similar = NearDuplicates()
    answers = [similar.is_duplicate(GREY + np.uint8(step)) for step in range(20)]
    assert answers.count(False) == 3  # at 0, 7 and 14


def test_a_change_at_the_border_of_an_odd_size() -> None:
    similar = NearDuplicates()
    image: Image = np.zeros((145, 179, 3), np.uint8)
    similar.is_duplicate(image)
    image = image.copy()
    image[-1, -1] = 255
    assert not similar.is_duplicate(image)


def test_another_size_is_new() -> None:
    similar = NearDuplicates()
    similar.is_duplicate(GREY)
    assert not similar.is_duplicate(GREY[:200])


def test_moving_pictures_are_all_inspected(clip: Callable[[str], list[Sample]]) -> None:
    similar = NearDuplicates()
    frames = clip("bikes.mp4")
    assert sum(similar.is_duplicate(frame.image) for frame in frames) <= len(frames) // 10
