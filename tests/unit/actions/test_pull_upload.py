"""PullUpload: what is accepted, what is refused before anything is fetched, and how it can be followed and ended."""

import re
from typing import Any

import msgspec

from minivod import errors
from minivod.actions import CallContext
from minivod.store import events
from minivod.wire.pull_task import asked

from .test_procedure_templates import refused
from .test_templates import do, other_application

URL = "https://video.example/shows/1.mp4?sign=a%2Fb"


async def pull(call: CallContext, **parameters: Any) -> str:
    return str((await do(call, "PullUpload", {"MediaUrl": URL} | parameters))["TaskId"])


async def test_a_task_is_accepted_with_everything_that_was_said(call: CallContext) -> None:
    await do(
        call, "CreateProcedureTemplate", {"Name": "p", "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 10}]}}
    )
    told = {
        "CoverUrl": "http://video.example/c.png", "MediaName": "名", "Procedure": "p",
        "ExpireTime": "2099-01-01T00:00:00Z", "StorageRegion": "ap-chongqing", "ClassId": 0, "TasksPriority": -3,
        "SessionContext": "c", "SessionId": "s", "ExtInfo": "x", "SourceContext": "from",
    }  # fmt: skip
    task_id = await pull(call, **told)
    assert re.fullmatch(rf"{call.app_id}-pull-[0-9a-f]{{32}}t0", task_id)
    await do(call, "DeleteProcedureTemplate", {"Name": "p"})
    detail = await do(call, "DescribeTaskDetail", {"TaskId": task_id})
    assert (detail["TaskType"], detail["Status"], detail["ProcedureTask"]) == ("PullUpload", "WAITING", None)
    shown = detail["PullUploadTask"]
    assert (shown["Status"], shown["FileId"], shown["MediaBasicInfo"], shown["Progress"]) == ("PROCESSING", "", None, 0)
    assert (shown["SessionContext"], shown["SessionId"], shown["MetaData"]["Size"]) == ("c", "s", 0)
    [listed] = (await do(call, "DescribeTasks", {}))["TaskSet"]
    assert (listed["TaskType"], listed["FileId"], listed["SessionId"]) == ("PullUpload", "", "s")
    task = await call.services.tasks.find(call.sub_app_id, task_id)
    assert task is not None and task.priority == -3
    keeps = asked(task)
    assert (keeps.media_url, keeps.cover_url, keeps.media_type) == (URL, "http://video.example/c.png", "mp4")
    details = keeps.details
    assert (details.name, details.source_context, details.storage_region) == ("名", "from", "ap-chongqing")
    assert details.expire_time is not None and len(details.steps) == 1
    jobs = await call.services.database.fetch_all("select queue_name from procrastinate_jobs")
    assert [job["queue_name"] for job in jobs] == ["pull"]


TYPES = [
    ("http://v.example/a.MP4", "", "mp4"),
    ("http://v.example/a", "", ""),
    ("http://v.example/a.php?f=x.mp4", "", ""),
    ("http://v.example/a.mkv", "MP4", "mp4"),
    ("http://v.example/a.m3u8?x=1", "", "m3u8"),
    ("http://v.example/a.mp4", "M3U8", "m3u8"),
    ("http://v.example/a%2Ewebm", "", "webm"),
]


async def test_the_type_is_that_which_is_given_or_that_of_the_url(call: CallContext) -> None:
    for url, given, kept in TYPES:
        task = await call.services.tasks.find(call.sub_app_id, await pull(call, MediaUrl=url, MediaType=given))
        assert task is not None and asked(task).media_type == kept, (url, given)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no url": ({"MediaUrl": ""}, "MediaUrl", "'' is not an absolute URL"),
    "a file": ({"MediaUrl": "file:///etc/passwd"}, "MediaUrl", "'file:///etc/passwd' has the scheme file"),
    "loopback": ({"MediaUrl": "http://127.0.0.1/a.mp4"}, "MediaUrl", "has the host 127.0.0.1"),
    "metadata": ({"MediaUrl": "http://169.254.169.254/"}, "MediaUrl", "not public (setting egress_networks)"),
    "a port": ({"MediaUrl": "http://v.example:6379/"}, "MediaUrl", "has the port 6379"),
    "a user": ({"MediaUrl": "http://u:p@v.example/"}, "MediaUrl", "a user or a password"),
    "a number": ({"MediaUrl": "http://2130706433/"}, "MediaUrl", "four decimal numbers"),
    "half a character": ({"MediaUrl": "http://v.example/\ud800"}, "MediaUrl", "not Unicode"),
    "a NUL": ({"MediaUrl": "http://v.example/\0"}, "MediaUrl", "control characters"),
    "a cover inside": ({"CoverUrl": "http://[::1]/c.png"}, "CoverUrl", "has the host ::1"),
    "no type": ({"MediaType": "exe"}, "MediaType", "MediaType 'exe' is not a type of media"),
    "DASH": ({"MediaType": "MPD"}, "MediaType", "DASH is not taken"),
    "DASH by its URL": ({"MediaUrl": "http://v.example/a.mpd"}, "MediaType", "DASH is not taken"),
    "a class": ({"ClassId": 7}, "ClassId", "ClassId 7 is no class"),
    "a path": ({"MediaStoragePath": "/a"}, "MediaStoragePath", "cannot be chosen"),
    "no region": ({"StorageRegion": "??"}, "StorageRegion", "not the name of a region"),
    "a time that is over": ({"ExpireTime": "2000-01-01T00:00:00Z"}, "ExpireTime", "in the future"),
    "no procedure": ({"Procedure": "absent"}, "Procedure", "absent"),
}


async def test_what_is_wrong_is_refused_before_anything_is_fetched(call: CallContext) -> None:
    for case, (parameters, name, words) in REFUSED.items():
        error = await refused(call, "PullUpload", {"MediaUrl": URL} | parameters)
        assert error.code == f"InvalidParameterValue.{name}" and words in error.message, (case, error.message)
    assert await call.services.database.fetch_all("select from task") == []


async def test_a_session_is_used_once_in_an_application(call: CallContext) -> None:
    await pull(call, SessionId="s")
    error = await refused(call, "PullUpload", {"MediaUrl": URL, "SessionId": "s"})
    assert isinstance(error, errors.TaskDuplicate) and "3 days" in error.message
    await pull(await other_application(call), SessionId="s")


async def test_a_waiting_pull_can_be_aborted(call: CallContext) -> None:
    task_id = await pull(call)
    await do(call, "ManageTask", {"TaskId": task_id, "OperationType": "Abort"})
    detail = await do(call, "DescribeTaskDetail", {"TaskId": task_id})
    [event] = await events.pull(call.services.database, call.sub_app_id)
    assert (event.kind, event.payload) == ("PullComplete", msgspec.to_builtins(detail["PullUploadTask"]))
    assert (event.payload["ErrCode"], event.payload["FileId"]) == (30000, "")
    again = await refused(call, "ManageTask", {"TaskId": task_id, "OperationType": "Abort"})
    assert again.code == "FailedOperation"


async def test_networks_of_the_operator_are_accepted(call: CallContext) -> None:
    settings = msgspec.structs.replace(call.services.settings, egress_networks=["10.0.0.0/8"], egress_ports=["9000"])
    mine = msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, settings=settings))
    assert await pull(mine, MediaUrl="http://10.1.2.3:9000/a.mp4")
    assert (await refused(mine, "PullUpload", {"MediaUrl": URL})).code == "InvalidParameterValue.MediaUrl"
