"""Callbacks: how an application is told of its events, which of them are sent by HTTP, and what was answered."""

from alembic import op

revision = "0013"
down_revision = "0012"

_CONFIG = """
create table event_config (                             -- of an application that differs from a new one
    sub_app_id  bigint primary key references sub_app,
    mode        text not null default 'PULL' check (mode in ('PULL', 'PUSH')),
    url         text not null default '',
    url_since   timestamptz not null default now(),
    on_upload   boolean,                                -- null: as the setting event_on_upload says
    on_delete   boolean,                                -- likewise
    sign_key    text not null default '',               -- for Sign and T in callbacks; empty: they have none
    secret      text not null,                          -- whsec_…, for the header webhook-signature
    old_secret  text,                                   -- signs too, until:
    old_until   timestamptz,
    failing     boolean not null default false,         -- the last call failed
    gone_url    text not null default '',               -- the URL that was taken out because it answered 410, and
    gone_at     timestamptz                             -- when
);
"""
_EVENTS = """
alter table event add column by_push boolean not null default false;    -- sent by HTTP; PullEvents does not give it
alter table event add column message_id text not null default 'evt_' || replace(gen_random_uuid()::text, '-', '');
create unique index on event (message_id);
drop index event_sub_app_id_visible_at_event_id_idx;
create index on event (sub_app_id, visible_at, event_id) where confirmed_at is null and not by_push;
create index on event (sub_app_id, created_at);
create index on event (created_at) where not by_push;
"""
_DELIVERIES = """
create table event_delivery (                           -- an event that is sent by HTTP
    event_id    bigint primary key references event on delete cascade,
    sub_app_id  bigint not null references sub_app,
    state       text not null default 'WAITING'         -- QUEUED: handed over to PullEvents
                check (state in ('WAITING', 'DELIVERED', 'FAILED', 'QUEUED')),
    failures    int not null default 0,                 -- since began_at: the place in the schedule
    began_at    timestamptz not null default now(),
    due_at      timestamptz not null default now(),
    lease       uuid,                                   -- of the worker that calls now
    leased_until timestamptz
);
create index on event_delivery (sub_app_id, due_at, event_id) where state = 'WAITING';
create index on event_delivery (began_at) where state = 'WAITING';
create index on event_delivery (sub_app_id) where lease is not null;
create index on event_delivery (event_id) where state = 'FAILED';
create table event_call (                               -- the log of deliveries
    call_id     bigint primary key generated always as identity,
    event_id    bigint not null references event on delete cascade,
    made_at     timestamptz not null,
    url         text not null,                          -- without its query
    status      int,                                    -- of the answer; null: there was none
    seconds     float8 not null,
    error       text not null,                          -- the kind of failure, empty: delivered
    words       text not null                           -- the failure in a sentence
);
create index on event_call (event_id, call_id);
create function notify_delivery() returns trigger language plpgsql as $$
begin
    perform pg_notify('minivod_delivery', new.sub_app_id::text);
    return null;
end $$;
create trigger delivery_notify after insert on event_delivery for each row execute function notify_delivery();
"""


def upgrade() -> None:
    """Makes the tables; events that are there stay where PullEvents finds them."""
    for script in (_CONFIG, _EVENTS, _DELIVERIES):
        op.get_bind().connection.cursor().execute(script)
