"""Reviews without publishing: what is told of what detectors see, and that no publication is touched."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from minivod import ids
from minivod.media.sandbox import Limits, Sandbox
from minivod.processing.reviewing import Reviewing
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorSet
from minivod.review.model import Certainty, Finding, Heard, Sample, Sound
from minivod.review.own_policy import OwnPolicy
from minivod.review.policy import Policy
from minivod.store import media_reviews, publications, verdicts
from minivod.store.media_reviews import REVIEW, ReviewRequest
from minivod.store.policies import save as save_policy
from minivod.store.tasks import Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import Kinds, Run
from minivod.tasking.laps import Laps
from minivod.wire.review_task import ReviewAudioVideoTask, review_task

from ..media.streams import ffmpeg
from ..publishing.stage import Stage, open_stage
from ..templates.samples import png

PORN = ["Porn"]


@dataclass
class Told:
    """A detector that sees in every frame what it is told."""

    sees: Mapping[str, tuple[str, float]]
    certainty: Certainty = "certain"
    name: str = "told"
    categories: frozenset[str] = frozenset({"Porn", "Porn.Ocr", "Terrorism.Ocr"})
    samples: list[tuple[int, ...]] = field(default_factory=list)

    def inspect(self, sample: Sample) -> list[Finding]:
        self.samples.append(sample.image.shape)
        found = [Finding.at(sample, category, label, score) for category, (label, score) in self.sees.items()]
        for one in found:
            one.certainty = self.certainty if one.category.endswith(".Ocr") else "certain"
        return found


class Ear:
    """A listener that hears the same in every piece, of English only."""

    name = "ear"
    categories = frozenset({"Porn.Asr"})
    remarks: ClassVar[dict[str, str]] = {"Porn.Asr": "English only"}

    def listen(self, sound: Sound) -> list[Heard]:
        found = Finding(category="Porn.Asr", label="free sex", confidence=98.0, start=sound.time + 0.5, end=1.25)
        return [Heard(found, len(sound.channels) - 1)]


class Reviews:
    """A video with a cover, and the worker that reviews it."""

    def __init__(self, stage: Stage, home: Path, file_id: str) -> None:
        self.stage, self.home, self.file_id = stage, home, file_id
        self.policy, self.digest, self.longest = Policy(), "", 60.0
        self.listeners: tuple[Ear, ...] = ()

    async def run(self, detector: Told, labels: list[str], *contents: str) -> Task:
        """What ReviewAudioVideo and a worker do."""
        task_id = ids.new_task_id(self.stage.app_id, REVIEW)
        told = {"session_context": "mine", "labels": labels, "contents": list(contents or ("Media",))}
        async with self.stage.db.transaction() as connection:
            asked = ReviewRequest(
                task_id=task_id, sub_app_id=self.stage.app_id, app_id=self.stage.app_id, file_id=self.file_id,
                definition=10, priority=0, params=told,
            )  # fmt: skip
            await media_reviews.accept(connection, asked)
        task, owner = await self.stage.claim(task_id)
        kind = Reviewing(
            publisher=Publisher(
                db=self.stage.db, objects=self.stage.objects, sandbox=Sandbox(Limits()), policy=self.policy,
                detectors=DetectorSet((detector,), listeners=self.listeners), interval=1.0, max_duration=self.longest,
                digest=self.digest,
            )
        )  # fmt: skip
        place = self.home / uuid4().hex
        place.mkdir()
        run = Run(task=task, work=place, on_progress=lambda _: None, laps=Laps("fetch"))
        kinds = Kinds(single={REVIEW: kind})
        return await conclude(self.stage.db, self.stage.objects, kinds, task, owner, await kind.attempt(run))

    async def told(self, *args: Any) -> ReviewAudioVideoTask:
        return review_task(await self.run(*args))

    async def kept(self) -> dict[str, tuple[str, list[str]]]:
        """What DescribeMediaInfos would find."""
        found = await media_reviews.find(self.stage.db, self.stage.app_id, [self.file_id])
        return {one.content: (one.suggestion, one.types) for one in found.get(self.file_id, [])}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    ffmpeg(
        "-f lavfi -i testsrc2=size=128x96:rate=5 -f lavfi -i sine -t 2", "-c:v libx264 -preset ultrafast -c:a aac", path
    )
    return path


@pytest.fixture
async def reviews(database_url: str, tmp_path: Path, clip: Path) -> AsyncIterator[Reviews]:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        await stage.objects.put_bytes("covers/1.png", png(size=(40, 30)))
        task = await stage.task(await stage.accepted(clip, cover_key="covers/1.png"))
        yield Reviews(stage, tmp_path, task.file_id)


async def test_what_is_found_is_told_in_the_task_and_the_event_and_publishes_nothing(reviews: Reviews) -> None:
    before = (await publications.find(reviews.stage.db, reviews.stage.app_id, [reviews.file_id]))[reviews.file_id]
    seen = Told({"Porn": ("nudity", 85.0), "Porn.Ocr": ("free sex", 70.0), "Terrorism.Ocr": ("a bomb", 99.0)})
    told = await reviews.told(seen, PORN)
    assert (told.Status, told.ErrCodeExt, told.SessionContext) == ("FINISH", "", "mine")
    assert told.Input.ReviewContents == ["Media"] and told.Input.FileId == reviews.file_id
    output = told.Output
    assert (output.Suggestion, output.Label, output.Form) == ("block", "Porn", "Image")
    picture, text = output.SegmentSet
    assert (picture.Form, picture.Suggestion, picture.Confidence, picture.Text) == ("Image", "block", 85.0, "")
    assert picture.StartTimeOffset == 0.0 and 1.0 < picture.EndTimeOffset <= 2.0
    assert (text.Form, text.Suggestion, text.Text, text.KeywordSet) == ("OCR", "review", "free sex", ["free sex"])
    assert (picture.Url, picture.PicUrlExpireTime) == ("", "")
    assert "Media block: Porn: nudity at 00:00:00" in told.Message and "bomb" not in told.Message
    assert "looked for: Image.Porn, OCR.Porn; not covered: ASR.Porn" in told.Message
    assert await reviews.kept() == {"Media": ("block", ["Image.Porn", "OCR.Porn"])}
    [event] = await reviews.stage.events()
    assert (event["TaskId"], event["Output"]["Suggestion"]) == (told.TaskId, "block")
    after = (await publications.find(reviews.stage.db, reviews.stage.app_id, [reviews.file_id]))[reviews.file_id]
    assert after == before
    assert await reviews.stage.keys("evidence", "published") == []


async def test_what_is_said_has_a_form_of_its_own(reviews: Reviews) -> None:
    reviews.listeners = (Ear(),)
    told = await reviews.told(Told({}), PORN)
    assert (told.Output.Suggestion, told.Output.Label, told.Output.Form) == ("block", "Porn", "ASR")
    (segment,) = told.Output.SegmentSet
    assert (segment.Form, segment.Label, segment.Text, segment.KeywordSet) == ("ASR", "Porn", "free sex", ["free sex"])
    assert (segment.StartTimeOffset, segment.EndTimeOffset) == (0.5, 1.25)
    assert "looked for: Image.Porn, OCR.Porn, ASR.Porn (English only)" in told.Message
    assert await reviews.kept() == {"Media": ("block", ["ASR.Porn"])}


async def test_a_cover_is_reviewed_by_itself(reviews: Reviews) -> None:
    seen = Told({"Porn": ("nudity", 90.0)})
    told = await reviews.told(seen, PORN, "Cover")
    assert seen.samples == [(30, 40, 3)]
    assert (told.Output.Suggestion, told.Output.SegmentSet) == ("", [])
    cover = told.Output.CoverReviewResult
    assert cover is not None
    assert (cover.Suggestion, cover.Label, cover.Form, len(cover.SegmentSet)) == ("review", "Porn", "Image", 1)
    assert await reviews.kept() == {"Cover": ("review", ["Image.Porn"])}
    both = await reviews.told(Told({"Porn": ("nudity", 98.0)}), PORN, "Media", "Cover")
    assert (both.Output.Suggestion, both.Output.CoverReviewResult and both.Output.CoverReviewResult.Suggestion) == (
        "block", "block",
    )  # fmt: skip
    assert await reviews.kept() == {"Media": ("block", ["Image.Porn"]), "Cover": ("block", ["Image.Porn"])}


async def test_labels_choose_what_counts(reviews: Reviews) -> None:
    seen = {"Porn": ("nudity", 99.0), "Terrorism.Ocr": ("a bomb", 99.0)}
    told = await reviews.told(Told(seen), ["Terror", "Polity"])
    assert (told.Output.Suggestion, told.Output.Label, told.Output.Form) == ("block", "Terror", "OCR")
    assert [one.Label for one in told.Output.SegmentSet] == ["Terror"]
    missed = "not covered: Image.Terror, ASR.Terror, Image.Polity, OCR.Polity, ASR.Polity"
    assert told.Message.endswith(missed)


async def test_an_ambiguous_phrase_alone_is_for_review(reviews: Reviews) -> None:
    told = await reviews.told(Told({"Porn.Ocr": ("adult video", 99.0)}, certainty="ambiguous"), PORN)
    assert (told.Output.Suggestion, [one.Suggestion for one in told.Output.SegmentSet]) == ("review", ["review"])
    both = Told({"Porn": ("nudity", 85.0), "Porn.Ocr": ("adult video", 99.0)}, certainty="ambiguous")
    told = await reviews.told(both, PORN)
    assert [one.Suggestion for one in told.Output.SegmentSet] == ["block", "block"]


async def test_what_nothing_looks_for_is_never_passed_silently(reviews: Reviews) -> None:
    task = await reviews.run(Told({}), ["Abuse", "Ad"])
    assert (task.err_code_ext, task.result) == ("InternalError", "Failed")
    assert "nothing here looks for OCR.Abuse, ASR.Abuse, Image.Ad, OCR.Ad, ASR.Ad" in task.message
    assert review_task(task).Output.Suggestion == ""
    assert await reviews.kept() == {}
    assert (await reviews.told(Told({}), PORN)).Output.Suggestion == "pass"
    reviews.policy = Policy(on_uncovered="reject")
    told = await reviews.told(Told({}), PORN)
    assert (told.Output.Suggestion, told.Output.Label, told.Output.SegmentSet) == ("review", "", [])


async def test_a_verdict_counts_again_where_it_found_nothing(reviews: Reviews) -> None:
    reviews.digest = "as it is"
    subject = f"vod_upload/{reviews.file_id}/clip.mp4 covers/1.png"
    found = {
        "decision": "Pass", "message": "", "findings": [], "covered": ["Porn"], "uncovered": {}, "samples_seen": 1,
        "samples_inspected": 1, "seconds": {}, "evidence_prefix": "",
        "summary": [{"Type": "Porn", "Suggestion": "pass", "Confidence": 3.0}],
    }  # fmt: skip
    for suggestion, digest, again in (
        ("pass", "as it is", False),
        ("review", "as it is", True),
        ("pass", "of other detectors", True),
    ):
        found["summary"] = [{"Type": "Porn", "Suggestion": suggestion, "Confidence": 3.0}]
        async with reviews.stage.db.transaction() as connection:
            await verdicts.save(connection, subject, reviews.file_id, digest, found)
        seen = Told({})
        assert (await reviews.told(seen, PORN)).Output.Suggestion == "pass"
        assert bool(seen.samples) is again
    policy = OwnPolicy(categories=["Terrorism.Ocr"])  # verdicts of this application say nothing of nudity
    async with reviews.stage.db.transaction() as connection:
        await save_policy(connection, reviews.stage.app_id, {"categories": ["Terrorism.Ocr"]}, made_by="a", reason="b")
        await verdicts.save(connection, subject, reviews.file_id, policy.digest("as it is"), found)
    seen = Told({})
    await reviews.told(seen, PORN)
    assert seen.samples


async def test_what_cannot_be_reviewed_fails_and_says_why(reviews: Reviews) -> None:
    db = reviews.stage.db
    reviews.longest = 1.0
    assert "it lasts 2 s; at most 1 s are reviewed" in (await reviews.run(Told({}), PORN)).message
    await reviews.stage.objects.put_bytes("broken", b"no video" * 100)
    await db.execute("update media set object_key = 'broken', metadata = '{}'")
    task = await reviews.run(Told({}), PORN)
    assert (task.err_code_ext, task.result) == ("SourceFileError.ContentMalformed", "Failed")
    await db.execute("update media set object_key = 'nowhere'")
    assert "deleted" in (await reviews.run(Told({}), PORN)).message
    await db.execute("update media set cover_key = 'broken'")
    assert "cover is not a picture" in (await reviews.run(Told({}), PORN, "Cover")).message
    await db.execute("update media set object_key = null, cover_key = null")
    assert "original does not exist" in (await reviews.run(Told({}), PORN)).message
    assert "no cover" in (await reviews.run(Told({}), PORN, "Cover")).message
    assert len(await reviews.stage.events()) == 6 and await reviews.kept() == {}


async def test_a_detector_that_fails_is_no_pass(reviews: Reviews) -> None:
    task = await reviews.run(Told({"Porn": ("nudity", 900.0)}), PORN)
    assert (task.err_code_ext, review_task(task).Output.Suggestion) == ("InternalError", "")


async def test_reviews_of_two_videos_at_once_keep_apart(reviews: Reviews, clip: Path) -> None:
    other = await reviews.stage.task(await reviews.stage.accepted(clip))
    second = Reviews(reviews.stage, reviews.home, other.file_id)
    await asyncio.gather(reviews.run(Told({"Porn": ("nudity", 99.0)}), PORN), second.run(Told({}), PORN))
    assert (await reviews.kept(), await second.kept()) == (
        {"Media": ("block", ["Image.Porn"])}, {"Media": ("pass", [])},
    )  # fmt: skip
