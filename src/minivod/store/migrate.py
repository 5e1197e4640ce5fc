"""Brings the database's schema up to date, one process at a time (advisory lock)."""

from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext

_LOCK = 0x6D696E69766F64  # "minivod"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(url: str) -> tuple[str | None, str | None]:
    """Applies the missing migrations under a lock that other processes wait for.

    Args:
        url: a postgresql:// URL.

    Returns:
        The revisions before and after; None is an empty database.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", [_LOCK])
        engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
        config = _config()
        try:
            with engine.connect() as connection:
                before = MigrationContext.configure(connection).get_current_revision()
                connection.rollback()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                after = MigrationContext.configure(connection).get_current_revision()
        finally:
            engine.dispose()
    return before, after
