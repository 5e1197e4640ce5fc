"""Templates of applications, and the numbers that each application has given to its own."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables. A number that was given is never given again, so its row outlives the templates."""
    op.execute(
        """create table template_number (
               sub_app_id  bigint primary key references sub_app,
               last        bigint not null             -- the latest definition
           )"""
    )
    op.execute(
        """create table template (
               sub_app_id  bigint not null references sub_app,
               kind        text not null,              -- templates.kind.Kind.name
               definition  bigint not null,
               name        text not null,
               comment     text not null,
               body        jsonb not null,             -- the kind's settings
               object_key  text,                       -- the picture of a watermark
               created_at  timestamptz not null default now(),
               updated_at  timestamptz not null default now(),
               primary key (sub_app_id, definition)
           )"""
    )
    op.execute("create index on template (sub_app_id, kind, definition)")
    op.execute("create unique index on template (object_key)")
