"""Text is looked for where a frame changed, and the map is the one that the whole frame would have given."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.review.heat import Floats, PartialHeat
from minivod.review.model import Image, Sample
from minivod.review.text import TextDetector

HEIGHT, WIDTH = 256, 480
LEVEL = 1 / 127.5


class Model:
    """As far as it sees: an average over 25x25 pixels; and how large the parts were that it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def __call__(self, frames: Floats) -> Floats:
        assert frames.flags.c_contiguous and all(side % 32 == 0 for side in frames.shape[2:])
        self.shown.append(frames.shape[2:])
        return np.asarray(cv2.blur(frames[0].mean(axis=0), (25, 25)), np.float32)[None, None]


@pytest.fixture
def model() -> Model:
    return Model()


def plain(value: float = 0.0) -> Floats:
    return np.full((1, 3, HEIGHT, WIDTH), value, np.float32)


def with_patch(frame: Floats, left: int, top: int, width: int, height: int, value: float = 1.0) -> Floats:
    changed = frame.copy()
    changed[:, :, top : top + height, left : left + width] += value
    return changed


def test_a_frame_that_stays_is_not_looked_at_again(model: Model) -> None:
    heat = PartialHeat(model)
    first = heat(plain(0.25))
    noise = plain(0.25) + np.random.default_rng(1).uniform(-5 * LEVEL, 5 * LEVEL, plain().shape).astype(np.float32)
    assert np.array_equal(heat(noise), first)
    assert model.shown == [(HEIGHT, WIDTH)]


patch = st.tuples(
    st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(2, 60), st.integers(2, 40), st.floats(0.2, 1.0)
)


@given(patches=st.lists(patch, min_size=1, max_size=4))
def test_parts_make_the_map_of_the_whole_frame(patches: list[tuple[int, int, int, int, float]]) -> None:
    model = Model()
    heat = PartialHeat(model)
    ground = with_patch(plain(), 100, 50, 150, 100, 0.5)
    heat(ground)
    frame = ground
    for one in patches:
        frame = with_patch(frame, *one)
    assert np.allclose(heat(frame), model(frame), atol=1e-5)


def test_a_small_change_costs_a_small_part(model: Model) -> None:
    heat = PartialHeat(model)
    heat(plain())
    heat(with_patch(plain(), 240, 128, 20, 10))
    [_, (height, width)] = model.shown
    assert height * width < HEIGHT * WIDTH / 7


@pytest.mark.parametrize(("width", "height", "levels"), [(2, 2, 13), (4, 4, 7), (8, 8, 7), (480, 256, 7)])
def test_what_counts_between_frames_counts_here(model: Model, width: int, height: int, levels: int) -> None:
    heat = PartialHeat(model)
    heat(plain())
    heat(with_patch(plain(), 0, 0, width, height, levels * LEVEL))
    assert len(model.shown) == 2


def test_a_slow_change_adds_up(model: Model) -> None:
    heat = PartialHeat(model)
    for step in range(5):
        now = heat(with_patch(plain(), 64, 64, 100, 20, 3 * step * LEVEL))
    assert len(model.shown) > 1
    assert np.allclose(now, model(with_patch(plain(), 64, 64, 100, 20, 12 * LEVEL)), atol=7 * LEVEL)


def test_a_part_that_changes_while_another_stays_slightly_off(model: Model) -> None:
    heat = PartialHeat(model)
    for step in range(4):  # beside it something changes each time, and what changes slowly must not be forgotten
        now = heat(with_patch(with_patch(plain(), 0, 0, 30, 30, step), 300, 128, 100, 20, 4 * step * LEVEL))
    assert now[0, 0, 138, 350] == pytest.approx(12 * LEVEL * 20 / 25, abs=7 * LEVEL)
    assert now[0, 0, 138, 350] > 0


def test_the_whole_is_looked_at_every_so_often(model: Model) -> None:
    heat = PartialHeat(model)
    for step in range(19):
        heat(with_patch(plain(), 16 * step, 32, 16, 16))
    assert [number for number, shown in enumerate(model.shown) if shown == (HEIGHT, WIDTH)] == [0, 9, 18]


def test_frames_of_several_videos_and_shapes_take_turns(model: Model) -> None:
    heat = PartialHeat(model)
    upright = np.zeros((1, 3, 480, 256), np.float32)
    for step in range(3):
        for frame in (plain(-1), plain(1), upright):
            now = heat(with_patch(frame, 32 + 40 * step, 40, 20, 20, 0.5))
            assert np.allclose(now, model(with_patch(frame, 32 + 40 * step, 40, 20, 20, 0.5)), atol=1e-5)
    whole = [shown for shown in model.shown if shown in ((HEIGHT, WIDTH), (480, 256))]
    assert len(whole) == 3 + 9  # one for each video, and those that the test itself asked for


@pytest.mark.parametrize("size", [14, 24])
def test_words_that_appear_in_a_still_picture_are_found(
    text_detector: TextDetector,
    draw: Callable[..., Image],
    still: Callable[[float, Image], Sample],
    clip: Callable[[str], list[Sample]],
    size: int,
) -> None:
    ground = draw(clip("bikes.mp4")[4].image, "A harmless line", (40, 60), 20)
    for time, text in enumerate(["", "watch FREE PORN now", "harmless as well", "how to make a bomb", ""]):
        for place in ((30, 200), (333, 111)):
            found = text_detector.inspect(still(time, draw(ground, text, place, size) if text else ground))
            assert {one.label for one in found} == ({"porn", "how to make a bomb"} & _listed(text))


def _listed(text: str) -> set[str]:
    return {label for label in ("porn", "how to make a bomb") if label in text.lower()}
