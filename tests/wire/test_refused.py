"""What docs/coverage.md calls refused is refused by its name, and what asks for nothing is not."""

import re
from typing import Any

import pytest

from minivod.api.registry import discover

from ..contract.model import members
from ..contract.refused import NO_EFFECT, REFUSED
from ..unit.templates.samples import SMALLEST
from .wire import Wire

FILE = "5285485487985271487"
TASK = {"TranscodeTaskSet": [{"Definition": 10}]}
BASES: dict[str, dict[str, Any]] = {
    "ApplyUpload": {"MediaType": "mp4"},
    "ConfirmEvents": {"EventHandles": ["a"]},
    "CreateAdaptiveDynamicStreamingTemplate": SMALLEST["AdaptiveDynamicStreaming"],
    "CreateProcedureTemplate": {"Name": "mine", "MediaProcessTask": TASK},
    "CreateSubAppId": {"Name": "another"},
    "CreateTranscodeTemplate": SMALLEST["Transcode"],
    "CreateWatermarkTemplate": SMALLEST["Watermark"],
    "ModifyEventConfig": {},
    "ModifyTranscodeTemplate": {},
    "ModifyVodDomainConfig": {},
    "ModifyWatermarkTemplate": {},
    "ProcessMedia": {"FileId": FILE, "MediaProcessTask": TASK},
    "ProcessMediaByProcedure": {"FileId": FILE, "ProcedureName": "LongVideoPreset"},
    "PullUpload": {"MediaUrl": "http://video.example/a.mp4"},
    "ResetProcedureTemplate": {"Name": "mine", "MediaProcessTask": TASK},
    "ReviewAudioVideo": {"FileId": FILE},
    "SearchMedia": {},
}
"""Calls without what is refused."""
ALL = [(action, name) for action, refused in REFUSED.items() for name in refused]


async def base(wire: Wire, action: str) -> dict[str, Any]:
    """The call, with what it is about; no video is there, which is looked at last."""
    made: dict[str, Any] = {}
    if action == "ModifyVodDomainConfig":
        made["Domain"] = (await wire.call("DescribeVodDomains"))["DomainSet"][0]["Domain"]
    if action in ("ModifyTranscodeTemplate", "ModifyWatermarkTemplate"):
        kind = action.removeprefix("Modify").removesuffix("Template")
        made["Definition"] = (await wire.call(f"Create{kind}Template", SMALLEST[kind]))["Definition"]
    if action == "ResetProcedureTemplate":
        assert (await wire.call("CreateProcedureTemplate", BASES[action])).code == "OK"
    return BASES[action] | made


@pytest.mark.parametrize(("action", "name"), ALL)
async def test_it_is_refused_by_its_name(wire: Wire, action: str, name: str) -> None:
    asked = await base(wire, action)
    refused = await wire.call(action, asked | {name: REFUSED[action][name].asked})
    assert refused.code != "OK" and "UnknownParameter" not in refused.code
    assert re.search(rf"\b{name}\b", refused.message), refused.message
    accepted = await wire.call(action, asked | {name: REFUSED[action][name].neutral})
    assert accepted.code in ("OK", "ResourceNotFound.FileNotExist"), accepted


def test_all_of_them_are_in_the_model() -> None:
    actions = discover()
    for action, name in ALL:
        assert name in members(f"{action}Request") and action in actions
    for action in actions:
        assert not NO_EFFECT & REFUSED.get(action, {}).keys()
