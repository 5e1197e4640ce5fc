"""The spine: Procrastinate's tables, then ours (0001_spine.sql)."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the tables. Procrastinate is pinned to the minor release whose schema this is (pyproject.toml)."""
    for script in (
        SchemaManager.get_schema(),
        Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
    ):
        op.get_bind().connection.cursor().execute(script)  # the driver itself: many statements, no parameters
