"""The stage for tests of playback."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from .stage import Stage, open_stage

OpenStage = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


@pytest.fixture
def stage_with(database_url: str, tmp_path: Path) -> OpenStage:
    """A stage with other settings."""

    def with_settings(**settings: Any) -> AbstractAsyncContextManager[Stage]:
        return open_stage(database_url, tmp_path / "objects", **settings)

    return with_settings
