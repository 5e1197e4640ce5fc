"""Carries out a publish task: preflight, remux, review of exactly what players will get, decision."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from minivod.media.frames import LONGEST_SIDE, Frame, frames, picture
from minivod.media.probe import MediaMetadata, NotMedia
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.objects import Objects
from minivod.publishing import formats
from minivod.publishing.announce import announce
from minivod.publishing.candidate import Refused, make_candidate
from minivod.publishing.decision import Decision
from minivod.review.detectors import DetectorSet
from minivod.review.model import ReviewFailed, ReviewResult
from minivod.review.pictures import to_jpeg
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.store import media as media_rows
from minivod.store.database import Connection, Database
from minivod.store.media import Media
from minivod.store.publications import KIND
from minivod.store.tasks import Outcome, Task
from minivod.tasking.kind import Progress, Run
from minivod.tasking.laps import Laps
from minivod.tasking.outcome import failure

log = structlog.get_logger(__name__)
_REMUX_SHARE = 0.1
_STALLS = 2
"""A sample may take that many times as long as a media tool may be silent, which is noticed first."""


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """The parts that publishing needs; `interval` and `max_duration` are seconds, `detail` pixels.

    `containers` are those in which an original may come.

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
    stuck: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The kind of task."""
        return KIND

    async def attempt(self, run: Run) -> Decision:
        """From the source to the decision; raises OSError and psycopg.Error, which are worth another attempt."""
        found = await media_rows.find(self.db, run.task.sub_app_id, [run.task.file_id])
        return await self._decide(found.get(run.task.file_id), run.work, run.on_progress, run.laps)

    def give_up(self, outcome: Outcome) -> Decision:
        """No worker could finish it."""
        return Decision(outcome=outcome, state="FAILED")

    async def announce(self, connection: Connection, task: Task) -> None:
        """The event WechatMiniProgramPublishComplete."""
        await announce(connection, task)

    async def _decide(self, media: Media | None, work: Path, on_progress: Progress, laps: Laps) -> Decision:
        try:
            if media is None or media.object_key is None:
                raise Refused("the original does not exist any more")
            video, metadata = await self._prepare(media, media.object_key, work, on_progress, laps)
            laps.begin("review")
            cover = await self._cover(media, work)
            result = await self._review(video, metadata, cover, on_progress)
        except Refused as error:
            return Decision(outcome=failure("SourceFileError", str(error)), state="FAILED")
        except (NotMedia, StepFailed) as error:
            return Decision(
                outcome=failure("SourceFileError", f"the video cannot be processed: {error}"), state="FAILED"
            )
        except ReviewFailed as error:
            log.error("review_failed", file_id=media.file_id if media else None, reason=str(error))
            return Decision(outcome=failure("InternalError", f"the review failed: {error}"), state="FAILED")
        passed = result.record.decision == "Pass"
        return Decision(
            outcome=Outcome(message=result.record.message, result=result.record.decision),
            state="PASS" if passed else "REJECTED",
            video=video if passed else None,
            cover=_write_cover(cover, work) if passed and cover else None,
            metadata=metadata,
            reviewed_source=media.object_key if passed else None,  # what is published is a remux of it
            review=result,
            notes={"samples": result.record.samples_inspected, "detectors": result.record.seconds},
        )

    async def _prepare(
        self, media: Media, object_key: str, work: Path, on_progress: Progress, laps: Laps
    ) -> tuple[Path, MediaMetadata]:
        """The file that would be published: the source's first video and audio stream as MP4 with faststart."""
        target = work / "video.mp4"
        async with self.objects.local_copy(object_key, work) as source:
            metadata = await make_candidate(
                self.sandbox,
                source,
                target,
                md5=media.metadata.get("md5", ""),
                containers=self.containers,
                max_duration=self.max_duration,
                on_progress=lambda done: on_progress(done * _REMUX_SHARE),
                laps=laps,
            )
        return target, metadata

    async def _cover(self, media: Media, work: Path) -> Frame | None:
        if media.cover_key is None:
            return None
        async with self.objects.local_copy(media.cover_key, work) as path:
            try:
                return await picture(self.sandbox, path)
            except NotMedia as error:
                raise Refused(f"its cover is not a picture: {error}") from None

    async def _review(
        self, video: Path, metadata: MediaMetadata, cover: Frame | None, on_progress: Progress
    ) -> ReviewResult:
        async def samples() -> AsyncIterator[Frame]:
            if cover is not None:
                yield cover
            async for frame in frames(self.sandbox, video, metadata, self.interval, self.detail):
                yield frame

        limit = _STALLS * self.sandbox.limits.stall
        try:
            async with asyncio.timeout(limit) as watch:

                def at(seconds: float) -> None:
                    watch.reschedule(asyncio.get_running_loop().time() + limit)
                    share = min(seconds / metadata.duration, 1.0)
                    on_progress(_REMUX_SHARE + (1 - _REMUX_SHARE) * share)

                return await review(samples(), self.detectors, self.policy, at)
        except TimeoutError:
            self.stuck.set()
            raise ReviewFailed(f"no frame was inspected for {limit:.0f} s") from None


def _write_cover(cover: Frame, work: Path) -> Path:
    """The cover as it was reviewed, so that no other picture hides in the file (animations, metadata)."""
    path = work / "cover.jpg"
    path.write_bytes(to_jpeg(cover.image))
    return path
