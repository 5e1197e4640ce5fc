"""Endpoints on stores of their own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ..wire.wire import Wire, open_wire
from .s3 import S3, running


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A server of S3, which this process and its children find in their environment."""
    with running() as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        yield server
