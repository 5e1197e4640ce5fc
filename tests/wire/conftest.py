"""The endpoint for tests of the wire."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from .wire import Wire, open_wire

OpenWire = Callable[..., AbstractAsyncContextManager[Wire]]


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


@pytest.fixture
def wire_with(database_url: str, tmp_path: Path) -> OpenWire:
    """An endpoint with other settings."""

    def with_settings(**settings: Any) -> AbstractAsyncContextManager[Wire]:
        return open_wire(database_url, tmp_path, **settings)

    return with_settings
