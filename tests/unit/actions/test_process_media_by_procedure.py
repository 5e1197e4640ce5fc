"""A procedure that is used: by ProcessMediaByProcedure, and with an upload; task, steps and publication, or nothing."""

from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import CallContext
from minivod.store import events
from minivod.store.publications import KIND
from minivod.templates.kinds import TRANSCODE

from .conftest import NewVideo
from .test_commit_upload import CLIP, uploaded
from .test_procedure_templates import TASK, make, refused
from .test_templates import create, do, other_application

AV1 = {"codec": "av1"}


async def tasks_of(call: CallContext) -> list[dict[str, Any]]:
    return await call.services.database.fetch_all(
        """select task_id, parent_id, kind, definition, priority, params, waits_for from task
            where sub_app_id = %s order by parent_id nulls first, ordinal, task_id""",
        [call.sub_app_id],
    )


async def test_the_steps_of_a_procedure_and_the_publication_that_waits(call: CallContext, new_video: NewVideo) -> None:
    await make(call, MiniProgramPublishTask={"SourceDefinition": 210})
    asked = {"ProcedureName": "mine", "FileId": await new_video(), "TasksPriority": 3, "SessionContext": "c"}
    answer = await do(call, "ProcessMediaByProcedure", asked)
    assert (answer["ReviewAudioVideoTaskId"], answer["ImportMediaKnowledgeTaskIdSet"]) == ("", [])
    by_kind = {(row["kind"], row["definition"]): row for row in await tasks_of(call)}
    whole = next(row for row in by_kind.values() if row["task_id"] == answer["TaskId"])
    assert (whole["kind"], whole["priority"], whole["params"]["session_context"]) == ("procedurev2", 3, "c")
    steps = [row for row in by_kind.values() if row["parent_id"] == answer["TaskId"]]
    assert [(row["kind"], row["definition"]) for row in steps] == [("Transcode", 10), ("Transcode", 210)]
    [publication] = [row for row in by_kind.values() if row["waits_for"]]
    assert publication["waits_for"] == by_kind["Transcode", 210]["task_id"]
    assert publication["definition"] == 210


async def test_the_preset_by_name(call: CallContext, new_video: NewVideo) -> None:
    await do(call, "ProcessMediaByProcedure", {"ProcedureName": "LongVideoPreset", "FileId": await new_video()})
    assert [row["kind"] for row in await tasks_of(call)] == [
        "procedurev2", "ImageSprite", "CoverBySnapshot", "AdaptiveDynamicStreaming",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere", "DescribeProcedureTemplates"), ("MultiDRMPreset", "encrypted"), ("theirs", "not a procedure")],
)
async def test_procedures_that_are_not_there(call: CallContext, new_video: NewVideo, name: str, message: str) -> None:
    await make(await other_application(call), "theirs")
    asked = {"ProcedureName": name, "FileId": await new_video()}
    error = await refused(call, "ProcessMediaByProcedure", asked)
    assert error.code == "InvalidParameterValue.ProcedureName" and message in error.message
    error = await refused(call, "ApplyUpload", {"MediaType": "mp4", "Procedure": name})
    assert error.code == "InvalidParameterValue.Procedure" and message in error.message
    assert await tasks_of(call) == []


async def test_a_published_video_is_not_published_again_and_nothing_begins(
    call: CallContext, new_video: NewVideo
) -> None:
    await make(call, MiniProgramPublishTask={"SourceDefinition": 10})
    file_id = await new_video(state="PASS")
    before = await tasks_of(call)
    error = await refused(call, "ProcessMediaByProcedure", {"ProcedureName": "mine", "FileId": file_id})
    assert error.code == "FailedOperation" and file_id in error.message
    assert await tasks_of(call) == before


async def test_an_original_that_cannot_be_published_is_refused_before_anything_begins(
    call: CallContext, new_video: NewVideo
) -> None:
    await make(call, MiniProgramPublishTask={"SourceDefinition": 0})
    for file_id, said in ((await new_video("mkv"), "container is mkv"), (await new_video(streams=AV1), "codec is av1")):
        error = await refused(call, "ProcessMediaByProcedure", {"ProcedureName": "mine", "FileId": file_id})
        assert error.code == "InvalidParameterValue.FileType" and said in error.message
        assert "A transcode by template 30 or 100030 cures that" in error.message
    assert await tasks_of(call) == []


async def test_an_upload_is_kept_whatever_its_procedure_could_publish(call: CallContext) -> None:
    """What was uploaded is not known when its procedure is accepted: the task says it, and nothing is lost."""
    await make(call, MiniProgramPublishTask={"SourceDefinition": 0})
    settings = msgspec.structs.replace(call.services.settings, max_duration=0.01)
    strict = msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, settings=settings))
    key = await uploaded(strict, CLIP, Procedure="mine")
    await do(strict, "CommitUpload", {"VodSessionKey": key})
    assert {row["kind"] for row in await tasks_of(call) if row["parent_id"] is None} == {KIND, "procedurev2"}


async def test_a_procedure_that_only_publishes(call: CallContext, new_video: NewVideo) -> None:
    """Its task has nothing to do and has ended; the publication is a task of its own."""
    await make(call, MediaProcessTask={}, MiniProgramPublishTask={"SourceDefinition": 0})
    file_id = await new_video()
    task_id = (await do(call, "ProcessMediaByProcedure", {"ProcedureName": "mine", "FileId": file_id}))["TaskId"]
    detail = await do(call, "DescribeTaskDetail", {"TaskId": task_id})
    assert (detail["Status"], detail["TaskType"]) == ("FINISH", "Procedure")
    assert detail["ProcedureTask"]["MediaProcessResultSet"] == []
    [event] = await events.pull(call.services.database, call.sub_app_id)
    assert (event.kind, event.payload["TaskId"]) == ("ProcedureStateChanged", task_id)
    error = await refused(call, "WeChatMiniProgramPublish", {"FileId": file_id})
    [publication] = [row for row in await tasks_of(call) if row["kind"] == KIND]
    assert publication["task_id"] in error.message and publication["waits_for"] is None
    jobs = await call.services.database.fetch_all("select args ->> 'task_id' as task_id from procrastinate_jobs")
    assert [row["task_id"] for row in jobs] == [publication["task_id"]]


async def test_an_upload_that_is_only_published(call: CallContext) -> None:
    await make(call, MediaProcessTask={}, MiniProgramPublishTask={"SourceDefinition": 0})
    await do(call, "CommitUpload", {"VodSessionKey": await uploaded(call, CLIP, Procedure="mine")})
    rows = {row["kind"]: row["task_id"] for row in await tasks_of(call)}
    assert set(rows) == {"procedurev2", KIND}
    [uploads] = [
        one for one in await events.pull(call.services.database, call.sub_app_id) if one.kind == "NewFileUpload"
    ]
    assert uploads.payload["ProcedureTaskId"] == rows["procedurev2"]


async def test_a_session_is_used_once(call: CallContext, new_video: NewVideo) -> None:
    await make(call)
    asked = {"ProcedureName": "mine", "FileId": await new_video(), "SessionId": "s"}
    await do(call, "ProcessMediaByProcedure", asked)
    before = await tasks_of(call)
    assert isinstance(await refused(call, "ProcessMediaByProcedure", asked), errors.TaskDuplicate)
    assert await tasks_of(call) == before


async def test_each_action_refuses_a_session_for_its_own_days(call: CallContext, new_video: NewVideo) -> None:
    """As the published model says: three of ProcessMedia, seven of ProcessMediaByProcedure, whoever used it."""
    await make(call)
    asked = {"FileId": await new_video(), "SessionId": "s"}
    await do(call, "ProcessMedia", {**asked, "MediaProcessTask": TASK})
    await call.services.database.execute("update task_session set created_at = now() - interval '4 days'")
    error = await refused(call, "ProcessMediaByProcedure", {**asked, "ProcedureName": "mine"})
    assert isinstance(error, errors.TaskDuplicate) and "within the last 7 days" in error.message
    await do(call, "ProcessMedia", {**asked, "MediaProcessTask": TASK})
    error = await refused(call, "ProcessMedia", {**asked, "MediaProcessTask": TASK})
    assert isinstance(error, errors.TaskDuplicate) and "within the last 3 days" in error.message


async def test_an_upload_begins_the_procedure_as_it_was_applied_for_once(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    await make(
        call,
        MediaProcessTask={"TranscodeTaskSet": [{"Definition": definition}]},
        MiniProgramPublishTask={"SourceDefinition": definition},
    )
    key = await uploaded(call, CLIP, Procedure="mine", SessionContext="mine")
    await do(call, "DeleteProcedureTemplate", {"Name": "mine"})
    await do(call, "DeleteTranscodeTemplate", {"Definition": definition})
    first, again = [await do(call, "CommitUpload", {"VodSessionKey": key}) for _ in range(2)]
    assert first == again
    rows = await tasks_of(call)
    [whole], [step], [publication] = (
        [row for row in rows if row["kind"] == kind] for kind in ("procedurev2", "Transcode", KIND)
    )
    assert (step["parent_id"], step["definition"]) == (whole["task_id"], definition)
    assert publication["waits_for"] == step["task_id"]
    assert whole["params"]["session_context"] == "mine"
    [event] = [
        one
        for one in await events.pull(call.services.database, call.sub_app_id)
        if one.payload.get("FileId") == first["FileId"]
    ]
    assert event.payload["ProcedureTaskId"] == whole["task_id"]


async def test_an_upload_without_a_procedure_begins_nothing(call: CallContext) -> None:
    await do(call, "CommitUpload", {"VodSessionKey": await uploaded(call, CLIP)})
    assert await tasks_of(call) == []
    [event] = await events.pull(call.services.database, call.sub_app_id)
    assert event.payload["ProcedureTaskId"] == ""


async def test_a_procedure_that_cannot_be_done_any_more_is_refused_before_the_upload(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    await make(call, MediaProcessTask={"TranscodeTaskSet": [{"Definition": definition}, *TASK["TranscodeTaskSet"]]})
    await do(call, "DeleteTranscodeTemplate", {"Definition": definition})
    error = await refused(call, "ApplyUpload", {"MediaType": "mp4", "Procedure": "mine"})
    assert error.code == "InvalidParameterValue.Procedure"
    assert str(definition) in error.message and "'mine'" in error.message
