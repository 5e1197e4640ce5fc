"""Applications with a description, a state and tags."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the columns; an application that exists is On."""
    op.execute(
        """alter table sub_app
               add description text not null default '',
               add status      text not null default 'On' check (status in ('On', 'Off', 'Destroying', 'Destroyed')),
               add tags        jsonb not null default '[]'      -- ResourceTag as on the wire
        """
    )
    op.execute("create index on sub_app (sub_app_id) where status = 'Destroying'")
