"""The task that reviews what is published anew, and withdraws it if it is rejected now; a trial changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from minivod.media.probe import NotMedia
from minivod.media.sandbox import StepFailed
from minivod.publishing import word
from minivod.publishing.candidate import Refused
from minivod.publishing.preparing import Prepared
from minivod.publishing.publisher import Judged, Publisher
from minivod.publishing.subjects import subject_of
from minivod.publishing.word import Operator
from minivod.review.model import ReviewFailed
from minivod.store import decisions, publications, review_list, tasks, verdicts
from minivod.store import media as media_rows
from minivod.store.database import Connection, Database
from minivod.store.media import Media
from minivod.store.publications import Publication
from minivod.store.results import TRANSCODE, Result
from minivod.store.tasks import AGAIN, Outcome, Task
from minivod.tasking.kind import Run
from minivod.tasking.outcome import failure

CHANGES = {
    "none": "passes as before",
    "reject": "is rejected",
    "stays": "would be rejected, but a person approved it",
    "gone": "is not published any more",
    "failed": "could not be reviewed",
}
"""What a review anew came to (`change` in the output of its task), in words."""


def parameters(by: Operator, *, trial: bool, overrule: bool) -> dict[str, Any]:
    """What the tasks of a batch are told: who wants it and why; whether nothing is to be changed; even approvals."""
    return {"by": by.name, "reason": by.reason, "trial": trial, "overrule": overrule}


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """The end of an attempt; a `Conclusion`. `judged` is None when there was nothing to be judged."""

    outcome: Outcome
    db: Database | None = None
    judged: Judged | None = None
    digest: str = ""
    kept_for: float = 0
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> Mapping[str, Path | bytes]:
        """The evidence."""
        files = self.judged.review.evidence if self.judged else {}
        return {f"{_evidence(task, owner)}/{name}": content for name, content in files.items()}

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Keeps the review, and withdraws what it rejected; a trial counts for nobody but its reader."""
        if self.judged is None or self.db is None:
            return
        found = msgspec.to_builtins(self.judged.review.record)
        told = task.params
        if (task.output or {}).get("change") == "reject" and not told["trial"]:
            became = await word.take_away(
                connection, self.db, task, Operator(name=told["by"], reason=told["reason"]), found["message"],
                found["summary"], seconds=self.kept_for, overrule=told["overrule"],
            )  # fmt: skip
            await tasks.set_output(connection, task, {**(task.output or {}), "change": became})
        record = {
            **found,
            "evidence_prefix": self.judged.evidence or _evidence(task, owner),
            "subject": self.judged.subject,
            "definition": task.definition,
            "digest": self.digest,
        }
        if self.digest:
            await verdicts.save(connection, self.judged.subject, task.file_id, self.digest, record)
        await tasks.save_review(connection, task, record | ({"trial": True} if told["trial"] else {}))


@dataclass(frozen=True, kw_only=True)
class Again:
    """The kind of task; `publisher` has the parts of a review, `kept_for` is as for `word.reject`, seconds."""

    publisher: Publisher
    kept_for: float

    @property
    def name(self) -> str:
        """The kind of task."""
        return AGAIN

    async def attempt(self, run: Run) -> Reviewed:
        """Reviews what is published now; raises OSError and psycopg.Error, which are worth another attempt."""
        try:
            return await self._reviewed(run)
        except (Refused, NotMedia, StepFailed, ReviewFailed) as error:
            return Reviewed(outcome=_outcome("failed", "", str(error)))

    def give_up(self, outcome: Outcome) -> Reviewed:
        """No worker could finish it."""
        return Reviewed(outcome=msgspec.structs.replace(outcome, output=_outcome("failed", "", outcome.message).output))

    async def announce(self, connection: Connection, task: Task) -> None:
        """Nobody waits for it; a publication that is withdrawn has an event of its own."""

    async def _reviewed(self, run: Run) -> Reviewed:
        task, db = run.task, self.publisher.db
        media = (await media_rows.find(db, task.sub_app_id, [task.file_id])).get(task.file_id)
        found = (await publications.find(db, task.sub_app_id, [task.file_id])).get(task.file_id)
        if media is None or found is None or found.state != "PASS" or found.task_id != task.params["publication"]:
            return Reviewed(outcome=_outcome("gone", "", ""))
        own = await self.publisher.own(task.sub_app_id)
        judged = await self._judge(run, own, media, found)
        record = judged.review.record
        change = "none" if record.decision == "Pass" else await self._change(media, task)
        return Reviewed(
            outcome=_outcome(change, record.decision, record.message),
            db=db,
            judged=judged,
            digest="" if record.away else own.digest,
            kept_for=self.kept_for,
            notes={"change": change, "trial": task.params["trial"], "reused": judged.evidence is not None},
        )

    async def _change(self, media: Media, task: Task) -> str:
        """What a rejection means for it; asked again when it is withdrawn."""
        async with self.publisher.db.connection() as connection:
            said = await decisions.standing(connection, media.sub_app_id, media.file_id, media.metadata)
        return "stays" if said and said.word == "approve" and not task.params["overrule"] else "reject"

    async def _judge(self, run: Run, own: Publisher, media: Media, found: Publication) -> Judged:
        newest = await review_list.newest(own.db, media.sub_app_id, media.file_id)
        subject = str(newest.record.get("subject", "")) if newest else ""
        subject = subject or subject_of(found.object_key, found.cover_key)
        if known := await own.known(subject):
            return known
        prepared = await self._prepared(run, own, media, found)
        run.laps.begin("review")
        cover = await own.cover(found.cover_key, run.work)
        review = await own.inspect(prepared.video, prepared.metadata, cover, run.on_progress)
        return Judged(review=review, subject=subject, of_source=True)

    async def _prepared(self, run: Run, own: Publisher, media: Media, found: Publication) -> Prepared:
        """What players get; of a transcode the original, if that was reviewed for it: other results of it play too."""
        if found.definition and media.object_key and await publications.shows_source(own.db, found):
            return await own.preparing.original(media, run.work, lambda _: None, run.laps)
        return await own.preparing.transcode(_as_result(found), run.work, lambda _: None, run.laps)


def _as_result(found: Publication) -> Result:
    """The published files as the transcode that they are alike to."""
    key = found.object_key or ""
    name = found.files[0] if found.files else key.rpartition("/")[2]
    files: Sequence[str] = found.files or [name]
    metadata = found.metadata or {}
    return Result(
        file_id=found.file_id,
        kind=TRANSCODE,
        definition=found.definition,
        task_id=found.task_id,
        prefix=key.removesuffix(f"/{name}"),
        files=list(files),
        entry=name,
        metadata=None,
        whole=True,
        source_key="",
        body={"container": "hls" if found.files else "mp4", "size": metadata.get("size", 0)},
        created_at=found.updated_at,
    )


def _outcome(change: str, decision: str, message: str) -> Outcome:
    output = {"change": change, "decision": decision, "message": message}
    return (
        msgspec.structs.replace(failure("SourceFileError", message), output=output)
        if change == "failed"
        else (Outcome(message=message, result=decision or None, output=output))
    )


def _evidence(task: Task, owner: UUID) -> str:
    return f"evidence/{task.task_id}/{owner.hex}"
