"""What searches look at gets a table of its own, whose rows are a quarter of a video's, and their index with it."""

from typing import LiteralString

from alembic import op

revision = "0032"
down_revision = "0031"

# A search looks at up to 5000 videos, each of which is on another page when few of all match; with its metadata a
# video's row is long, so that a page has few. Everything here follows from `media` and is kept by triggers. What has a
# fixed length comes first: nothing of varying length is stepped over to reach it.
#
# The index is as before (migration 0012): what can be asked for is hashed together with the application and with the
# number of a block of 8192 videos, which are asked one after the other. Times of creation are not in it; the other
# index tells which blocks have videos of a time. Of a beginning, pairs of letters that its term has already
# are not asked for any more: the lists of what is in many names are long to read.
_TABLE = """
create table if not exists searchable (
    number      bigint not null,
    sub_app_id  bigint not null,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,                   -- infinity: never
    name_length integer not null,                       -- of the name as it is in `media`
    description_length integer not null,
    file_id     text primary key references media on delete cascade,
    name        text not null,                          -- search_text of that in `media`
    description text not null,                          -- the same
    facts       text[] not null                         -- terms of all but the texts: what store/search.py lists
);
create or replace function searchable_of(video media) returns setof searchable language sql stable as $$
    select video.number, video.sub_app_id, video.created_at, coalesce(video.expires_at, 'infinity'),
           length(video.name), length(video.description), video.file_id, search_text(video.name),
           search_text(video.description),
           array['m' || video.media_type, 'r' || video.storage_region, 'v' || coalesce(video.review, 'notModerated'),
                 's' || case when video.forbidden then 'Forbidden' else 'Normal' end,
                 'k' || case when coalesce(video.metadata -> 'video', '[]') in ('[]', 'null') then 'Audio'
                             else 'Video' end]
           || array(select 't' || tag from unnest(video.tags) tag)
           || array(select 'c' || class from unnest(case when video.class_path = '{}' then '{0}'
                                                         else video.class_path end) class)
           || case when video.expires_at is null then array['xnever']
                   else array(select 'xsome' union all
                              select 'x' || width || ':' ||
                                     floor(extract(epoch from video.expires_at) / 3600)::bigint / (32 ^ width)::bigint
                                from generate_series(0, 3) width) end
$$;
create or replace function keep_searchable() returns trigger language plpgsql as $$
begin
    insert into searchable select * from searchable_of(new)
    on conflict (file_id) do update
       set (number, sub_app_id, created_at, expires_at, name_length, description_length, name, description, facts) =
           (excluded.number, excluded.sub_app_id, excluded.created_at, excluded.expires_at, excluded.name_length,
            excluded.description_length, excluded.name, excluded.description, excluded.facts);
    return null;
end $$;
create or replace function search_terms(number bigint, sub_app_id bigint, name text, description text, facts text[])
returns bigint[] language plpgsql immutable parallel safe as $$
declare
    block bigint := number >> 13;
    own   text := sub_app_id::text || ' ';
    keys  bigint[] := '{}';
    kind  text;
    one   text;
    last  text;
begin
    foreach one in array facts loop
        keys := keys || hashtextextended(own || one, block);
    end loop;
    for width in 0 .. 3 loop
        if 1 << width <= length(name) then
            keys := keys || hashtextextended(own || 'p' || left(name, 1 << width), block);
        end if;
    end loop;
    foreach kind in array '{n,d}'::text[] loop
        last := null;
        foreach one in array string_to_array(case kind when 'n' then name else description end, null) loop
            keys := keys || hashtextextended(own || kind || one, block);
            if last is not null then
                keys := keys || hashtextextended(own || kind || last || one, block);
            end if;
            last := one;
        end loop;
    end loop;
    return keys;
end
$$;
create or replace function search_prefix(given text) returns text[] language sql immutable parallel safe as $$
    select ('p' || left(t, w)) || case when length(t) > w then search_pattern('n', substr(t, w)) else '{}' end
      from (select search_text(given) as t) as one, (values (8), (4), (2), (1)) as width (w)
     where w <= length(t) order by w desc limit 1
$$;
create index if not exists searchable_block on searchable (sub_app_id, (number >> 13), created_at);
create index if not exists searchable_created on searchable (sub_app_id, created_at);
create index if not exists searchable_terms on searchable
    using gin (search_terms(number, sub_app_id, name, description, facts));
create or replace trigger new_searchable after insert on media for each row execute function keep_searchable();
create or replace trigger other_searchable after update on media for each row
    when ((new.number, new.sub_app_id, new.created_at, new.expires_at, new.name, new.description, new.media_type,
           new.storage_region, new.review, new.forbidden, new.tags, new.class_path, new.metadata -> 'video')
          is distinct from
          (old.number, old.sub_app_id, old.created_at, old.expires_at, old.name, old.description, old.media_type,
           old.storage_region, old.review, old.forbidden, old.tags, old.class_path, old.metadata -> 'video'))
    execute function keep_searchable();
"""
# A video that is being deleted is waited for; one that is changed has been written by the trigger, or will be. Rows are
# held in the order in which a ban holds them: neither can wait for the other one for ever.
_BATCH = """
insert into searchable select kept.* from (
    select video from media video
     where sub_app_id = %(app)s and number >= %(first)s and number < %(first)s + 1024 order by file_id for key share
    ) found, searchable_of(found.video) kept
on conflict do nothing
"""
# New entries of an index were put on a list while there were many at a time; every search had to read it.
_FINISH: tuple[LiteralString, ...] = (
    "alter index searchable_terms set (fastupdate = off)",
    "select gin_clean_pending_list('searchable_terms')",
    "analyze searchable",
    "drop index if exists media_search",
    "drop index if exists media_sub_app_id_created_at_idx",
    """drop function if exists media_terms(bigint, bigint, text, text, text[], bigint[], text, text, jsonb, boolean,
                                         text, timestamptz, timestamptz)""",
    "drop function if exists search_keys(bigint, bigint, text[])",
)


def upgrade() -> None:
    """Fills the table while others read and write videos: no lock on them outlives the rows of a batch.

    With a million videos it takes about a minute and a half of the database's processor time. What ends in the middle
    goes on when it is begun again.
    """
    with op.get_context().autocommit_block():
        cursor = op.get_bind().connection.cursor()
        cursor.execute(_TABLE)
        for [app] in cursor.execute("select sub_app_id from sub_app").fetchall():
            _fill(app)
        for statement in _FINISH:
            cursor.execute(statement)


def _fill(app: int) -> None:
    """The videos of an application, a thousand at a time."""
    cursor = op.get_bind().connection.cursor()
    asked = "select min(number) from media where sub_app_id = %(app)s and number >= %(first)s"
    first = 0
    while (found := cursor.execute(asked, {"app": app, "first": first}).fetchone()) and found[0] is not None:
        cursor.execute(_BATCH, {"app": app, "first": found[0]})
        first = found[0] + 1024
