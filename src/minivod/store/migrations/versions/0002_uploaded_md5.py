"""The MD5 of the whole of an uploaded object, which an ETag is not after a multipart upload."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the column; it is empty for objects that were uploaded before, whose MD5 CommitUpload then takes."""
    op.execute("alter table uploaded_object add column md5 text not null default ''")
