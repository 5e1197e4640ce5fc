"""What an attempt to publish came to, and the one transaction that makes it true."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import msgspec

from minivod.media.probe import MediaMetadata
from minivod.objects import Objects, StoreFull
from minivod.publishing.announce import announce, failure
from minivod.review.model import ReviewResult
from minivod.store import doomed, publications, tasks
from minivod.store.database import Database
from minivod.store.tasks import Outcome, Task

_WITHDRAWN = "the publication was deleted before it was finished"


class AttemptLost(Exception):
    """The task is in other hands by now (or was cancelled): what this attempt found is dropped."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The end of an attempt.

    Attributes:
        outcome: what the task says.
        state: of the publication, PASS, REJECTED or FAILED.
        video: the file that players may fetch, when PASS.
        cover: its cover (JPEG), if it has one.
        metadata: of `video`, also when it was rejected.
        review: record and thumbnails; None when it did not come to a review.
    """

    outcome: Outcome
    state: str
    video: Path | None = None
    cover: Path | None = None
    metadata: MediaMetadata | None = None
    review: ReviewResult | None = None


async def conclude(db: Database, objects: Objects, task: Task, owner: UUID, decision: Decision) -> Task:
    """Writes the attempt's objects under names of its own, then switches everything in with one transaction.

    Until the transaction commits, nothing refers to the objects; if it never does, the janitor deletes them.

    Returns:
        The finished task. It is Cancelled, and nothing is published, when the publication was taken away meanwhile.

    Raises:
        AttemptLost: another worker owns the task, or it was cancelled; nothing has changed.
    """
    written = _Written.names(task, owner, decision)
    await doomed.reserve(db, written.keys)
    try:
        await _write(objects, written, decision)
        return await _switch_in(db, task, owner, decision, written)
    except (AttemptLost, _Withdrawn, StoreFull, TimeoutError) as error:
        # Of these alone it is certain that no row refers to the objects, and that none appears later.
        await doomed.release(db, written.keys)
        if not isinstance(error, _Withdrawn):
            raise
    return await _cancel(db, task, owner)


class _Withdrawn(Exception):
    """The publication is not this task's any more, although the task itself goes on."""


@dataclass(frozen=True, kw_only=True)
class _Written:
    """Names of the attempt's objects; `thumbnails` by their names in the review."""

    video: str | None
    cover: str | None
    evidence: str
    thumbnails: dict[str, str]

    @classmethod
    def names(cls, task: Task, owner: UUID, decision: Decision) -> Self:
        passed = decision.state == "PASS"
        evidence = f"evidence/{task.task_id}/{owner.hex}"
        return cls(
            video=f"published/{task.file_id}/{owner.hex}.mp4" if passed else None,
            cover=f"published/{task.file_id}/{owner.hex}.jpg" if passed and decision.cover else None,
            evidence=evidence,
            thumbnails={name: f"{evidence}/{name}.jpg" for name in decision.review.thumbnails}
            if decision.review
            else {},
        )

    @property
    def keys(self) -> list[str]:
        return [key for key in (self.video, self.cover, *self.thumbnails.values()) if key]


async def _write(objects: Objects, written: _Written, decision: Decision) -> None:
    if written.video and decision.video:
        await objects.put_file(written.video, decision.video)
    if written.cover and decision.cover:
        await objects.put_file(written.cover, decision.cover)
    if decision.review:
        for name, picture in decision.review.thumbnails.items():
            await objects.put_bytes(written.thumbnails[name], picture)


async def _switch_in(db: Database, task: Task, owner: UUID, decision: Decision, written: _Written) -> Task:
    async with db.transaction() as connection:
        finished = await tasks.finish(connection, task.task_id, owner, decision.outcome)
        if finished is None:
            raise AttemptLost(task.task_id)
        if not await publications.decide(
            connection,
            task,
            state=decision.state,
            object_key=written.video,
            cover_key=written.cover,
            metadata=msgspec.to_builtins(decision.metadata) if decision.metadata else None,
            review_summary=msgspec.to_builtins(decision.review.record.summary) if decision.review else None,
        ):
            raise _Withdrawn
        if decision.review:
            await tasks.save_review(connection, task, _record(decision.review, written.evidence))
        if not await doomed.spare(connection, written.keys):
            raise TimeoutError("the attempt took so long that its objects were given up and deleted")
        await announce(connection, finished)
    return finished


async def _cancel(db: Database, task: Task, owner: UUID) -> Task:
    async with db.transaction() as connection:
        finished = await tasks.finish(connection, task.task_id, owner, failure("Cancelled", _WITHDRAWN))
        if finished is None:
            raise AttemptLost(task.task_id)
        await announce(connection, finished)
    return finished


def _record(review: ReviewResult, evidence: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(review.record), "evidence_prefix": evidence}
