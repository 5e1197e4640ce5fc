"""Requests and answers of every action agree with the published model in every name, type and null."""

from typing import Any

import msgspec
import pytest
from msgspec import inspect

from minivod import shapes
from minivod.actions import AnyAction
from minivod.actions.pull_events import EventContent
from minivod.api.registry import discover
from minivod.wire.procedure import ProcedureTask
from minivod.wire.pull_task import PullUploadTask
from minivod.wire.review_task import ReviewAudioVideoTask

from .model import members, model

ACTIONS = discover()
SCALARS: dict[Any, str] = {
    inspect.StrType: "string",
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.BoolType: "bool",
}
EXTENSIONS = {
    "CreateProcedureTemplateRequest.MiniProgramPublishTask",
    "ResetProcedureTemplateRequest.MiniProgramPublishTask",
}
"""Parameters that the model has in answers only: a procedure of the reference that publishes is made in its console."""
INTEGERS = {"int64": "int", "uint64": "int"}
"""What lists have for the members that are `int` elsewhere."""


def disagreements(struct: type[msgspec.Struct], object_name: str, *, output: bool) -> list[str]:
    """How a struct differs from an object of the model; empty when they agree."""
    wanted, have = members(object_name), {field.encode_name: field for field in msgspec.structs.fields(struct)}
    more = {f"{object_name}.{name}" for name in have.keys() - wanted.keys()}
    found = [f"{name} is not in the model" for name in more - EXTENSIONS]
    for name, member in wanted.items():
        if name == "RequestId":
            continue
        path = f"{object_name}.{name}"
        if name not in have:
            if not output or member["output_required"]:
                found.append(f"{path} is missing")
            continue
        if not output and have[name].required != member["required"]:
            found.append(f"{path}: required is {have[name].required}, the model says {member['required']}")
        found += mismatch(inspect.type_info(have[name].type), member, path, output=output)
    return found


def mismatch(info: Any, member: dict[str, Any], path: str, *, output: bool) -> list[str]:
    """How a field's type differs from a member of the model."""
    if isinstance(info, inspect.Metadata):
        info = info.type
    options = list(info.types) if isinstance(info, inspect.UnionType) else [info]
    nullable = any(isinstance(option, inspect.NoneType) for option in options)
    if output and nullable and not member["value_allowed_null"]:
        return [f"{path} may be null, the model says it may not"]
    options = [option for option in options if not isinstance(option, inspect.NoneType)]
    options = [option.type if isinstance(option, inspect.Metadata) else option for option in options]
    return [] if not options else kind_mismatch(options[0], member, path, output=output)


def kind_mismatch(info: Any, member: dict[str, Any], path: str, *, output: bool) -> list[str]:
    wanted = member["type"]
    if isinstance(info, inspect.ListType):
        if wanted != "list":
            return [f"{path} is a list, the model says {wanted}"]
        item = info.item_type
        if isinstance(item, inspect.StructType):
            return disagreements(item.cls, member["member"], output=output)
        if isinstance(item, inspect.DictType) and member["member"] in model()["objects"]:
            return []
        kind, accepted = scalar(item), INTEGERS.get(member["member"], member["member"])
        return [] if kind == accepted else [f"{path} is a list of {kind}, the model says {member['member']}"]
    if isinstance(info, inspect.StructType):
        if wanted != "object":
            return [f"{path} is an object, the model says {wanted}"]
        return disagreements(info.cls, member["member"], output=output)
    if isinstance(info, inspect.DictType):
        return [] if wanted == "object" else [f"{path} is an object, the model says {wanted}"]
    kind = scalar(info)
    return [] if kind == wanted else [f"{path} is {kind}, the model says {wanted}"]


def scalar(info: Any) -> str:
    """A type in the model's words."""
    return SCALARS.get(type(info), "string" if isinstance(info, inspect.LiteralType) else "nothing known")


@pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))
def test_request_and_response_agree_with_the_model(action: AnyAction) -> None:
    described = model()["actions"][action.name]
    assert disagreements(action.request, described["input"], output=False) == []
    assert disagreements(action.response, described["output"], output=True) == []


@pytest.mark.parametrize(
    ("struct", "object_name"),
    [
        (shapes.FileUploadTask, "FileUploadTask"),
        (shapes.FileDeleteTask, "FileDeleteTask"),
        (ProcedureTask, "ProcedureTask"),
        (PullUploadTask, "PullUploadTask"),
        (ReviewAudioVideoTask, "ReviewAudioVideoTask"),
        (shapes.WechatMiniProgramPublishTask, "WechatMiniProgramPublishTask"),
    ],
)
def test_payloads_of_events_agree_with_the_model(struct: type[msgspec.Struct], object_name: str) -> None:
    assert disagreements(struct, object_name, output=True) == []


def test_every_event_member_that_the_model_requires_is_sent() -> None:
    sent = set(EventContent.__struct_fields__)
    required = {name for name, member in members("EventContent").items() if member["output_required"]}
    assert required <= sent <= set(members("EventContent"))


def test_the_comparison_notices_a_difference() -> None:
    class Wrong(msgspec.Struct):
        TaskId: int
        Status: str | None
        Extra: str

    found = disagreements(Wrong, "WechatMiniProgramPublishTask", output=True)
    assert "WechatMiniProgramPublishTask.Extra is not in the model" in found
    assert "WechatMiniProgramPublishTask.TaskId is int, the model says string" in found
    assert "WechatMiniProgramPublishTask.Status may be null, the model says it may not" in found
    assert "WechatMiniProgramPublishTask.FileId is missing" in found
