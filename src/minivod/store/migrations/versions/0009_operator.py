"""The operator's word: its audit table, what rejected videos keep to be approved, policies, and news of withdrawals."""

from alembic import op

revision = "0009"
down_revision = "0008"

_DECISION = """
create table review_decision (                          -- what operators said; nothing changes or deletes a row
    decision_id bigint primary key generated always as identity,
    made_at     timestamptz not null default now(),
    sub_app_id  bigint not null,                        -- no references: this outlives what it tells of
    file_id     text not null,
    word        text not null check (word in ('approve', 'reject', 'reset', 'again')),
    made_by     text not null check (made_by <> ''),
    reason      text not null check (reason <> ''),
    task_id     text,                                   -- of the publication that it found
    state_before text,                                  -- of that publication; null: there was none
    state_after text,
    types       text[] not null default '{}',           -- of ReviewSummary, for which it was rejected
    subject     text not null default '',               -- what it speaks of: keys of the objects that were reviewed
    source_md5  text not null default '',               -- of the original
    source_size bigint not null default 0               -- bytes
);
create index on review_decision (file_id, decision_id);
create index on review_decision (sub_app_id, source_md5, source_size, decision_id) where source_md5 <> '';
create table review_policy (                            -- the newest row of an application holds; rows stay
    version     bigint primary key generated always as identity,
    made_at     timestamptz not null default now(),
    sub_app_id  bigint not null,
    policy      jsonb,                                  -- review.rules.Rules; null: that of the settings again
    made_by     text not null check (made_by <> ''),
    reason      text not null
);
create index on review_policy (sub_app_id, version);
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are kept as they are', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger kept_for_ever before update or delete or truncate on review_decision
    for each statement execute function refuse_change();
create trigger kept_for_ever before update or delete or truncate on review_policy
    for each statement execute function refuse_change();
"""
_KEPT = """
create table kept_publication (                         -- what a rejected video would play as; it plays nowhere
    file_id     text primary key references media on delete cascade,
    sub_app_id  bigint not null references sub_app,
    definition  bigint not null,
    object_key  text not null,                          -- this and the next four as in publication
    cover_key   text,
    files       text[] not null default '{}',
    metadata    jsonb,
    reviewed_source text,
    expires_at  timestamptz not null
);
create index on kept_publication (expires_at);
"""
_NEWS = """
create function notify_withdrawal() returns trigger language plpgsql as $$
begin
    perform pg_notify('minivod_withdrawal', old.file_id);
    return null;
end $$;
create trigger withdrawal_notify after update or delete on publication
    for each row when (old.state = 'PASS') execute function notify_withdrawal();
"""


def upgrade() -> None:
    """Makes the tables; publications that were rejected before keep nothing, and are made again when approved."""
    for script in (_DECISION, _KEPT, _NEWS):
        op.get_bind().connection.cursor().execute(script)
