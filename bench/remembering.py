"""Remembers on disk what models said of pictures, so that a changed rule is measured without running them again."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minivod.review.detectors import DetectorConfig
from minivod.review.lines import Box
from minivod.review.model import Image
from minivod.review.nudity import NudityDetector
from minivod.review.text import TextDetector

_PATIENCE = 60.0


class Memory:
    """Answers by what was asked; threads share it, and so do several runs at once."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = off")  # what a crash takes away is computed again
        self._database.execute("create table if not exists answers (asked blob primary key, answer text) without rowid")
        self._lock = threading.Lock()

    def answer(self, who: bytes, asked: bytes, ask: Callable[[], Any]) -> Any:
        """What is known, or what `ask` says; it must be JSON."""
        known = self.recall(who, asked)
        return self.keep(who, asked, ask()) if known is None else known

    def recall(self, who: bytes, asked: bytes) -> Any:
        """What is known; None if nothing is."""
        with self._lock:
            row = self._database.execute("select answer from answers where asked = ?", (_key(who, asked),)).fetchone()
        return json.loads(row[0]) if row is not None else None

    def keep(self, who: bytes, asked: bytes, answer: Any) -> Any:
        """Remembers and returns the answer."""
        with self._lock:
            entry = (_key(who, asked), json.dumps(answer))
            self._database.execute("insert or replace into answers values (?, ?)", entry)
        return answer

    def close(self) -> None:
        """Ends it."""
        with self._lock:
            self._database.close()


def _key(who: bytes, asked: bytes) -> bytes:
    return hashlib.sha256(who + b" " + asked).digest()[:16]


class RememberingNudity(NudityDetector):
    """The nudity detector; its models are run once for what they are shown."""

    def __init__(self, config: DetectorConfig, memory: Memory) -> None:
        super().__init__(config)
        self._memory = memory
        other = self.other_score
        if other is not None:
            self.other_score = lambda image: float(memory.answer(b"nsfwjs", _shown(image), lambda: other(image)))

    def score(self, image: Image) -> float:
        """As the model says."""
        model = super().score
        return float(self._memory.answer(b"open_nsfw", _shown(image), lambda: model(image)))


class RememberingText(TextDetector):
    """The text detector; a picture is read once."""

    def __init__(self, config: DetectorConfig, memory: Memory) -> None:
        super().__init__(config)
        self._disk = memory

    def read_boxes(self, image: Image) -> list[Box]:
        """As the model reads."""
        read = super().read_boxes
        return [Box(*box) for box in self._disk.answer(b"text", _shown(image), lambda: read(image))]


def _shown(image: Image) -> bytes:
    return f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()
