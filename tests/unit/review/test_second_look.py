"""A second look: the rule that joins opinions, and harmless frames that one look takes for nudity."""

from collections.abc import AsyncIterator, Callable
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Picture

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.review.detectors import DetectorConfig, DetectorSet
from minivod.review.model import Image, Sample
from minivod.review.nudity import NudityDetector
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.review.second_look import MOST_DOUBT, SUSPICIOUS, look_again

from ...clips import CLIPS
from ...waiting import PATIENCE

Make = Callable[[float, Image], Sample]

FRAME: Image = np.zeros((40, 64, 3), np.uint8)
FRAME[:, :32] = 200  # so that its mirror image is another one


class Model:
    """Answers by what it is shown, and remembers what that was."""

    def __init__(self, **answers: float) -> None:
        self.answers = {"plain": 90.0, "mirrored": 90.0, "denoised": 90.0, "cells": 90.0} | answers
        self.shown: list[str] = []

    def score(self, image: Image) -> float:
        if image.shape[:2] == (256, 256):
            self.shown.append("denoised")
        elif image.shape[:2] == (20, 32):
            self.shown.append("cells")
        else:
            self.shown.append("plain" if image[0, 0, 0] else "mirrored")
        return self.answers[self.shown[-1]]


def test_what_every_way_of_looking_upholds_keeps_its_score() -> None:
    model, other = Model(), Model()
    looked = look_again(FRAME, 90, model.score, other.score)
    assert looked.confidence == 90
    assert looked.opinions == {"first": 90, "mirrored": 90, "denoised": 90, "nsfwjs": 100, "cells": 100}
    assert (model.shown, other.shown) == (["mirrored", "denoised", "cells"], ["plain"])  # one view of each is enough


@pytest.mark.parametrize("doubt", ["mirrored", "denoised", "cells", "nsfwjs"])
@pytest.mark.parametrize(("answer", "confidence"), [(36.0, 72.0), (20.0, 50.0), (0.0, 50.0)])
def test_the_lowest_opinion_counts_but_takes_no_more_than_the_bound(
    doubt: str, answer: float, confidence: float
) -> None:
    whole = doubt in ("mirrored", "denoised")  # the others count twice
    model = Model(**{} if doubt == "nsfwjs" else {doubt: answer * 2 if whole else answer})
    other = Model(**dict.fromkeys(("plain", "denoised"), answer)) if doubt == "nsfwjs" else Model()
    looked = look_again(FRAME, 90, model.score, other.score)
    assert looked.confidence == confidence
    assert looked.confidence >= 90 - MOST_DOUBT
    assert min(looked.opinions, key=lambda name: looked.opinions[name]) == doubt


def test_nothing_is_asked_that_cannot_change_the_outcome() -> None:
    model, other = Model(mirrored=10.0), Model()
    looked = look_again(FRAME, 90, model.score, other.score)
    assert (looked.confidence, looked.opinions) == (50, {"first": 90, "mirrored": 10})
    assert (model.shown, other.shown) == (["mirrored"], [])


def test_one_view_is_enough_for_an_opinion() -> None:
    scores = iter([90.0, 10.0, 95.0, 3.0, 4.0, 60.0])  # mirrored; two denoised; cells, of which the third is seen
    looked = look_again(FRAME, 90, lambda image: next(scores))
    assert (looked.confidence, looked.opinions["denoised"], looked.opinions["cells"]) == (90, 95, 100)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 640, 3), (360, 3, 3)])
def test_frames_of_any_shape_are_looked_at(config: DetectorConfig, shape: tuple[int, int, int]) -> None:
    detector = NudityDetector(config)
    image: Image = np.full(shape, 128, np.uint8)
    assert 60 <= look_again(image, 100, detector.score, detector.other_score).confidence <= 100


def made(clip: str, filters: str, size: tuple[int, int]) -> list[Image]:
    """Two frames a second of a clip as a filter of ffmpeg leaves them."""
    chain = f"fps=2,{filters},scale={size[0]}:{size[1]}"
    argv: list[str | Path] = [ffmpeg_path(), "-v", "error", "-i", CLIPS / clip, "-vf", chain, "-frames:v", "10"]
    done = run_trusted([*argv, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3))


def sheet(clip: str) -> list[Image]:
    """Twenty frames, five in a row."""
    with av.open(str(CLIPS / clip)) as container:
        chosen = islice(container.decode(video=0), 0, 120, 6)
        cells = [Picture.fromarray(frame.to_ndarray(format="rgb24", width=124, height=86)) for frame in chosen]
    whole = Picture.new("RGB", (640, 360))
    for number, cell in enumerate(cells):
        whole.paste(cell, (number % 5 * 128 + 2, number // 5 * 90 + 2))
    return [np.asarray(whole)]


@pytest.mark.parametrize(
    ("clip", "filters", "size", "chosen"),
    [
        pytest.param("bikes.mp4", "noise=alls=80:allf=t", (640, 272), (6, 8), id="grain on a street"),
        pytest.param("carphone_pristine.mp4", "noise=alls=40:allf=t", (176, 144), (0, 3), id="grain on a face"),
        pytest.param("carphone_distorted.mp4", "hflip,vflip", (176, 144), (1, 7), id="a face upside down"),
        pytest.param("bigbuckbunny.mp4", "gblur=8", (640, 360), (8, 9), id="an animation, blurred"),
        pytest.param("bigbuckbunny.mp4", "hue=s=0", (640, 360), (2, 9), id="an animation in grey"),
        pytest.param("bigbuckbunny.mp4", "noise=alls=60:allf=t", (640, 360), (7, 9), id="grain on an animation"),
        pytest.param("bigbuckbunny.mp4", "sheet", (640, 360), (0, 0), id="a contact sheet of an animation"),
    ],
)
async def test_harmless_frames_that_look_suspicious_at_first_pass(
    second_opinion: DetectorConfig, still: Make, clip: str, filters: str, size: tuple[int, int], chosen: tuple[int, ...]
) -> None:
    images = sheet(clip) if filters == "sheet" else made(clip, filters, size)
    detector = NudityDetector(second_opinion)
    samples = [still(float(number), images[index]) for number, index in enumerate(chosen)]

    async def stream() -> AsyncIterator[Sample]:
        for sample in samples:
            yield sample

    assert max(detector.score(sample.image) for sample in samples) >= SUSPICIOUS
    record = (await review(stream(), DetectorSet((detector,)), Policy())).record
    assert record.decision == "Pass", record.message
    assert 1 <= record.second_looks <= len(samples)
    assert all(finding.opinions["first"] >= 60 > finding.confidence for finding in record.findings)


def test_frames_without_suspicion_are_looked_at_once(
    config: DetectorConfig, clip: Callable[[str], list[Sample]]
) -> None:
    class Counting(NudityDetector):
        shown = 0

        def score(self, image: Image) -> float:
            self.shown += 1
            return super().score(image)

    detector, samples = Counting(config), clip("bikes.mp4")[::8]
    assert all(not finding.opinions for sample in samples for finding in detector.inspect(sample))
    assert detector.shown == len(samples)
