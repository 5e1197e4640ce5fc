"""Pictures by prompts: a tiny model that knows three colours, and what is told of models and prompts that are wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from minivod.cli.checks import check_review
from minivod.review.clip import PREPROCESSOR, PROMPTS, TEXT, TOKENIZER, VISION, ClipDetector
from minivod.review.clip_prompts import ClipError
from minivod.review.detectors import DetectorConfig, make_detectors
from minivod.review.model import Image, Sample
from minivod.review.onnx_writer import Graph
from minivod.settings import Settings, SettingsError

Make = Callable[[float, Image], Sample]
WORDS = {"red": (1, -1, -1), "green": (-1, 1, -1), "blue": (-1, -1, 1), "flag": (0, 0, 0), "[UNK]": (0, 0, 0)}
PROMPT_FILE = 'harmless = ["blue"]\nTerrorism = ["red flag", "red"]\nPolitical = ["green"]\nscale = 20\n'


def vision(*shape: int) -> bytes:
    """The mean colour of a picture."""
    graph = Graph("pixel_values", shape)
    return graph.model(graph.node("Flatten", [graph.node("GlobalAveragePool", ["pixel_values"])]))


def text(vectors: np.ndarray, *shape: int) -> bytes:
    """The mean of the words' vectors."""
    graph = Graph("input_ids", shape, integers=True)
    found = graph.node("Gather", [graph.constant(vectors), "input_ids"])
    return graph.model(graph.node("ReduceMean", [found], axes=[1], keepdims=0))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory with all that is needed."""
    directory = tmp_path / "clip"
    directory.mkdir()
    (directory / VISION).write_bytes(vision(1, 3, 8, 8))
    (directory / TEXT).write_bytes(text(np.array(list(WORDS.values()), np.float32)))
    (directory / PROMPTS).write_text(PROMPT_FILE)
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(directory / TOKENIZER))
    return directory


def make(directory: Path) -> ClipDetector:
    return ClipDetector(DetectorConfig(directory, clip_dir=directory))


def plain(colour: tuple[int, int, int]) -> Image:
    return np.full((90, 160, 3), colour, np.uint8)


def test_what_fits_a_prompt_is_found_and_what_is_harmless_is_not(model: Path, still: Make) -> None:
    detector = make(model)
    assert detector.categories == {"Terrorism", "Political"}
    red = {one.category: one for one in detector.inspect(still(2.0, plain((255, 0, 0))))}
    assert red["Terrorism"].confidence > 99 and red["Terrorism"].label in ("red", "red flag")
    assert red["Terrorism"].start == 2.0 and "Political" not in red
    assert detector.inspect(still(0.0, plain((0, 0, 255)))) == []
    assert sum(detector.shares(plain((200, 90, 10))).values()) == pytest.approx(1)


def test_all_of_a_frame_counts(model: Path) -> None:
    """Also its sides, which a square out of its middle would not show."""
    image = plain((0, 0, 255))
    image[:, :60], image[:, -60:] = (255, 0, 0), (255, 0, 0)
    shares = make(model).shares(image)
    assert shares["red"] + shares["red flag"] > 0.9


def test_it_counts_as_covered_only_where_there_is_a_model(model: Path) -> None:
    found = make_detectors([("clip", lambda: ClipDetector)], DetectorConfig(model, clip_dir=model))
    assert found.covered == ["Terrorism", "Political"]
    without = make_detectors([("clip", lambda: ClipDetector)], DetectorConfig(model))
    assert without.covered == [] and "clip_dir" in without.uncovered["Terrorism"]
    (model / PROMPTS).write_text('harmless = ["blue"]\nTerrorism = ["red"]\n')
    found = make_detectors([("clip", lambda: ClipDetector)], DetectorConfig(model, clip_dir=model))
    assert found.covered == ["Terrorism"] and "Political" in found.uncovered


def test_what_a_model_was_trained_with_is_used(model: Path) -> None:
    usual = make(model).shares(plain((255, 160, 0)))
    told = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {"shortest_edge": 8}}
    (model / PREPROCESSOR).write_text(json.dumps(told))
    assert make(model).shares(plain((255, 160, 0))) != usual


def test_a_text_model_of_fixed_length(model: Path) -> None:
    (model / TEXT).write_bytes(text(np.array(list(WORDS.values()), np.float32), 1, 2))
    assert make(model).shares(plain((255, 0, 0)))["red"] > 0.4
    (model / PROMPTS).write_text(PROMPT_FILE.replace('"green"', '"green flag flag"'))
    with pytest.raises(ClipError, match=r"'green flag flag' has 3 tokens; .*text_model\.onnx takes 1 to 2"):
        make(model)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (VISION, b"no model", r"vision_model\.onnx is no model that ONNX Runtime can load"),
        (VISION, vision(1, 4, 8, 8), r"must take one picture, .*not pixel_values"),
        (VISION, text(np.ones((5, 3), np.float32)), "must take one picture"),
        (TEXT, vision(1, 3, 8, 8), "must take input_ids"),
        (TEXT, text(np.ones((5, 4), np.float32)), "vectors of 3 numbers and .* of 4"),
        (TEXT, text(np.zeros((5, 3), np.float32)), "numbers that are not all 0"),
        (TEXT, text(np.ones((1, 3), np.float32)), r"text_model\.onnx does not run"),
        (TOKENIZER, b"{}", r"tokenizer\.json is no tokenizer"),
        (PREPROCESSOR, b'{"image_mean": [1]}', r"preprocessor_config\.json cannot be used"),
        (PREPROCESSOR, b'{"image_mean": [0,0,0], "image_std": [0,1,1]}', r"preprocessor_config\.json cannot be used"),
        (PROMPTS, b"harmless = [", r"prompts\.toml: "),
        (PROMPTS, b"\xff", r"prompts\.toml: "),
        (PROMPTS, b'harmless = ["a"]\n', "there must be texts for `harmless`, and for one of Porn, Terrorism"),
        (PROMPTS, b'harmless = []\nTerrorism = ["b"]\n', "there must be texts for `harmless`"),
        (PROMPTS, b'harmless = ["a"]\nTerror = ["b"]\n', "unknown field `Terror`"),
        (PROMPTS, b'harmless = ["a"]\nTerrorism = ["a"]\n', "stands there twice"),
        (PROMPTS, b'harmless = ["a"]\nTerrorism = [" "]\n', "a text is empty"),
        (PROMPTS, b'harmless = ["a"]\nTerrorism = ["b"]\nscale = 0\n', "scale must be above 0"),
    ],
)
def test_what_is_wrong_is_named_and_stops_the_start(model: Path, name: str, content: bytes, message: str) -> None:
    (model / name).write_bytes(content)
    with pytest.raises(ClipError, match=message):
        make_detectors([("clip", lambda: ClipDetector)], DetectorConfig(model, clip_dir=model))
    with pytest.raises(SettingsError, match=message):
        check_review(Settings(clip_dir=str(model)))


@pytest.mark.parametrize("name", [VISION, TEXT, TOKENIZER, PROMPTS])
def test_a_file_that_is_missing_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ClipError, match=name):
        make(model)


def test_a_frame_that_the_model_fails_on_is_no_pass(model: Path, still: Make) -> None:
    told = {"image_mean": [0.0, 0.0, 0.0], "image_std": [1.0, 1.0, 1.0]}
    (model / PREPROCESSOR).write_text(json.dumps(told))
    detector = make(model)
    with pytest.raises(ClipError, match="not all 0"):
        detector.inspect(still(0.0, plain((0, 0, 0))))
