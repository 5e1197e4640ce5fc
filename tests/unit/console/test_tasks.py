"""The pages of tasks: lists, one task, its end before its time, and another attempt of what failed."""

import re
from typing import Any

import pytest

from minivod.console import paths
from minivod.console.acting import Actor
from minivod.publishing.showing import plain
from minivod.store import accounts, console_changes, tasks
from minivod.store.task_overview import STATES
from minivod.store.tasks import Outcome

from ..playback.stage import Video
from ..publishing.test_report import HOSTILE, Page
from .desk import Desk, Person
from .test_acting import ANN

LISTED = re.compile(r'class="row" href="/console/tasks/(\d+)/([^"]+)"')
FAILED = Outcome(err_code=70000, err_code_ext="InternalError", message="the tool ended with an error")


async def listed(person: Person, **query: object) -> list[str]:
    answer = await person.get(paths.with_query(paths.TASKS, **query))
    assert answer.status_code == 200, answer.text
    return [task_id for _, task_id in LISTED.findall(answer.text)]


async def begin(desk: Desk, video: Video, action: str = "ProcessMedia", **parameters: Any) -> str:
    """A task that waits, begun by the action; its TaskId."""
    given = {"FileId": video.file_id, **parameters}
    answer = await Actor(desk.services).call(ANN, video.sub_app_id, action, given)
    return str(answer.TaskId)


TWO_STEPS: dict[str, Any] = {
    "MediaProcessTask": {
        "TranscodeTaskSet": [{"Definition": 20, "StartTimeOffset": 1.5}, {"Definition": 30}],
        "ImageSpriteTaskSet": [{"Definition": 10}],
    },
    "TasksPriority": 3, "SessionContext": "mine", "SessionId": "once", "TasksNotifyMode": "Change",
}  # fmt: skip


async def fail(desk: Desk, task_id: str, *steps: int) -> None:
    """Ends the task, and of its steps these with an error, the others without."""
    rows = await desk.db.fetch_all("select task_id, ordinal from task where parent_id = %s", [task_id])
    async with desk.db.transaction() as connection:
        for row in rows:
            await tasks.end(connection, [row["task_id"]], FAILED if row["ordinal"] in steps else Outcome())
        await tasks.end(connection, [task_id], Outcome() if rows else FAILED)


async def test_the_lists(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    assert "No task is like that" in (await person.get(paths.TASKS)).text
    async with desk.db.transaction() as connection:
        other = (await accounts.create_sub_app(connection, desk.stage.app_id, "another")).sub_app_id
    videos = [await desk.video(name=f"clip {number}") for number in range(4)]
    elsewhere = await desk.video(sub_app_id=other)
    waits, runs, failed, done = [await begin(desk, video, **TWO_STEPS | {"SessionId": ""}) for video in videos]
    publishes = await begin(desk, elsewhere, "WeChatMiniProgramPublish")
    await desk.db.execute(
        "update task set status = 'PROCESSING', progress = 0.5 where task_id like %s", [f"{runs[:-1]}%"]
    )
    await fail(desk, failed, 2)
    await fail(desk, done)
    expected = {"WAITING": [publishes, waits], "PROCESSING": [runs], "FAILED": [failed], "FINISH": [done]}
    for state, found in expected.items():
        assert await listed(person, state=state) == found, state
    assert await listed(person) == [publishes, done, failed, runs, waits], "the newest first"
    assert await listed(person, app=other) == await listed(person, type="WechatMiniProgramPublish") == [publishes]
    text = (await person.get(paths.TASKS)).text
    assert "clip 0" in text and 'value="0.5"' in text and 'hx-trigger="every 5s"' in text
    assert 'hx-trigger="every 5s"' not in (await person.get(f"{paths.TASKS}?state=FAILED")).text
    assert set(expected) | {""} == set(STATES)
    assert "the tool ended with an error" in (await person.get(f"{paths.TASKS}?state=FAILED")).text, "of its step"


async def test_pages_of_a_list(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    videos = [await desk.video() for _ in range(21)]
    made = [await begin(desk, video, "WeChatMiniProgramPublish") for video in videos]
    await desk.db.execute("update task set created_at = (select min(created_at) from task)")  # TaskIds decide
    text = (await person.get(paths.TASKS)).text
    after = re.search(r'rel="next" href="([^"]+)"', text)
    assert after is not None
    found = [LISTED.findall(one) for one in (text, (await person.get(after[1].replace("&amp;", "&"))).text)]
    assert [len(one) for one in found] == [20, 1]
    assert {task_id for one in found for _, task_id in one} == set(made)
    for wrong in (
        "after=x",
        "after=W10=",
        "after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIngiXQ==",
        "state=x",
        "type=x",
        "app=x",
    ):
        assert (await person.get(f"{paths.TASKS}?{wrong}")).status_code == 404, wrong


async def test_one_task(desk: Desk) -> None:
    person, video = await desk.signed_in("viewer"), await desk.video(name="a film")
    task_id = await begin(desk, video, **TWO_STEPS)
    here = paths.task(video.sub_app_id, task_id)
    text = (await person.get(here)).text
    told = Page(text).text
    assert all(one in told for one in ("Processing", "a film", "1. Transcode", "3. Sprite", "waits", task_id))
    assert 'hx-trigger="every 2s"' in text and "Abort" not in told
    await fail(desk, task_id, 2)
    text = (await person.get(here)).text
    assert "the tool ended with an error" in text and "InternalError" in text and 'hx-trigger="every 2s"' not in text
    assert paths.media(video.sub_app_id, video.file_id) in text
    for wrong in (paths.task(video.sub_app_id + 1, task_id), paths.task(video.sub_app_id, "x"), f"{here}%00"):
        assert (await person.get(wrong)).status_code == 404
    row = await desk.db.fetch_one("select task_id from task where parent_id is not null limit 1")
    assert row is not None
    assert (await person.get(paths.task(video.sub_app_id, row["task_id"]))).status_code == 404, "a step is no task"


async def test_aborting(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video()
    task_id = await begin(desk, video, **TWO_STEPS)
    here = paths.task(video.sub_app_id, task_id)
    answer = await person.post(here, f"{here}/abort")
    assert answer.status_code == 303 and answer.headers["location"] == f"{here}?said=aborted"
    rows = await desk.db.fetch_all("select distinct status from task")
    assert rows == [{"status": "FINISH"}]
    [change] = await console_changes.history(desk.db, video.sub_app_id, task_id)
    assert (change.made_by, change.action, change.code) == ("admin", "ManageTask", "")
    answer = await person.post(here, f"{here}/abort")
    assert answer.status_code == 409 and "has ended already" in answer.text
    assert "ManageTask" in (await person.get(here)).text


async def test_what_failed_is_done_again(desk: Desk) -> None:
    """The steps that failed and no others, with all that they were told."""
    person, video = await desk.signed_in("admin"), await desk.video()
    task_id = await begin(desk, video, **TWO_STEPS)
    here = paths.task(video.sub_app_id, task_id)
    await fail(desk, task_id, 1, 3)
    assert "Try again" in (await person.get(here)).text
    answer = await person.post(here, f"{here}/repeat")
    assert answer.status_code == 303 and answer.headers["location"].endswith("said=repeated"), answer.text
    made = answer.headers["location"].partition("?")[0].rpartition("/")[2]
    rows = await desk.db.fetch_all(
        "select kind, definition, params -> 'input' as input, priority from task where parent_id = %s order by ordinal",
        [made],
    )
    assert [(row["kind"], row["definition"], row["priority"]) for row in rows] == [
        ("Transcode", 20, 3), ("ImageSprite", 10, 3)
    ]  # fmt: skip
    assert rows[0]["input"]["StartTimeOffset"] == 1.5
    told = await desk.db.fetch_one("select params from task where task_id = %s", [made])
    assert told is not None
    assert told["params"] == {"notify": "Change", "session_id": "", "session_context": "mine"}
    [change] = await console_changes.history(desk.db, video.sub_app_id, task_id)
    assert change.action == "ProcessMedia" and change.code == ""


async def test_publications_and_reviews_are_done_again(desk: Desk) -> None:
    person, video, other = await desk.signed_in("admin"), await desk.video("FAILED"), await desk.video()
    await desk.db.execute(
        "update task set status = 'FINISH', err_code = 70000, finished_at = now() where file_id = %s", [video.file_id]
    )
    reviews = await begin(desk, other, "ReviewAudioVideo", TasksPriority=2, SessionContext="mine")
    await fail(desk, reviews)
    [publishes] = [one for one in await listed(person) if one != reviews]
    for task_id, of in ((publishes, video), (reviews, other)):
        here = paths.task(of.sub_app_id, task_id)
        answer = await person.post(here, f"{here}/repeat")
        assert answer.status_code == 303, answer.text
    rows = await desk.db.fetch_all(
        "select kind, priority, params from task where status = 'WAITING' and parent_id is null order by priority"
    )
    assert len(rows) == 2 and rows[1]["priority"] == 2
    assert rows[1]["params"]["session_context"] == "mine" and rows[1]["params"]["contents"] == ["Media"]


async def test_what_cannot_be_done_again(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video()
    task_id = await begin(desk, video, **TWO_STEPS)
    here = paths.task(video.sub_app_id, task_id)
    assert (await person.post(here, f"{here}/repeat")).status_code == 400, "it waits"
    await fail(desk, task_id)
    assert "Try again" not in (await person.get(here)).text, "it worked"
    csrf = await person.token(paths.HOME)
    assert (await person.post(paths.HOME, f"{here}/repeat", csrf=csrf)).status_code == 400
    await desk.db.execute("update task set err_code = 70000, kind = 'pull'")
    assert (await person.post(paths.HOME, f"{here}/repeat", csrf=csrf)).status_code == 400, "a pull"
    assert await console_changes.history(desk.db, video.sub_app_id, task_id) == []


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
async def test_only_administrators_change_anything(desk: Desk, role: str) -> None:
    person, video = await desk.signed_in(role), await desk.video()
    task_id = await begin(desk, video, **TWO_STEPS)
    here = paths.task(video.sub_app_id, task_id)
    csrf = await person.token(paths.HOME)
    for part in ("abort", "repeat"):
        assert (await person.post(paths.HOME, f"{here}/{part}", csrf=csrf)).status_code == 403
    admin = await desk.signed_in("admin")
    assert (await admin.post(here, f"{here}/abort", csrf="0" * 64)).status_code == 403
    assert await desk.db.fetch_all("select from task where status <> 'WAITING'") == []


async def test_texts_of_others_do_nothing(desk: Desk) -> None:
    """T23: in names of videos and in messages of tools."""
    person, video = await desk.signed_in("admin"), await desk.video()
    task_id = await begin(desk, video, **TWO_STEPS)
    for text in (text.replace("\0", "") for text in HOSTILE):
        await desk.db.execute("update media set name = %s", [text])
        await desk.db.execute("update task set message = %s, err_code_ext = %s", [text, text])
        for path in (paths.TASKS, paths.task(video.sub_app_id, task_id)):
            answer = await person.get(path)
            page = Page(answer.text)
            assert answer.status_code == 200 and plain(text) in page.text
            for tag, attrs in page.tags:
                assert tag != "script" or (attrs["src"] or "").startswith("/console/static/")
                assert not any(name.startswith("on") or name == "style" for name in attrs)
                assert all((attrs.get(name) or "/").startswith(("/", "#")) for name in ("href", "src", "action"))
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.text)
