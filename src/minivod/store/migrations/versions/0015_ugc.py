"""Uploads by upload signatures: those that may be used once, and keys that a session got later."""

from alembic import op

revision = "0015"
down_revision = "0014"

_SIGNATURES = """
create table upload_signature (                         -- one with oneTimeValid that was used
    digest      bytea primary key,                      -- SHA-256 of it
    session_key text not null,                          -- that it opened or resumed; the session may be gone
    expires_at  timestamptz not null                    -- from then on its own expireTime refuses it
);
create index on upload_signature (expires_at);
"""
_KEYS = """
alter table upload add key_expires_at timestamptz;      -- of secret_id; null: it lives as long as the session
create table upload_key (                               -- a temporary key that was given when a session was resumed
    secret_id   text primary key,
    secret_key  text not null,
    token       text not null,
    session_key text not null references upload on delete cascade,
    expires_at  timestamptz not null
);
create index on upload_key (session_key);
"""


def upgrade() -> None:
    """Makes the tables; keys of sessions that are open stay as they are."""
    for script in (_SIGNATURES, _KEYS):
        op.get_bind().connection.cursor().execute(script)
