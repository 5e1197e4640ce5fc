"""Stages for the matrices of what is reachable: one for all tests of a module, and one for a single test.

The tests of a module have one event loop, that of its stage.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ..databases import Databases
from ..unit.playback.stage import Stage, open_stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """For tests that look at videos of their own alone, and do nothing to the account."""
    with databases.lent() as url:
        async with open_stage(url, tmp_path_factory.mktemp("stage") / "objects") as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def own_stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For the others."""
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened
