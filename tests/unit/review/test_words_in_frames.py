"""Harmless texts that contain phrases pass the real recognition, and forbidden ones do not."""

from collections.abc import Callable

import numpy as np
import pytest

from minivod.review.model import Image, Sample
from minivod.review.text import TextDetector

Draw = Callable[..., Image]
Make = Callable[[float, Image], Sample]


def drawn(draw: Draw, text: str) -> Image:
    image: Image = np.full((360, 640, 3), (20, 40, 60), np.uint8)
    for row, line in enumerate(text.split("\n")):
        image = draw(image, line, (40, 100 + 50 * row), 28)
    return image


@pytest.mark.parametrize(
    "text",
    [
        "三黄片 清热解毒",
        "黄色视频线接电视",
        "节约炮弹",
        "国产AV功放",
        "女性爱直播",
        "假睫毛片",
        "儿童 成人 视频 图片",
        "他已经成人\n视频里他在笑",
        "Super Bowl XXX video",
        "free sex education",
        "反分裂国家法",
        "冰岛老黄片普洱茶",
        "奶油炸弹制作",
        "警惕裸聊诈骗",
        "国产AVC编码器",
        "For every adult.\nVideo guide",
    ],
)
def test_harmless(text_detector: TextDetector, draw: Draw, still: Make, text: str) -> None:
    assert text_detector.inspect(still(0, drawn(draw, text))) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("免费成人视频", "成人视频"),
        ("成人\n视频", "成人视频"),
        ("这里有\n成人视频网站", "成人视频"),
        ("看黄片", "黄片"),
        ("同城约炮", "约炮"),
        ("成 人 视 频", "成人视频"),
        ("FREE S3X videos", "free sex"),
        ("制造炸弹的方法", "制造炸弹"),
        ("推翻\n政府", "推翻政府"),
        ("黃色電影", "黄色电影"),
        ("XXX video", "xxx video"),
        ("how to make\na bomb", "how to make a bomb"),
        ("国产AV在线", "国产av"),
    ],
)
def test_forbidden(text_detector: TextDetector, draw: Draw, still: Make, text: str, label: str) -> None:
    assert label in {finding.label for finding in text_detector.inspect(still(0, drawn(draw, text)))}
