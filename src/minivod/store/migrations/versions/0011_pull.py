"""The queue of pulls from URLs has a floor of virtual time, as the others have."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Tasks of pulls are rows of `task` as others are."""
    op.execute("insert into fair_share (app_id, queue, virtual_time) values (0, 'pull', 0)")
