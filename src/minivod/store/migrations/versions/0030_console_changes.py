"""What users of the console have changed: an audit table of its own, beside that of decisions on videos."""

from alembic import op

revision = "0030"
down_revision = "0020"

_CHANGES = """
create table console_change (                           -- what users of the console asked for; rows stay as they are
    change_id  bigint primary key generated always as identity,
    made_at    timestamptz not null default now(),
    made_by    text not null check (made_by <> ''),
    sub_app_id bigint,                                  -- no references: this outlives what it tells of; null: none
    action     text not null check (action <> ''),      -- of the API, or of the console alone
    about      text not null default '',                -- FileId, TaskId, or what else it changes
    parameters jsonb not null default '{}'              -- without secrets
);
create table console_outcome (                          -- what came of it; missing: the server stopped meanwhile
    change_id  bigint primary key references console_change,
    ended_at   timestamptz not null default now(),
    code       text not null,                           -- of the error; empty: it was done
    message    text not null default ''
);
create index on console_change (about, change_id);
create trigger kept_for_ever before update or delete or truncate on console_change
    for each statement execute function refuse_change();
create trigger kept_for_ever before update or delete or truncate on console_outcome
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    """Makes the tables."""
    op.get_bind().connection.cursor().execute(_CHANGES)
