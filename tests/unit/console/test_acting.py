"""What users of the console do is done as by the API, for one application, and written down, whatever comes of it."""

from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
import pytest
from starlette.responses import Response

from minivod import errors
from minivod.actions import CallContext
from minivod.console import acting, paths
from minivod.console.acting import Actor, By
from minivod.console.pages import overview
from minivod.console.passwords import Passwords
from minivod.console.site import make_site
from minivod.console.visit import Visit
from minivod.errors import WireError
from minivod.messages import CHINESE, ENGLISH, translate
from minivod.store import accounts, console_changes
from minivod.store.console_changes import Change

from .desk import QUICK, Desk, with_settings

NO_VIDEO = "FileId 1 does not exist in this application"
ANN = By("ann", ENGLISH, "https")


async def changes(desk: Desk) -> list[Change]:
    rows = await desk.db.fetch_all(
        "select c.*, o.ended_at, o.code, o.message from console_change c left join console_outcome o using (change_id)"
        " order by change_id"
    )
    return [Change(**row) for row in rows]


async def test_what_is_done_is_written_down(desk: Desk) -> None:
    video = await desk.video("PASS")
    await Actor(desk.services).call(
        ANN, video.sub_app_id, "DeleteMedia", {"FileId": video.file_id}, about=video.file_id
    )
    assert await desk.db.fetch_one("select from media where file_id = %s", [video.file_id]) is None
    [change] = await console_changes.history(desk.db, video.sub_app_id, video.file_id)
    assert (change.made_by, change.action, change.code, change.message) == ("ann", "DeleteMedia", "", "")
    assert change.parameters == {"FileId": video.file_id} and change.ended_at is not None
    assert await console_changes.history(desk.db, None, video.file_id) == []


async def test_looking_is_not(desk: Desk) -> None:
    video = await desk.video("PASS", name="a clip")
    answer = await Actor(desk.services).call(ANN, video.sub_app_id, "DescribeMediaInfos", {"FileIds": [video.file_id]})
    assert answer.MediaInfoSet[0].BasicInfo.Name == "a clip"
    assert await changes(desk) == []


async def test_an_application_has_its_own_videos_alone(desk: Desk) -> None:
    video = await desk.video("PASS")
    async with desk.db.transaction() as connection:
        other = await accounts.create_account(connection)
    with pytest.raises(errors.FileNotExist):
        await Actor(desk.services).call(ANN, other, "DeleteMedia", {"FileId": video.file_id}, about=video.file_id)
    [change] = await changes(desk)
    assert (change.sub_app_id, change.code) == (other, errors.FileNotExist.code) and video.file_id in str(
        change.message
    )
    assert await desk.db.fetch_one("select from media where file_id = %s", [video.file_id]) is not None


@pytest.mark.parametrize(
    ("name", "parameters", "error"),
    [
        ("DeleteMedia", {}, errors.MissingParameter),
        ("DeleteMedia", {"FileId": 1}, errors.InvalidParameter),
        ("DeleteMedia", {"FileId": "1", "Nothing": 1}, errors.UnknownParameter),
        ("DeleteEverything", {}, errors.InvalidAction),
    ],
)
async def test_what_cannot_be_asked_is_no_change(
    desk: Desk, name: str, parameters: Any, error: type[WireError]
) -> None:
    with pytest.raises(error):
        await Actor(desk.services).call(ANN, desk.stage.app_id, name, parameters)
    assert await changes(desk) == []


async def test_rules_of_applications_hold(desk: Desk) -> None:
    """One that is not On is not changed, one that does not exist neither, and quotas are kept."""
    video = await desk.video("NONE")
    with pytest.raises(errors.InvalidSubAppId):
        await Actor(desk.services).call(ANN, 1, "DeleteMedia", {"FileId": video.file_id})
    few = Actor(with_settings(desk, quota_media=1))
    with pytest.raises(errors.WireError) as refused:
        await few.call(ANN, video.sub_app_id, "ApplyUpload", {"MediaType": "mp4"})
    assert refused.value.code == "LimitExceeded.Quota"
    await desk.db.execute("update sub_app set status = 'Off'")
    actor = Actor(desk.services)
    with pytest.raises(errors.ResourceUnavailable):
        await actor.call(ANN, video.sub_app_id, "DeleteMedia", {"FileId": video.file_id})
    await actor.call(ANN, video.sub_app_id, "DescribeMediaInfos", {"FileIds": [video.file_id]})
    assert [change.action for change in await changes(desk)] == ["ApplyUpload"]


async def test_forms_have_numbers_as_texts(desk: Desk) -> None:
    video = await desk.video("NONE")
    parameters = {"FileId": video.file_id, "ClassId": "0"}
    actor = Actor(desk.services)
    await actor.call(ANN, video.sub_app_id, "ModifyMediaInfo", parameters, text=True)
    with pytest.raises(errors.WireError):
        await actor.call(ANN, video.sub_app_id, "ModifyMediaInfo", parameters)


async def test_without_a_row_nothing_is_done(desk: Desk) -> None:
    video = await desk.video("NONE")
    await desk.db.execute("alter table console_change rename to gone")
    with pytest.raises(errors.InternalError):
        await Actor(desk.services).call(ANN, video.sub_app_id, "DeleteMedia", {"FileId": video.file_id})
    assert await desk.db.fetch_one("select from media where file_id = %s", [video.file_id]) is not None


async def test_what_was_done_is_told_though_its_outcome_cannot_be_written(desk: Desk) -> None:
    video = await desk.video("NONE")
    await desk.db.execute("alter table console_outcome rename to gone")
    await Actor(desk.services).call(ANN, video.sub_app_id, "DeleteMedia", {"FileId": video.file_id})
    assert await desk.db.fetch_one("select from media where file_id = %s", [video.file_id]) is None


async def test_a_failure_of_the_server_tells_nothing_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = Actor(desk.services)

    async def broken(_: CallContext, __: Any) -> Any:
        raise ValueError("an inner matter")

    action = msgspec.structs.replace(actor._actions["DeleteMedia"], run=broken)
    monkeypatch.setattr(actor, "_actions", {"DeleteMedia": action})
    with pytest.raises(errors.InternalError):
        await actor.call(ANN, desk.stage.app_id, "DeleteMedia", {"FileId": "1"})
    [change] = await changes(desk)
    assert change.code == "InternalError" and "inner" not in str(change.message)


@pytest.mark.parametrize("statement", ["update console_change set made_by = 'x'", "delete from console_outcome"])
async def test_rows_stay(desk: Desk, statement: str) -> None:
    await Actor(desk.services).call(ANN, desk.stage.app_id, "CreateClass", {"ClassName": "x", "ParentId": -1})
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await desk.db.execute(statement)


def test_secrets_are_not_kept() -> None:
    given = {
        "NotificationUrl": "https://user:pass@example.com/?a=1", "Name": "x" * 600, "Nul": "a\0b", "Number": 5,
        "Policy": {"EncryptedKey": "k", "Domains": ["a", "b"]}, "Rows": [{"SignKey": "k"}],
    }  # fmt: skip
    found = acting.kept(given)
    assert found["NotificationUrl"] == found["Policy"]["EncryptedKey"] == found["Rows"][0]["SignKey"] == "[redacted]"
    assert found["Policy"]["Domains"] == ["a", "b"] and found["Number"] == 5 and found["Nul"] == "a\ufffdb"
    assert found["Name"].startswith("x" * 500 + "…") and "600" in found["Name"]


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (errors.FileNotExist(NO_VIDEO), HTTPStatus.CONFLICT, translate(NO_VIDEO, CHINESE)),
        (errors.InternalError(), HTTPStatus.INTERNAL_SERVER_ERROR, "服务器内部出错"),
        (errors.ServiceUnavailable(), HTTPStatus.SERVICE_UNAVAILABLE, "没有响应"),
    ],
)
async def test_an_error_that_no_page_shows_is_a_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: WireError, status: int, told: str
) -> None:
    async def page(visit: Visit) -> Response:
        await visit.call(desk.stage.app_id, "DescribeAllClass", {})
        raise error

    monkeypatch.setattr(overview, "show", page)
    desk.app = make_site(desk.services, Passwords(QUICK))
    answer = await (await desk.signed_in("viewer", **{"accept-language": "zh-CN"})).get(paths.HOME)
    assert answer.status_code == status and told in answer.text
