"""Text in frames: drawn phrases are found in real frames, and nothing is found where there is none."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from minivod.review.detectors import DetectorConfig
from minivod.review.line_memory import MARGIN, LineMemory
from minivod.review.lines import Box, read
from minivod.review.model import Image, Sample
from minivod.review.text import TextDetector, _joined
from minivod.review.words import WordListError

Draw = Callable[..., Image]
Make = Callable[[float, Image], Sample]
Clip = Callable[[str], list[Sample]]


@pytest.mark.parametrize("size", [14, 20, 36])
@pytest.mark.parametrize(
    ("text", "category", "label"),
    [
        ("watch FREE PORN now", "Porn.Ocr", "porn"),
        ("How to make a b0mb", "Terrorism.Ocr", "how to make a bomb"),
        ("overthrow the government", "Political.Ocr", "overthrow the government"),
        ("这里有免费成人视频", "Porn.Ocr", "成人视频"),
        ("免費成人視頻", "Porn.Ocr", "成人视频"),
        ("教你制造炸弹", "Terrorism.Ocr", "制造炸弹"),
        ("推 翻 政 府", "Political.Ocr", "推翻政府"),
    ],
)
def test_a_drawn_phrase_is_found(
    text_detector: TextDetector, clip: Clip, draw: Draw, still: Make, text: str, category: str, label: str, size: int
) -> None:
    frame = clip("bikes.mp4")[4]
    found = text_detector.inspect(still(7.0, draw(frame.image, text, (30, 120), size)))
    assert (category, label) in {(finding.category, finding.label) for finding in found}
    assert all(finding.confidence >= 90 and finding.start == finding.end == 7.0 for finding in found)


@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4", "carphone_distorted.mp4"])
def test_nothing_is_found_in_neutral_clips(text_detector: TextDetector, clip: Clip, name: str) -> None:
    for sample in clip(name)[::4]:
        assert text_detector.inspect(sample) == []


def test_a_phrase_over_two_lines_and_two_boxes(text_detector: TextDetector, draw: Draw, still: Make) -> None:
    black = np.zeros((360, 640, 3), np.uint8)
    two_lines = draw(draw(black, "HOW TO MAKE", (200, 100), 30), "A BOMB TODAY", (200, 150), 30)
    assert [f.label for f in text_detector.inspect(still(0, two_lines))] == ["how to make a bomb"]
    two_boxes = draw(draw(black, "推翻", (100, 200), 30), "政府", (400, 200), 30)
    assert [f.label for f in text_detector.inspect(still(0, two_boxes))] == ["推翻政府"]


def test_text_that_stays_is_read_once_and_a_change_of_one_letter_is_seen(
    config: DetectorConfig, clip: Clip, draw: Draw, still: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = TextDetector(config)
    read_boxes: list[int] = []
    recognise = detector._recognise  # the expensive part

    def counting(picture: Image) -> Any:
        read_boxes.append(1)
        return recognise(picture)

    monkeypatch.setattr(detector, "_recognise", counting)
    black = np.zeros((360, 640, 3), np.uint8)
    for time in range(5):
        assert detector.inspect(still(time, draw(black, "watch corn", (100, 100), 20))) == []
    assert len(read_boxes) == 1
    assert len(detector.inspect(still(6, draw(black, "watch porn", (100, 100), 20)))) == 1
    assert len(detector.inspect(still(7, draw(black, "watch porn", (100, 100), 20)))) == 1
    assert len(read_boxes) == 2


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_narrow_letter_beside_a_known_word_is_seen(side: str) -> None:
    memory, moved = LineMemory(), MARGIN
    left, top, right, bottom = known = (100, 100, 160, 120)
    before = np.zeros((360, 640, 3), np.uint8)
    before[top:bottom, left:right] = 255
    memory.keep(before, known, ("por", 0.9))
    assert memory.recall(before, (left - moved, top + moved, right, bottom)) == ("por", 0.9)
    wider, after = {
        "left": ((left - moved, top, right, bottom), np.s_[top:bottom, left - moved : left]),
        "right": ((left, top, right + moved, bottom), np.s_[top:bottom, right : right + moved]),
        "top": ((left, top - moved, right, bottom), np.s_[top - moved : top, left:right]),
        "bottom": ((left, top, right, bottom + moved), np.s_[bottom : bottom + moved, left:right]),
    }[side]
    letter = before.copy()
    letter[after] = 255
    assert memory.recall(letter, wider) is None


def test_of_a_long_line_only_the_piece_that_changed_is_read_again(
    config: DetectorConfig, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = TextDetector(config)
    read_widths: list[int] = []
    recognise = detector._recognise

    def counting(picture: Image) -> Any:
        read_widths.append(picture.shape[1])
        return recognise(picture)

    monkeypatch.setattr(detector, "_recognise", counting)
    frame = draw(
        np.zeros((360, 640, 3), np.uint8), "the quick brown fox jumps over the lazy dog and eats corn", (20, 100), 20
    )
    boxes = detector.read_boxes(frame)
    assert read(boxes).text == "the quick brown fox jumps over the lazy dog and eats corn\n"
    assert len(boxes) >= 2
    whole = read_widths.copy()
    read_widths.clear()
    pointed, last = frame.copy(), boxes[-1]
    pointed[int(last.top) + 8 : int(last.top) + 18, int(last.right) - 30 : int(last.right) - 24] = (255, 0, 0)
    found = detector._detect(frame)
    monkeypatch.setattr(detector, "_detect", lambda _: found)  # the pointer may make the box another one
    assert read(detector.read_boxes(pointed)).text.startswith("the quick brown fox jumps over the lazy")
    assert 0 < sum(read_widths) < 0.8 * sum(whole)  # twice, because the pointer makes it less certain


def test_ideographs_that_a_cut_parted_are_one_text() -> None:
    parted = [
        Box(0, 0, 90, 20, "免费成人", 0.99),
        Box(89, 0, 150, 21, "视频 free", 0.9),
        Box(149, 0, 200, 20, "sex", 0.8),
    ]
    assert _joined(parted) == [Box(0, 0, 150, 21, "免费成人视频 free", 0.9), Box(149, 0, 200, 20, "sex", 0.8)]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_long_lines_are_found_however_they_are_turned(
    text_detector: TextDetector, draw: Draw, still: Make, quarters: int
) -> None:
    frame = draw(np.zeros((90, 640, 3), np.uint8), "now learn how to make a bomb at home here", (20, 30), 22)
    found = text_detector.inspect(still(0, np.ascontiguousarray(np.rot90(frame, quarters))))
    assert "how to make a bomb" in {finding.label for finding in found}


def test_a_long_line_that_slants_is_cut_along_it(text_detector: TextDetector, draw: Draw) -> None:
    flat = draw(np.zeros((90, 640, 3), np.uint8), "the quick brown fox jumps over the lazy dog", (20, 30), 20)
    boxes = text_detector.read_boxes(np.asarray(Picture.fromarray(flat).rotate(3, Picture.Resampling.BICUBIC)))
    assert read(boxes).text == "the quick brown fox jumps over the lazy dog\n"
    assert len(boxes) == 2


def test_threads_share_one_detector(config: DetectorConfig, draw: Draw, still: Make) -> None:
    detector = TextDetector(config)
    noise = np.random.default_rng(3).integers(0, 60, (360, 640, 3), np.uint8)
    labels = ["naked girls", "heil hitler", "推翻政府", "制造炸弹"]
    frames = [still(n, draw(noise, label, (20 * n, 40 + 30 * n), 24)) for n, label in enumerate(labels)] * 3
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(detector.inspect, frames))
    assert [[finding.label for finding in findings] for findings in found] == [[label] for label in labels] * 3


def test_nothing_is_fetched(config: DetectorConfig, still: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert TextDetector(config).inspect(still(0, np.zeros((90, 160, 3), np.uint8))) == []


def test_the_operators_lists_decide_what_is_covered(config: DetectorConfig, tmp_path: Path) -> None:
    (tmp_path / "Ad.txt").write_text("buy now")
    assert "Ad.Ocr" in TextDetector(DetectorConfig(config.models_dir, tmp_path)).categories
    (tmp_path / "Adverts.txt").write_text("buy now")
    with pytest.raises(WordListError):
        TextDetector(DetectorConfig(config.models_dir, tmp_path))


def test_boxes_become_lines_and_know_their_scores() -> None:
    boxes = [
        Box(200, 12, 260, 32, "ＢＯＭＢ", 0.6),
        Box(10, 10, 100, 30, "make a", 0.9),
        Box(10, 50, 100, 70, "second", 0.8),
    ]
    frame = read(boxes)
    assert frame.text == "make a bomb\nsecond\n"
    assert frame.confidence(0, 6) == 90
    assert frame.confidence(0, 11) == 60  # as sure as the least sure of its parts


def test_a_frame_without_text() -> None:
    assert read([]).text == ""


def test_a_box_whose_sides_are_not_parallel_is_cut_between_words(
    text_detector: TextDetector, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "the quick brown fox jumps over the lazy dog and eats corn"
    frame = draw(np.zeros((90, 640, 3), np.uint8), words, (20, 30), 20)
    corners = np.array([[[14, 31], [566, 33], [566, 61], [14, 63]]], np.int32)
    monkeypatch.setattr(text_detector, "_detect", lambda _: SimpleNamespace(boxes=corners))
    boxes = text_detector.read_boxes(frame)
    assert len(boxes) >= 2
    assert read(boxes).text == words + "\n"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("side", "missing"), [("top", 4), ("bottom", 2)])
def test_a_phrase_that_is_only_ever_seen_cut_by_the_edge_is_found(
    text_detector: TextDetector, draw: Draw, still: Make, side: str, missing: int, turned: bool
) -> None:
    frame = draw(np.zeros((400, 640, 3), np.uint8), "how to make a bomb", (200, 200), 24)
    ink = np.flatnonzero(frame.any(axis=(1, 2)))
    cut = frame[: ink[-1] + 1 - missing] if side == "bottom" else frame[ink[0] + missing :]
    found = text_detector.inspect(still(0, np.ascontiguousarray(np.rot90(cut, 2 * turned))))
    assert [finding.label for finding in found] == ["how to make a bomb"]


@pytest.mark.parametrize("size", [14, 20])
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the quick brown fox and free porn for the lazy dog", "porn"),
        ("now learn how to make a bomb at home here", "how to make a bomb"),
        ("教你制造炸弹", "制造炸弹"),
    ],
)
def test_phrases_of_lines_that_are_upside_down_are_found_among_others(
    text_detector: TextDetector, draw: Draw, still: Make, text: str, label: str, size: int
) -> None:
    upright = draw(np.zeros((180, 640, 3), np.uint8), "harmless text that is upright", (20, 100), size)
    turned = draw(np.zeros((180, 640, 3), np.uint8), text, (20, 100), size)
    frame = np.concatenate((upright, np.rot90(turned, 2)))
    assert label in [finding.label for finding in text_detector.inspect(still(0, np.ascontiguousarray(frame)))]
