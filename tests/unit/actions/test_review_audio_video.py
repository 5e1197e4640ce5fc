"""ReviewAudioVideo: what is accepted, what is refused, and that its end touches no publication."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from minivod import errors
from minivod.actions import CallContext
from minivod.store import events, media_reviews
from minivod.store.media_reviews import MediaReview
from minivod.templates.kinds import REVIEW

from .conftest import NewVideo, probed
from .test_procedure_templates import refused
from .test_templates import create, do, other_application


async def review(call: CallContext, file_id: str, **more: Any) -> str:
    return str((await do(call, "ReviewAudioVideo", {"FileId": file_id} | more))["TaskId"])


async def info(call: CallContext, file_id: str, **filters: Any) -> Any:
    answer = await do(call, "DescribeMediaInfos", {"FileIds": [file_id]} | filters)
    return answer["MediaInfoSet"][0]["ReviewInfo"]


async def test_a_task_is_accepted_with_what_it_was_told(call: CallContext, new_video: NewVideo) -> None:
    file_id, definition = await new_video(), await create(call, REVIEW, Labels=["Terror", "Ad"])
    more = {
        "SessionContext": "c",
        "SessionId": "s",
        "TasksPriority": 2,
        "ReviewContents": ["Cover", "Media"],
    }
    task_id = await review(call, file_id, Definition=definition, **more)
    await do(call, "DeleteReviewTemplate", {"Definition": definition})
    detail = await do(call, "DescribeTaskDetail", {"TaskId": task_id})
    assert (detail["TaskType"], detail["Status"]) == ("ReviewAudioVideo", "WAITING")
    told = detail["ReviewAudioVideoTask"]
    assert told["Input"] == {"FileId": file_id, "Definition": definition, "ReviewContents": ["Media", "Cover"]}
    assert (told["Status"], told["Output"]["Suggestion"], told["Output"]["CoverReviewResult"]) == (
        "PROCESSING",
        "",
        None,
    )
    row = await call.services.database.fetch_one("select * from task where task_id = %s", [task_id])
    assert row is not None
    assert (row["queue"], row["priority"], row["params"]["labels"]) == ("media", 2, ["Terror", "Ad"])
    [listed] = (await do(call, "DescribeTasks", {"FileId": file_id}))["TaskSet"]
    assert (listed["TaskType"], listed["SessionId"], listed["SessionContext"]) == ("ReviewAudioVideo", "s", "c")
    jobs = await call.services.database.fetch_all("select args ->> 'task_id' as task_id from procrastinate_jobs")
    assert [job["task_id"] for job in jobs] == [task_id]


async def test_a_session_is_used_once(call: CallContext, new_video: NewVideo) -> None:
    file_id = await new_video()
    await review(call, file_id, SessionId="s")
    assert (await refused(call, "ReviewAudioVideo", {"FileId": file_id, "SessionId": "s"})).code == (
        "FailedOperation.TaskDuplicate"
    )
    await review(call, file_id)


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        ({"Definition": 11}, "ResourceNotFound.TemplateNotExist", "Definition 11"),
        ({"ReviewContents": ["Sound"]}, "InvalidParameterValue", "Sound"),
        ({"MediaStoragePath": "/a"}, "InvalidParameterValue.MediaStoragePath", "FileId"),
        ({"SessionId": "x" * 51}, "InvalidParameterValue.SessionIdTooLong", "50"),
        ({"SessionContext": "x" * 1001}, "InvalidParameterValue.SessionContextTooLong", "1000"),
        ({"TasksPriority": 11}, "InvalidParameterValue", "TasksPriority"),
        ({"FileId": "5285485487985271487"}, "ResourceNotFound.FileNotExist", "does not exist"),
        ({"FileId": ""}, "InvalidParameterValue.FileId", "FileId"),
    ],
)
async def test_what_is_refused(
    call: CallContext, new_video: NewVideo, more: dict[str, Any], code: str, message: str
) -> None:
    error = await refused(call, "ReviewAudioVideo", {"FileId": await new_video()} | more)
    assert error.code == code and message in error.message
    assert await call.services.database.fetch_all("select from task") == []


async def test_what_is_not_there_cannot_be_reviewed(call: CallContext, new_video: NewVideo) -> None:
    db, file_id = call.services.database, await new_video()
    await db.execute("update media set cover_key = null")
    error = await refused(call, "ReviewAudioVideo", {"FileId": file_id, "ReviewContents": ["Media", "Cover"]})
    assert "no cover" in error.message
    long = Jsonb(probed("mp4") | {"duration": 50_000.0})
    await db.execute("update media set metadata = %s", [long])
    error = await refused(call, "ReviewAudioVideo", {"FileId": file_id})
    assert "lasts 50000 s" in error.message and "max_duration" in error.message
    await db.execute("update media set metadata = %s", [Jsonb(probed("mp3", audio="mp3") | {"video": []})])
    assert "sound only" in (await refused(call, "ReviewAudioVideo", {"FileId": file_id})).message
    await db.execute("update media set object_key = null")
    assert isinstance(await refused(call, "ReviewAudioVideo", {"FileId": file_id}), errors.FileNotExist)
    theirs = await other_application(call)
    assert isinstance(await refused(theirs, "ReviewAudioVideo", {"FileId": file_id}), errors.FileNotExist)


async def test_ending_it_leaves_what_is_published(call: CallContext, new_video: NewVideo) -> None:
    file_id, db = await new_video(state="PASS"), call.services.database
    published = await db.fetch_all("select * from publication")
    task_id = await review(call, file_id)
    await do(call, "ManageTask", {"TaskId": task_id, "OperationType": "Abort"})
    assert await db.fetch_all("select * from publication") == published
    [event] = [one for one in await events.pull(db, call.sub_app_id) if one.payload.get("TaskId") == task_id]
    assert (event.kind, event.payload["Status"]) == ("ReviewAudioVideoComplete", "FINISH")
    assert event.payload["ErrCodeExt"] == "Cancelled" and "ManageTask" in event.payload["Message"]


async def test_deleting_the_video_ends_it(call: CallContext, new_video: NewVideo) -> None:
    file_id, db = await new_video(), call.services.database
    task_id = await review(call, file_id)
    await do(call, "DeleteMedia", {"FileId": file_id})
    [event] = [one for one in await events.pull(db, call.sub_app_id) if one.kind == "ReviewAudioVideoComplete"]
    assert (event.payload["TaskId"], event.payload["ErrCodeExt"]) == (task_id, "Cancelled")


async def test_describe_media_infos_has_the_newest_of_what_is_there_now(call: CallContext, new_video: NewVideo) -> None:
    file_id, db = await new_video(), call.services.database
    assert await info(call, file_id) is None
    original, cover = f"vod_upload/{file_id}", f"vod_upload/{file_id}.jpg"
    for content, subject, suggestion, types in (
        ("Media", original, "block", ["Image.Porn"]),
        ("Media", original, "pass", []),
        ("Cover", cover, "review", ["OCR.Ad"]),
    ):
        row = MediaReview(content=content, subject=subject, definition=10, suggestion=suggestion, types=types)
        async with db.transaction() as connection:
            await media_reviews.save(connection, call.sub_app_id, file_id, row)
    told = await info(call, file_id, Filters=["reviewInfo"])
    assert (told["MediaReviewInfo"]["Suggestion"], told["MediaReviewInfo"]["TypeSet"]) == ("pass", [])
    assert told["MediaReviewInfo"]["ReviewTime"].endswith("Z") and told["MediaReviewInfo"]["Definition"] == 10
    assert told["CoverReviewInfo"]["TypeSet"] == ["OCR.Ad"]
    await db.execute("update media set cover_key = 'another'")
    assert (await info(call, file_id))["CoverReviewInfo"] is None
    assert await info(call, file_id, Filters=["basicInfo"]) is None
