"""Long lines that the model hardly reads in one are read in pieces, and no others."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from minivod.review import rapid_ocr
from minivod.review.model import Image
from minivod.review.reading import CERTAIN, read_line

from .conftest import FONT

LONG = '"You" (or "Your") shall mean an individual or Legal Entity'


class Recogniser:
    """The model, or what a test says instead; counts how often it is asked."""

    def __init__(self, answer: Callable[[Image], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[int, int]] = []

    def __call__(self, line: Image) -> Any:
        self.asked.append((line.shape[1], line.shape[0]))
        return self.answer(line)


class Answer:
    """As RapidOCR gives it."""

    def __init__(self, text: str, certainty: float) -> None:
        self.txts = (text,) if text else None
        self.scores = (certainty,)


@pytest.fixture(scope="module")
def model() -> Any:
    return rapid_ocr.engines(threads=1, detail=640)[1]


def drawn(text: str, size: int, height: int = 22) -> Image:
    """White on black, drawn at twice the size and scaled down."""
    font = ImageFont.truetype(FONT, 2 * size)
    picture = Picture.new("L", (1500, 2 * height))
    left, top, right, bottom = ImageDraw.Draw(picture).textbbox((0, 0), text, font=font)
    ImageDraw.Draw(picture).text((6 - left, height - (top + bottom) // 2), text, font=font, fill=255)
    small = np.asarray(picture.resize((750, height), Picture.Resampling.BOX))[:, : (right - left) // 2 + 6]
    return np.repeat(small[:, :, np.newaxis], 3, axis=2)


def test_a_long_line_of_which_the_model_drops_letters_is_read_in_pieces(model: Any) -> None:
    line = drawn(LONG, 17)
    assert model(line).scores[0] < CERTAIN, "the model reads it in one by now: find another line for this test"
    text, certainty = read_line(model, line)
    assert text == LONG
    assert certainty >= CERTAIN


def test_a_line_that_is_read_is_not_cut(model: Any) -> None:
    recogniser = Recogniser(model)
    assert read_line(recogniser, drawn("shall mean an individual", 17))[0] == "shall mean an individual"
    assert len(recogniser.asked) == 1


@pytest.mark.parametrize(("width", "in_pieces"), [(180, True), (600, False)])
def test_neither_is_a_short_line_nor_one_that_is_cut_already(width: int, in_pieces: bool) -> None:
    recogniser = Recogniser(lambda _: Answer("hrdly", 0.6))
    line = np.zeros((20, width, 3), np.uint8)
    assert read_line(recogniser, line, in_pieces=in_pieces) == ("hrdly", 0.6)
    assert len(recogniser.asked) == 1


def test_it_is_cut_where_nothing_is_drawn() -> None:
    line = np.zeros((20, 300, 3), np.uint8)
    line[4:16:2, :170] = line[4:16:2, 180:] = 255
    recogniser = Recogniser(lambda part: Answer("read", 0.95) if part.shape[1] < 300 else Answer("rd", 0.6))
    assert read_line(recogniser, line) == ("read read", 0.95)
    assert all(170 <= width <= 180 or 120 <= width <= 130 for width, _ in recogniser.asked[1:])


@pytest.mark.parametrize(
    ("left", "right", "read"),
    [
        (("fre", 0.7), ("porn", 0.95), ("fre porn", 0.7)),
        (("", 0.0), ("porn is free", 0.95), ("porn is free", 0.95)),
        (("", 0.0), ("porn", 0.95), ("a longer line", 0.6)),
        (("", 0.0), ("", 0.0), ("a longer line", 0.6)),
    ],
)
def test_the_reading_with_more_letters_counts(
    left: tuple[str, float], right: tuple[str, float], read: tuple[str, float]
) -> None:
    whole = read if read[0].startswith("a") else ("fr", 0.6)
    answers = iter([whole, left, right])
    assert read_line(lambda _: Answer(*next(answers)), np.zeros((20, 240, 3), np.uint8)) == read


def test_pieces_are_as_sure_as_the_least_sure_and_are_cut_again_while_they_are_long() -> None:
    recogniser = Recogniser(lambda part: Answer("word", 0.4 + 0.5 * (part.shape[1] < 200)))
    text, certainty = read_line(recogniser, np.zeros((20, 1000, 3), np.uint8))
    assert certainty == 0.9
    assert len(text.split()) >= 6
    assert sum(width for width, _ in recogniser.asked if width < 200) == 1000
