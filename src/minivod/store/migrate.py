"""Brings the database's schema up to date, one process at a time (advisory lock)."""

from pathlib import Path

import psycopg

_LOCK = 0x6D696E69766F64  # "minivod"
_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> tuple[str | None, str | None]:
    """Applies the missing migrations under a lock that other processes wait for.

    Args:
        url: a postgresql:// URL.

    Returns:
        The revisions before and after; None is an empty database.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", [_LOCK])
        before = _revision(guard)
        if before != head():
            _migrate(url)
        return before, _revision(guard)


def head() -> str:
    """The revision of the newest migration; their files are named by their revisions."""
    return max(path.stem.split("_")[0] for path in _MIGRATIONS.glob("versions/*.py"))


def _revision(connection: psycopg.Connection) -> str | None:
    exists = connection.execute("select to_regclass('alembic_version')").fetchone()
    if exists is None or exists[0] is None:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _migrate(url: str, revision: str = "head") -> None:
    import sqlalchemy  # half a second that no command should take from whose database is up to date
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()
