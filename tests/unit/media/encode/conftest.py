"""Encodes clips in directories of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from minivod.media.encode import Cut, Made, transcode
from minivod.media.probe import probe
from minivod.media.sandbox import Sandbox
from minivod.media.watermarks import Mark
from minivod.templates.transcode import Transcode

from .recipes import template


class Encode(Protocol):
    """Makes a rendition of a clip; `settings` are what differs from an ordinary template."""

    async def __call__(
        self,
        source: Path,
        asked: Transcode | None = None,
        *,
        start: float = 0.0,
        end: float | None = None,
        marks: Sequence[Mark] = (),
        told: list[float] | None = None,
        **settings: Any,
    ) -> Made: ...


@pytest.fixture
def encode(sandbox: Sandbox, tmp_path: Path) -> Encode:
    places = iter(range(100))

    async def run(
        source: Path,
        asked: Transcode | None = None,
        *,
        start: float = 0.0,
        end: float | None = None,
        marks: Sequence[Mark] = (),
        told: list[float] | None = None,
        **settings: Any,
    ) -> Made:
        place = tmp_path / f"out{next(places)}"
        place.mkdir()
        return await transcode(
            sandbox,
            source,
            await probe(sandbox, source),
            asked or template(**settings),
            cut=Cut(start=start, end=end),
            marks=marks,
            place=place,
            threads=2,
            on_progress=(told if told is not None else []).append,
        )

    return run


Clip = Callable[..., Path]
