"""What applications use: a ledger by days, bytes that are stored and how many they were, plays, and quotas."""

from alembic import op

revision = "0017"
down_revision = "0016"

_LEDGER = """
create table usage (                                    -- days are those of UTC+8
    sub_app_id  bigint not null references sub_app,
    day         date not null,
    kind        text not null,                          -- TaskType of a TaskStatData
    specification text not null,                        -- empty: of all tasks of the kind, each once
    tasks       bigint not null,
    amount      bigint not null,                        -- seconds; of VideoSnapshot pictures
    primary key (sub_app_id, day, kind, specification)
);
create index on usage (day);
create table play (
    sub_app_id  bigint not null references sub_app,
    day         date not null,
    file_id     text not null,                          -- no reference: this outlives the video
    plays       bigint not null,
    bytes       bigint not null,                        -- that were sent
    primary key (sub_app_id, day, file_id)
);
create index on play (day);
"""
_SIZES = """
alter table media add column cover_bytes bigint;        -- null: not known yet, or there is no cover
alter table media_result add column bytes bigint;       -- of all its files; null: not known yet
alter table publication add column bytes bigint;        -- of files and cover; null: not known yet, or there are none
alter table subtitle add column bytes bigint;           -- null: not known yet
create index on media (file_id) where cover_bytes is null and cover_key is not null;
create index on media_result (file_id) where bytes is null;
create index on publication (file_id) where bytes is null and object_key is not null;
create index on subtitle (file_id) where bytes is null;
create function bytes_of(video media) returns bigint language sql immutable as $$
    select case when video.object_key is null then 0 else coalesce((video.metadata ->> 'size')::bigint, 0) end
         + case when video.cover_key is null then 0 else coalesce(video.cover_bytes, 0) end
$$;
create function forget_bytes() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'publication' then
        new.bytes := case when new.bytes is distinct from old.bytes then new.bytes end;
    else
        new.cover_bytes := case when new.cover_bytes is distinct from old.cover_bytes then new.cover_bytes end;
    end if;
    return new;
end $$;
create trigger other_object before update of object_key on publication
    for each row when (new.object_key is distinct from old.object_key) execute function forget_bytes();
create trigger other_cover before update of cover_key on media
    for each row when (new.cover_key is distinct from old.cover_key) execute function forget_bytes();
"""
# Each change is a row of its own, so that nobody waits for a counter; the janitor adds them up.
_COUNTERS = """
create table storage (                                  -- what is added up already
    sub_app_id  bigint primary key references sub_app,
    media       bigint not null,
    bytes       bigint not null
);
create table storage_change (
    change_id   bigint primary key generated always as identity,
    sub_app_id  bigint not null,
    media       integer not null,
    bytes       bigint not null
);
create index on storage_change (sub_app_id);
create table storage_sample (                           -- how much it was from then on
    sub_app_id  bigint not null references sub_app,
    taken_at    timestamptz not null,                   -- the beginning of five minutes
    bytes       bigint not null,
    primary key (sub_app_id, taken_at)
);
create index on storage_sample (taken_at);
create function count_media() returns trigger language plpgsql as $$
declare
    changed bigint := 0;
    number  integer := 0;
begin
    if tg_op <> 'INSERT' then changed := changed - bytes_of(old); number := number - 1; end if;
    if tg_op <> 'DELETE' then changed := changed + bytes_of(new); number := number + 1; end if;
    if changed <> 0 or number <> 0 then
        insert into storage_change (sub_app_id, media, bytes)
        values (case when tg_op = 'DELETE' then old.sub_app_id else new.sub_app_id end, number, changed);
    end if;
    return null;
end $$;
create function count_bytes() returns trigger language plpgsql as $$
declare
    changed bigint := 0;
begin
    if tg_op <> 'INSERT' then changed := changed - coalesce(old.bytes, 0); end if;
    if tg_op <> 'DELETE' then changed := changed + coalesce(new.bytes, 0); end if;
    if changed <> 0 then
        insert into storage_change (sub_app_id, media, bytes)
        values (case when tg_op = 'DELETE' then old.sub_app_id else new.sub_app_id end, 0, changed);
    end if;
    return null;
end $$;
create trigger count_media after insert or delete or update of object_key, metadata, cover_key, cover_bytes on media
    for each row execute function count_media();
create trigger count_bytes after insert or delete or update of bytes on media_result
    for each row execute function count_bytes();
create trigger count_bytes after insert or delete or update of bytes, object_key on publication
    for each row execute function count_bytes();
create trigger count_bytes after insert or delete or update of bytes on subtitle
    for each row execute function count_bytes();
insert into storage (sub_app_id, media, bytes)
select sub_app_id, count(*), sum(bytes_of(media)) from media group by 1;
update media_result set bytes = (body ->> 'size')::bigint where body ->> 'size' ~ '^[0-9]{1,18}$';
"""
_QUOTA = """
alter table sub_app
    add column quota_bytes bigint check (quota_bytes >= 0),     -- null: as the setting says; 0: no limit
    add column quota_media bigint check (quota_media >= 0),
    add column quota_tasks bigint check (quota_tasks >= 0);
create index on task (sub_app_id) where status <> 'FINISH' and steps_left = 0;
"""


def upgrade() -> None:
    """Results and publications that are there count as soon as the janitor has asked how large they are."""
    for script in (_LEDGER, _SIZES, _COUNTERS, _QUOTA):
        op.get_bind().connection.cursor().execute(script)
