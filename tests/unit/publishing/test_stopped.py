"""A review that stopped early is good for a rejection, and never for more."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from minivod.cli import review_text
from minivod.media.frames import Frame
from minivod.media.metadata import MediaMetadata
from minivod.publishing.showing import look
from minivod.publishing.word import CannotSay
from minivod.review.model import ReviewResult
from minivod.review.run import review
from minivod.tasking.kind import Progress

from .case import FRAME, Case, Quick
from .stage import open_stage


class Long(Quick):
    """Reviews a minute of video."""

    async def inspect(
        self, video: Path, metadata: MediaMetadata, cover: Frame | None, on_progress: Progress
    ) -> ReviewResult:
        async def samples() -> AsyncIterator[Frame]:
            for second in range(60):
                yield Frame(float(second), FRAME.image, keyframe=True)

        return await review(samples(), self.detectors, self.policy, stop_after=self.stop_after)


@pytest.fixture
async def case(database_url: str, tmp_path: Path) -> AsyncIterator[Case]:
    async with open_stage(database_url, tmp_path / "objects") as stage:
        source = tmp_path / "source.mp4"
        source.write_bytes(b"an original")
        task = await stage.task(await stage.accepted(source))
        await stage.db.execute("delete from publication")
        found = Case(stage, tmp_path, task.file_id)
        found.publisher, found.stop_after = Long, 10.0
        yield found


async def stopped_at(case: Case) -> float | None:
    shown = await look(case.stage.db, case.stage.app_id, case.file_id)
    assert shown is not None and shown.record is not None
    return shown.record.stopped_at


async def seen_whole(case: Case) -> str | None:
    row = await case.stage.db.fetch_one("select reviewed_source from publication")
    assert row is not None
    return str(row["reviewed_source"]) if row["reviewed_source"] else None


async def test_it_says_where_it_stopped(case: Case) -> None:
    task = await case.publish()
    assert (task.result, await stopped_at(case)) == ("Rejected", 10.0)
    assert task.message.endswith("; not looked at after 00:00:10")
    shown = await look(case.stage.db, case.stage.app_id, case.file_id)
    assert shown is not None
    assert any(line.startswith("Stopped: at 00:00:10") for line in review_text.lines(shown))
    assert msgspec.json.encode(shown.to_json()).count(b'"stopped_at":10.0') == 1


async def test_nobody_approves_by_accident_what_nobody_has_seen(case: Case) -> None:
    await case.publish()
    with pytest.raises(CannotSay, match=r"stopped at 00:00:10, and nobody looked at the rest.*--unseen"):
        await case.approve()
    assert (await case.publication()).state == "REJECTED"
    assert (await case.approve(unseen=True)).after == "PASS"
    assert await seen_whole(case) is None  # other results of the source do not play


async def test_nor_is_it_whole_when_a_task_publishes_what_was_approved(case: Case) -> None:
    case.kept_for = 0
    await case.publish()
    await case.approve(unseen=True)
    task = await case.work((await case.publication()).task_id)
    assert (task.result, await seen_whole(case)) == ("Pass", None)


async def test_a_whole_review_that_rejected_is_approved_as_ever(case: Case) -> None:
    case.stop_after = 0.0
    await case.publish()
    assert ((await case.approve()).after, await seen_whole(case) is None) == ("PASS", False)


async def test_it_rejects_again_unless_all_is_wanted(case: Case) -> None:
    await case.publish()
    inspected = case.detector.samples
    assert (await case.publish()).result == "Rejected"
    assert case.detector.samples == inspected
    case.stop_after = 0.0
    case.detector.confidence = 0.0
    assert (await case.publish()).result == "Pass"
    assert (case.detector.samples > inspected, await stopped_at(case)) == (True, None)
