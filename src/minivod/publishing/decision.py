"""What an attempt to publish came to: what is written, and the rows that its end changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from minivod.media.probe import MediaMetadata
from minivod.review.model import ReviewResult
from minivod.store import publications, tasks, verdicts
from minivod.store.database import Connection
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import Superseded

_WITHDRAWN = "the publication was deleted before it was finished"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The end of an attempt; a `Conclusion`.

    Attributes:
        outcome: what the task says.
        state: of the publication, PASS, REJECTED or FAILED.
        files: what players may fetch, when PASS: one MP4 without a name, or by name, the playlist first.
        cover: its cover (JPEG), if it has one.
        metadata: of the video, also when it was rejected.
        reviewed_source: the original, if all of it was reviewed and passed.
        review: record and thumbnails; None when it did not come to a review.
        subject: what the review is of, to be found again by it; empty: it is not kept for that.
        digest: of what the verdict depends on beside.
        evidence: where an earlier review keeps its pictures; None: these are in `review`.
        notes: for the log.
    """

    outcome: Outcome
    state: str
    files: Mapping[str, Path] = field(default_factory=dict)
    cover: Path | None = None
    metadata: MediaMetadata | None = None
    reviewed_source: str | None = None
    review: ReviewResult | None = None
    subject: str = ""
    digest: str = ""
    evidence: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> dict[str, Path | bytes]:
        """The video and its cover, if it passed, and the evidence of the review."""
        content: dict[str, Path | bytes] = {}
        if self.state == "PASS":
            content |= {_published(task, owner, name): path for name, path in self.files.items()}
        if (cover := self._cover_key(task, owner)) and self.cover:
            content[cover] = self.cover
        for name, picture in self.review.thumbnails.items() if self.review else ():
            content[f"{_evidence(task, owner)}/{name}.jpg"] = picture
        return content

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Decides the publication and keeps the review record; raises Superseded when it was taken away meanwhile."""
        if not await publications.decide(
            connection,
            task,
            state=self.state,
            object_key=self._video_key(task, owner),
            cover_key=self._cover_key(task, owner),
            metadata=msgspec.to_builtins(self.metadata) if self.metadata else None,
            review_summary=msgspec.to_builtins(self.review.record.summary) if self.review else None,
            reviewed_source=self.reviewed_source if self.state == "PASS" else None,
            files=[name for name in self.files if name],
        ):
            raise Superseded(_WITHDRAWN)
        if self.review:
            prefix = self.evidence or _evidence(task, owner)
            record = {**msgspec.to_builtins(self.review.record), "evidence_prefix": prefix}
            await tasks.save_review(connection, task, record)
            if self.subject and self.digest:
                await verdicts.save(connection, self.subject, task.file_id, self.digest, record)

    def _video_key(self, task: Task, owner: UUID) -> str | None:
        return _published(task, owner, next(iter(self.files), "")) if self.state == "PASS" else None

    def _cover_key(self, task: Task, owner: UUID) -> str | None:
        return f"published/{task.file_id}/{owner.hex}.jpg" if self.state == "PASS" and self.cover else None


def _published(task: Task, owner: UUID, name: str) -> str:
    stem = f"published/{task.file_id}/{owner.hex}"
    return f"{stem}/{name}" if name else f"{stem}.mp4"


def _evidence(task: Task, owner: UUID) -> str:
    return f"evidence/{task.task_id}/{owner.hex}"
