"""Verdicts of reviews, which count again for what was made of the same source."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Creates the table; nothing of it outlives the video."""
    op.execute(
        """create table verdict (
               subject     text primary key,              -- what was reviewed: keys of its objects, never used again
               file_id     text not null references media on delete cascade,
               digest      text not null,                 -- of everything that a verdict depends on (review.digest)
               record      jsonb not null,                -- as in review_record
               created_at  timestamptz not null default now()
           )"""
    )
    op.execute("create index on verdict (file_id)")
