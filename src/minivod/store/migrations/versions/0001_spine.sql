-- Accounts and their applications, keys, uploads, media, publications, tasks and events.
-- The truth lives in these tables; Procrastinate's own tables only say "run task N now" (they are made by the
-- same migration, see 0001_spine.py).

create table account (
    app_id      bigint primary key,
    enabled     boolean not null default true,
    created_at  timestamptz not null default now()
);

create table sub_app (
    sub_app_id  bigint primary key,               -- the default application's equals the account's app_id
    app_id      bigint not null references account,
    name        text not null,
    play_key    text not null,                    -- signs psign (HS256)
    created_at  timestamptz not null default now()
);
create index on sub_app (app_id);

create table access_key (
    secret_id   text primary key,
    app_id      bigint not null references account,
    secret_key  text not null,                    -- in clear: HMAC needs it; the database is the owner's alone
    token       text,                             -- temporary keys only, with expires_at
    expires_at  timestamptz,
    enabled     boolean not null default true,
    sub_app_ids bigint[],                         -- null: all of the account's
    actions     text[],                           -- null: all
    created_at  timestamptz not null default now(),
    check ((token is null) = (expires_at is null))
);

create table upload (
    session_key text primary key,
    sub_app_id  bigint not null references sub_app,
    secret_id   text not null unique,             -- temporary key that may write media_key and cover_key alone
    secret_key  text not null,
    token       text not null,
    media_key   text not null unique,             -- object names, without a leading slash
    cover_key   text unique,
    media_type  text not null,                    -- lower-case extension
    cover_type  text,
    details     jsonb not null,                   -- what ApplyUpload was told: name, class, contexts, expiry
    file_id     text,                             -- set by CommitUpload
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null
);
create index on upload (expires_at);

-- What a session has uploaded so far. Every PUT writes an object of its own; this row says which one counts, so
-- that nothing can be replaced once CommitUpload has looked at it.
create table uploaded_object (
    object_key  text primary key,                 -- as the uploader names it: media_key or cover_key
    session_key text not null references upload on delete cascade,
    stored_key  text not null,                    -- the object
    size        bigint not null,
    etag        text not null,                    -- MD5, hex, or MD5-parts of a multipart upload
    crc64       text not null,                    -- decimal, as on the wire
    upload_id   text,                             -- the multipart upload that made it
    modified_at timestamptz not null default now()
);
create index on uploaded_object (session_key);

create table multipart_upload (
    upload_id   text primary key,
    object_key  text not null,
    session_key text not null references upload on delete cascade,
    created_at  timestamptz not null default now()
);
create index on multipart_upload (session_key);

create table multipart_part (
    upload_id   text not null references multipart_upload on delete cascade,
    part_number integer not null check (part_number between 1 and 10000),
    etag        text not null,                    -- MD5, hex, without quotes
    size        bigint not null,
    part_key    text not null,                    -- the attempt's own object
    modified_at timestamptz not null default now(),
    primary key (upload_id, part_number)
);

create table media (
    file_id     text primary key,
    sub_app_id  bigint not null references sub_app,
    directory   text not null,                    -- the unguessable part of its URLs
    name        text not null,
    description text not null default '',
    media_type  text not null,                    -- extension of the original
    class_id    bigint not null default 0,
    source_context text not null default '',
    storage_region text not null default '',
    object_key  text,                             -- the original; null once it was deleted
    cover_key   text,
    cover_type  text,
    metadata    jsonb not null,                   -- media.probe.MediaMetadata
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    expires_at  timestamptz
);
create index on media (sub_app_id, created_at);
create index on media (expires_at) where expires_at is not null;

create table rendition (
    file_id     text not null references media on delete cascade,
    sub_app_id  bigint not null references sub_app,
    definition  bigint not null,                  -- transcoding template
    object_key  text not null,
    metadata    jsonb not null,
    created_at  timestamptz not null default now(),
    primary key (file_id, definition)
);

create table task (
    task_id     text primary key,
    sub_app_id  bigint not null references sub_app,
    kind        text not null,
    status      text not null default 'WAITING' check (status in ('WAITING', 'PROCESSING', 'FINISH')),
    file_id     text not null,                    -- no reference: a task outlives its media
    definition  bigint not null default 0,
    err_code    integer not null default 0,
    err_code_ext text not null default '',
    message     text not null default '',
    result      text,                             -- PublishResult: Pass | Rejected | Failed
    attempt     integer not null default 0,       -- how often a worker began it
    owner       uuid,                             -- fences a worker that was given up for dead
    beat        timestamptz,
    progress    real not null default 0,          -- 0 to 1
    created_at  timestamptz not null default now(),
    begun_at    timestamptz,
    finished_at timestamptz
);
create index on task (sub_app_id, created_at);
create index on task (file_id);
create index on task (beat) where status = 'PROCESSING';

-- One row a video: is it published, is it about to be, was it refused?
create table publication (
    file_id     text primary key references media on delete cascade,
    sub_app_id  bigint not null references sub_app,
    task_id     text not null,                    -- the attempt that decided, or that is under way
    definition  bigint not null,
    state       text not null check (state in ('RUNNING', 'PASS', 'REJECTED', 'FAILED')),
    object_key  text,                             -- what players may fetch; set while PASS only
    cover_key   text,                             -- its reviewed cover, likewise
    metadata    jsonb,
    review_summary jsonb not null default '[]',   -- [{Type, Suggestion, Confidence}]
    updated_at  timestamptz not null default now(),
    check ((state = 'PASS') = (object_key is not null))
);
create index on publication (sub_app_id);

create table review_record (
    task_id     text primary key,
    sub_app_id  bigint not null references sub_app,
    file_id     text not null,
    record      jsonb not null,                   -- review.model.ReviewRecord: findings, times, evidence, coverage
    created_at  timestamptz not null default now()
);
create index on review_record (file_id);

create table event (
    event_id    bigint primary key generated always as identity,
    sub_app_id  bigint not null references sub_app,
    kind        text not null,                    -- EventType on the wire
    subject     text not null,                    -- the TaskId or FileId that it tells of
    payload     jsonb not null,                   -- the member of EventContent that belongs to the kind
    created_at  timestamptz not null default now(),
    visible_at  timestamptz not null default now(),
    handle      text unique,                      -- of the latest delivery
    confirmed_at timestamptz,
    unique (kind, subject)
);
create index on event (sub_app_id, visible_at, event_id) where confirmed_at is null;
create index on event (created_at);

-- Objects that no row refers to any more; the janitor deletes them, so that a crash leaves no orphans.
create table doomed_object (
    object_key  text primary key,
    after       timestamptz not null default now()
);

-- Fair share (engine.md §5): an account's virtual time; the job priority is its negative. Row 0 is the floor: the
-- highest virtual time that was ever handed to a worker.
create table fair_share (
    app_id      bigint primary key,
    virtual_time bigint not null
);
insert into fair_share values (0, 0);

create function notify_event() returns trigger language plpgsql as $$
begin
    perform pg_notify('minivod_event', new.sub_app_id::text);
    return null;
end $$;
create trigger event_notify after insert on event for each row execute function notify_event();
