"""Carries out a publish task: preflight, remux, review of exactly what players will get, decision."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from minivod.media.frames import LONGEST_SIDE, Frame, frames, picture
from minivod.media.probe import MediaMetadata, NotMedia
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.media.sound import Piece, sound
from minivod.objects import Objects
from minivod.publishing import formats, own_policies
from minivod.publishing.announce import announce
from minivod.publishing.candidate import Refused
from minivod.publishing.decision import Decision
from minivod.publishing.overruled import approved, rejected, summary_approved, summary_rejected
from minivod.publishing.preparing import Prepared, Preparing
from minivod.publishing.subjects import shows_source, subject_of, subjects
from minivod.review.detectors import DetectorSet
from minivod.review.model import ReviewFailed, ReviewRecord, ReviewResult
from minivod.review.pictures import to_jpeg
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.store import decisions, results, verdicts
from minivod.store import media as media_rows
from minivod.store.database import Connection, Database
from minivod.store.decisions import Decision as Word
from minivod.store.media import Media
from minivod.store.publications import KIND
from minivod.store.results import Result
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import Progress, Run
from minivod.tasking.outcome import failure

log = structlog.get_logger(__name__)
_REMUX_SHARE = 0.1
_LISTENING_SHARE = 0.4
"""Of a review that listens too."""
_STALLS = 2
"""A sample may take that many times as long as a media tool may be silent, which is noticed first."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A verdict.

    Attributes:
        review: what was found.
        subject: what was reviewed.
        of_source: whether it is a verdict on all that the original shows.
        evidence: where an earlier review keeps its pictures; None: it was made now.
    """

    review: ReviewResult
    subject: str
    of_source: bool
    evidence: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the review has seen all of it; one that stopped is good for a rejection only."""
        return self.review.record.stopped_at is None


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """The parts that publishing needs; `interval`, `max_duration` and `kept_for` are seconds, `detail` pixels.

    `containers` are those in which an original may come. `digest` is that of `review.digest`; empty: no verdict is
    used again. `detectors`, `policy` and `digest` are for applications without a policy of their own. `kept_for` is
    how long what a rejected video would play as is kept, `stop_after` is as for `review.run.review`.

    `stuck` is set when a detector hangs: nothing but the end of this process stops its thread.
    """

    db: Database
    objects: Objects
    sandbox: Sandbox
    detectors: DetectorSet
    policy: Policy
    interval: float
    max_duration: float
    containers: frozenset[str] = formats.containers(allow_mov=False)
    detail: int = LONGEST_SIDE
    digest: str = ""
    kept_for: float = 0
    stop_after: float = 0
    stuck: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The kind of task."""
        return KIND

    async def attempt(self, run: Run) -> Decision:
        """From the source to the decision; raises OSError and psycopg.Error, which are worth another attempt."""
        task = run.task
        media = (await media_rows.find(self.db, task.sub_app_id, [task.file_id])).get(task.file_id)
        try:
            if media is None:
                raise Refused("the video does not exist any more")
            return await self._decide(run, media, await self._result(task))
        except Refused as error:
            return Decision(outcome=failure("SourceFileError", str(error)), state="FAILED")
        except (NotMedia, StepFailed) as error:
            return Decision(
                outcome=failure("SourceFileError", f"the video cannot be processed: {error}"), state="FAILED"
            )
        except ReviewFailed as error:
            log.error("review_failed", file_id=task.file_id, reason=str(error))
            return Decision(outcome=failure("InternalError", f"the review failed: {error}"), state="FAILED")

    def give_up(self, outcome: Outcome) -> Decision:
        """No worker could finish it."""
        return Decision(outcome=outcome, state="FAILED")

    async def announce(self, connection: Connection, task: Task) -> None:
        """The event WechatMiniProgramPublishComplete."""
        await announce(connection, task)

    async def _result(self, task: Task) -> Result | None:
        """The transcode that is to be published; None: the original is."""
        if not task.definition:
            return None
        found = await results.find_one(self.db, task.sub_app_id, task.file_id, results.TRANSCODE, task.definition)
        if found is None:
            raise Refused(f"there is no transcode by template {task.definition}: it failed, or it was deleted")
        return found

    async def _decide(self, run: Run, media: Media, result: Result | None) -> Decision:
        word = await self._word(media)
        if word is not None and word.word == "reject":
            message = rejected(word.reason, word.types)
            rows = summary_rejected((), word.types)
            return Decision(outcome=Outcome(message=message, result="Rejected"), state="REJECTED", summary=rows)
        prepared = await self.prepare(run, media, result)
        run.laps.begin("review")
        cover = await self.cover(media.cover_key, run.work)
        if word is not None and word.subject in subjects(media, result):
            return await self._approved(run, media, word, prepared, cover)
        own = await self.own(run.task.sub_app_id)
        judged = await own.judge(run, media, result, prepared, cover)
        record = judged.review.record
        return Decision(
            outcome=Outcome(message=record.message, result=record.decision),
            state="PASS" if record.decision == "Pass" else "REJECTED",
            files=prepared.files,
            cover=_write_cover(cover, run.work) if cover else None,
            metadata=prepared.metadata,
            reviewed_source=media.object_key if judged.of_source and judged.whole else None,
            kept_for=self.kept_for,
            review=judged.review,
            subject=judged.subject,
            digest="" if record.away else own.digest,
            evidence=judged.evidence,
            notes={
                "samples": record.samples_inspected,
                "detectors": record.seconds,
                "reused": judged.evidence is not None,
            },
        )

    async def _word(self, media: Media) -> Word | None:
        """What an operator said of the video, and has not taken back."""
        async with self.db.connection() as connection:
            return await decisions.standing(connection, media.sub_app_id, media.file_id, media.metadata)

    async def _approved(self, run: Run, media: Media, word: Word, prepared: Prepared, cover: Frame | None) -> Decision:
        """What a person approved is published whatever a review found, which stays to be looked at."""
        known = await verdicts.find_any(self.db, word.subject)
        judged = _kept_verdict(known, word.subject) if known else None
        rows = msgspec.to_builtins(judged.review.record.summary) if judged else []
        whole = judged is None or judged.whole
        return Decision(
            outcome=Outcome(message=approved(word.reason), result="Pass"),
            state="PASS",
            files=prepared.files,
            cover=_write_cover(cover, run.work) if cover else None,
            metadata=prepared.metadata,
            reviewed_source=media.object_key if word.subject == _of_source(media) and whole else None,
            summary=summary_approved(rows),
            review=judged.review if judged else None,
            subject=word.subject,
            digest=str(known.get("digest", "")) if known else "",
            evidence=judged.evidence if judged else None,
            notes={"approved": word.decision_id},
        )

    async def own(self, sub_app_id: int) -> "Publisher":
        """This with the policy of an application; raises ReviewFailed when that cannot be read."""
        try:
            own = await own_policies.current(self.db, sub_app_id)
        except own_policies.PolicyError as error:
            raise ReviewFailed(str(error)) from None
        if own is None:
            return self
        return replace(
            self, policy=own.over(self.policy), detectors=own.wanted(self.detectors), digest=own.digest(self.digest)
        )

    async def prepare(self, run: Run, media: Media, result: Result | None) -> Prepared:
        """What would be published: of the original, or of a transcode of it; raises as `Preparing` does."""

        def on_progress(done: float) -> None:
            run.on_progress(done * _REMUX_SHARE)

        if result is None:
            return await self.preparing.original(media, run.work, on_progress, run.laps)
        return await self.preparing.transcode(result, run.work, on_progress, run.laps)

    @property
    def preparing(self) -> Preparing:
        """How what would be published is made."""
        return Preparing(
            sandbox=self.sandbox, objects=self.objects, containers=self.containers, max_duration=self.max_duration
        )

    async def judge(
        self, run: Run, media: Media, result: Result | None, prepared: Prepared, cover: Frame | None
    ) -> Judged:
        """The verdict on what was prepared.

        What a transcode shows is what its source shows, if all of it was transcoded and nothing put on; so the source
        is reviewed for it, where it can be made into what players get, and only once.
        """
        of_source = shows_source(media, result)
        if of_source and (known := await self.known(_of_source(media))):
            return known
        reviewed = prepared
        if result is not None and of_source:
            source = await self._source(run, media)
            reviewed, of_source = source or prepared, source is not None
        key = media.object_key if result is None or of_source else result.key(result.entry)
        subject = subject_of(key, media.cover_key)
        if not of_source and (known := await self.known(subject)):
            return replace(known, of_source=False)
        review = await self.inspect(reviewed.video, reviewed.metadata, cover, run.on_progress)
        return Judged(review=review, subject=subject, of_source=of_source)

    async def known(self, subject: str) -> Judged | None:
        """An earlier verdict on the same objects, by the same detectors, lists and thresholds.

        One that stopped rejects again, which the rest of the video would not change; it does not where all is wanted.
        """
        record = await verdicts.find(self.db, subject, self.digest) if self.digest else None
        found = _kept_verdict(record, subject) if record else None
        return found if found is None or found.whole or self.stop_after else None

    async def _source(self, run: Run, media: Media) -> Prepared | None:
        """The original as it would be published; None where it could not be."""
        try:
            return await self.preparing.original(media, run.work, lambda _: None, run.laps, "source.mp4")
        except (Refused, NotMedia, StepFailed):
            return None

    async def cover(self, key: str | None, work: Path) -> Frame | None:
        """The picture that covers the video, None without one; raises Refused when it is none."""
        if key is None:
            return None
        async with self.objects.local_copy(key, work) as path:
            try:
                return await picture(self.sandbox, path)
            except NotMedia as error:
                raise Refused(f"its cover is not a picture: {error}") from None

    async def inspect(
        self, video: Path, metadata: MediaMetadata, cover: Frame | None, on_progress: Progress
    ) -> ReviewResult:
        """Reviews a file with its cover and its sound; raises ReviewFailed, NotMedia and StepFailed."""
        listening = _LISTENING_SHARE if self.detectors.listeners else 0.0

        async def samples() -> AsyncIterator[Frame | Piece]:
            if cover is not None:
                yield cover
            async for frame in frames(self.sandbox, video, metadata, self.interval, self.detail):
                yield frame
            if self.detectors.listeners:
                async for piece in sound(self.sandbox, video, metadata):
                    yield piece

        def at(done: float, share: float) -> Callable[[float], None]:
            def told(seconds: float) -> None:
                part = done + share * min(seconds / metadata.duration, 1.0)
                on_progress(_REMUX_SHARE + (1 - _REMUX_SHARE) * part)

            return told

        return await self._watched(samples(), at(0.0, 1 - listening), at(1 - listening, listening))

    async def inspect_picture(self, cover: Frame) -> ReviewResult:
        """Reviews a cover alone; raises ReviewFailed."""

        async def samples() -> AsyncIterator[Frame | Piece]:
            yield cover

        return await self._watched(samples(), lambda _: None)

    async def _watched(self, samples: AsyncIterator[Frame | Piece], *on_time: Callable[[float], None]) -> ReviewResult:
        """Reviews, unless a sample takes far too long; `on_time` are told the seconds of each frame, and of sound."""
        limit = _STALLS * self.sandbox.limits.stall
        try:
            async with asyncio.timeout(limit) as watch:

                def watched(told: Callable[[float], None]) -> Callable[[float], None]:
                    def at(seconds: float) -> None:
                        watch.reschedule(asyncio.get_running_loop().time() + limit)
                        told(seconds)

                    return at

                frame, heard = map(watched, (on_time[0], on_time[-1]))
                return await review(samples, self.detectors, self.policy, frame, self.stop_after, heard)
        except TimeoutError:
            self.stuck.set()
            raise ReviewFailed(f"nothing was inspected for {limit:.0f} s") from None


def _of_source(media: Media) -> str:
    return subject_of(media.object_key, media.cover_key)


def _kept_verdict(record: dict[str, Any], subject: str) -> Judged:
    """An earlier review as it was kept."""
    review = ReviewResult(record=msgspec.convert(record, ReviewRecord), thumbnails={})
    return Judged(review=review, subject=subject, of_source=True, evidence=str(record["evidence_prefix"]))


def _write_cover(cover: Frame, work: Path) -> Path:
    """The cover as it was reviewed, so that no other picture hides in the file (animations, metadata)."""
    path = work / "cover.jpg"
    path.write_bytes(to_jpeg(cover.image))
    return path
