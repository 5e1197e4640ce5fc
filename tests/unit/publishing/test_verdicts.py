"""A verdict counts again for what shows the same, until anything changes that it depends on."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.media.sandbox import Limits, Sandbox
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorConfig, DetectorSet
from minivod.review.digest import digest_of
from minivod.review.model import Finding, Sample
from minivod.review.policy import Policy
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.tasks import Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds, Run
from minivod.tasking.laps import Laps

from ..media.streams import ffmpeg
from .stage import Stage, open_stage


class Counting:
    """A detector that finds nothing, and counts its samples."""

    name = "counting"
    categories = frozenset({"Terrorism"})

    def __init__(self) -> None:
        self.samples = 0

    def inspect(self, sample: Sample) -> list[Finding]:
        self.samples += 1
        return []


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    made = tmp_path / "clip.mp4"
    ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=10 -t 2", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", made)
    return made


class Case:
    """One video, published again and again."""

    def __init__(self, stage: Stage, tmp_path: Path, file_id: str) -> None:
        self.stage, self.home, self.file_id = stage, tmp_path, file_id
        self.words = tmp_path / "words"
        self.words.mkdir()
        self.detector = Counting()

    async def publish(self, definition: int = 0) -> tuple[Task, int]:
        """The finished task, and how many samples were inspected for it."""
        task_id = ids.new_task_id(self.stage.app_id, KIND)
        wanted = PublishRequest(
            sub_app_id=self.stage.app_id, app_id=self.stage.app_id, file_id=self.file_id, definition=definition,
            task_id=task_id,
        )  # fmt: skip
        assert (await Publications(self.stage.db, lambda *_: True).accept(wanted)).accepted
        task, owner = await self.stage.claim(task_id)
        work = self.home / uuid4().hex
        work.mkdir()
        before, publisher = self.detector.samples, self.publisher()
        run = Run(task=task, work=work, on_progress=lambda _: None, laps=Laps("fetch"))
        kinds = Kinds(single={KIND: publisher})
        ended = await conclude(self.stage.db, self.stage.objects, kinds, task, owner, await publisher.attempt(run))
        await self.stage.db.execute("delete from publication")
        return ended, self.detector.samples - before

    def publisher(self) -> Publisher:
        config = DetectorConfig(self.home / "models", self.words)
        detectors = DetectorSet((self.detector,))
        return Publisher(
            db=self.stage.db,
            objects=self.stage.objects,
            sandbox=Sandbox(Limits()),
            detectors=detectors,
            policy=Policy(),
            interval=1.0,
            max_duration=60.0,
            digest=digest_of(config, detectors, Policy(), 1.0),
        )

    async def transcode(self, clip: Path, definition: int, *, whole: bool) -> None:
        """A result of that template."""
        prefix = f"made/{self.file_id}/{definition}"
        await self.stage.objects.put_file(f"{prefix}/output.mp4", clip)
        await self.stage.db.execute(
            """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry, metadata,
                                         whole, source_key, body)
               select file_id, sub_app_id, 'Transcode', %s, 'x', %s, '{output.mp4}', 'output.mp4', '{}', %s, object_key,
                      %s from media where file_id = %s""",
            [definition, prefix, whole, Jsonb({"container": "mp4"}), self.file_id],
        )


@pytest.fixture
async def case(stage: Stage, tmp_path: Path, clip: Path) -> Case:
    task_id = await stage.accepted(clip)
    task = await stage.task(task_id)
    await stage.db.execute("delete from publication")
    return Case(stage, tmp_path, task.file_id)


async def test_a_source_is_reviewed_once(case: Case, clip: Path) -> None:
    await case.transcode(clip, 10, whole=True)
    first, inspected = await case.publish()
    assert (first.result, inspected > 0) == ("Pass", True)
    again, more = await case.publish(10)
    assert (again.result, more, again.message) == ("Pass", 0, first.message)


async def test_the_source_is_what_is_reviewed_for_its_transcodes(case: Case, clip: Path) -> None:
    for definition in (10, 20):
        await case.transcode(clip, definition, whole=True)
    assert [(await case.publish(definition))[1] > 0 for definition in (10, 20, 0)] == [True, False, False]


async def test_what_shows_something_else_is_reviewed_itself(case: Case, clip: Path) -> None:
    await case.transcode(clip, 10, whole=False)
    assert [(await case.publish(definition))[1] > 0 for definition in (0, 10, 10)] == [True, True, False]


async def test_a_changed_word_list_means_a_new_review(case: Case) -> None:
    assert [(await case.publish())[1] > 0 for _ in range(2)] == [True, False]
    (case.words / "Porn.txt").write_text("something new\n", encoding="utf-8")
    assert (await case.publish())[1] > 0
    assert (await case.publish())[1] == 0
    shutil.rmtree(case.words)
    assert (await case.publish())[1] > 0


def test_the_digest_is_of_all_that_a_verdict_depends_on(tmp_path: Path) -> None:
    models, words = tmp_path / "models", tmp_path / "words"
    models.mkdir()
    words.mkdir()
    detectors = DetectorSet((Counting(),))

    def digest(policy: Policy | None = None, interval: float = 1.0, detail: int = 640) -> str:
        return digest_of(DetectorConfig(models, words, detail), detectors, policy or Policy(), interval)

    seen = [digest()]
    assert digest() == seen[0]
    (models / "nudity.onnx").write_bytes(b"one")
    seen.append(digest())
    (models / "nudity.onnx").write_bytes(b"two")
    seen.append(digest())
    (words / "Porn.txt").write_text("word\n", encoding="utf-8")
    seen += [digest(), digest(interval=2.0), digest(detail=320), digest(Policy(on_review="pass"))]
    seen.append(digest(Policy.make({"Porn": [10, 20, 30]}, "reject", "pass")))
    detectors = DetectorSet(())
    seen.append(digest())
    assert len(set(seen)) == len(seen)
