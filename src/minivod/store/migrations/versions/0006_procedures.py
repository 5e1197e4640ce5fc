"""Procedures of applications: what is to be done with a video, under a name."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the table."""
    op.execute(
        """create table procedure_template (
               sub_app_id  bigint not null references sub_app,
               name        text not null,
               comment     text not null,
               task        jsonb not null,             -- wire.process_inputs.MediaProcessTaskInput
               publish     bigint,                     -- SourceDefinition; null: nothing is published
               created_at  timestamptz not null default now(),
               updated_at  timestamptz not null default now(),
               primary key (sub_app_id, name)
           )"""
    )
