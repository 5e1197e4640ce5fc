"""The console's users and sessions, and what it lists publications by."""

from alembic import op

revision = "0020"
down_revision = "0017"

_CONSOLE = """
create table console_user (
    name          text primary key,
    role          text not null check (role in ('viewer', 'reviewer', 'admin')),
    password_hash text not null,                        -- Argon2id with its parameters and salt
    enabled       boolean not null default true,
    created_at    timestamptz not null default now(),
    password_at   timestamptz not null default now()    -- when the password was set
);
create table console_session (                          -- who is signed in, by which browser
    token_hash    bytea primary key,                    -- SHA-256 of what the cookie holds
    user_name     text not null references console_user on delete cascade,
    created_at    timestamptz not null default now(),
    seen_at       timestamptz not null default now(),   -- of the latest request of a person, to a minute
    address       text not null,
    browser       text not null                         -- as it calls itself
);
create index on console_session (user_name);
create index on console_session (seen_at);
create index on publication (updated_at, file_id);
create index on publication (state, updated_at, file_id);
create index on review_record (file_id) where record -> 'summary' @> '[{"Suggestion": "review"}]';
"""


def upgrade() -> None:
    """Makes the tables and the indexes."""
    op.get_bind().connection.cursor().execute(_CONSOLE)
