"""The model that reads is given lines as wide as they are, and reads as well as with RapidOCR's engine around it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from minivod.review import rapid_ocr
from minivod.review.recogniser import Recogniser

from .test_reading import drawn


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(rapid_ocr.engines(threads=1, detail=640)[1])


@pytest.mark.parametrize("text", ["sex", "18+", "shall mean an individual", "裸聊", "这里有免费成人视频"])
def test_what_is_drawn_is_read(recogniser: Recogniser, text: str) -> None:
    read, certainty = recogniser(drawn(text, 17))
    assert read == text
    assert certainty >= 0.95


def test_nothing_is_nothing(recogniser: Recogniser) -> None:
    assert recogniser(np.full((20, 1, 3), 255, np.uint8))[0] == ""


class Engine:
    """Says for each width what the model would; remembers what it was shown."""

    def __init__(self, answers: dict[int, tuple[str, float]]) -> None:
        self.shown: list[tuple[int, ...]] = []
        self.answers = answers

    def _load_rec_model(self) -> Any:
        return SimpleNamespace(session=self.session, postprocess_op=lambda answer: ([answer], []))

    def session(self, batch: NDArray[np.float32]) -> tuple[str, float]:
        assert batch.dtype == np.float32 and -1 <= batch.min() <= batch.max() <= 1
        self.shown.append(batch.shape)
        return self.answers[batch.shape[3]]


@pytest.mark.parametrize(
    ("width", "answers", "shown", "read"),
    [
        (30, {96: ("sex", 0.99)}, [96], ("sex", 0.99)),
        (30, {96: ("so", 0.6), 160: ("sex", 0.9)}, [96, 160], ("sex", 0.9)),
        (30, {96: ("sex", 0.9), 160: ("so", 0.6)}, [96, 160], ("sex", 0.9)),
        (61, {128: ("sex", 0.99)}, [128], ("sex", 0.99)),
        (90, {184: ("sex", 0.6)}, [184], ("sex", 0.6)),
    ],
)
def test_short_lines_are_filled_up_more_where_they_are_not_clear(
    width: int, answers: dict[int, tuple[str, float]], shown: list[int], read: tuple[str, float]
) -> None:
    engine = Engine(answers)
    assert Recogniser(engine)(np.zeros((24, width, 3), np.uint8)) == read
    assert engine.shown == [(1, 3, 48, across) for across in shown]
