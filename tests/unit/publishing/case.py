"""A video and the worker that publishes it, which reviews by a detector that does as it is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np

from minivod import ids
from minivod.media.frames import Frame
from minivod.media.metadata import MediaMetadata
from minivod.media.sandbox import Limits, Sandbox
from minivod.publishing import word
from minivod.publishing.again import Again
from minivod.publishing.preparing import Prepared, Preparing
from minivod.publishing.publisher import Publisher
from minivod.publishing.word import Operator, Said
from minivod.review.detectors import DetectorSet
from minivod.review.model import Finding, ReviewResult, Sample
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.store.media import Media
from minivod.store.publications import KIND, Publication, Publications, PublishRequest
from minivod.store.results import Result
from minivod.store.tasks import AGAIN, Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds, Progress, Run
from minivod.tasking.laps import Laps

from ..playback.stage import metadata
from .stage import Stage

ANN = Operator(name="ann", reason="a harmless film")
BOB = Operator(name="bob", reason="not for us")
HOUR = 3600.0
FRAME = Frame(0.0, np.zeros((48, 64, 3), np.uint8), keyframe=True)


class Suspicious:
    """A detector that is sure of what it finds in every frame, or finds nothing."""

    name = "suspicious"
    categories = frozenset({"Porn"})

    def __init__(self) -> None:
        self.confidence, self.samples = 99.0, 0

    def inspect(self, sample: Sample) -> list[Finding]:
        self.samples += 1
        return [Finding.at(sample, "Porn", "nudity", self.confidence)] if self.confidence else []


class Unprepared(Preparing):
    """Takes a published file as it is."""

    async def transcode(self, result: Result, work: Path, on_progress: Progress, laps: Laps) -> Prepared:
        assert await self.objects.head(result.key(result.entry))
        return Prepared(video=work, metadata=msgspec.convert(metadata(17), MediaMetadata), files={})


class Quick(Publisher):
    """Publishes without media tools: what they do is not asked here."""

    async def prepare(self, run: Run, media: Media, result: Result | None) -> Prepared:
        video = run.work / "video.mp4"
        video.write_bytes(b"the remuxed video")
        return Prepared(video=video, metadata=msgspec.convert(metadata(17), MediaMetadata), files={"": video})

    @property
    def preparing(self) -> Preparing:
        return Unprepared(
            sandbox=self.sandbox, objects=self.objects, containers=self.containers, max_duration=self.max_duration
        )

    async def cover(self, key: str | None, work: Path) -> Frame | None:
        return FRAME if key else None

    async def inspect(
        self, video: Path, metadata: MediaMetadata, cover: Frame | None, on_progress: Progress
    ) -> ReviewResult:
        async def samples() -> AsyncIterator[Frame]:
            yield FRAME

        return await review(samples(), self.detectors, self.policy)


class Case:
    """A video, and the worker that publishes it."""

    def __init__(self, stage: Stage, home: Path, file_id: str) -> None:
        self.stage, self.home, self.file_id = stage, home, file_id
        self.detector, self.kept_for = Suspicious(), HOUR
        self.publisher: type[Publisher] = Quick
        self.digest, self.stop_after = "as it is", 0.0

    async def request(self, file_id: str = "") -> str:
        """What WeChatMiniProgramPublish does; the TaskId."""
        task_id = ids.new_task_id(self.stage.app_id, KIND)
        wanted = PublishRequest(
            sub_app_id=self.stage.app_id, app_id=self.stage.app_id, file_id=file_id or self.file_id, definition=0,
            task_id=task_id,
        )  # fmt: skip
        assert (await Publications(self.stage.db, lambda *_: True).accept(wanted)).accepted
        return task_id

    async def work(self, task_id: str) -> Task:
        """What a worker does."""
        task, owner = await self.stage.claim(task_id)
        publisher = self.publisher(
            db=self.stage.db, objects=self.stage.objects, sandbox=Sandbox(Limits()), policy=Policy(), interval=1.0,
            detectors=DetectorSet((self.detector,)), max_duration=60.0, digest=self.digest, kept_for=self.kept_for,
            stop_after=self.stop_after,
        )  # fmt: skip
        kind = Again(publisher=publisher, kept_for=HOUR) if task.kind == AGAIN else publisher
        place = self.home / uuid4().hex
        place.mkdir()
        run = Run(task=task, work=place, on_progress=lambda _: None, laps=Laps("fetch"))
        kinds = Kinds(single={KIND: publisher, AGAIN: kind})
        return await conclude(self.stage.db, self.stage.objects, kinds, task, owner, await kind.attempt(run))

    async def publish(self, file_id: str = "") -> Task:
        return await self.work(await self.request(file_id))

    async def approve(self, by: Operator = ANN, *, unseen: bool = False) -> Said:
        return await word.approve(self.stage.db, self.stage.app_id, self.file_id, by, unseen=unseen)

    async def reject(self, by: Operator = BOB, **more: Any) -> Said:
        return await word.reject(self.stage.db, self.stage.app_id, self.file_id, by, **{"seconds": HOUR} | more)

    async def reset(self) -> Said:
        return await word.reset(self.stage.db, self.stage.app_id, self.file_id, ANN, seconds=HOUR)

    async def publication(self) -> Publication:
        row = await self.stage.db.fetch_one("select task_id from publication where file_id = %s", [self.file_id])
        assert row is not None
        found = await self.stage.publication(await self.stage.task(row["task_id"]))
        assert found is not None
        return found

    async def results(self) -> list[tuple[str, str]]:
        """TaskId and PublishResult of each event."""
        return [(event["TaskId"], event["PublishResult"]) for event in await self.stage.events()]
