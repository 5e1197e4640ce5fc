"""The actions on applications, and what becomes of what is destroyed."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minivod import errors, ids
from minivod.actions import CallContext, create_sub_app_id, describe_sub_app_ids
from minivod.actions.application_shapes import ResourceTag
from minivod.actions.create_sub_app_id import Request, run
from minivod.actions.describe_sub_app_ids import SubAppIdInfo
from minivod.processing.destruction import destroy_applications
from minivod.store import accounts, applications, doomed, events, media, procedures, templates
from minivod.store.database import Database

from ...waiting import until
from ...wire.wire import Wire, open_wire
from .conftest import NewVideo


async def listed(call: CallContext, **asked: Any) -> list[SubAppIdInfo]:
    answer = await describe_sub_app_ids.run(call, describe_sub_app_ids.Request(**asked))
    assert answer.TotalCount >= len(answer.SubAppIdInfoSet)
    return answer.SubAppIdInfoSet


async def made(call: CallContext, name: str, **asked: Any) -> int:
    return (await run(call, Request(**{"Name": name} | asked))).SubAppId


async def test_an_application_is_made_and_listed(call: CallContext) -> None:
    tags = [ResourceTag(TagKey="team", TagValue="红"), ResourceTag(TagKey="test", TagValue="")]
    second = await made(call, "课程", Description="von allem", Tags=tags, StorageRegion="ap-chongqing")
    new, default = await listed(call)
    assert (new.SubAppId, new.SubAppIdName, new.Name, new.Status) == (second, "课程", "课程", "On")
    assert (new.Description, new.Tags) == ("von allem", [msgspec.to_builtins(tag) for tag in tags])
    assert (default.SubAppId, default.Status, default.Tags) == (call.app_id, "On", [])
    assert await accounts.find_sub_app(call.services.database, call.app_id, second) is not None


async def test_lists_are_chosen_and_paged(call: CallContext) -> None:
    red, blue = ResourceTag(TagKey="c", TagValue="red"), ResourceTag(TagKey="c", TagValue="blue")
    one, two = (
        await made(call, "one", Tags=[red]),
        await made(call, "two", Tags=[blue, ResourceTag(TagKey="d", TagValue="")]),
    )
    assert [app.SubAppId for app in await listed(call, Name="one")] == [one]
    assert [app.SubAppId for app in await listed(call, Tags=[blue])] == [two]
    assert await listed(call, Tags=[red, ResourceTag(TagKey="d", TagValue="")]) == []
    assert [app.SubAppId for app in await listed(call, Offset=1, Limit=1)] == [one]
    for offset, limit in ((0, 0), (9, 5)):
        empty = await describe_sub_app_ids.run(call, describe_sub_app_ids.Request(Offset=offset, Limit=limit))
        assert (empty.SubAppIdInfoSet, empty.TotalCount) == ([], 3)


async def test_applications_of_other_accounts_are_not_listed(call: CallContext) -> None:
    async with call.services.database.transaction() as connection:
        other = await accounts.create_account(connection)
        await applications.create(connection, other, "theirs", "", [], 9)
    assert [app.SubAppId for app in await listed(call)] == [call.app_id]
    assert await listed(call, Name="theirs") == []


async def test_a_limited_key_sees_its_own_and_makes_none(call: CallContext) -> None:
    mine = await made(call, "mine")
    limited = msgspec.structs.replace(call, key=msgspec.structs.replace(call.key, sub_app_ids=[mine]))
    assert [app.SubAppId for app in await listed(limited)] == [mine]
    with pytest.raises(errors.UnauthorizedOperation, match=str(mine)):
        await made(limited, "another")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"Type": "Professional"}, errors.UnsupportedOperation, "Type 'Professional'.*AllInOne"),
        ({"Mode": "fileid+path"}, errors.UnsupportedOperation, "Mode 'fileid\\+path'.*fileid"),
        ({"Name": "two\nlines"}, errors.InvalidParameterValue, "Name 'two\\\\nlines' must be one line"),
        ({"StorageRegion": "nowhere!"}, errors.InvalidStorageRegion, "nowhere!"),
        (
            {"Tags": [ResourceTag(TagKey="a", TagValue=""), ResourceTag(TagKey="a", TagValue="")]},
            errors.InvalidParameterValue,
            "TagKey 'a'",
        ),
    ],
)
async def test_what_is_not_done_is_named(call: CallContext, asked: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        await made(call, "x", **asked)
    assert len(await listed(call)) == 1


async def test_an_account_has_so_many_at_most(call: CallContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_sub_app_id, "MOST", 3)
    answers = await asyncio.gather(*(made(call, str(number)) for number in range(5)), return_exceptions=True)
    assert sum(isinstance(answer, errors.LimitExceeded) for answer in answers) == 3
    assert len(await listed(call)) == 3


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> Any:
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


async def status(wire: Wire, sub_app_id: int) -> str:
    answer = await wire.call("DescribeSubAppIds")
    return str(next(one["Status"] for one in answer["SubAppIdInfoSet"] if one["SubAppId"] == sub_app_id))


async def accepted(wire: Wire, sub_app_id: int) -> bool:
    return (await wire.call("ApplyUpload", {"SubAppId": sub_app_id, "MediaType": "mp4"})).code == "OK"


async def refuses(wire: Wire, sub_app_id: int) -> bool:
    return not await accepted(wire, sub_app_id)


async def test_off_refuses_changes_and_answers_questions(wire: Wire) -> None:
    second = (await wire.call("CreateSubAppId", {"Name": "second"}))["SubAppId"]
    asked = {"SubAppId": second}
    assert (await wire.call("ModifySubAppIdStatus", asked | {"Status": "Off"})).code == "OK"
    await until(lambda: refuses(wire, second), "uploads are refused")  # within a second
    refused = await wire.call("ApplyUpload", asked | {"MediaType": "mp4"})
    assert refused.code == "ResourceUnavailable"
    assert f"the application {second} is Off" in refused.message and "ModifySubAppIdStatus" in refused.message
    assert (await wire.call("DescribeTasks", asked | {"Status": "FINISH"})).code == "OK"
    assert (await wire.call("PullEvents", asked)).code == "OK"
    assert (await wire.call("ModifySubAppIdInfo", asked | {"Name": "off", "Description": ""})).code == "OK"
    assert (await wire.call("ApplyUpload", {"MediaType": "mp4"})).code == "OK"
    assert await status(wire, second) == "Off"
    assert (await wire.call("ModifySubAppIdStatus", asked | {"Status": "On"})).code == "OK"
    await until(lambda: accepted(wire, second), "uploads are accepted again")


async def test_states_that_are_none(wire: Wire) -> None:
    default = {"SubAppId": wire.key.app_id, "Status": "Destroyed"}
    assert (await wire.call("ModifySubAppIdStatus", default)).code == "UnsupportedOperation"
    for wrong in ("on", "Destroying", ""):
        answer = await wire.call("ModifySubAppIdStatus", default | {"Status": wrong})
        assert answer.code == "InvalidParameterValue" and "Status" in answer.message
    assert (await wire.call("CreateSubAppId", {"Name": ""})).code == "InvalidParameterValue"
    assert (await wire.call("CreateSubAppId", {"Name": "x" * 41})).code == "InvalidParameterValue"


PULL = {"MediaUrl": "http://video.example/a.mp4"}


async def test_what_is_destroyed_is_gone_and_can_begin_again(wire: Wire) -> None:
    db = wire.db
    second = (await wire.call("CreateSubAppId", {"Name": "second"}))["SubAppId"]
    await fill(db, second)
    kept = await fill(db, wire.key.app_id)
    pulls = [(await wire.call("PullUpload", {"SubAppId": app} | PULL))["TaskId"] for app in (second, wire.key.app_id)]
    asked = {"SubAppId": second, "Status": "Destroyed"}
    assert (await wire.call("ModifySubAppIdStatus", asked)).code == "OK"
    assert await status(wire, second) == "Destroying"
    early = await wire.call("ModifySubAppIdStatus", asked | {"Status": "On"})
    assert early.code == "FailedOperation" and "being destroyed" in early.message

    assert await destroy_applications(db, "") == 1
    assert await destroy_applications(db, "") == 0
    assert await status(wire, second) == "Destroyed"
    assert await rows(db, second) == {"media": 0, "template": 0, "procedure_template": 0, "event": 0}
    assert await rows(db, wire.key.app_id) == {"media": 1, "template": 1, "procedure_template": 1, "event": 1}
    ended = {row["task_id"]: row["message"] for row in await db.fetch_all("select * from task where status = 'FINISH'")}
    assert ended == {pulls[0]: "the application was destroyed before the task had finished"}
    gone = {row["object_key"] for row in await db.fetch_all("select object_key from doomed_object")}
    assert f"original/{second}" in gone and f"picture/{second}" in gone and f"original/{wire.key.app_id}" not in gone
    assert list(await media.find(db, wire.key.app_id, [kept])) == [kept]

    assert (await wire.call("ModifySubAppIdStatus", asked | {"Status": "On"})).code == "OK"
    await until(lambda: accepted(wire, second), "uploads are accepted again")


async def test_a_video_that_somebody_holds_is_destroyed_in_the_next_round(
    call: CallContext, new_video: NewVideo
) -> None:
    db, file_id = call.services.database, await new_video()
    async with db.transaction() as connection:
        await applications.set_status(connection, call.sub_app_id, "Destroying")
        await media.hold(connection, call.sub_app_id, file_id)
    async with db.transaction() as connection:
        await media.hold(connection, call.sub_app_id, file_id)
        assert await destroy_applications(db, "") == 0
    assert await destroy_applications(db, "") == 1


async def fill(db: Database, sub_app_id: int) -> str:
    """One of everything; the FileId."""
    file_id = ids.new_file_id()
    async with db.transaction() as connection:
        await media.create(
            connection, file_id=file_id, sub_app_id=sub_app_id, directory=ids.new_directory(), name="x",
            media_type="mp4", object_key=f"original/{sub_app_id}", metadata={},
        )  # fmt: skip
        await templates.create(
            connection, sub_app_id=sub_app_id, kind="Watermark", definition=1000, name="x", comment="",
            body={}, object_key=f"picture/{sub_app_id}",
        )  # fmt: skip
        await doomed.spare(connection, [f"picture/{sub_app_id}"])
        await procedures.create(connection, sub_app_id=sub_app_id, name="x", comment="", task={}, publish=None)
        await events.append(connection, sub_app_id, "FileDeleted", file_id, {})
    return file_id


async def rows(db: Database, sub_app_id: int) -> dict[str, int]:
    return {
        table: len(await db.fetch_all(f"select from {table} where sub_app_id = %s", [sub_app_id]))
        for table in ("media", "template", "procedure_template", "event")
    }
