"""The console for tests of its pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import Desk, open_desk


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path) as opened:
        yield opened
