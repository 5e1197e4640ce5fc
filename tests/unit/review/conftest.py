"""Real frames, real models and a real font for the tests of review."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pylopdf_fonts_zh_cn
import pytest
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from minivod.review import models, second_model
from minivod.review.detectors import DetectorConfig, DetectorSet, make_detectors
from minivod.review.model import Image, Sample
from minivod.review.nudity import NudityDetector
from minivod.review.text import TextDetector

from ...clips import CLIPS

FONT = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"


@dataclass
class Still:
    """A sample of our own making."""

    time: float
    image: Image
    keyframe: bool = False


@pytest.fixture(scope="session")
def still() -> Callable[[float, Image], Sample]:
    """Makes a sample from a time and a picture."""
    return Still


@pytest.fixture(scope="session")
def clip() -> Callable[[str], list[Sample]]:
    """Frames of a real, harmless clip, four a second, at most 640 pixels wide."""

    def frames(name: str) -> Iterator[Sample]:
        with av.open(str(CLIPS / name)) as container:
            due = 0.0
            for frame in container.decode(video=0):
                if frame.time is None or frame.time < due:
                    continue
                due = frame.time + 0.25
                scale = min(1.0, 640 / max(frame.width, frame.height))
                width, height = round(frame.width * scale), round(frame.height * scale)
                image = frame.to_ndarray(format="rgb24", width=width, height=height)
                yield Still(frame.time, image.astype(np.uint8), frame.key_frame)

    return lambda name: list(frames(name))


@pytest.fixture(scope="session")
def draw() -> Callable[..., Image]:
    """Draws white text into a picture."""

    def with_text(image: Image, text: str, at: tuple[int, int] = (40, 250), size: int = 24) -> Image:
        picture = Picture.fromarray(image)
        font = ImageFont.truetype(FONT, size)
        ImageDraw.Draw(picture).text(at, text, font=font, fill="white", stroke_width=1, stroke_fill="black")
        return np.asarray(picture)

    return with_text


@pytest.fixture(scope="session")
def config() -> DetectorConfig:
    """With the real models, fetched by the real installer and kept between runs in the user's cache."""
    directory = Path("~/.cache/minivod/models").expanduser()
    models.install(directory)
    return DetectorConfig(directory)


@pytest.fixture(scope="session")
def second_opinion(config: DetectorConfig) -> DetectorConfig:
    """The same with the second model, which npm brings."""
    try:
        second_model.install(config.models_dir)
    except models.ModelError as error:
        pytest.skip(f"the second model is not here, and npm does not bring it: {error}")
    return config


@pytest.fixture(scope="session")
def detectors(config: DetectorConfig) -> DetectorSet:
    """The two built-in detectors that need nothing else, whatever is installed beside."""
    return make_detectors([("nudity", lambda: NudityDetector), ("text", lambda: TextDetector)], config)


@pytest.fixture(scope="session")
def text_detector(config: DetectorConfig) -> TextDetector:
    """The text detector with the built-in lists."""
    return TextDetector(config)


@pytest.fixture(scope="session")
def alarming() -> Image:
    """An abstract picture (six blurred discs, found by search) that open_nsfw gives more than 90."""
    picture = Picture.new("RGB", (320, 240), (10, 149, 234))
    for x, y, a, b, colour in (
        (109, 204, 22, 43, (242, 110, 169)),
        (92, 74, 81, 88, (237, 181, 106)),
        (188, 90, 129, 29, (229, 183, 133)),
        (143, 113, 61, 115, (250, 180, 110)),
        (320, 156, 55, 43, (170, 136, 47)),
        (204, 205, 68, 102, (192, 172, 82)),
    ):
        ImageDraw.Draw(picture).ellipse((x - a, y - b, x + a, y + b), fill=colour)
    return np.asarray(picture)
