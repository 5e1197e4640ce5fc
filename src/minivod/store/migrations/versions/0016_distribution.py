"""Who may play what: distributions of applications, what was refused, viewers of links, previews."""

from alembic import op

revision = "0016"
down_revision = "0015"

_APPLICATION = """
alter table sub_app
    add column distribution text not null default 'published' check (distribution in ('published', 'signed', 'open')),
    add column unsigned text not null default 'published' check (unsigned in ('published', 'open')),
                                                        -- what it goes back to when links need no signature any more
    add column url_key text,                            -- signs links; kept while they need no signature
    add column referers jsonb,                          -- RefererAuthPolicy as on the wire, Enabled; null: no rule
    add check (distribution <> 'signed' or url_key is not null);
"""
# What was refused stays refused, also while it is looked at again, or after its publication was deleted: only a
# publication that stands lifts it. A trigger sees every way in which a publication changes.
_BARRED = """
alter table media
    add column barred text check (barred in ('rejected', 'withdrawn'));  -- null: no publication of it was refused
update media m set barred = 'rejected' from publication p where p.file_id = m.file_id and p.state = 'REJECTED';
create function bar_media() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        update media set barred = 'withdrawn' where file_id = old.file_id and barred is null;
    elsif new.state = 'PASS' then
        update media set barred = null where file_id = new.file_id and barred is not null;
    else
        update media set barred = 'rejected' where file_id = new.file_id and barred is distinct from 'rejected';
    end if;
    return null;
end $$;
create trigger barred_by_decision after insert or update of state on publication
    for each row when (new.state in ('PASS', 'REJECTED')) execute function bar_media();
create trigger barred_by_deletion after delete on publication
    for each row when (old.state = 'PASS') execute function bar_media();
create trigger barred_notify after update of barred on media
    for each row when (new.barred is not null and old.barred is null) execute function notify_withdrawal();
create function is_rejected_by_word(app bigint, file text, source jsonb) returns boolean language plpgsql stable as $$
declare
    said text;                                          -- as store.decisions.standing finds it
begin
    select word into said from review_decision
     where sub_app_id = app and file_id = file and word <> 'again' order by decision_id desc limit 1;
    if said is null then
        select word into said from review_decision
         where sub_app_id = app and source_md5 = source ->> 'md5' and source_md5 <> ''
           and source_size = coalesce((source ->> 'size')::bigint, 0) and word <> 'again'
         order by decision_id desc limit 1;
    end if;
    return coalesce(said = 'reject', false);
end $$;
create function notify_rejection() returns trigger language plpgsql as $$
begin
    perform pg_notify('minivod_withdrawal', new.file_id);
    return null;
end $$;
create trigger rejection_notify after insert on review_decision
    for each row when (new.word = 'reject') execute function notify_rejection();
"""
_LINKS = """
create table link_viewer (                              -- addresses that have played a link for few (rlimit)
    file_id     text not null references media on delete cascade,
    link        text not null,                          -- a digest of its members and the FileId
    address     text not null,
    expires_at  timestamptz not null,                   -- when nobody plays it any more
    primary key (link, address)
);
create index on link_viewer (expires_at);
create index on link_viewer (file_id);
create table preview (                                  -- the first seconds of a file, for links with exper
    file_id     text not null references media on delete cascade,
    sub_app_id  bigint not null references sub_app,
    source_key  text not null,                          -- the file's object
    seconds     integer not null check (seconds > 0),
    object_key  text not null,
    created_at  timestamptz not null default now(),
    primary key (source_key, seconds)
);
create index on preview (file_id);
create index on preview (sub_app_id);
"""
# A preview goes with its file, however that goes: all ways lead over the list of the doomed.
_PREVIEWS = """
create function doom_previews() returns trigger language plpgsql as $$
begin
    with gone as (delete from preview where source_key = new.object_key returning object_key)
    insert into doomed_object (object_key) select object_key from gone on conflict do nothing;
    return null;
end $$;
create trigger previews_follow after insert on doomed_object
    for each row execute function doom_previews();
"""


def upgrade() -> None:
    """Every application goes on playing what is published, and nothing else."""
    for script in (_APPLICATION, _BARRED, _LINKS, _PREVIEWS):
        op.get_bind().connection.cursor().execute(script)
