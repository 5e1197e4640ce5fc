"""Tasks and steps that failed are found by application, however many did not."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Adds the index; it has what failed alone."""
    op.execute("create index on task (sub_app_id, created_at) where err_code <> 0")
