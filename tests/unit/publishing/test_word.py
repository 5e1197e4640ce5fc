"""The operator's word overrules a review, stands until it is taken back, and is written down for ever."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from minivod import ids
from minivod.jobs.janitor import delete_doomed
from minivod.media.sandbox import Limits, Sandbox
from minivod.processing.removal import remove
from minivod.publishing import word
from minivod.publishing.publisher import Publisher
from minivod.publishing.showing import look
from minivod.publishing.stills import stills
from minivod.publishing.word import CannotSay, Operator
from minivod.store import accounts, decisions, events, kept, media, publications, tasks
from minivod.store.tasks import Task

from ..media.streams import ffmpeg
from .case import ANN, BOB, HOUR, Case
from .stage import Stage, open_stage


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clip") / "clip.mp4"
    ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=10 -t 1", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", made)
    return made


@pytest.fixture
async def case(stage: Stage, tmp_path: Path, clip: Path) -> Case:
    task = await stage.task(await stage.accepted(clip, metadata={"container": "mp4", "md5": "5" * 32, "size": 7}))
    await stage.db.execute("delete from publication")
    return Case(stage, tmp_path, task.file_id)


async def test_an_approval_publishes_what_was_reviewed_at_once(case: Case) -> None:
    case.publisher = Publisher
    rejected = await case.publish()
    assert (rejected.result, case.detector.samples > 0) == ("Rejected", True)
    assert (await case.publication()).object_key is None
    await _pictures_of_the_findings(case)
    [key] = list(await case.stage.keys("published"))
    said = await case.approve()
    assert (said.before, said.after) == ("REJECTED", "PASS")
    published = await case.publication()
    assert (published.state, published.object_key, published.task_id) == ("PASS", key, rejected.task_id)
    [row] = published.review_summary
    assert (row["Type"], row["Suggestion"], row["Confidence"]) == ("Porn", "pass", 99.0)
    task = await case.stage.task(rejected.task_id)
    assert (task.result, task.message) == ("Pass", "Passed: approved by an operator: a harmless film")
    assert await case.results() == [(task.task_id, "Rejected"), (task.task_id, "Pass")]
    assert not await case.stage.db.fetch_all("select from kept_publication union all select from doomed_object")


async def _pictures_of_the_findings(case: Case) -> None:
    """Those that were kept; without them, others that are made of what was kept of the video."""
    shown = await look(case.stage.db, case.stage.app_id, case.file_id)
    assert shown is not None and shown.record is not None and shown.record.findings
    parts = (case.stage.objects, Sandbox(Limits()), str(case.home))
    kept_ones = await stills(*parts, shown)
    for key in await case.stage.keys("evidence"):
        await case.stage.objects.delete(key)
    made = await stills(*parts, shown)
    assert set(kept_ones) == set(made) == set(range(len(shown.record.findings)))
    assert all(picture.startswith(b"\xff\xd8\xff") for picture in (*kept_ones.values(), *made.values()))
    assert made[0] != kept_ones[0]
    assert list((case.home / "work").iterdir()) == []


async def test_what_was_not_kept_is_made_again_without_a_verdict(case: Case) -> None:
    case.kept_for = 0
    rejected = await case.publish()
    assert not await case.stage.keys("published")
    inspected = case.detector.samples
    assert (await case.approve()).after == "RUNNING"
    with pytest.raises(CannotSay, match="under review"):
        await case.approve()
    task_id = (await case.publication()).task_id
    done = await case.work(task_id)
    assert (done.result, case.detector.samples) == ("Pass", inspected)
    assert (await case.publication()).state == "PASS"
    earlier = await case.stage.task(rejected.task_id)
    assert (earlier.result, earlier.message) == (done.result, done.message)
    assert sorted(await case.results()) == sorted(
        [(rejected.task_id, "Rejected"), (rejected.task_id, "Pass"), (task_id, "Pass")]
    )
    assert (await case.reset()).after == "REJECTED"  # what the review had found is still known


async def test_an_approval_is_of_what_was_seen(case: Case) -> None:
    """It holds for the next publication of the same, and not for one with another cover."""
    await case.publish()
    await case.approve()

    async def again() -> Task:
        async with case.stage.db.transaction() as connection:
            await publications.withdraw(connection, case.stage.app_id, case.file_id)
        return await case.publish()

    assert (await again()).message == "Passed: approved by an operator: a harmless film"
    await case.stage.db.execute("update media set cover_key = 'cover', cover_type = 'jpg'")
    assert (await again()).result == "Rejected"


async def test_a_rejection_withdraws_and_stands(case: Case) -> None:
    case.detector.confidence = 0
    passed = await case.publish()
    said = await case.reject(types=["Political"])
    assert (said.before, said.after) == ("PASS", "REJECTED")
    found = await case.publication()
    assert (found.state, found.object_key) == ("REJECTED", None)
    assert found.review_summary[-1] == {"Type": "Political", "Suggestion": "block", "Confidence": 100.0}
    assert await case.results() == [(passed.task_id, "Pass"), (passed.task_id, "Rejected")]
    inspected = case.detector.samples
    again = await case.publish()
    assert (again.result, again.message) == ("Rejected", "Rejected: by an operator as Political: not for us")
    assert case.detector.samples == inspected
    assert (await case.reset()).after == "PASS"  # what had played was kept all the time
    assert (await case.publication()).state == "PASS"
    assert (await case.stage.task(again.task_id)).result == "Pass"


async def test_a_word_on_what_stays_rejected_is_told_too(case: Case) -> None:
    """And when it is taken back, nothing of it is left: neither its reason nor its types."""
    reviewed = await case.publish()
    [row] = (await case.publication()).review_summary
    said = await case.reject(types=["Political"])
    assert (said.before, said.after) == ("REJECTED", "REJECTED")
    told = await case.stage.task(reviewed.task_id)
    assert (told.result, told.message) == ("Rejected", "Rejected: by an operator as Political: not for us")
    assert len((await case.publication()).review_summary) == 2
    assert (await case.reset()).after == "REJECTED"
    told = await case.stage.task(reviewed.task_id)
    assert (told.result, told.message) == ("Rejected", reviewed.message)
    assert (await case.publication()).review_summary == [row]
    assert await case.results() == 3 * [(reviewed.task_id, "Rejected")]


async def test_an_approval_of_what_plays_anyway_is_taken_back_whole(case: Case) -> None:
    case.detector.confidence = 0
    reviewed = await case.publish()
    await case.approve()
    await case.reset()
    assert await case.results() == [(reviewed.task_id, "Pass")]  # nothing else was told of it meanwhile
    await case.reject()
    await case.approve()
    assert (await case.stage.task(reviewed.task_id)).message != reviewed.message
    assert (await case.reset()).after == "PASS"
    told = await case.stage.task(reviewed.task_id)
    assert (told.result, told.message) == ("Pass", reviewed.message)


async def test_what_nobody_has_seen_is_not_approved_by_the_way(case: Case) -> None:
    """A word rejected it before a review could: the approval would be the only one who has seen it."""
    await case.reject()
    assert (await case.publish()).result == "Rejected"
    assert case.detector.samples == 0
    with pytest.raises(CannotSay, match="no review has seen"):
        await case.approve()
    assert (await case.approve(unseen=True)).after == "RUNNING"


async def test_the_same_bytes_are_rejected_under_another_name(case: Case, clip: Path) -> None:
    case.detector.confidence = 0
    await case.reject()

    async def twin(size: int) -> Task:
        metadata = {"container": "mp4", "md5": "5" * 32, "size": size}
        return await case.work(await case.stage.accepted(clip, metadata=metadata))

    assert (await twin(7)).result == "Rejected"
    other = await twin(8)
    assert other.result == "Pass"
    await case.reset()
    published = await twin(7)
    assert published.result == "Pass"
    assert (await case.reject()).twins == [published.file_id]


async def test_an_approval_does_not_hold_for_the_same_bytes(case: Case, clip: Path) -> None:
    """Two files of one MD5 can be made, so that would be a way around the review."""
    await case.publish()
    await case.approve()
    task = await case.work(await case.stage.accepted(clip, metadata={"container": "mp4", "md5": "5" * 32, "size": 7}))
    assert task.result == "Rejected" and "operator" not in task.message


async def test_a_rejection_ends_a_publication_under_way(case: Case) -> None:
    task_id = await case.request()
    _task, owner = await case.stage.claim(task_id)
    assert (await case.reject()).before == "RUNNING"
    ended = await case.stage.task(task_id)
    assert (ended.status, ended.result, ended.err_code) == ("FINISH", "Rejected", 0)
    assert not await tasks.beat(case.stage.db, task_id, owner, 0.5)
    assert await case.results() == [(task_id, "Rejected")]
    assert (await case.publication()).state == "REJECTED"
    with pytest.raises(CannotSay, match="no review has seen"):
        await case.approve()
    assert (await case.approve(unseen=True)).after == "RUNNING"
    assert (await case.work((await case.publication()).task_id)).result == "Pass"


async def test_a_reset_without_a_review_asks_for_a_new_publication(case: Case) -> None:
    await case.request()
    await case.reject()
    assert (await case.reset()).after == "REJECTED"
    case.detector.confidence = 0
    assert (await case.publish()).result == "Pass"
    said = await case.reset()
    assert said.decision is None and said.standing is None


async def test_what_cannot_be_said(case: Case) -> None:
    with pytest.raises(CannotSay, match="never published, or its publication was deleted"):
        await case.approve()
    with pytest.raises(CannotSay, match="no type 'Cats'; types are Porn,"):
        await case.reject(types=["Cats"])
    for name, reason in (("", "x"), ("x", " "), ("x", "two\nlines"), ("x", "y" * 501), ("x" * 101, "y")):
        with pytest.raises(CannotSay, match="printable"):
            Operator(name=name, reason=reason)
    for file_id in ("5285485487985271487", "x", "", "\x00", "٣" * 18):
        with pytest.raises(CannotSay, match="no video"):
            await word.approve(case.stage.db, case.stage.app_id, file_id, ANN)
    case.kept_for = 0
    await case.publish()
    async with case.stage.db.transaction() as connection:
        await media.delete_original(connection, case.stage.app_id, case.file_id)
    with pytest.raises(CannotSay, match="original was deleted"):
        await case.approve()
    assert await decisions.history(case.stage.db, case.stage.app_id, case.file_id) == []


async def test_another_application_has_no_say(case: Case) -> None:
    await case.publish()
    async with case.stage.db.transaction() as connection:
        stranger = await accounts.create_account(connection)
    for say in (
        word.approve(case.stage.db, stranger, case.file_id, ANN),
        word.reject(case.stage.db, stranger, case.file_id, ANN, seconds=HOUR),
        word.reset(case.stage.db, stranger, case.file_id, ANN, seconds=HOUR),
    ):
        with pytest.raises(CannotSay, match="no video"):
            await say
    assert await decisions.history(case.stage.db, stranger, case.file_id) == []
    await case.reject()
    async with case.stage.db.transaction() as connection:
        source = {"md5": "5" * 32, "size": 7}
        assert await decisions.standing(connection, stranger, ids.new_file_id(), source) is None
        assert await decisions.standing(connection, case.stage.app_id, ids.new_file_id(), source) is not None


async def test_a_word_that_stands_is_not_said_twice(case: Case) -> None:
    await case.publish()
    both = await asyncio.gather(case.approve(), case.approve(BOB))
    assert [said.decision is None for said in both].count(True) == 1
    assert len({said.standing.made_by for said in both if said.standing}) == 1
    assert len(await case.results()) == 2
    await case.reject()
    assert (await case.reject()).decision is None
    history = await decisions.history(case.stage.db, case.stage.app_id, case.file_id)
    assert [(one.word, one.state_before, one.state_after) for one in history] == [
        ("approve", "REJECTED", "PASS"),
        ("reject", "PASS", "REJECTED"),
    ]


async def test_operators_and_deletions_at_once_come_one_after_the_other(case: Case) -> None:
    await case.publish()

    async def delete() -> None:
        async with case.stage.db.transaction() as connection:
            if await media.lock(connection, case.stage.app_id, case.file_id):
                await remove(connection, "", case.stage.app_id, case.file_id)

    await asyncio.gather(
        case.approve(), case.reject(), case.reset(), case.approve(BOB), delete(), return_exceptions=True
    )
    assert await case.stage.publication(await _any_task(case)) is None
    await delete_doomed(case.stage.db, case.stage.objects)
    assert await case.stage.keys("published", "evidence", "vod_upload") == []


async def _any_task(case: Case) -> Task:
    row = await case.stage.db.fetch_one("select task_id from task where file_id = %s", [case.file_id])
    assert row is not None
    return await case.stage.task(row["task_id"])


async def test_the_audit_outlives_the_video_and_cannot_be_changed(case: Case) -> None:
    await case.publish()
    await case.approve()
    async with case.stage.db.transaction() as connection:
        await media.lock(connection, case.stage.app_id, case.file_id)
        await remove(connection, "", case.stage.app_id, case.file_id)
    for statement in (
        "delete from review_decision",
        "update review_decision set made_by = 'nobody'",
        "truncate review_decision",
        "delete from review_policy",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await case.stage.db.execute(statement)
    [decision] = await decisions.history(case.stage.db, case.stage.app_id, case.file_id)
    assert (decision.word, decision.made_by, decision.reason) == ("approve", "ann", "a harmless film")


async def test_what_is_kept_goes_in_time(case: Case) -> None:
    await case.publish()
    assert await kept.expire(case.stage.db) == 0
    await case.stage.db.execute("update kept_publication set expires_at = now()")
    assert await kept.expire(case.stage.db) == 1
    await delete_doomed(case.stage.db, case.stage.objects)
    assert await case.stage.keys("published") == []
    assert (await case.approve()).after == "RUNNING"


async def test_a_rejection_can_keep_nothing(case: Case) -> None:
    case.detector.confidence = 0
    await case.publish()
    keys = await case.stage.keys("published")
    assert list((await case.reject(seconds=0)).doomed) == keys
    await delete_doomed(case.stage.db, case.stage.objects)
    assert await case.stage.keys("published") == []


async def test_the_event_of_a_word_can_be_pulled(case: Case) -> None:
    await case.publish()
    await case.approve()
    found = await events.pull(case.stage.db, case.stage.app_id)
    assert {event.kind for event in found} == {"WechatMiniProgramPublishComplete"}
    assert found[-1].payload["ErrCode"] == 0 and found[-1].payload["Status"] == "FINISH"
