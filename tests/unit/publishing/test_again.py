"""Reviews anew: what would change is shown first, what a person approved stays, and nobody else is held up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from minivod import ids
from minivod.publishing.again import Again, parameters
from minivod.publishing.publisher import Publisher
from minivod.store import accounts, again, decisions, fair_share, media, task_list, tasks, verdicts
from minivod.store.again import Progress, Wish
from minivod.store.fair_share import LONG
from minivod.store.media import Media
from minivod.store.tasks import AGAIN, Task

from ..media.streams import ffmpeg
from .case import ANN, Case
from .stage import Stage, open_stage

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


@pytest.fixture
async def case(stage: Stage, tmp_path: Path) -> Case:
    """A video that passed, before the detector knew better."""
    task = await stage.task(await stage.accepted(metadata={"container": "mp4", "md5": "5" * 32, "size": 7}))
    await stage.db.execute("delete from publication")
    made = Case(stage, tmp_path, task.file_id)
    made.detector.confidence = 0
    await made.publish()
    made.detector.confidence, made.digest = 99.0, "a new model"
    return made


async def review_again(case: Case, *, since: datetime = LONG_AGO, trial: bool = False, overrule: bool = False) -> Any:
    """What became of the one video; None: it was not among them."""
    wish = Wish(since=since, sub_app_id=case.stage.app_id, params=parameters(ANN, trial=trial, overrule=overrule))
    batch, number = await again.begin(case.stage.db, wish)
    made = await again.tasks_of(case.stage.db, batch)
    assert len(made) == number
    assert await again.progress(case.stage.db, batch) == Progress(number, 0, 0)
    for task in made:
        await case.work(task.task_id)
    assert await again.progress(case.stage.db, batch) == Progress(number, number, number)
    return next(task.output for task in await again.tasks_of(case.stage.db, batch)) if number else None


async def test_what_is_rejected_now_is_withdrawn(case: Case) -> None:
    output = await review_again(case)
    assert (output["change"], output["decision"]) == ("reject", "Rejected")
    found = await case.publication()
    assert (found.state, found.object_key, found.review_summary[0]["Suggestion"]) == ("REJECTED", None, "block")
    assert await case.results() == [(found.task_id, "Pass"), (found.task_id, "Rejected")]
    assert (await case.stage.task(found.task_id)).message == output["message"]
    [decision] = await decisions.history(case.stage.db, case.stage.app_id, case.file_id)
    assert (decision.word, decision.made_by, decision.reason) == ("again", ANN.name, ANN.reason)
    assert (await case.approve()).after == "PASS"  # it was kept


async def test_a_trial_changes_nothing_and_saves_the_work(case: Case) -> None:
    before = await case.publication()
    assert (await review_again(case, trial=True))["change"] == "reject"
    assert await case.publication() == before
    assert len(await case.results()) == 1
    assert await decisions.history(case.stage.db, case.stage.app_id, case.file_id) == []
    inspected = case.detector.samples
    assert (await case.reset()).decision is None
    assert (await review_again(case))["change"] == "reject"
    assert case.detector.samples == inspected


async def test_a_trial_is_no_verdict_to_go_back_to(case: Case) -> None:
    await review_again(case, trial=True)
    await case.reject()
    assert (await case.reset()).after == "PASS"


async def test_what_a_person_approved_stays(case: Case) -> None:
    await case.approve()
    assert (await review_again(case, trial=True))["change"] == "stays"
    assert (await review_again(case))["change"] == "stays"
    assert (await case.publication()).state == "PASS"
    assert (await review_again(case, overrule=True))["change"] == "reject"
    assert (await case.publication()).state == "REJECTED"
    words = [one.word for one in await decisions.history(case.stage.db, case.stage.app_id, case.file_id)]
    assert words == ["approve", "reset", "again"]
    assert (await case.publish()).result == "Rejected"  # the approval does not come back


async def test_what_passes_still_is_left_alone(case: Case) -> None:
    case.detector.confidence = 10.0
    assert (await review_again(case))["change"] == "none"
    assert (await case.publication()).state == "PASS"
    assert len(await case.results()) == 1
    assert await verdicts.find(case.stage.db, f"vod_upload/{case.file_id}/clip.mp4 ", "a new model") is not None


async def test_only_what_is_published_since_then_in_that_application(case: Case) -> None:
    assert await review_again(case, since=datetime.now(UTC) + timedelta(hours=1)) is None
    async with case.stage.db.transaction() as connection:
        stranger = await accounts.create_account(connection)
    params = parameters(ANN, trial=True, overrule=False)
    assert (await again.begin(case.stage.db, Wish(since=LONG_AGO, sub_app_id=stranger, params=params)))[1] == 0
    assert (await again.begin(case.stage.db, Wish(since=LONG_AGO, sub_app_id=None, params=params)))[1] == 1
    await case.reject()
    assert await review_again(case) is None


async def test_what_changed_meanwhile_is_not_touched(case: Case) -> None:
    wish = Wish(since=LONG_AGO, sub_app_id=None, params=parameters(ANN, trial=False, overrule=False))
    batch, _ = await again.begin(case.stage.db, wish)
    await case.reject()
    [task] = await again.tasks_of(case.stage.db, batch)
    assert ((await case.work(task.task_id)).output or {})["change"] == "gone"
    await again.begin(case.stage.db, wish)
    batch, _ = await again.begin(case.stage.db, wish)
    async with case.stage.db.transaction() as connection:
        await media.delete(connection, case.stage.app_id, case.file_id)
    assert await again.tasks_of(case.stage.db, batch) == []


async def _became(case: Case, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[object]]) -> Any:
    """What the task says, when that happened after it had decided and before it ended."""
    decide = Again._change

    async def slowly(self: Again, media: Media, task: Task) -> str:
        change = await decide(self, media, task)
        await meanwhile()
        return change

    monkeypatch.setattr(Again, "_change", slowly)
    return (await review_again(case))["change"]


async def test_what_was_approved_at_the_last_moment_is_not_called_withdrawn(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _became(case, monkeypatch, case.approve) == "stays"
    assert (await case.publication()).state == "PASS"


async def test_what_was_rejected_at_the_last_moment_is_gone(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _became(case, monkeypatch, case.reject) == "gone"
    words = [one.word for one in await decisions.history(case.stage.db, case.stage.app_id, case.file_id)]
    assert words == ["reject"]


async def test_a_video_that_cannot_be_reviewed_stays_published(case: Case) -> None:
    case.publisher = Publisher  # what is stored is no video
    output = await review_again(case)
    assert output["change"] == "failed" and output["message"]
    assert (await case.publication()).state == "PASS"


async def test_players_get_what_is_reviewed(stage: Stage, tmp_path: Path) -> None:
    """With real tools: the published file is looked at, not the original."""
    clip = tmp_path / "clip.mp4"
    ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=10 -t 1", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", clip)
    task = await stage.task(await stage.accepted(clip))
    await stage.db.execute("delete from publication")
    case = Case(stage, tmp_path, task.file_id)
    case.detector.confidence, case.publisher = 0, Publisher
    await case.publish()
    async with stage.db.transaction() as connection:
        await media.delete_original(connection, stage.app_id, case.file_id)
    case.detector.confidence, case.digest = 99.0, "a new model"
    assert (await review_again(case))["change"] == "reject"


async def test_nobody_sees_the_tasks_or_waits_for_them(case: Case) -> None:
    wish = Wish(since=LONG_AGO, sub_app_id=None, params=parameters(ANN, trial=True, overrule=False))
    batch, _ = await again.begin(case.stage.db, wish)
    [task] = await again.tasks_of(case.stage.db, batch)
    db, app_id = case.stage.db, case.stage.app_id
    assert await tasks.find_many(db, [(app_id, task.task_id)]) == [None]
    page = await task_list.find_page(db, task_list.Query(sub_app_id=app_id))
    assert task.task_id not in [one.task_id for one in page.tasks]
    other = ids.new_task_id(app_id, "x")
    async with db.transaction() as connection:
        await connection.execute(
            "insert into task (task_id, sub_app_id, kind, file_id, queue) values (%s, %s, 'Transcode', '1', %s)",
            [other, app_id, LONG],
        )
        await fair_share.enqueue(connection, app_id, LONG, [other], priority=0)
    jobs = (
        "select args ->> 'task_id' as task_id, priority from procrastinate_jobs where queue_name = %s order by 2 desc"
    )
    first, last = await db.fetch_all(jobs, [LONG])
    assert (first["task_id"], last["task_id"]) == (other, task.task_id)
    floor = "select virtual_time from fair_share where app_id = 0 and queue = %s"
    before = await db.fetch_one(floor, [LONG])
    assert await tasks.claim(db, task.task_id, uuid4(), last["priority"]) is not None
    assert await db.fetch_one(floor, [LONG]) == before


async def test_the_tasks_are_forgotten_in_time(case: Case) -> None:
    await review_again(case)
    assert await tasks.forget(case.stage.db, timedelta(days=1)) == 0
    await case.stage.db.execute("update task set finished_at = now() - interval '2 days'")
    await tasks.forget(case.stage.db, timedelta(days=1))
    assert await case.stage.db.fetch_all("select from task where kind = %s", [AGAIN]) == []
