"""Pictures by prompts: a CLIP-like model of the operator's, which says how well each text describes a frame."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from minivod.review.clip_prompts import ClipError, Prompts, read_prompts
from minivod.review.detectors import DetectorConfig
from minivod.review.inference import session
from minivod.review.model import DetectorUnavailable, Finding, Image, Sample

VISION, TEXT, TOKENIZER, PROMPTS = "vision_model.onnx", "text_model.onnx", "tokenizer.json", "prompts.toml"
"""Files of the directory; the first three are as exports for ONNX Runtime name them."""
PREPROCESSOR = "preprocessor_config.json"
"""Optional: what the model was trained with; without it what the first CLIP was."""
_SIDE = 224
_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_GREY = np.full((_SIDE, _SIDE, 3), 127, np.uint8)

Vectors = NDArray[np.float32]

NO_MODEL = (
    "no free model for it is known; the setting clip_dir takes a CLIP-like model of yours, and a package with an entry "
    "point of the group minivod.detectors can add a detector (docs/review.md)"
)


class ClipDetector:
    """Reports for each category of the prompts how much of the likeness falls to them, 0-100.

    Raises `ClipError`, a `SettingsError`, where the setting `clip_dir` names a model that cannot be used: better no
    start than a review that sees nothing. Without the setting it is unavailable.
    """

    name = "clip"
    categories = frozenset({"Terrorism", "Political"})

    def __init__(self, config: DetectorConfig) -> None:
        if config.clip_dir is None:
            raise DetectorUnavailable(NO_MODEL)
        directory = config.clip_dir
        prompts = read_prompts(directory / PROMPTS)
        self.categories = frozenset(prompts.categories)
        self._vision = _Vision(directory, config.threads)
        self._texts = _text_vectors(directory, prompts, config.threads)
        self._prompts = prompts
        size, other = self._vision.vector(_GREY).shape[0], self._texts.shape[1]
        if size != other:
            raise ClipError(
                f"{directory / VISION} gives vectors of {size} numbers and {directory / TEXT} of {other}: "
                "they do not belong together"
            )

    def inspect(self, sample: Sample) -> Sequence[Finding]:
        """One finding for each category, labelled with the prompt that fits best, unless it rounds to zero."""
        shares = self.shares(sample.image)
        found: list[Finding] = []
        for category, texts in self._prompts.categories.items():
            scores = [shares[text] for text in texts]
            confidence = round(100 * min(sum(scores), 1.0), 1)
            if confidence > 0:
                found.append(Finding.at(sample, category, texts[int(np.argmax(scores))], confidence))
        return found

    def shares(self, image: Image) -> dict[str, float]:
        """How much of the likeness falls to each prompt; together 1."""
        likeness = self._prompts.scale * (self._texts @ self._vision.vector(image))
        odds = np.exp(likeness - likeness.max())
        return dict(zip(self._prompts.texts, (odds / odds.sum()).tolist(), strict=True))


class _Preparation(NamedTuple):
    """What is done to a frame: the whole of it is scaled to a square, so that nothing at its sides is missed."""

    side: int
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def apply(self, image: Image) -> NDArray[np.float32]:
        """1 x 3 x side x side."""
        scaled = Picture.fromarray(image).resize((self.side, self.side), Picture.Resampling.BICUBIC)
        pixels = (np.asarray(scaled, np.float32) / 255 - self.mean) / self.deviation
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[np.newaxis], np.float32)


class _Vision:
    """The half of the model that looks."""

    def __init__(self, directory: Path, threads: int) -> None:
        self._path = directory / VISION
        self._session = _session(self._path, threads)
        inputs = self._session.get_inputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(shape) != 4 or shape[1] not in (3, "3"):
            told = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
            raise ClipError(f"{self._path} must take one picture, tensor(float) [1, 3, side, side], not {told}")
        self._name = inputs[0].name
        self._preparation = _preparation(directory, shape[2] if isinstance(shape[2], int) else None)

    def vector(self, image: Image) -> Vectors:
        """The picture as a vector of length 1."""
        return _vector(self._session, {self._name: self._preparation.apply(image)}, "image_embeds", self._path)


def _preparation(directory: Path, side: int | None) -> _Preparation:
    path = directory / PREPROCESSOR
    told: dict[str, Any] = {}
    if path.exists():
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            size = told.get("crop_size", told.get("size", _SIDE))
            if isinstance(size, dict):
                size = size.get("height", size.get("shortest_edge", _SIDE))
            mean, deviation = (np.array(told[name], np.float32) for name in ("image_mean", "image_std"))
            if mean.shape != (3,) or deviation.shape != (3,) or not (deviation > 0).all() or int(size) < 1:
                raise ValueError("image_mean and image_std must be three numbers, the size one above 0")
            return _Preparation(side or int(size), mean, deviation)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ClipError(f"{path} cannot be used: {error!r}") from None
    return _Preparation(side or _SIDE, np.array(_MEAN, np.float32), np.array(_DEVIATION, np.float32))


def _text_vectors(directory: Path, prompts: Prompts, threads: int) -> Vectors:
    """Prompts x numbers; computed once, when the detector is made."""
    path = directory / TEXT
    model, tokenizer = _session(path, threads), _tokenizer(directory / TOKENIZER)
    inputs = {one.name: one for one in model.get_inputs()}
    if "input_ids" not in inputs or set(inputs) - {"input_ids", "attention_mask"}:
        raise ClipError(f"{path} must take input_ids, and attention_mask at most beside, not {', '.join(inputs)}")
    shape = inputs["input_ids"].shape
    length = shape[1] if len(shape) == 2 and isinstance(shape[1], int) else None
    vectors = []
    for text in prompts.texts:
        numbers = list(tokenizer.encode(text).ids)
        if not numbers or (length is not None and len(numbers) > length):
            raise ClipError(
                f"the prompt {text!r} has {len(numbers)} tokens; {path} takes 1 to {length or 'any number'}"
            )
        padding = [numbers[-1]] * ((length or 0) - len(numbers))  # CLIP reads the first token of the end
        given = {
            "input_ids": np.array([numbers + padding], np.int64),
            "attention_mask": np.array([[1] * len(numbers) + [0] * len(padding)], np.int64),
        }
        vectors.append(_vector(model, {name: given[name] for name in inputs}, "text_embeds", path))
    return np.stack(vectors)


def _vector(model: Any, given: dict[str, NDArray[Any]], wanted: str, path: Path) -> Vectors:
    """What the model gives, as one vector of length 1; raises ClipError where it gives none."""
    names = [one.name for one in model.get_outputs()]
    try:
        found = model.run([wanted if wanted in names else names[0]], given)[0]
    except Exception as error:  # ONNX Runtime has errors of its own, by cause
        raise ClipError(f"{path} does not run: {str(error)[:300]}") from error
    vector = np.asarray(found, np.float32)
    length = float(np.linalg.norm(vector)) if vector.size else 0.0
    if vector.ndim != 2 or len(vector) != 1 or not np.isfinite(length) or length == 0:
        raise ClipError(f"{path} must give one vector of numbers that are not all 0, not {list(vector.shape)}")
    unit: Vectors = vector[0] / np.float32(length)
    return unit


def _session(path: Path, threads: int) -> Any:
    if not path.is_file():
        raise ClipError(f"the setting clip_dir names {path.parent}, in which there is no {path.name}")
    try:
        return session(str(path), threads)
    except Exception as error:
        raise ClipError(f"{path} is no model that ONNX Runtime can load: {str(error)[:300]}") from error


def _tokenizer(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ClipError(
            f"the setting clip_dir needs tokenizers ({error}); `pip install 'minivod[clip]'` brings it"
        ) from error
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise ClipError(f"{path} is no tokenizer: {str(error)[:300]}") from error
