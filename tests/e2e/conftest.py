"""Servers as users start them: `minivod serve` on a data directory of its own."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer, start_local_server

from ..databases import LayDatabase
from .reviewer import Reviewer, serve

OUTSIDE_HERE = {"MINIVOD_EGRESS_NETWORKS": "127.0.0.1/32", "MINIVOD_EGRESS_PORTS": "1-65535"}
"""Settings of a server that may call servers of tests."""
_numbers = itertools.count(1)


@pytest.fixture
def home(open_directory: Path) -> Iterator[Path]:
    """An empty directory that other users can reach, for as long as the test lasts."""
    made = open_directory / f"home-{next(_numbers)}"
    made.mkdir(mode=0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def reviewer() -> Iterator[Reviewer]:
    """Whom the shared server asks about each frame."""
    with serve() as answering:
        yield answering


@pytest.fixture(scope="session")
def server(open_directory: Path, lay_database: LayDatabase, reviewer: Reviewer) -> Iterator[LocalServer]:
    """A running server that tests share; they leave it as they found it."""
    home = open_directory / "shared"
    home.mkdir(mode=0o755)
    lay_database(home / "data")
    with start_local_server(home / "data", OUTSIDE_HERE | reviewer.settings) as running:
        yield running


@pytest.fixture
def env(server: LocalServer) -> dict[str, str]:
    """The environment of a command for the shared server."""
    return {"MINIVOD_DATA_DIR": str(server.log.with_suffix(""))}
