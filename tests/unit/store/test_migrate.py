"""The schema is brought up to date once, whoever comes first; whoever finds it so does not load what migrates."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.store import migrate

from ...databases import url_of
from ...waiting import PATIENCE


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database in which nothing is yet."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("create database test_migrate")
        yield url_of(postgres, "test_migrate")
        connection.execute("drop database test_migrate with (force)")


def test_several_at_once(empty: str) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(migrate.upgrade, [empty] * 3))
    assert sorted(done, key=str) == [(migrate.head(), migrate.head())] * 2 + [(None, migrate.head())]
    with psycopg.connect(empty) as connection:
        assert connection.execute("select count(*) from fair_share").fetchone() == (3,)


def test_the_head_is_that_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.head()


def test_a_database_that_is_up_to_date_costs_no_library(database_url: str) -> None:
    program = (
        f"import sys; from minivod.store import migrate; print(migrate.upgrade({database_url!r})); "
        "print([name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout.decode() == f"{(migrate.head(), migrate.head())}\n[]\n"
