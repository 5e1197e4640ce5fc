"""Spaces that are drawn between Chinese characters are there when they were read, and no others."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from minivod.review.model import Image, Sample
from minivod.review.spaces import with_spaces
from minivod.review.text import TextDetector

Draw = Callable[..., Image]
Make = Callable[[float, Image], Sample]
LINES = [
    "儿童 成人 视频 图片",
    "三黄片 清热解毒",
    "川菜小吃 八折优惠",
    "他说 我们不去 明天见",
    "工厂直销 一律八折",
    "门店 川菜 小吃",
]
SIZES = [16, 20, 24, 28, 36]


@pytest.fixture(scope="module")
def crop(draw: Draw) -> Callable[..., Image]:
    """A line as the model that reads gets it: straightened, 48 pixels high, as an encoder left it."""

    def cropped(text: str, size: int, quality: int = 85, ground: Image | None = None) -> Image:
        plain = np.full((80, 640, 3), (20, 40, 60), np.uint8) if ground is None else ground
        frame = draw(plain, text, (20, 20), size)
        rows, columns = np.nonzero((frame != plain).any(axis=2))
        part = frame[rows.min() - 3 : rows.max() + 4, columns.min() - 4 : columns.max() + 5, ::-1]
        read = cv2.imdecode(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        assert read is not None
        return np.asarray(cv2.resize(read, (48 * part.shape[1] // part.shape[0], 48)), np.uint8)

    return cropped


@pytest.mark.parametrize("quality", [60, 90])
def test_spaces_come_back(crop: Callable[..., Image], quality: int) -> None:
    cases = [(line, size) for line in LINES for size in SIZES]
    right = [with_spaces(line.replace(" ", ""), crop(line, size, quality)) == line for line, size in cases]
    assert sum(right) >= 0.9 * len(cases)


@pytest.mark.parametrize("line", [*(line.replace(" ", "") for line in LINES), "免费成人视频网站", "一二三四五六七八"])
@pytest.mark.parametrize("size", SIZES)
def test_none_is_made_up(crop: Callable[..., Image], line: str, size: int) -> None:
    assert with_spaces(line, crop(line, size)) == line


@pytest.mark.parametrize("drawn", ["成 人 视 频", "成  人  视  频", "免 费 看 黄 片"])
@pytest.mark.parametrize("size", SIZES)
def test_a_line_that_is_spaced_out_stays_one_word(crop: Callable[..., Image], drawn: str, size: int) -> None:
    joined = drawn.replace(" ", "")
    assert with_spaces(joined, crop(drawn, size)) == joined


@pytest.mark.parametrize("text", ["", "成", "成 人", "国产AV功放", "free videos", "10 元 3 件", "成人，视频。"])
def test_other_texts_stay_as_they_were_read(crop: Callable[..., Image], text: str) -> None:
    assert with_spaces(text, crop("成人 视频", 24)) == text


def test_on_a_picture_nothing_is_added(crop: Callable[..., Image]) -> None:
    ground = np.random.default_rng(1).integers(0, 255, (80, 640, 3), np.uint8)
    assert with_spaces("成人视频图片", crop("成人 视频 图片", 28, ground=ground)) == "成人视频图片"


@pytest.mark.parametrize("size", [22, 24, 28])
def test_a_menu_is_harmless_wherever_it_stands(text_detector: TextDetector, draw: Draw, still: Make, size: int) -> None:
    plain = np.full((360, 640, 3), (20, 40, 60), np.uint8)
    places = [(40 + 3 * across, 100 + 3 * down) for across in range(3) for down in range(3)]
    found = [text_detector.inspect(still(0, draw(plain, "儿童 成人 视频 图片", place, size))) for place in places]
    assert sum(map(bool, found)) <= 1
    for place in places[::4]:
        [phrase] = text_detector.inspect(still(0, draw(plain, "免费 成人视频 网站", place, size)))
        assert phrase.label == "成人视频"
