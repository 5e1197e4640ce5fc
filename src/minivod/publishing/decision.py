"""What an attempt to publish came to: what is written, and the rows that its end changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from minivod.media.probe import MediaMetadata
from minivod.publishing.announce import announce
from minivod.review.model import ReviewResult
from minivod.store import kept, overruling, publications, tasks, usage, verdicts
from minivod.store.database import Connection
from minivod.store.kept import Kept
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
        reviewed_source: the original, if all of it was reviewed.
        kept_for: seconds for which files and cover are kept when REJECTED, for an operator's approval; 0: not at all.
        summary: rows of ReviewSummary; None: those of `review`.
        review: record and evidence; None when it did not come to a review.
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
    kept_for: float = 0
    summary: Sequence[dict[str, Any]] | None = None
    review: ReviewResult | None = None
    subject: str = ""
    digest: str = ""
    evidence: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def objects(self, task: Task, owner: UUID) -> dict[str, Path | bytes]:
        """The video and its cover, if it passed or is kept, and the evidence of the review."""
        content: dict[str, Path | bytes] = {}
        if self._stored:
            content |= {_published(task, owner, name): path for name, path in self.files.items()}
        if (cover := self._cover_key(task, owner)) and self.cover:
            content[cover] = self.cover
        for name, evidence in self.review.evidence.items() if self.review else ():
            content[f"{_evidence(task, owner)}/{name}"] = evidence
        return content

    async def settle(self, connection: Connection, task: Task, owner: UUID) -> None:
        """Decides the publication and keeps the review record; raises Superseded when it was taken away meanwhile."""
        what = Kept(
            definition=task.definition,
            object_key=self._video_key(task, owner) or "",
            cover_key=self._cover_key(task, owner),
            files=[name for name in self.files if name],
            metadata=msgspec.to_builtins(self.metadata) if self.metadata else None,
            reviewed_source=self.reviewed_source,
        )
        if not await self._decide(connection, task, what):
            raise Superseded(_WITHDRAWN)
        if self.state != "REJECTED" or self.review:
            await kept.drop(connection, task.sub_app_id, task.file_id)
        if self.state == "REJECTED" and self._stored:
            await kept.keep(connection, task.sub_app_id, task.file_id, what, self.kept_for)
        if seconds := self._reviewed_seconds:
            await usage.note(connection, task.sub_app_id, usage.reviewed(seconds))
        await self._save_review(connection, task, owner)
        await self._tell_of_earlier(connection, task)

    async def _decide(self, connection: Connection, task: Task, what: Kept) -> bool:
        passed = self.state == "PASS"
        rows = msgspec.to_builtins(self.review.record.summary) if self.review else []
        return await publications.decide(
            connection,
            task,
            state=self.state,
            object_key=what.object_key if passed else None,
            cover_key=what.cover_key if passed else None,
            metadata=what.metadata,
            review_summary=rows if self.summary is None else list(self.summary),
            reviewed_source=what.reviewed_source if passed else None,
            files=what.files if passed else [],
            size=self._size if passed else None,
        )

    async def _save_review(self, connection: Connection, task: Task, owner: UUID) -> None:
        if self.review is None:
            return
        record = {
            **msgspec.to_builtins(self.review.record),
            "evidence_prefix": self.evidence or _evidence(task, owner),
            "subject": self.subject,
            "definition": task.definition,
            "digest": self.digest,
        }
        await tasks.save_review(connection, task, record)
        if self.subject and self.digest and self.summary is None:
            await verdicts.save(connection, self.subject, task.file_id, self.digest, record)

    async def _tell_of_earlier(self, connection: Connection, task: Task) -> None:
        """A task in whose place this one published, for an operator, has its result from now on."""
        earlier = task.params.get("instead_of")
        if earlier and self.state != "FAILED":
            of_it = msgspec.structs.replace(task, task_id=earlier)
            await overruling.retell(connection, task.sub_app_id, earlier, task.result or "", task.message)
            await announce(connection, of_it, cause=task.task_id)

    @property
    def _reviewed_seconds(self) -> float:
        """How much of a video was inspected now; none where an earlier verdict was used again."""
        if self.review is None or self.evidence is not None or self.metadata is None:
            return 0.0
        stopped = self.review.record.stopped_at
        return self.metadata.duration if stopped is None else min(stopped, self.metadata.duration)

    @property
    def _size(self) -> int:
        covers = [self.cover] if self.cover else []
        return sum(path.stat().st_size for path in (*self.files.values(), *covers))

    @property
    def _stored(self) -> bool:
        return bool(self.files) and (self.state == "PASS" or (self.state == "REJECTED" and self.kept_for > 0))

    def _video_key(self, task: Task, owner: UUID) -> str | None:
        return _published(task, owner, next(iter(self.files), "")) if self._stored else None

    def _cover_key(self, task: Task, owner: UUID) -> str | None:
        return f"published/{task.file_id}/{owner.hex}.jpg" if self._stored and self.cover else None


def _published(task: Task, owner: UUID, name: str) -> str:
    stem = f"published/{task.file_id}/{owner.hex}"
    return f"{stem}/{name}" if name else f"{stem}.mp4"


def _evidence(task: Task, owner: UUID) -> str:
    return f"evidence/{task.task_id}/{owner.hex}"
