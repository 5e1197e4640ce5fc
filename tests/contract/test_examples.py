"""Every published example of the actions that are built is sent to the real endpoint, as it is published.

Names of things that exist only in the example's world (FileIds, SubAppIds, handles …) are replaced by those of a world
made here. The answer has to agree with the model; where a feature is not built, the example is in `NOT_BUILT` with the
error that says so.
"""

import base64
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from minivod import ids
from minivod.api.registry import discover
from minivod.shapes import wire_time
from minivod.store import accounts, tasks, uploads
from minivod.store.tasks import Outcome
from minivod.store.uploads import UploadedObject

from ..unit.api import signer
from ..unit.templates.samples import SMALLEST, png
from ..wire.wire import Answer, Wire, open_wire
from .model import examples
from .validator import complaints

AUDIO = {"SampleRate": 44100, "Codec": "libfdk_aac", "Bitrate": 128}
NOT_BUILT = {
    ("DescribeTaskDetail", 0): ("ResourceNotFound", "tasks of EditMedia"),
    ("ProcessMedia", 0): ("InvalidParameterValue.MediaStoragePath", "videos without a FileId"),
    ("ProcessMedia", 1): ("InvalidParameterValue.AiContentReviewTaskDefinition", "review by ProcessMedia"),
    ("ProcessMedia", 2): ("InvalidParameterValue.AiRecognitionTaskDefinition", "recognition"),
    ("ProcessMedia", 4): ("InvalidParameterValue.AiAnalysisTaskDefinition", "analysis"),
    ("CreateProcedureTemplate", 0): ("InvalidParameterValue.AiContentReviewTaskDefinition", "review by a procedure"),
    ("ProcessMediaByProcedure", 1): ("InvalidParameterValue.MediaStoragePath", "videos without a FileId"),
    ("DescribeTaskDetail", 2): ("ResourceNotFound", "tasks of transcoding"),
    ("ModifyVodDomainConfig", 0): ("UnsupportedOperation", "rules for addresses"),
    ("ModifyVodDomainConfig", 1): ("UnsupportedOperation", "rules for addresses"),
    ("ModifyVodDomainConfig", 3): ("UnsupportedOperation", "QUIC"),
}
"""Examples that need a feature which is not built: the code of the answer, and the feature."""

OUT_OF_RANGE = {
    ("CreateTranscodeTemplate", 0): ("AudioTemplate.SampleRate", 44100, "InvalidParameterValue.AudioSampleRate"),
    ("ModifyTranscodeTemplate", 0): ("AudioTemplate.SampleRate", 44100, "InvalidParameterValue.AudioSampleRate"),
    ("CreateAdaptiveDynamicStreamingTemplate", 0): ("StreamInfos.0.Audio", AUDIO, "InvalidParameterValue.Bitrate"),
    ("ModifyAdaptiveDynamicStreamingTemplate", 0): ("StreamInfos.0.Audio", AUDIO, "InvalidParameterValue.Bitrate"),
}
"""Examples with values that the reference's own description of the parameter excludes (a sample rate of 200 Hz, FLAC
with 1024 kbit/s in HLS): where, a value that is allowed, and the code of the answer to the example as it is."""

ACTIONS = discover()
EXAMPLES = [(name, index) for name in ACTIONS for index in range(len(examples().get(name, [])))]
PICTURE = base64.b64encode(png()).decode()


@dataclass(frozen=True)
class Example:
    """A published request: `fields` when it is a query, else `params`."""

    params: dict[str, Any]
    fields: dict[str, str] | None


def read(action: str, index: int) -> Example:
    text: str = examples()[action][index]["input"]
    if text.startswith("POST"):
        head, _, body = text.replace("\r\n", "\n").partition("\n\n")
        assert f"X-TC-Action: {action}" in head
        return Example(json.loads(body), None)
    pairs = [line.lstrip("&").partition("=") for line in text.partition("?")[2].splitlines()]
    fields = {name.strip(): value for name, _, value in pairs if name.strip() and not name.startswith("<")}
    assert fields.pop("Action") == action
    return Example({}, fields)


class World:
    """What the examples talk of, made through the same endpoint where the API has an action for it."""

    def __init__(self, wire: Wire, clip: Path) -> None:
        self.wire = wire
        self.clip = clip
        self.sub_app_id = 0
        self.video = ""

    async def make(self) -> None:
        async with self.wire.db.transaction() as connection:
            self.sub_app_id = (await accounts.create_sub_app(connection, self.wire.key.app_id, "example")).sub_app_id
        self.video = await self.commit(self.wire.key.app_id)

    async def upload(self, sub_app_id: int) -> str:
        """The key of a session whose file is there."""
        applied = await self.wire.call("ApplyUpload", {"MediaType": "mp4", "SubAppId": sub_app_id})
        key, stored_key = applied["MediaStoragePath"][1:], f"uploaded/{ids.new_directory()}.mp4"
        stored = await self.wire.services.objects.put_file(stored_key, self.clip)
        async with self.wire.db.transaction() as connection:
            done = UploadedObject(
                object_key=key,
                session_key=applied["VodSessionKey"],
                stored_key=stored_key,
                size=stored.size,
                etag=stored.md5,
                crc64=str(stored.crc64),
            )
            await uploads.place(connection, done)
        return str(applied["VodSessionKey"])

    async def commit(self, sub_app_id: int) -> str:
        session_key = await self.upload(sub_app_id)
        answer = await self.wire.call("CommitUpload", {"VodSessionKey": session_key, "SubAppId": sub_app_id})
        return str(answer["FileId"])

    async def commit_and_reject(self) -> None:
        """A video with a task that is finished."""
        file_id = await self.commit(self.wire.key.app_id)
        answer = await self.wire.call("WeChatMiniProgramPublish", {"FileId": file_id})
        owner = uuid4()
        assert await tasks.claim(self.wire.db, answer["TaskId"], owner, 0)
        async with self.wire.db.transaction() as connection:
            assert await tasks.finish(connection, answer["TaskId"], owner, Outcome(result="Rejected"))

    async def scroll_token(self) -> str:
        """Of a list whose first page is not all."""
        for _ in range(2):
            await self.commit_and_reject()
        return str((await self.wire.call("DescribeTasks", {"Status": "FINISH", "Limit": 1}))["ScrollToken"])

    async def event_handle(self, name: str) -> str:
        """Of an event that was delivered; the second is of a second video."""
        if name.endswith(".1"):
            await self.commit(self.wire.key.app_id)
        return str((await self.wire.call("PullEvents"))["EventSet"][0]["EventHandle"])

    async def template(self, action: str) -> int:
        """A template of the kind that the action is about."""
        kind = re.sub(r"^(Create|Modify|Delete|Describe)|Templates?$", "", action)
        created = await self.wire.call(f"Create{kind}Template", SMALLEST[kind])
        return int(created["Definition"])

    async def task(self, published: str) -> str:
        """A task of the kind that the published TaskId has; itself, where there is none here."""
        kind = published.lower()
        if "procedure" in kind:
            asked = {"FileId": self.video, "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 10}]}}
            return str((await self.wire.call("ProcessMedia", asked))["TaskId"])
        if "wechat-mini-program-publish" in kind:
            return str((await self.wire.call("WeChatMiniProgramPublish", {"FileId": self.video}))["TaskId"])
        return published

    async def transcode(self, definition: int) -> None:
        """A result of that template of the example's video."""
        await self.wire.db.execute(
            """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry, metadata,
                                         whole, source_key, body)
               select file_id, sub_app_id, 'Transcode', %s, 'x', 'made/x', '{v.mp4}', 'v.mp4', metadata, true,
                      object_key, '{"container": "mp4"}'
                 from media where object_key is not null on conflict do nothing""",
            [definition],
        )

    async def own_watermarks(self, task: dict[str, Any]) -> dict[str, Any]:
        """The task with watermarks that exist."""
        definition = await self.template("CreateWatermarkTemplate")
        for item in task.get("TranscodeTaskSet", ()):
            for mark in item.get("WatermarkSet", ()):
                mark["Definition"] = definition
        return task

    async def procedure(self, name: str) -> str:
        """A procedure of that name, which is left as it is when it exists."""
        task = {"TranscodeTaskSet": [{"Definition": 10}]}
        await self.wire.call("CreateProcedureTemplate", {"Name": name, "MediaProcessTask": task})
        return name

    async def a_class(self, sub_app_id: int) -> int:
        """A class of that application."""
        named = {"ParentId": -1, "ClassName": ids.new_token()[:12], "SubAppId": sub_app_id}
        return int((await self.wire.call("CreateClass", named))["ClassId"])

    async def stand_in(self, action: str, name: str, value: Any, sub_app_id: int) -> Any:  # noqa: C901 - a table
        """What takes the place of a value of the example, by the parameter's name."""
        match name:
            case "Definition" | "Definitions.0" if action != "DescribeTranscodeTemplates":
                return type(value)(await self.template(action))
            case "ImageTemplate.ImageContent":
                return PICTURE  # the example's is cut off
            case "SubAppId":
                return type(value)(self.sub_app_id)
            case "Domain":
                return "127.0.0.1:9050"
            case "ClassId":
                return type(value)(await self.a_class(sub_app_id))
            case "ClassName":
                return f"{value} {ids.new_token()[:4]}"  # it is made twice
            case "FileId":
                return self.video if sub_app_id == self.wire.key.app_id else await self.commit(sub_app_id)
            case "FileIds":
                return [*value[:-1], self.video]  # the others are not known, as in the example
            case "FileIds.0":
                return await self.commit(sub_app_id)
            case "SourceDefinition":
                await self.transcode(int(value))
            case "MediaProcessTask":
                return await self.own_watermarks(value)
            case "ProcedureName":
                return await self.procedure(value)
            case "Name" if action in ("ResetProcedureTemplate", "DeleteProcedureTemplate"):
                return await self.procedure(value)
            case "TaskId":
                return await self.task(value)
            case "ScrollToken":
                return await self.scroll_token()
            case "StartTime" | "StartDate" | "Date":
                return wire_time(datetime.now(UTC) - timedelta(days=2))  # the examples are years old
            case "EndTime" | "EndDate":
                return wire_time(datetime.now(UTC))
            case "VodSessionKey":
                return await self.upload(sub_app_id)
            case "EventHandles.0" | "EventHandles.1":
                return await self.event_handle(name)
        return value

    async def adopt(self, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        sub_app_id = self.sub_app_id if "SubAppId" in parameters else self.wire.key.app_id
        return {name: await self.stand_in(action, name, value, sub_app_id) for name, value in parameters.items()}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    tmp_path.chmod(0o711)  # the tools' user has to pass
    return tmp_path


@pytest.fixture
async def world(database_url: str, data_dir: Path, short_clip: Path) -> AsyncIterator[World]:
    async with open_wire(database_url, data_dir, rate_limit=0) as wire:
        made = World(wire, short_clip)
        await made.make()
        yield made


async def send(wire: Wire, action: str, fields: dict[str, str], way: str) -> Answer:
    """A query as it is published: with the old signature, and with TC3."""
    now = int(time.time())
    if way == "old":
        common = {"Action": action, "SecretId": wire.key.secret_id}
        return await wire.send(signer.v1(fields | common, method="GET", now=now, secret_key=wire.key.secret_key))
    query = urlencode(fields)
    return await wire.send(signer.v3(b"", action=action, method="GET", query=query, now=now, **wire.credentials))


@pytest.mark.parametrize(("action", "index"), EXAMPLES, ids=lambda value: str(value))
async def test_the_example(world: World, action: str, index: int) -> None:
    example = read(action, index)
    if example.fields is None:
        answers = [await world.wire.call(action, await world.adopt(action, example.params))]
    else:
        answers = [
            await send(world.wire, action, await world.adopt(action, example.fields), "old"),
            *await again(world, action, example.fields),
        ]
    expected = NOT_BUILT.get((action, index))
    if (action, index) in OUT_OF_RANGE:
        [refused], (path, _, code) = answers, OUT_OF_RANGE[action, index]
        assert refused.code == code and path in refused.message, refused
        answers = [await world.wire.call(action, mended(await world.adopt(action, example.params), action, index))]
    for answer in answers:
        assert answer.code == (expected[0] if expected else "OK"), answer
        assert expected or complaints(action, answer) == []


async def again(world: World, action: str, fields: dict[str, str]) -> list[Answer]:
    """The same by TC3, in a world that the first call has not changed."""
    world.video = await world.commit(world.wire.key.app_id)
    return [await send(world.wire, action, await world.adopt(action, fields), "tc3")]


def mended(parameters: dict[str, Any], action: str, index: int) -> dict[str, Any]:
    """The example with a value that is allowed."""
    path, allowed, _ = OUT_OF_RANGE[action, index]
    *way, last = path.split(".")
    node: Any = parameters
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    node[last] = allowed
    return parameters


async def test_an_application_may_be_named_by_text_where_the_model_has_text(world: World) -> None:
    """SubAppId of CreateReviewTemplate, which SDKs send as the text that it is there."""
    named = {"Labels": ["Porn"], "SubAppId": str(world.sub_app_id)}
    assert (await world.wire.call("CreateReviewTemplate", named)).code == "OK"
    for sub_app_id, number in ((world.sub_app_id, 1), (world.wire.key.app_id, 0)):
        asked = {"Type": "Custom", "SubAppId": sub_app_id}
        assert (await world.wire.call("DescribeReviewTemplates", asked))["TotalCount"] == number
    for wrong in ("one", "123456", "9" * 18):
        assert (await world.wire.call("CreateReviewTemplate", named | {"SubAppId": wrong})).code == (
            "InvalidParameterValue.SubAppId"
        )


def test_every_action_has_an_example_and_every_exception_is_one() -> None:
    assert {name for name, _ in EXAMPLES} == set(ACTIONS)
    assert NOT_BUILT.keys() | OUT_OF_RANGE.keys() <= set(EXAMPLES)


def test_examples_are_read_whole() -> None:
    """No parameter of a published example is lost on its way into a test."""
    for action, index in EXAMPLES:
        example, text = read(action, index), examples()[action][index]["input"]
        if example.fields is None:
            assert re.sub(r"\s", "", json.dumps(example.params, ensure_ascii=False)) in re.sub(r"\s", "", text)
        else:
            assert len(example.fields) == text.count("=") - 1 - sum(
                value.count("=") for value in example.fields.values()
            )
