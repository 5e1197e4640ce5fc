"""Frames that are looked at together: a line that several of them show is read for one, and known to the others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_ident

import numpy as np
import pytest

from minivod.review.detectors import DetectorConfig
from minivod.review.lines import read
from minivod.review.model import Image
from minivod.review.recogniser import Reading
from minivod.review.text import TextDetector

from ...waiting import PATIENCE

Draw = Callable[..., Image]
LINES = ("the quick brown fox", "jumps over it", "and runs away", "into the wood", "watch free porn")


class Watched:
    """In place of the model that reads: the first reading of all begins, and ends when another thread has read."""

    def __init__(self, detector: TextDetector) -> None:
        self._recognise = detector._recognise
        self._first: int | None = None
        self._another = Event()
        self.threads: list[int] = []

    def __call__(self, picture: Image) -> Reading:
        self.threads.append(get_ident())
        if self._first is None:
            self._first = get_ident()
            assert self._another.wait(PATIENCE)
        elif get_ident() != self._first:
            self._another.set()
        return self._recognise(picture)


def page(draw: Draw, *lines: str) -> Image:
    """White on black, one under the other."""
    image = np.zeros((360, 640, 3), np.uint8)
    for place, line in enumerate(lines):
        image = draw(image, line, (40, 40 + 50 * place), 20)
    return image


def test_two_frames_share_the_work(config: DetectorConfig, draw: Draw) -> None:
    detector, alone = TextDetector(config), TextDetector(config)
    frame = page(draw, *LINES)
    expected = read(alone.read_boxes(frame)).text
    watched = detector._recognise = Watched(detector)  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda image: read(detector.read_boxes(image)).text, [frame, frame]))
    assert found == [expected, expected]
    assert len(set(watched.threads)) == 2
    assert len(watched.threads) == len(LINES)  # each is read once


def test_what_could_not_be_read_is_read_by_who_waited(config: DetectorConfig, draw: Draw) -> None:
    detector = TextDetector(config)
    frame = page(draw, LINES[-1])
    begun, waits = Event(), Event()
    failed: list[int] = []
    recognise, wait = detector._recognise, detector._memory.wait_for_others

    def failing_once(picture: Image) -> Reading:
        if not failed:
            failed.append(get_ident())
            begun.set()
            assert waits.wait(PATIENCE)
            raise MemoryError
        return recognise(picture)

    def waiting() -> None:
        waits.set()
        wait()

    detector._recognise = failing_once  # type: ignore[assignment]
    detector._memory.wait_for_others = waiting  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(detector.read_boxes, frame)
        assert begun.wait(PATIENCE)
        second = threads.submit(detector.read_boxes, frame)
        with pytest.raises(MemoryError):
            first.result(PATIENCE)
        assert LINES[-1] in read(second.result(PATIENCE)).text


def test_other_lines_are_not_waited_for(config: DetectorConfig, draw: Draw) -> None:
    detector = TextDetector(config)
    watched = detector._recognise = Watched(detector)  # type: ignore[assignment]
    frames = [page(draw, "watch free corn"), page(draw, "watch free porn")]  # one letter apart
    with ThreadPoolExecutor(2) as threads:
        corn, porn = threads.map(lambda image: read(detector.read_boxes(image)).text, frames)
    assert "corn" in corn
    assert "porn" in porn
    assert len(watched.threads) == 2
