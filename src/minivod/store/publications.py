"""Publication rows: which video may be played, and the one statement that accepts a publish request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import fair_share
from minivod.store.batching import Batcher
from minivod.store.database import Connection, Database, from_row
from minivod.store.fair_share import JOB, SHORT
from minivod.store.results import TRANSCODE, Result
from minivod.store.tasks import Task

KIND = "wechat-mini-program-publish"
QUEUE = SHORT
TRANSCODES = ("mp4", "hls")
"""Containers of transcodes that can be published (contract.md §2); 3GP is made by no template."""


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to publish, with the TaskId it will have; `definition` 0 is the original."""

    sub_app_id: int
    app_id: int
    file_id: str
    definition: int
    task_id: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a publish request.

    `accepted` says whether task and job are committed; otherwise the rest says what the video is: `known` in this
    application, `has_source`, the `container` of what is to be published, the templates of its transcodes and
    `adaptive` results, and the publication in its way.
    """

    accepted: bool
    known: bool
    has_source: bool
    container: str | None
    definitions: list[int]
    adaptive: list[int] = []
    state: str | None = None
    task_id: str | None = None


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A video's publication: state RUNNING, PASS, REJECTED or FAILED; `files` are those of HLS, the entry first."""

    file_id: str
    sub_app_id: int
    task_id: str
    definition: int
    state: str
    object_key: str | None
    files: list[str]
    cover_key: str | None
    metadata: dict[str, Any] | None
    review_summary: list[dict[str, Any]]
    updated_at: datetime

    @property
    def entry(self) -> str:
        """The playlist that a player opens; empty when one file is published."""
        return self.files[0] if self.files else ""


class Address(NamedTuple):
    """What is asked for: a video, and a file of it beside the published one, of the result of `kind` and `definition`.

    No kind: none is meant. `name` is among the result's files; empty: the result is to be that one file.
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
    """What a player may fetch; there is one only while the publication is PASS and the account is enabled.

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


# One statement, so that a request is either wholly accepted (publication, task and job committed together) or not at
# all. `distinct on` lets a batch hold the same video twice; the orders by file_id and by account keep concurrent
# batches from waiting for each other in a circle. A row whose video is in the hands of a transaction that commits
# meanwhile is reported as not accepted without a state; `accept` looks that up afterwards. `held` keeps DeleteMedia
# away until the end: it would not see the new task to end it, and a publication without its video would fail the whole
# batch.
_ACCEPT = """
with request as (
    select * from unnest(%(sub_apps)s::bigint[], %(apps)s::bigint[], %(files)s::text[],
                         %(definitions)s::bigint[], %(tasks)s::text[])
             with ordinality as r(sub_app_id, app_id, file_id, definition, task_id, ordinal)),
held as (
    select file_id, sub_app_id, object_key, metadata ->> 'container' as container from media
     where (file_id, sub_app_id) in (select file_id, sub_app_id from request) for key share of media),
found as (
    select r.*, m.file_id is not null as known, m.object_key is not null as has_source,
           case when r.definition = 0 then m.container else t.body ->> 'container' end as container,
           case when r.definition = 0 then m.object_key is not null and m.container = any(%(containers)s)
                else t.body ->> 'container' = any(%(transcodes)s) end as fit
      from request r left join held m on m.file_id = r.file_id and m.sub_app_id = r.sub_app_id
      left join media_result t on r.definition <> 0 and t.file_id = m.file_id and t.sub_app_id = m.sub_app_id
           and t.kind = 'Transcode' and t.definition = r.definition),
claimed as (
    insert into publication as p (file_id, sub_app_id, task_id, definition, state)
    select distinct on (file_id) file_id, sub_app_id, task_id, definition, 'RUNNING' from found
     where fit order by file_id, ordinal
        on conflict (file_id) do update
           set task_id = excluded.task_id, definition = excluded.definition, state = 'RUNNING', metadata = null,
               review_summary = '[]', updated_at = now()
         where p.state in ('REJECTED', 'FAILED')
 returning task_id),
accepted as (
    select f.*, row_number() over (partition by app_id order by ordinal) as turn,
           count(*) over (partition by app_id) as turns
      from found f join claimed using (task_id)),
task_rows as (
    insert into task (task_id, sub_app_id, kind, file_id, definition)
    select task_id, sub_app_id, %(kind)s, file_id, definition from accepted),
share as (
    insert into fair_share as s (app_id, queue, virtual_time)
    select distinct a.app_id, f.queue, a.turns + f.virtual_time from accepted a, fair_share f
     where f.app_id = 0 and f.queue = %(queue)s order by 1
        on conflict (app_id, queue) do update set virtual_time = greatest(s.virtual_time + excluded.virtual_time
           - (select virtual_time from fair_share where app_id = 0 and queue = %(queue)s), excluded.virtual_time)
 returning app_id, virtual_time),
jobs as (
    select procrastinate_defer_jobs_v1(array_agg(
               (%(queue)s, %(job)s, (a.turns - a.turn - s.virtual_time)::integer, null, null,
                jsonb_build_object('task_id', a.task_id), null)::procrastinate_job_to_defer_v1 order by a.ordinal))
      from accepted a join share s using (app_id) having count(*) > 0)
select f.known, f.has_source, f.container, a.task_id is not null as accepted, array_length(j.ids, 1) as jobs
  from found f left join accepted a using (task_id) left join (select * from jobs) as j(ids) on true
 order by f.ordinal
"""


class Publications:
    """Accepts publish requests; concurrent ones share a statement."""

    def __init__(self, db: Database, containers: frozenset[str]) -> None:
        """Args: containers: those of originals that can be published (contract.md §2)."""
        self._db = db
        self._containers = sorted(containers)
        self._accept: Batcher[PublishRequest, Verdict] = Batcher(self._accept_batch)

    async def accept(self, request: PublishRequest) -> Verdict:
        """Task row and job, committed together, or why the request cannot be accepted."""
        verdict = await self._accept(request)
        return verdict if verdict.accepted or not verdict.known else await self._explain(request, verdict)

    async def _accept_batch(self, batch: list[PublishRequest]) -> list[Verdict]:
        rows = await self._db.fetch_all(_ACCEPT, self._parameters(batch))
        return [
            Verdict(
                accepted=row["accepted"],
                known=row["known"],
                has_source=row["has_source"],
                container=row["container"],
                definitions=[],
            )
            for row in rows
        ]

    def _parameters(self, batch: list[PublishRequest]) -> dict[str, Any]:
        return {
            "sub_apps": [request.sub_app_id for request in batch],
            "apps": [request.app_id for request in batch],
            "files": [request.file_id for request in batch],
            "definitions": [request.definition for request in batch],
            "tasks": [request.task_id for request in batch],
            "containers": self._containers,
            "transcodes": list(TRANSCODES),
            "kind": KIND,
            "queue": QUEUE,
            "job": JOB,
        }

    async def _explain(self, request: PublishRequest, verdict: Verdict) -> Verdict:
        row = await self._db.fetch_one(
            """select p.state, p.task_id,
                      array(select definition from media_result r where r.file_id = m.file_id and r.kind = 'Transcode'
                            order by 1) as definitions,
                      array(select definition from media_result r where r.file_id = m.file_id
                               and r.kind = 'AdaptiveDynamicStreaming' order by 1) as adaptive
                 from media m left join publication p using (file_id)
                where m.sub_app_id = %s and m.file_id = %s""",
            [request.sub_app_id, request.file_id],
        )
        if row is None:
            return msgspec.structs.replace(verdict, known=False)
        return msgspec.structs.replace(verdict, **row)


async def find(db: Database, sub_app_id: int, file_ids: list[str]) -> dict[str, Publication]:
    """The publications of these videos of the application, by FileId."""
    rows = await db.fetch_all(
        """select file_id, sub_app_id, task_id, definition, state, object_key, files, cover_key, metadata,
                  review_summary, updated_at
             from publication where sub_app_id = %s and file_id = any(%s)""",
        [sub_app_id, file_ids],
    )
    return {row["file_id"]: Publication(**row) for row in rows}


# A result plays while the publication stands, if what it shows is what the review has seen, and nothing else.
_PLAYS = "r.file_id = p.file_id and r.sub_app_id = p.sub_app_id and r.whole and r.source_key = p.reviewed_source"
_FIND_PLAYABLES = f"""
select wanted.ordinal, s.app_id, m.sub_app_id, m.file_id, m.directory, p.definition, m.media_type, m.name,
       m.description, p.task_id, p.object_key, coalesce(p.files[1], '') as entry, p.cover_key, m.cover_type,
       p.metadata, s.play_key, p.updated_at,
       case when published then left(p.object_key, -length(p.files[1])) || wanted.name
            else r.prefix || '/' || coalesce(nullif(wanted.name, ''), r.files[1]) end as file_key,
       case when published then p.updated_at else r.created_at end as made_at
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
 where s.app_id = wanted.app_id and p.state = 'PASS' and a.enabled
   and (m.expires_at is null or m.expires_at > now())
"""  # noqa: S608 - of constants


async def find_playables(db: Database, wanted: list[Address]) -> list[Playable | None]:
    """What players may fetch of videos, and of their files; None for every video that is not published now."""
    distinct = list(set(wanted))
    rows = await db.fetch_all(_FIND_PLAYABLES, [list(column) for column in zip(*distinct, strict=True)])
    found = {distinct[row["ordinal"] - 1]: _playable(row) for row in rows}
    return [found.get(one) for one in wanted]


def _playable(row: dict[str, Any]) -> Playable:
    key, made_at, _ = (row.pop(name) for name in ("file_key", "made_at", "ordinal"))
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


async def decide(
    connection: Connection,
    task: Task,
    *,
    state: str,
    object_key: str | None = None,
    cover_key: str | None = None,
    metadata: dict[str, Any] | None = None,
    review_summary: list[dict[str, Any]] | None = None,
    reviewed_source: str | None = None,
    files: Sequence[str] = (),
) -> bool:
    """Ends a running publication; False when it is not this task's any more (it was taken away).

    Args:
        connection: of the transaction.
        task: that published.
        state: PASS, REJECTED or FAILED.
        object_key: of the file that players open, when PASS.
        cover_key: of its cover.
        metadata: of that file.
        review_summary: as on the wire.
        reviewed_source: the original, if the review has seen all of it and passed it: whole results of it play then.
        files: of HLS, the names of all; `object_key` ends with the first, and the others are beside it.
    """
    cursor = await connection.execute(
        """update publication set state = %s, object_key = %s, cover_key = %s, metadata = %s, review_summary = %s,
                                  reviewed_source = %s, files = %s, updated_at = now()
            where file_id = %s and sub_app_id = %s and task_id = %s and state = 'RUNNING'""",
        [
            state, object_key, cover_key, Jsonb(metadata) if metadata is not None else None,
            Jsonb(review_summary or []), reviewed_source, list(files), task.file_id, task.sub_app_id, task.task_id,
        ],
    )  # fmt: skip
    return cursor.rowcount == 1


async def accept_after(connection: Connection, request: PublishRequest, step_id: str | None) -> str | None:
    """Accepts a publication of a held video that begins when a step has ended; at once without one.

    Returns:
        The TaskId of the publication that is in its way; nothing was changed then.
    """
    cursor = await connection.execute(
        """insert into publication as p (file_id, sub_app_id, task_id, definition, state)
           values (%s, %s, %s, %s, 'RUNNING')
               on conflict (file_id) do update
                  set task_id = excluded.task_id, definition = excluded.definition, state = 'RUNNING',
                      metadata = null, review_summary = '[]', updated_at = now()
                where p.state in ('REJECTED', 'FAILED')
           returning 1""",
        [request.file_id, request.sub_app_id, request.task_id, request.definition],
    )
    if await cursor.fetchone() is None:
        cursor = await connection.execute("select task_id from publication where file_id = %s", [request.file_id])
        row = await cursor.fetchone()
        return str(row["task_id"]) if row else ""
    await connection.execute(
        """insert into task (task_id, sub_app_id, kind, file_id, definition, queue, waits_for)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        [request.task_id, request.sub_app_id, KIND, request.file_id, request.definition, QUEUE, step_id],
    )
    if step_id is None:
        await fair_share.enqueue(connection, request.app_id, QUEUE, [request.task_id])
    return None


async def running_task(connection: Connection, sub_app_id: int, file_id: str) -> str | None:
    """The TaskId of a locked video's publication that is under way."""
    cursor = await connection.execute(
        "select task_id from publication where file_id = %s and sub_app_id = %s and state = 'RUNNING'",
        [file_id, sub_app_id],
    )
    row = await cursor.fetchone()
    return str(row["task_id"]) if row else None


async def definition_of(connection: Connection, sub_app_id: int, file_id: str) -> int | None:
    """The template whose result a locked video's publication is (0: the original); None without a publication."""
    cursor = await connection.execute(
        "select definition from publication where file_id = %s and sub_app_id = %s", [file_id, sub_app_id]
    )
    row = await cursor.fetchone()
    return int(row["definition"]) if row else None


async def withdraw(connection: Connection, sub_app_id: int, file_id: str) -> str | None:
    """Takes the publication of a locked video away; its objects are doomed.

    Returns:
        The state that it had, None when there was no publication.
    """
    cursor = await connection.execute(
        """with gone as (
               delete from publication where file_id = %s and sub_app_id = %s
            returning state, object_key, cover_key, files),
           doomed as (
               insert into doomed_object (object_key)
               select key from gone, unnest(array[object_key, cover_key]) as key where key is not null
                union select left(object_key, -length(files[1])) || name from gone, unnest(files) as name
               on conflict do nothing)
           select state from gone""",
        [file_id, sub_app_id],
    )
    row = await cursor.fetchone()
    return str(row["state"]) if row else None
