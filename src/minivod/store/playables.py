"""What players may fetch of a video, by the distribution of its application: the query that every request asks.

`published`: the published files, and results that show what the review of a publication has seen. `signed` and `open`:
all files, unless the video was rejected or withdrawn; whether a signature is right is said by `playback.rules`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from minivod.store.database import Database, from_row
from minivod.store.results import TRANSCODE, Result

SUBTITLE = "Subtitle"
"""The kind of an address that names a subtitle."""


class Address(NamedTuple):
    """What is asked for: a video, and a file of it beside the published one.

    `kind` and `definition` are those of the result that it belongs to, no kind: none is meant. `name` is its own among
    the result's files; empty: the result is to be that one file.
    """

    app_id: int
    file_id: str
    kind: str = ""
    definition: int = 0
    name: str = ""


class FileOf(msgspec.Struct, frozen=True):
    """A file that an `Address` names, of the publication or of a result that plays; when it was made."""

    key: str
    made_at: datetime


class Playable(msgspec.Struct, frozen=True, kw_only=True):
    """A video of which a player may fetch something, if it `plays`; what does not is None, but where links are signed.

    There, whoever has no signature is not to learn whether it would. Nothing plays that is forbidden
    (ForbidMediaDistribution), has passed its ExpireTime, or is of an application that is not On or an account that is
    disabled.

    Attributes:
        definition: of the published template; 0 also where nothing is published.
        task_id: of the publication that stands; empty: none does.
        object_key: the published file, of HLS the playlist; without a publication the original, if there is one.
        entry: the published playlist's name, empty when one file is published.
        file: the one that was asked for.
        playlists: the playlists beside `file`, where links are signed.
        source_key: the original, where it plays.
        metadata: of `object_key`.
        distribution: `published`, `signed` or `open`.
        url_key: signs links.
        referers: RefererAuthPolicy as on the wire; None: there is no rule.
    """

    app_id: int
    sub_app_id: int
    file_id: str
    directory: str
    plays: bool
    definition: int
    media_type: str
    name: str
    description: str
    task_id: str
    object_key: str | None
    entry: str
    file: FileOf | None
    playlists: list[str]
    cover_key: str | None
    cover_type: str | None
    source_key: str | None
    metadata: dict[str, Any]
    play_key: str
    distribution: str
    url_key: str | None
    referers: dict[str, Any] | None
    updated_at: datetime


# A result plays while the publication stands, if what it shows is what the review has seen, and nothing else.
_REVIEWED = "r.whole and r.source_key = p.reviewed_source"
_FIND_PLAYABLES = f"""
select wanted.ordinal, s.app_id, m.sub_app_id, m.file_id, m.directory, plays, coalesce(p.definition, 0) as definition,
       m.media_type, m.name, m.description, coalesce(p.task_id, '') as task_id,
       case when p.file_id is null then m.object_key else p.object_key end as object_key,
       coalesce(p.files[1], '') as entry, coalesce(p.cover_key, case when everything then m.cover_key end) as cover_key,
       m.cover_type, case when everything then m.object_key end as source_key,
       coalesce(p.metadata, m.metadata) as metadata, s.play_key, s.distribution, s.url_key, s.referers,
       coalesce(p.updated_at, m.updated_at) as updated_at,
       case when published then left(p.object_key, -length(p.files[1])) || wanted.name
            when wanted.kind = '{SUBTITLE}' then t.object_key
            else r.prefix || '/' || coalesce(nullif(wanted.name, ''), r.files[1]) end as file_key,
       case when published then p.updated_at else coalesce(t.created_at, r.created_at) end as made_at,
       case when s.distribution = 'signed' and wanted.name <> '' then array(
                 select name from unnest(case when published then p.files else r.files end) as name
                  where name like '%%.m3u8') else '{{}}' end as playlists
  from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[])
       with ordinality as wanted (app_id, file_id, kind, definition, name, ordinal)
  join media m using (file_id)
  join sub_app s on s.sub_app_id = m.sub_app_id join account a on a.app_id = s.app_id
  left join publication p on p.file_id = m.file_id and p.state = 'PASS'
  cross join lateral (
       select s.distribution <> 'published' as everything,
              a.enabled and s.status = 'On' and not m.forbidden and (m.expires_at is null or m.expires_at > now())
              and case when p.file_id is not null then true when s.distribution = 'published' then false
                       when m.barred is not null then false
                       else not is_rejected_by_word(m.sub_app_id, m.file_id, m.metadata) end as plays
        offset 0)  -- computed once, though it is used twice
       as of_video
  cross join lateral (
       select wanted.kind = '{TRANSCODE}' and wanted.definition = p.definition and wanted.name = any(p.files))
       as of_publication (published)
  left join media_result r on r.file_id = m.file_id and r.sub_app_id = m.sub_app_id and (everything or {_REVIEWED})
       and r.kind = wanted.kind and r.definition = wanted.definition
       and case when r.kind = '{TRANSCODE}' and cardinality(r.files) = 1 then wanted.name = ''
                else wanted.name = any(r.files) end
  left join subtitle t on wanted.kind = '{SUBTITLE}' and t.file_id = m.file_id and t.sub_app_id = m.sub_app_id
       and t.subtitle_id = left(wanted.name, -4) and right(wanted.name, 4) = '.vtt'
 where s.app_id = wanted.app_id and (plays or s.distribution = 'signed')
"""  # noqa: S608 - of constants


async def find_playables(db: Database, wanted: list[Address]) -> list[Playable | None]:
    """What players may fetch of videos, and of their files; None for what does not play, see `Playable`."""
    distinct = list(set(wanted))
    rows = await db.fetch_all(_FIND_PLAYABLES, [written(column) for column in zip(*distinct, strict=True)])
    found = {distinct[row["ordinal"] - 1]: _playable(row) for row in rows}
    return [found.get(one) for one in wanted]


def written(values: Sequence[str | int]) -> str:
    """An array as PostgreSQL reads it (manual §8.15.2); psycopg writes lists by itself, and ten times as slowly."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _playable(row: dict[str, Any]) -> Playable:
    key, made_at = row.pop("file_key"), row.pop("made_at")
    del row["ordinal"]
    return Playable(**row, file=FileOf(key, made_at) if key is not None else None)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether a video plays, each condition for itself: for the operator's own commands.

    `state` is that of the publication, `barred` `rejected` or `withdrawn`, `rejected`: an operator's word forbids it.
    """

    app_id: int
    sub_app_id: int
    directory: str
    distribution: str
    status: str
    enabled: bool
    forbidden: bool
    expired: bool
    state: str | None
    barred: str | None
    rejected: bool


async def find_standing(db: Database, file_id: str) -> Standing | None:
    """That of a video, whoever it belongs to."""
    row = await db.fetch_one(
        """select s.app_id, s.sub_app_id, m.directory, s.distribution, s.status, a.enabled, m.forbidden,
                  coalesce(m.expires_at <= now(), false) as expired, p.state, m.barred,
                  is_rejected_by_word(m.sub_app_id, m.file_id, m.metadata) as rejected
             from media m join sub_app s using (sub_app_id) join account a on a.app_id = s.app_id
             left join publication p using (file_id)
            where m.file_id = %s""",
        [file_id],
    )
    return from_row(row, Standing) if row else None


async def find_results(db: Database, playable: Playable, wanted: Sequence[tuple[str, int | None]]) -> list[Result]:
    """The results that play beside it, of these kinds and templates (None: of any), in their order."""
    rows = await db.fetch_all(
        f"""select r.* from media m join sub_app s using (sub_app_id)
              left join publication p on p.file_id = m.file_id and p.state = 'PASS'
              join media_result r on r.file_id = m.file_id and r.sub_app_id = m.sub_app_id
                   and (s.distribution <> 'published' or {_REVIEWED})
             where m.file_id = %s and m.sub_app_id = %s and coalesce(p.task_id, '') = %s and exists (
                   select from unnest(%s::text[], %s::bigint[]) as wanted (kind, definition)
                    where wanted.kind = r.kind and coalesce(wanted.definition = r.definition, true))
             order by r.kind, r.definition""",  # noqa: S608 - of constants
        [
            playable.file_id, playable.sub_app_id, playable.task_id,
            [kind for kind, _ in wanted], [definition for _, definition in wanted],
        ],
    )  # fmt: skip
    return [from_row(row, Result) for row in rows]
