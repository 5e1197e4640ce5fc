"""A real PostgreSQL for the whole run, and an empty, migrated database for each test that asks for one."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.store import migrate

_TEMPLATE = "minivod_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A directory with a short path that other users can reach (pytest's own ones are closed to them)."""
    directory = Path(tempfile.mkdtemp(prefix="minivod-test-", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(open_directory: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL with a migrated database that others are copied from."""
    home = open_directory / "database"
    home.mkdir(mode=0o755)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"create database {_TEMPLATE}")
        migrate.upgrade(url_of(server, _TEMPLATE))
        yield server
    finally:
        server.stop()


def url_of(server: EmbeddedPostgres, database: str) -> str:
    """The URL of a database of that server."""
    return server.url.replace("/postgres?", f"/{database}?", 1)


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of an empty, migrated database of the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE}")
        yield url_of(postgres, name)
        connection.execute(f"drop database {name} with (force)")
