"""T6: for every action, an id of another tenant is like one that does not exist, and nothing of theirs changes.

The calls are made from the actions' own parameters, so a new action is in; one whose parameters are not known here
fails until they are added.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from minivod import ids
from minivod.actions import pull_events, wechat_mini_program_publish
from minivod.api.registry import discover
from minivod.store import accounts, events, media, procedures, publications, tasks, templates, uploads
from minivod.store.database import Database
from minivod.store.tasks import Outcome
from minivod.store.uploads import Upload, UploadDetails, UploadedObject
from minivod.templates.kinds import KINDS

from ..unit.playback.stage import metadata
from ..unit.templates.samples import SMALLEST
from .wire import Answer, Wire, open_wire

ACTIONS = discover()
OTHERS: dict[str, Any] = {
    "MediaType": "mp4",
    "OperationType": "Abort",
    "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 10}]},
}
"""Values of required parameters that are no ids."""
CREATES = {"CreateProcedureTemplate": {"Name": "another", "MediaProcessTask": OTHERS["MediaProcessTask"]}}
"""Parameters of actions whose names of new things must not be those of other things."""
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "DeleteMedia": [{}, *({"DeleteParts": [{"Type": part}]} for part in ("OriginalFiles", "TranscodeFiles"))],
    "WeChatMiniProgramPublish": [{}, {"SourceDefinition": 10}],
    "DescribeMediaInfos": [{}, {"Filters": ["miniProgramReviewInfo"]}],
    "ModifyWatermarkTemplate": [{}, {"ImageTemplate": SMALLEST["Watermark"]["ImageTemplate"]}],
}
"""Further parameters to try; by default none."""


@dataclass(frozen=True)
class Tenant:
    """An application and one of everything in it."""

    sub_app_id: int
    ids: dict[str, Any]


TEMPLATE_ACTION = re.compile(r"(?:Create|Modify|Delete|Describe)(?!Procedure)(\w+)Templates?")


def strangers() -> dict[str, Any]:
    """Ids of the right form that do not exist."""
    return {
        "Definition": dict.fromkeys(SMALLEST, 8_765_432),
        "FileId": ids.new_file_id(),
        "Name": "nowhere",
        "Names": ["nowhere"],
        "FileIds": [ids.new_file_id()],
        "TaskId": ids.new_task_id(ids.new_app_id(), "wechat-mini-program-publish"),
        "VodSessionKey": ids.new_token(),
        "EventHandles": [str(uuid4())],
    }


async def furnish(wire: Wire, app_id: int, sub_app_id: int) -> Tenant:
    """A published video with a task, a session with its file, a delivered event, a procedure, all templates."""
    db, file_id = wire.db, ids.new_file_id()
    async with db.transaction() as connection:
        await media.create(
            connection,
            file_id=file_id,
            sub_app_id=sub_app_id,
            directory=ids.new_directory(),
            name="secret name",
            media_type="mp4",
            object_key=f"vod_upload/{file_id}",
            metadata=metadata(1),
        )
        await events.append(connection, sub_app_id, "FileDeleted", file_id, {"FileIdSet": [file_id]})
    wanted = publications.PublishRequest(
        sub_app_id=sub_app_id,
        app_id=app_id,
        file_id=file_id,
        definition=0,
        task_id=ids.new_task_id(app_id, "wechat-mini-program-publish"),
    )
    assert (await wire.services.publications.accept(wanted)).accepted
    owner = uuid4()
    task = await tasks.claim(db, wanted.task_id, owner, 0)
    assert task is not None
    async with db.transaction() as connection:
        await tasks.finish(connection, wanted.task_id, owner, Outcome(result="Pass"))
        assert await publications.decide(connection, task, state="PASS", object_key="published/x", metadata=metadata(1))
    name = ids.new_token()[:12]
    async with db.transaction() as connection:
        asked = OTHERS["MediaProcessTask"]
        assert await procedures.create(
            connection, sub_app_id=sub_app_id, name=name, comment="secret", task=asked, publish=None
        )
    [event] = await events.pull(db, sub_app_id)
    return Tenant(
        sub_app_id,
        {
            "Definition": await make_templates(db, sub_app_id),
            "FileId": file_id,
            "Name": name,
            "Names": [name],
            "FileIds": [file_id],
            "TaskId": wanted.task_id,
            "VodSessionKey": await session(db, sub_app_id),
            "EventHandles": [event.handle],
        },
    )


async def make_templates(db: Database, sub_app_id: int) -> dict[str, int]:
    """A template of each kind; its definition by the kind's name."""
    made = {}
    async with db.transaction() as connection:
        for kind in KINDS:
            made[kind.name] = await templates.next_definition(connection, sub_app_id)
            await templates.create(
                connection,
                sub_app_id=sub_app_id,
                kind=kind.name,
                definition=made[kind.name],
                name="secret name",
                comment="secret",
                body=msgspec.to_builtins(msgspec.convert(SMALLEST[kind.name], kind.settings)),
            )
    return made


async def session(db: Database, sub_app_id: int) -> str:
    key = ids.new_token()
    upload = Upload(
        session_key=key,
        sub_app_id=sub_app_id,
        secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(),
        token=ids.new_token(),
        media_key=f"vod_upload/{key}.mp4",
        cover_key=None,
        media_type="mp4",
        cover_type=None,
        details=UploadDetails(name="secret name"),
    )
    await uploads.create(db, upload, 3600)
    there = UploadedObject(
        object_key=upload.media_key, session_key=key, stored_key=f"s/{key}.mp4", size=1, etag="0" * 32, crc64="0"
    )
    async with db.transaction() as connection:
        await uploads.place(connection, there)
    return key


@pytest.fixture
async def wire(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 0.001)
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


@pytest.fixture
async def tenants(wire: Wire) -> list[Tenant]:
    """Of another account, and of another application of the caller's account."""
    async with wire.db.transaction() as connection:
        other = await accounts.create_account(connection)
        ours = (await accounts.create_sub_app(connection, wire.key.app_id, "second")).sub_app_id
    return [await furnish(wire, other, other), await furnish(wire, wire.key.app_id, ours)]


def parameters(name: str, known: dict[str, Any]) -> dict[str, Any]:
    """The action's ids, and what else it requires."""
    fields = msgspec.structs.fields(ACTIONS[name].request)
    if name in CREATES:
        return CREATES[name]
    if match := TEMPLATE_ACTION.fullmatch(name):
        if name.startswith("Create"):
            return SMALLEST[match[1]]
        definition = known["Definition"][match[1]]
        known = {"Definition": definition, "Definitions": [definition]}
    missing = {field.name for field in fields if field.required} - known.keys() - OTHERS.keys()
    assert not missing, f"say in this module what {missing} of {name} are"
    return {field.name: (known | OTHERS)[field.name] for field in fields if field.name in known | OTHERS}


def told(answer: Answer, known: dict[str, Any]) -> str:
    """The answer without the ids that were asked for, and without what differs from call to call."""
    text = repr({name: value for name, value in answer.items() if name != "RequestId"})
    for value in known.values():
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
            text = text.replace(str(one)[:64], "ID")  # messages quote so much of a value
    return re.sub(r"\d{10}", "APP", text)


async def everything(db: Database) -> dict[str, Any]:
    tables = ("media", "publication", "task", "event", "upload", "uploaded_object", "doomed_object",
              "template", "template_number", "procedure_template")  # fmt: skip
    return {table: await db.fetch_all(f"select * from {table} order by 1") for table in tables}


@pytest.mark.parametrize("name", ACTIONS)
async def test_foreign_ids_are_like_none(wire: Wire, tenants: list[Tenant], name: str) -> None:
    before = await everything(wire.db)
    for tenant in tenants:
        for more in VARIANTS.get(name, [{}]):
            nobody = strangers()
            if name in CREATES or not parameters(name, nobody).keys() & nobody.keys():
                continue  # it takes no ids but SubAppId
            of_nobody = await wire.call(name, parameters(name, nobody) | more)
            of_tenant = await wire.call(name, parameters(name, tenant.ids) | more)
            assert told(of_tenant, tenant.ids) == told(of_nobody, nobody)
            assert "secret" not in repr(of_tenant)
            assert await everything(wire.db) == before


@pytest.mark.parametrize("name", ACTIONS)
async def test_foreign_applications_are_like_none(wire: Wire, tenants: list[Tenant], name: str) -> None:
    before = await everything(wire.db)
    stranger, nobody = tenants[0], ids.new_app_id() + 5_000_000_000
    of_nobody = await wire.call(name, parameters(name, stranger.ids) | {"SubAppId": nobody})
    of_tenant = await wire.call(name, parameters(name, stranger.ids) | {"SubAppId": stranger.sub_app_id})
    assert of_tenant.code == "InvalidParameterValue.SubAppId"
    assert told(of_tenant, {}) == told(of_nobody, {})
    assert await everything(wire.db) == before


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_key_of_one_application_cannot_use_another(wire: Wire, tenants: list[Tenant], name: str) -> None:
    async with wire.db.transaction() as connection:
        key = await accounts.create_key(connection, wire.key.app_id, sub_app_ids=[wire.key.app_id])
    before = await everything(wire.db)
    asked = parameters(name, tenants[1].ids) | {"SubAppId": tenants[1].sub_app_id}
    answer = await wire.call(name, asked, secret_id=key.secret_id, secret_key=key.secret_key)
    assert answer.code == "UnauthorizedOperation"
    assert await everything(wire.db) == before


async def test_the_owner_is_let_in(wire: Wire, tenants: list[Tenant]) -> None:
    """The other side: with the right SubAppId the same ids are found, so the tests above mean something."""
    own = tenants[1]
    codes = {}
    for name in sorted(ACTIONS, key=lambda name: name.startswith("Delete")):
        answer = await wire.call(name, parameters(name, own.ids) | {"SubAppId": own.sub_app_id})
        codes[name] = answer.code
    missing_bytes = {"CommitUpload": "FailedOperation.UploadCosFail"}  # its row is there, its object is not
    refused = dict.fromkeys(
        (wechat_mini_program_publish.ACTION.name, "ManageTask"), "FailedOperation"
    )  # it is published
    assert codes == dict.fromkeys(ACTIONS, "OK") | missing_bytes | refused
