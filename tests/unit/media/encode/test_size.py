"""Sizes of output pictures, from what a template says and a source has."""

from typing import Any

import pytest

from minivod.media.encode.size import Layout, enlarges, layout
from minivod.templates.streams import VideoStream


def asked(**settings: Any) -> VideoStream:
    return VideoStream(Codec="libx264", Fps=0, Bitrate=0, **settings)


@pytest.mark.parametrize(
    ("settings", "shown", "expected"),
    [
        ({}, (1280, 720), (1280, 720)),
        ({}, (321, 181), (320, 180)),
        ({}, (1, 1), (16, 16)),
        ({"Height": 360}, (1280, 720), (640, 360)),
        ({"Height": 360}, (720, 1280), (360, 640)),
        ({"Width": 640}, (720, 1280), (360, 640)),
        ({"Height": 360, "ResolutionAdaptive": "close"}, (720, 1280), (202, 360)),
        ({"Height": 1080}, (1280, 720), (1280, 720)),
        ({"Width": 1920}, (1280, 720), (1280, 720)),
        ({"Width": 1920, "Height": 1080}, (1280, 720), (1920, 1080)),
        ({"Width": 1920, "Height": 1080}, (720, 1280), (1080, 1920)),
        ({"Width": 641, "Height": 361}, (1280, 720), (640, 360)),
        ({"Height": 200}, (9000, 1000), (1800, 200)),
    ],
)
def test_sizes(settings: dict[str, Any], shown: tuple[int, int], expected: tuple[int, int]) -> None:
    found = layout(asked(**settings), shown)
    assert (found.width, found.height) == expected


def test_a_frame_keeps_the_shape_of_the_picture() -> None:
    found = layout(asked(Width=1000, Height=500, FillType="black"), (400, 400))
    assert found == Layout(1000, 500, 500, 500)
    assert found.padded
    assert not layout(asked(Width=1000, Height=500, FillType="stretch"), (400, 400)).padded


@pytest.mark.parametrize(
    ("settings", "shown", "expected"),
    [
        ({"Height": 720}, (1280, 720), False),
        ({"Height": 721}, (1280, 720), True),
        ({"Height": 720}, (720, 1280), False),
        ({"Width": 1281}, (720, 1280), True),
        ({}, (2, 2), False),
    ],
)
def test_what_enlarges(settings: dict[str, Any], shown: tuple[int, int], expected: bool) -> None:
    assert enlarges(asked(**settings), shown) is expected
