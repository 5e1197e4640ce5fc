"""What of a video plays beside its published file: the source that was reviewed; and publications of several files."""

from alembic import op

revision = "0007"
down_revision = "0006"

_PUBLICATION = """
alter table publication
    add column reviewed_source text,                    -- the original that the review has seen whole; null: it has not
    add column files text[] not null default '{}',      -- of HLS: names beside object_key, which is that of the first
    add check (state = 'PASS' or (reviewed_source is null and files = '{}'));
"""


def upgrade() -> None:
    """Earlier publications keep null: their results play once they are published anew."""
    op.get_bind().connection.cursor().execute(_PUBLICATION)
