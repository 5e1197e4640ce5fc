"""What an attempt to publish came to, and the one transaction that makes it true."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from minivod.media.probe import MediaMetadata
from minivod.objects import Objects
from minivod.publishing.announce import announce
from minivod.review.model import ReviewResult
from minivod.store import doomed, publications, tasks
from minivod.store.database import Database
from minivod.store.tasks import Outcome, Task


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
        The finished task.

    Raises:
        AttemptLost: another worker owns the task, or it was cancelled; nothing has changed.
    """
    passed = decision.state == "PASS"
    video_key = f"published/{task.file_id}/{owner.hex}.mp4" if passed else None
    cover_key = f"published/{task.file_id}/{owner.hex}.jpg" if passed and decision.cover else None
    evidence = f"evidence/{task.task_id}/{owner.hex}"
    thumbnails = decision.review.thumbnails if decision.review else {}
    keys = [key for key in (video_key, cover_key) if key] + [f"{evidence}/{name}.jpg" for name in thumbnails]
    await doomed.reserve(db, keys)
    if video_key and decision.video:
        await objects.put_file(video_key, decision.video)
    if cover_key and decision.cover:
        await objects.put_file(cover_key, decision.cover)
    for name, picture in thumbnails.items():
        await objects.put_bytes(f"{evidence}/{name}.jpg", picture)
    async with db.transaction() as connection:
        finished = await tasks.finish(connection, task.task_id, owner, decision.outcome)
        if finished is None or not await publications.decide(
            connection,
            task,
            state=decision.state,
            object_key=video_key,
            cover_key=cover_key,
            metadata=msgspec.to_builtins(decision.metadata) if decision.metadata else None,
            review_summary=msgspec.to_builtins(decision.review.record.summary) if decision.review else None,
        ):
            raise AttemptLost(task.task_id)
        if decision.review:
            await tasks.save_review(connection, task, _record(decision.review, evidence))
        await doomed.spare(connection, keys)
        await announce(connection, finished)
    return finished


def _record(review: ReviewResult, evidence: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(review.record), "evidence_prefix": evidence}
