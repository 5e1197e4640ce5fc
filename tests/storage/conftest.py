"""Endpoints on stores of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ..wire.wire import Wire, open_wire


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened
