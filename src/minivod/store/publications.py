"""Publication rows: which video may be played, and the one statement that accepts a publish request."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from psycopg.types.json import Jsonb

from minivod.store import fair_share, kept, quotas
from minivod.store.batching import Batcher
from minivod.store.database import Connection, Database
from minivod.store.fair_share import JOB, SHORT
from minivod.store.quotas import Use
from minivod.store.tasks import Task

KIND = "wechat-mini-program-publish"
QUEUE = SHORT
Judge = Callable[[int, Mapping[str, Any]], bool]
"""Whether what is to be published can be played, by SourceDefinition and a probe's answer as a row keeps it."""
Room = Callable[[Use], int]
"""For how many more tasks an application has room, which uses so much."""
WITHDRAWALS = "minivod_withdrawal"
"""The channel on which the database tells, by FileId, that a publication that stood does not stand as it did."""


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
    application, `has_source`, a probe's answer for what is to be published (None: there is no such thing), the
    templates of its transcodes and `adaptive` results, and the publication in its way. Where there was no room, nothing
    was looked at, and `used` says what the application used then.
    """

    accepted: bool
    known: bool
    has_source: bool
    metadata: dict[str, Any] | None
    definitions: list[int]
    adaptive: list[int] = []
    state: str | None = None
    task_id: str | None = None
    used: Use | None = None


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


_SOURCES = """
select case when r.definition = 0 then m.metadata else t.metadata end as metadata
  from unnest(%(sub_apps)s::bigint[], %(files)s::text[], %(definitions)s::bigint[])
       with ordinality as r(sub_app_id, file_id, definition, ordinal)
  left join media m using (file_id, sub_app_id)
  left join media_result t on r.definition <> 0 and t.file_id = m.file_id and t.sub_app_id = m.sub_app_id
       and t.kind = 'Transcode' and t.definition = r.definition
 order by r.ordinal
"""
# Whose publication ended without one may be published again; a running or a published one stays.
_TAKES_OVER = """on conflict (file_id) do update
       set task_id = excluded.task_id, definition = excluded.definition, state = 'RUNNING', metadata = null,
           review_summary = '[]', updated_at = now()
     where p.state in ('REJECTED', 'FAILED')"""
# One statement, so that a request is either wholly accepted (publication, task and job committed together) or not at
# all. `distinct on` lets a batch hold the same video twice; the orders by file_id and by account keep concurrent
# batches from waiting for each other in a circle. A row whose video is in the hands of a transaction that commits
# meanwhile is reported as not accepted without a state; `accept` looks that up afterwards. `held` keeps DeleteMedia
# away until the end: it would not see the new task to end it, and a publication without its video would fail the whole
# batch.
_ACCEPT = f"""
with request as (
    select * from unnest(%(sub_apps)s::bigint[], %(apps)s::bigint[], %(files)s::text[],
                         %(definitions)s::bigint[], %(tasks)s::text[], %(playable)s::boolean[])
             with ordinality as r(sub_app_id, app_id, file_id, definition, task_id, playable, ordinal)),
held as (
    select file_id, sub_app_id, object_key from media
     where (file_id, sub_app_id) in (select file_id, sub_app_id from request) for key share of media),
found as (
    select r.*, m.file_id is not null as known, m.object_key is not null as has_source,
           r.playable and case when r.definition = 0 then m.object_key is not null
                               else t.definition is not null end as fit
      from request r left join held m on m.file_id = r.file_id and m.sub_app_id = r.sub_app_id
      left join media_result t on r.definition <> 0 and t.file_id = m.file_id and t.sub_app_id = m.sub_app_id
           and t.kind = 'Transcode' and t.definition = r.definition),
claimed as (
    insert into publication as p (file_id, sub_app_id, task_id, definition, state)
    select distinct on (file_id) file_id, sub_app_id, task_id, definition, 'RUNNING' from found
     where fit order by file_id, ordinal
    {_TAKES_OVER}
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
select f.known, f.has_source, a.task_id is not null as accepted, array_length(j.ids, 1) as jobs
  from found f left join accepted a using (task_id) left join (select * from jobs) as j(ids) on true
 order by f.ordinal
"""  # noqa: S608 - of a constant


class Publications:
    """Accepts publish requests; concurrent ones share a statement."""

    def __init__(self, db: Database, judge: Judge) -> None:
        """Args: judge: whether a video is to be accepted, by what is known of it."""
        self._db = db
        self._judge = judge
        self._accept: Batcher[PublishRequest, Verdict] = Batcher(self._accept_batch)
        self._bounded: WeakValueDictionary[int, Batcher[tuple[PublishRequest, Room], Verdict]] = WeakValueDictionary()

    async def accept(self, request: PublishRequest, room: Room | None = None) -> Verdict:
        """Task row and job, committed together, or why the request cannot be accepted.

        Args:
            request: what is to be published.
            room: of an application whose tasks are bounded. It is looked at in the transaction, in which others that
                begin something in the application wait, so that the bound holds exactly.
        """
        accept = self._batcher(request.sub_app_id)((request, room)) if room else self._accept(request)
        verdict = await accept
        return verdict if verdict.accepted or not verdict.known else await self._explain(request, verdict)

    def _batcher(self, sub_app_id: int) -> "Batcher[tuple[PublishRequest, Room], Verdict]":
        """Of an application alone: where it waits for its room, it holds up nobody else."""
        found = self._bounded.get(sub_app_id)
        if found is None:
            found = self._bounded[sub_app_id] = Batcher(self._accept_bounded)
        return found

    async def _accept_batch(self, batch: list[PublishRequest]) -> list[Verdict]:
        async with self._db.connection() as connection:
            return await self._accept_on(connection, batch)

    async def _accept_bounded(self, batch: list[tuple[PublishRequest, Room]]) -> list[Verdict]:
        """As many as there is room for; those that are refused for another reason leave theirs to the next."""
        sub_app_id, verdicts, left = batch[0][0].sub_app_id, list[Verdict](), batch
        async with self._db.transaction() as connection:
            await quotas.hold(connection, sub_app_id)
            used = await quotas.use(connection, sub_app_id)
            while left and (room := left[0][1](used)) > 0:
                judged = await self._accept_on(connection, [request for request, _ in left[:room]])
                verdicts, left = verdicts + judged, left[room:]
                used = msgspec.structs.replace(used, tasks=used.tasks + sum(one.accepted for one in judged))
        return verdicts + [_no_room(used) for _ in left]

    async def _accept_on(self, connection: Connection, batch: list[PublishRequest]) -> list[Verdict]:
        wanted = _columns(batch)
        cursor = await connection.execute(_SOURCES, wanted)
        found = [row["metadata"] for row in await cursor.fetchall()]
        wanted["playable"] = [
            metadata is not None and self._judge(request.definition, metadata)
            for request, metadata in zip(batch, found, strict=True)
        ]
        cursor = await connection.execute(_ACCEPT, wanted)
        rows = await cursor.fetchall()
        return [
            Verdict(
                accepted=row["accepted"],
                known=row["known"],
                has_source=row["has_source"],
                metadata=metadata,
                definitions=[],
            )
            for row, metadata in zip(rows, found, strict=True)
        ]

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


def _no_room(used: Use) -> Verdict:
    return Verdict(accepted=False, known=False, has_source=False, metadata=None, definitions=[], used=used)


def _columns(batch: Sequence[PublishRequest]) -> dict[str, Any]:
    return {
        "sub_apps": [request.sub_app_id for request in batch],
        "apps": [request.app_id for request in batch],
        "files": [request.file_id for request in batch],
        "definitions": [request.definition for request in batch],
        "tasks": [request.task_id for request in batch],
        "kind": KIND,
        "queue": QUEUE,
        "job": JOB,
    }


async def find(db: Database, sub_app_id: int, file_ids: list[str]) -> dict[str, Publication]:
    """The publications of these videos of the application, by FileId."""
    rows = await db.fetch_all(
        """select file_id, sub_app_id, task_id, definition, state, object_key, files, cover_key, metadata,
                  review_summary, updated_at
             from publication where sub_app_id = %s and file_id = any(%s)""",
        [sub_app_id, file_ids],
    )
    return {row["file_id"]: Publication(**row) for row in rows}


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
    size: int | None = None,
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
        files: the names of all files, when there are several (HLS), beginning with that of `object_key`, which ends
            with it; the others are beside it.
        size: bytes of all of these and the cover; None: the janitor finds it out.
    """
    cursor = await connection.execute(
        """update publication set state = %s, object_key = %s, cover_key = %s, metadata = %s, review_summary = %s,
                                  reviewed_source = %s, files = %s, bytes = %s, updated_at = now()
            where file_id = %s and sub_app_id = %s and task_id = %s and state = 'RUNNING'""",
        [
            state, object_key, cover_key, Jsonb(metadata) if metadata is not None else None,
            Jsonb(review_summary or []), reviewed_source, list(files), size, task.file_id,
            task.sub_app_id, task.task_id,
        ],
    )  # fmt: skip
    return cursor.rowcount == 1


async def accept_after(connection: Connection, request: PublishRequest, step_id: str | None) -> str | None:
    """Accepts a publication of a held video that begins when a step has ended; at once without one.

    Returns:
        The TaskId of the publication that is in its way; nothing was changed then.
    """
    cursor = await connection.execute(
        f"""insert into publication as p (file_id, sub_app_id, task_id, definition, state)
           values (%s, %s, %s, %s, 'RUNNING')
               {_TAKES_OVER}
           returning 1""",  # noqa: S608 - of a constant
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


async def shows_source(db: Database, publication: Publication) -> bool:
    """Whether the review of a publication that stands was one of the whole original, so that results of it play too."""
    row = await db.fetch_one(
        """select from publication join media using (file_id)
            where file_id = %s and task_id = %s and reviewed_source = media.object_key""",
        [publication.file_id, publication.task_id],
    )
    return row is not None


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
    """Takes the publication of a locked video away; its objects are doomed, and those that were kept of it.

    Returns:
        The state that it had, None when there was no publication.
    """
    await kept.drop(connection, sub_app_id, file_id)
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
