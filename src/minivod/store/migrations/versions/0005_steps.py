"""Tasks with steps, queues, priorities and sessions; what tasks make of a video, in place of the table rendition."""

from alembic import op

revision = "0005"
down_revision = "0004"

_TASK = """
alter table task
    add column parent_id   text,                           -- the task whose step this is; null: a task of its own
    add column ordinal     integer not null default 0,     -- of a step among its siblings, from 1
    add column steps_left  integer not null default 0,     -- steps that have not ended; such a task has no job itself
    add column waits_for   text,                           -- the task that has to end before this one gets a job
    add column queue       text not null default 'media',
    add column priority    integer not null default 0,     -- TasksPriority, -10 to 10
    add column params      jsonb not null default '{}',    -- what it was told
    add column output      jsonb;                          -- what it made
create index on task (parent_id, ordinal) where parent_id is not null;
create index on task (waits_for) where waits_for is not null;
create table task_session (
    sub_app_id  bigint not null references sub_app,
    session_id  text not null,
    created_at  timestamptz not null default now(),
    primary key (sub_app_id, session_id)
);
create index on task_session (created_at);
"""
_SHARE = """
alter table fair_share add column queue text not null default 'media';
alter table fair_share alter column queue drop default;
alter table fair_share drop constraint fair_share_pkey;
alter table fair_share add primary key (app_id, queue);
insert into fair_share (app_id, queue, virtual_time) values (0, 'encode', 0);
"""
_RESULT = """
drop table rendition;
create table media_result (
    file_id     text not null references media on delete cascade,
    sub_app_id  bigint not null references sub_app,
    kind        text not null,                  -- Type of a MediaProcessTaskResult
    definition  bigint not null,                -- of its template
    task_id     text not null,                  -- the step that made it
    prefix      text not null,                  -- of its objects' keys
    files       text[] not null,                -- their names below the prefix
    entry       text not null,                  -- the file that a player opens; empty where there is none
    metadata    jsonb,                          -- media.metadata.MediaMetadata of what can be played
    whole       boolean not null,               -- it shows the source from begin to end, and nothing else
    source_key  text not null,                  -- the original that it was made of
    body        jsonb not null default '{}',    -- what else the wire tells of it
    created_at  timestamptz not null default now(),
    primary key (file_id, kind, definition)
);
create index on media_result (sub_app_id);
"""


def upgrade() -> None:
    """The table rendition was never filled, so nothing is lost with it."""
    for script in (_TASK, _SHARE, _RESULT):
        op.get_bind().connection.cursor().execute(script)
