"""What players may fetch: published files, and results that show what the review of a publication has seen."""

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
    """What a player may fetch: there is one only while the publication is PASS, and nobody has forbidden to play it.

    Forbidden are videos by ForbidMediaDistribution, applications that are not On, and accounts that are disabled.
    `entry` is the published playlist's name, empty when one file is published; `file` the one that was asked for.
    """

    app_id: int
    sub_app_id: int
    file_id: str
    directory: str
    definition: int
    media_type: str
    name: str
    description: str
    task_id: str
    object_key: str
    entry: str
    file: FileOf | None
    cover_key: str | None
    cover_type: str | None
    metadata: dict[str, Any]
    play_key: str
    updated_at: datetime


# A result plays while the publication stands, if what it shows is what the review has seen, and nothing else.
_PLAYS = "r.file_id = p.file_id and r.sub_app_id = p.sub_app_id and r.whole and r.source_key = p.reviewed_source"
_FIND_PLAYABLES = f"""
select wanted.ordinal, s.app_id, m.sub_app_id, m.file_id, m.directory, p.definition, m.media_type, m.name,
       m.description, p.task_id, p.object_key, coalesce(p.files[1], '') as entry, p.cover_key, m.cover_type,
       p.metadata, s.play_key, p.updated_at,
       case when published then left(p.object_key, -length(p.files[1])) || wanted.name
            when wanted.kind = '{SUBTITLE}' then t.object_key
            else r.prefix || '/' || coalesce(nullif(wanted.name, ''), r.files[1]) end as file_key,
       case when published then p.updated_at else coalesce(t.created_at, r.created_at) end as made_at
  from unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[])
       with ordinality as wanted (app_id, file_id, kind, definition, name, ordinal)
  join publication p using (file_id) join media m using (file_id)
  join sub_app s on s.sub_app_id = m.sub_app_id join account a on a.app_id = s.app_id
  cross join lateral (
       select wanted.kind = '{TRANSCODE}' and wanted.definition = p.definition and wanted.name = any(p.files))
       as of_publication (published)
  left join media_result r on {_PLAYS} and r.kind = wanted.kind and r.definition = wanted.definition
       and case when r.kind = '{TRANSCODE}' and cardinality(r.files) = 1 then wanted.name = ''
                else wanted.name = any(r.files) end
  left join subtitle t on wanted.kind = '{SUBTITLE}' and t.file_id = m.file_id and t.sub_app_id = m.sub_app_id
       and t.subtitle_id = left(wanted.name, -4) and right(wanted.name, 4) = '.vtt'
 where s.app_id = wanted.app_id and p.state = 'PASS' and a.enabled and s.status = 'On'
   and (m.expires_at is null or m.expires_at > now()) and not m.forbidden
"""  # noqa: S608 - of constants


async def find_playables(db: Database, wanted: list[Address]) -> list[Playable | None]:
    """What players may fetch of videos, and of their files; None for every video that is not published now."""
    distinct = list(set(wanted))
    rows = await db.fetch_all(_FIND_PLAYABLES, [list(column) for column in zip(*distinct, strict=True)])
    found = {distinct[row["ordinal"] - 1]: _playable(row) for row in rows}
    return [found.get(one) for one in wanted]


def _playable(row: dict[str, Any]) -> Playable:
    key, made_at = row.pop("file_key"), row.pop("made_at")
    del row["ordinal"]
    return Playable(**row, file=FileOf(key, made_at) if key is not None else None)


async def find_results(db: Database, playable: Playable, wanted: Sequence[tuple[str, int | None]]) -> list[Result]:
    """The results that play beside a published file, of these kinds and templates (None: of any), in their order."""
    rows = await db.fetch_all(
        f"""select r.* from media_result r join publication p on {_PLAYS}
             where p.file_id = %s and p.sub_app_id = %s and p.task_id = %s and p.state = 'PASS' and exists (
                   select from unnest(%s::text[], %s::bigint[]) as wanted (kind, definition)
                    where wanted.kind = r.kind and coalesce(wanted.definition = r.definition, true))
             order by r.kind, r.definition""",  # noqa: S608 - of constants
        [
            playable.file_id, playable.sub_app_id, playable.task_id,
            [kind for kind, _ in wanted], [definition for _, definition in wanted],
        ],
    )  # fmt: skip
    return [from_row(row, Result) for row in rows]
