"""What reviews by ReviewAudioVideo came to, for DescribeMediaInfos."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Creates the table; tasks of reviews are rows of `task` as others are."""
    op.execute(
        """create table media_review (
               file_id     text not null references media on delete cascade,
               sub_app_id  bigint not null references sub_app,
               content     text not null check (content in ('Media', 'Cover')),
               subject     text not null,             -- what was reviewed: the key of its object, never used again
               definition  bigint not null,           -- of the template
               suggestion  text not null check (suggestion in ('pass', 'review', 'block')),
               types       text[] not null,           -- Form.Label, the worst first
               reviewed_at timestamptz not null default now(),
               primary key (file_id, content)
           )"""
    )
    op.execute("create index on media_review (sub_app_id)")
