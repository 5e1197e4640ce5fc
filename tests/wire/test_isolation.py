"""T6: for every action, an id of another tenant is like one that does not exist, and nothing of theirs changes.

The calls are made from the actions' own parameters, so a new action is in; one whose parameters are not known here
fails until they are added.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from minivod import ids
from minivod.actions import (
    delete_media,
    describe_tasks,
    pull_events,
    wechat_mini_program_publish,
)
from minivod.api.registry import discover
from minivod.processing.accept import Order, accept
from minivod.processing.plan import SETS, plan
from minivod.shapes import wire_time
from minivod.store import (
    accounts,
    classes,
    events,
    kept,
    media,
    media_reviews,
    procedures,
    publications,
    results,
    tasks,
    templates,
    uploads,
)
from minivod.store.accounts import AccessKey
from minivod.store.classes import MediaClass
from minivod.store.database import Connection, Database
from minivod.store.media_reviews import MediaReview
from minivod.store.task_list import Place
from minivod.store.tasks import Outcome, Task
from minivod.store.uploads import Upload, UploadDetails, UploadedObject
from minivod.templates.kinds import KINDS
from minivod.wire.media_info import FILTERS
from minivod.wire.procedure import Told
from minivod.wire.process_inputs import MediaProcessTaskInput

from ..databases import Databases
from ..unit.playback.stage import metadata, record
from ..unit.templates.samples import SMALLEST
from .wire import Answer, Wire, open_wire

ACTIONS = discover()
OF_APPLICATIONS = [name for name, action in ACTIONS.items() if not action.of_account]
DAY = wire_time(datetime.now(UTC))
OTHERS: dict[str, Any] = {
    "MediaType": "mp4",
    "MediaUrl": "http://video.example/a.mp4",
    "OperationType": "Abort",
    "ClassName": "other",
    "Operation": "forbid",
    "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 10}]},
    "Mode": "PUSH",
    "NotificationUrl": "http://a.example/",
    "Domain": "127.0.0.1:9050",
    "UrlSignatureAuthPolicy": {"Status": "Enabled", "EncryptedKey": "key-of-another"},
    "StartTime": DAY,
    "EndTime": DAY,
    "StartDate": DAY,
    "EndDate": DAY,
    "Date": DAY,
}
"""Values of parameters that are no ids, but are required or do the harm."""
CREATES = {
    "CreateProcedureTemplate": {"Name": "another", "MediaProcessTask": OTHERS["MediaProcessTask"]},
    "CreateClass": {"ParentId": -1, "ClassName": "another"},
    "CreateSubAppId": {"Name": "another"},
    "ModifySubAppIdStatus": {"Status": "Off"},
}
"""Parameters of actions whose names of new things must not be those of other things, and of those without ids."""
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "DeleteMedia": [{"DeleteParts": [{"Type": part}]} for part in delete_media.PARTS],
    "ReviewAudioVideo": [{"Definition": 10}],
    "WeChatMiniProgramPublish": [{"SourceDefinition": 10}],
    "DescribeMediaInfos": [{"Filters": [name]} for name in sorted(FILTERS)],
    "ModifyMediaInfo": [
        {"Name": "taken", "AddTags": ["taken"], "ExpireTime": "2100-01-01T00:00:00Z"},
        {"AddSubtitles": [{"Name": "a", "Language": "en", "Format": "vtt", "Content": "V0VCVlRU"}]},
        {"DeleteTags": ["secret"], "DeleteSubtitleIds": ["secret"], "ClearKeyFrameDescs": 1},
    ],
    "SearchMedia": [
        {"FileIds": [], **asked}
        for asked in (
            {"Names": ["secret", "n"]},
            {"NamePrefixes": ["secret"]},
            {"Descriptions": ["secret"]},
            {"Tags": ["secret"]},
            {"Text": "secret"},
            {"Categories": ["Video"], "Status": ["Normal"]},
            {"ReviewResults": ["block"]},
            {},
        )
    ],
    "ModifyWatermarkTemplate": [{"ImageTemplate": SMALLEST["Watermark"]["ImageTemplate"]}],
}
"""Further parameters to try, beside none."""
ITEMS: dict[str, dict[str, Any]] = {
    "AnimatedGraphicTaskSet": {"StartTimeOffset": 0, "EndTimeOffset": 1},
    "SnapshotByTimeOffsetTaskSet": {"ExtTimeOffsetSet": ["0s"]},
    "CoverBySnapshotTaskSet": {"PositionType": "Time", "PositionValue": 0},
}
"""What items of a MediaProcessTask require beside a Definition."""
SESSION = "secret session"


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
        **of_procedure("nowhere"),
        "FileIds": [ids.new_file_id()],
        "ClassId": 7_654_321,
        "TaskId": ids.new_task_id(ids.new_app_id(), "wechat-mini-program-publish"),
        **of_running(ids.new_task_id(ids.new_app_id(), "procedurev2")),
        "ScrollToken": scroll_token(ids.new_task_id(ids.new_app_id(), "procedurev2")),
        "VodSessionKey": ids.new_token(),
        "EventHandles": [str(uuid4())],
    }


def scroll_token(task_id: str) -> str:
    """Where a list of tasks goes on, by DescribeTasks."""
    return describe_tasks._token(Place(datetime.now(UTC), task_id))


def of_procedure(name: str) -> dict[str, Any]:
    """The parameters that name a procedure."""
    return {"Name": name, "Names": [name], "ProcedureName": name, "Procedure": name}


def of_running(task_id: str) -> dict[str, str]:
    """A task, and its first step."""
    return {"Running": task_id, "Step": task_id.removesuffix("0") + "1"}


async def furnish(wire: Wire, app_id: int, sub_app_id: int) -> Tenant:
    """A published video with a task, and one that runs, a session, a delivered event, a procedure, all templates."""
    db, file_id = wire.db, await new_video(wire.db, sub_app_id)
    async with db.transaction() as connection:
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
        await tasks.save_review(connection, task, record("Pass"))
        await add_results(connection, task)
        await kept.keep(connection, sub_app_id, file_id, KEPT, 3600)
        subject = f"vod_upload/{file_id}"
        reviewed = MediaReview(content="Media", subject=subject, definition=10, suggestion="block", types=["secret"])
        await media_reviews.save(connection, sub_app_id, file_id, reviewed)
    name = await new_procedure(db, sub_app_id)
    running = await begin_task(db, app_id, sub_app_id, file_id)
    [event] = await events.pull(db, sub_app_id)
    return Tenant(
        sub_app_id,
        {
            "Definition": await make_templates(db, sub_app_id),
            "FileId": file_id,
            **of_procedure(name),
            "FileIds": [file_id],
            "ClassId": await new_class(db, sub_app_id),
            "TaskId": wanted.task_id,
            **of_running(running),
            "ScrollToken": scroll_token(wanted.task_id),
            "VodSessionKey": await session(db, sub_app_id),
            "EventHandles": [event.handle],
        },
    )


KEPT = kept.Kept(
    definition=0, object_key="published/secret", cover_key=None, files=[], metadata=None, reviewed_source=None
)  # fmt: skip


async def new_video(db: Database, sub_app_id: int) -> str:
    """The FileId."""
    file_id = ids.new_file_id()
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
        await connection.execute(
            "update media set description = 'secret', tags = '{secret}' where file_id = %s", [file_id]
        )
    return file_id


async def new_class(db: Database, sub_app_id: int) -> int:
    """A class that no other application has by the same number; the ClassId."""
    class_id = sub_app_id * 10
    new = MediaClass(class_id=class_id, parent_id=-1, path=[class_id], name="secret class")
    async with db.transaction() as connection:
        assert await classes.create(connection, sub_app_id, new)
    return class_id


async def new_procedure(db: Database, sub_app_id: int) -> str:
    """Its name."""
    name, asked = ids.new_token()[:12], OTHERS["MediaProcessTask"]
    async with db.transaction() as connection:
        assert await procedures.create(
            connection, sub_app_id=sub_app_id, name=name, comment="secret", task=asked, publish=None
        )
    return name


async def add_results(connection: Connection, task: Task) -> None:
    """One of each kind that can be deleted or published."""
    for kind in (results.TRANSCODE, results.ADAPTIVE):
        assert await results.save(
            connection, msgspec.structs.replace(task, definition=10), kind, prefix=f"made/secret/{kind}",
            files=["secret.mp4"], source_key=f"vod_upload/{task.file_id}", entry="secret.mp4", metadata=metadata(1),
            whole=True, body={"container": "mp4", "md5": "", "size": 1, "package": "HLS", "streams": []},
        )  # fmt: skip


async def begin_task(db: Database, app_id: int, sub_app_id: int, file_id: str) -> str:
    """A task of one step that runs, with a SessionId; the TaskId."""
    asked = msgspec.convert(OTHERS["MediaProcessTask"], MediaProcessTaskInput)
    order = Order(
        sub_app_id=sub_app_id, app_id=app_id, file_id=file_id, steps=await plan(db, sub_app_id, asked),
        told=Told(session_id=SESSION, session_context="secret"),
    )  # fmt: skip
    async with db.transaction() as connection:
        return await accept(connection, "", order)


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


@pytest.fixture(scope="module", autouse=True)
def impatient() -> Iterator[None]:
    """Nobody waits for events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pull_events, "LONGEST_WAIT", 0.001)
        yield


@pytest.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    async with open_wire(database_url, tmp_path, rate_limit=0) as opened:
        yield opened


@pytest.fixture
async def tenants(wire: Wire) -> list[Tenant]:
    return await make_tenants(wire)


async def make_tenants(wire: Wire) -> list[Tenant]:
    """Of another account, and of another application of the caller's account."""
    async with wire.db.transaction() as connection:
        other = await accounts.create_account(connection)
        ours = (await accounts.create_sub_app(connection, wire.key.app_id, "second")).sub_app_id
    return [await furnish(wire, other, other), await furnish(wire, wire.key.app_id, ours)]


@dataclass(frozen=True)
class World:
    """What the tests share that assert that nothing changes."""

    wire: Wire
    tenants: list[Tenant]
    limited: AccessKey
    """A key for the first application of the caller's account alone."""


shared = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    with databases.lent() as url:
        async with open_wire(url, tmp_path_factory.mktemp("world"), rate_limit=0) as wire:
            tenants = await make_tenants(wire)
            async with wire.db.transaction() as connection:
                limited = await accounts.create_key(connection, wire.key.app_id, sub_app_ids=[wire.key.app_id])
            yield World(wire, tenants, limited)


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
    if name == "ReviewAudioVideo":
        known = known | {"Definition": known["Definition"]["Review"]}
    missing = {field.name for field in fields if field.required} - known.keys() - OTHERS.keys() - {"SubAppId"}
    assert not missing, f"say in this module what {missing} of {name} are"
    return {field.name: (known | OTHERS)[field.name] for field in fields if field.name in known | OTHERS}


def told(answer: Answer, known: dict[str, Any]) -> str:
    """The answer without the ids that were asked for, and without what differs from call to call."""
    text = repr({name: value for name, value in answer.items() if name != "RequestId"})
    for value in known.values():
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
            text = text.replace(str(one)[:64], "ID")  # messages quote so much of a value
    return re.sub(r"\d{10}", "APP", text)


async def everything(db: Database) -> list[dict[str, Any]]:
    """All rows of all tables, and the jobs; in one question, because it is asked before and after every test."""
    tables = await db.fetch_all(
        """select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
              and (relname !~ '^procrastinate' or relname = 'procrastinate_jobs')"""
    )
    each = [f"select '{table['name']}' as name, one::text as line from {table['name']} one" for table in tables]
    found = await db.fetch_all(f"{' union all '.join(each)} order by name, line")
    assert found
    return found


def variants(name: str, known: dict[str, Any]) -> list[dict[str, Any]]:
    """What the action is called with beside the ids of `parameters`, or in their place."""
    more = [{}, *VARIANTS.get(name, [])]
    if "TaskId" in ACTIONS[name].request.__struct_fields__:
        more += [{"TaskId": known["Running"]}, {"TaskId": known["Step"]}]
    return more


@shared
@pytest.mark.parametrize("name", ACTIONS)
async def test_foreign_ids_are_like_none(world: World, name: str) -> None:
    wire, tenants = world.wire, world.tenants
    before = await everything(wire.db)
    for tenant in tenants:
        nobody = strangers()
        if name in CREATES or not parameters(name, nobody).keys() & nobody.keys():
            continue  # it takes no ids but SubAppId
        for of_none, of_theirs in zip(variants(name, nobody), variants(name, tenant.ids), strict=True):
            of_nobody = await wire.call(name, parameters(name, nobody) | of_none)
            of_tenant = await wire.call(name, parameters(name, tenant.ids) | of_theirs)
            assert told(of_tenant, tenant.ids) == told(of_nobody, nobody)
            assert "secret" not in repr(of_tenant)
    assert await everything(wire.db) == before


@pytest.mark.parametrize("name", [name for name in ACTIONS if "MediaProcessTask" in parameters(name, strangers())])
async def test_foreign_templates_in_tasks_are_like_none(wire: Wire, tenants: list[Tenant], name: str) -> None:
    app = wire.key.app_id
    own: dict[str, Any] = {"FileId": await new_video(wire.db, app), "Name": await new_procedure(wire.db, app)}
    own |= CREATES.get(name, {})
    before = await everything(wire.db)
    for tenant in tenants:
        for member, (_, kind) in SETS.items():
            said = []
            for known in (strangers(), tenant.ids):
                items = [{"Definition": known["Definition"][kind.name]} | ITEMS.get(member, {})]
                asked = {key: value for key, value in own.items() if key in ACTIONS[name].request.__struct_fields__}
                said.append((await wire.call(name, asked | {"MediaProcessTask": {member: items}}), known))
                marked = {"Definition": 10, "WatermarkSet": [{"Definition": known["Definition"]["Watermark"]}]}
                asked["MediaProcessTask"] = {"TranscodeTaskSet": [marked]}
                said.append((await wire.call(name, asked), known))
            plain = [told(answer, known) for answer, known in said]
            assert plain[:2] == plain[2:]
            assert all("Definition ID" in text and "secret" not in text for text in plain)
    assert await everything(wire.db) == before


async def test_a_session_id_of_another_application_is_free(wire: Wire, tenants: list[Tenant]) -> None:
    own = {"FileId": await new_video(wire.db, wire.key.app_id), "SessionId": SESSION}
    asked = own | {"MediaProcessTask": OTHERS["MediaProcessTask"]}
    assert [(await wire.call("ProcessMedia", asked)).code for _ in range(2)] == ["OK", "FailedOperation.TaskDuplicate"]


@shared
@pytest.mark.parametrize("name", OF_APPLICATIONS)
async def test_foreign_applications_are_like_none(world: World, name: str) -> None:
    wire, tenants = world.wire, world.tenants
    before = await everything(wire.db)
    stranger, nobody = tenants[0], ids.new_app_id() + 5_000_000_000
    of_nobody = await wire.call(name, parameters(name, stranger.ids) | {"SubAppId": nobody})
    of_tenant = await wire.call(name, parameters(name, stranger.ids) | {"SubAppId": stranger.sub_app_id})
    assert of_tenant.code == "InvalidParameterValue.SubAppId"
    assert told(of_tenant, {}) == told(of_nobody, {})
    assert await everything(wire.db) == before


@shared
@pytest.mark.parametrize("name", OF_APPLICATIONS)
async def test_a_key_of_one_application_cannot_use_another(world: World, name: str) -> None:
    wire, tenants = world.wire, world.tenants
    key, before = world.limited, await everything(wire.db)
    asked = parameters(name, tenants[1].ids) | {"SubAppId": tenants[1].sub_app_id}
    answer = await wire.call(name, asked, secret_id=key.secret_id, secret_key=key.secret_key)
    assert answer.code == "UnauthorizedOperation"
    assert await everything(wire.db) == before


async def test_the_owner_is_let_in(wire: Wire, tenants: list[Tenant]) -> None:
    """The other side: with the right SubAppId the same ids are found, so the tests above mean something."""
    own = tenants[1]
    codes = {}
    for name in sorted(ACTIONS, key=lambda name: (name == "ModifySubAppIdStatus", name.startswith("Delete"))):
        application = {} if ACTIONS[name].of_account else {"SubAppId": own.sub_app_id}
        answer = await wire.call(name, parameters(name, own.ids) | application)
        codes[name] = answer.code
    missing_bytes = {"CommitUpload": "FailedOperation.UploadCosFail"}  # its row is there, its object is not
    missing_bytes["DeleteClass"] = "UnsupportedOperation.ClassNotEmpty"  # ModifyMediaInfo has put the video into it
    refused = dict.fromkeys(
        (wechat_mini_program_publish.ACTION.name, "ManageTask"), "FailedOperation"
    )  # it is published
    assert codes == dict.fromkeys(ACTIONS, "OK") | missing_bytes | refused
