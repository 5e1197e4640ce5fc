"""Which worker has a task, so that its supervisor can hand its tasks on when it dies; and when tasks are forgotten."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the column, which is null for workers without a supervisor, and an index for the janitor."""
    op.execute("alter table task add column worker text")
    op.execute("create index on task (worker) where status = 'PROCESSING'")
    op.execute("create index on task (finished_at) where status = 'FINISH'")
