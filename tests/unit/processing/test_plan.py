"""What a task is asked for becomes steps with the templates as they are now; what cannot be done is named."""

from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import CallContext
from minivod.processing.plan import MOST_STEPS, Step, plan
from minivod.templates.kinds import TRANSCODE, WATERMARK
from minivod.wire.process_inputs import MediaProcessTaskInput

from ..actions.conftest import call as call
from ..actions.conftest import db as db
from ..actions.conftest import settings as settings
from ..actions.test_templates import create, do, other_application

FONT = {"FontType": "simkai.ttf", "FontSize": "20px", "FontColor": "0xFFFFFF", "FontAlpha": 1}
TEXT = {"Type": "text", "TextTemplate": FONT}


async def planned(call: CallContext, **task: Any) -> list[Step]:
    return await plan(call.services.database, call.sub_app_id, msgspec.convert(task, MediaProcessTaskInput))


async def refused(call: CallContext, **task: Any) -> errors.WireError:
    with pytest.raises(errors.WireError) as caught:
        await planned(call, **task)
    return caught.value


def transcode(**more: Any) -> dict[str, Any]:
    return {"TranscodeTaskSet": [{"Definition": 10} | more]}


async def test_a_task_keeps_the_template_as_it_was(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    asked = {"TranscodeTaskSet": [{"Definition": definition}]}
    [step] = await planned(call, **asked)
    await do(call, "ModifyTranscodeTemplate", {"Definition": definition, "VideoTemplate": {"Bitrate": 700}})
    [later] = await planned(call, **asked)
    assert (step.template["VideoTemplate"]["Bitrate"], later.template["VideoTemplate"]["Bitrate"]) == (400, 700)
    assert msgspec.to_builtins(TRANSCODE.read(step.template)) == step.template


async def test_what_is_overridden_is_other_than_the_template_and_all_else_is_as_it_was(call: CallContext) -> None:
    [plain] = await planned(call, **transcode())
    [step] = await planned(call, **transcode(OverrideParameter={"VideoTemplate": {"Bitrate": 300}, "RemoveAudio": 1}))
    assert (step.template["VideoTemplate"]["Bitrate"], step.template["RemoveAudio"]) == (300, 1)
    for template in (plain.template, step.template):
        del template["VideoTemplate"]["Bitrate"], template["RemoveAudio"]
    assert step.template == plain.template


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Container": "mp3"}, "mp3"),
        ({"VideoTemplate": {"Codec": "H.266"}}, "H.266"),
        ({"VideoTemplate": {"Bitrate": 1}}, "Bitrate"),
        ({"AudioTemplate": {"SampleRate": 200}}, "SampleRate"),
    ],
)
async def test_the_outcome_of_what_is_overridden_keeps_the_rules_of_templates(
    call: CallContext, change: dict[str, Any], message: str
) -> None:
    error = await refused(call, **transcode(OverrideParameter=change))
    assert "MediaProcessTask.TranscodeTaskSet.0.OverrideParameter" in error.message and message in error.message


async def test_watermarks_are_kept_with_their_templates(call: CallContext) -> None:
    image, text = await create(call, WATERMARK), int((await do(call, "CreateWatermarkTemplate", TEXT))["Definition"])
    marks = [
        {"Definition": image, "TextContent": " ", "SvgContent": " ", "EndTimeOffset": -1.5},
        {"Definition": text, "TextContent": "名字", "StartTimeOffset": 2},
    ]
    [step] = await planned(call, **transcode(WatermarkSet=marks))
    picture, words = step.marks
    assert picture["object_key"] and (picture["settings"]["Type"], picture["end"]) == ("image", -1.5)
    assert (words["object_key"], words["text"], words["start"]) == (None, "名字", 2)
    assert WATERMARK.read(words["settings"]).Type == "text"


async def test_watermarks_that_cannot_be_put_on(call: CallContext) -> None:
    image, text = await create(call, WATERMARK), int((await do(call, "CreateWatermarkTemplate", TEXT))["Definition"])
    error = await refused(call, **transcode(WatermarkSet=[{"Definition": image, "TextContent": "name"}]))
    assert "TranscodeTaskSet.0.WatermarkSet.0.TextContent" in error.message
    error = await refused(call, **transcode(WatermarkSet=[{"Definition": image, "SvgContent": "<svg/>"}]))
    assert "SvgContent" in error.message and "<svg/>" in error.message
    error = await refused(call, SampleSnapshotTaskSet=[{"Definition": 10, "WatermarkSet": [{"Definition": text}]}])
    assert f"SampleSnapshotTaskSet.0.WatermarkSet.0.Definition {text}" in error.message
    for nothing in ("", " "):
        error = await refused(call, **transcode(WatermarkSet=[{"Definition": text, "TextContent": nothing}]))
        assert "TranscodeTaskSet.0.WatermarkSet.0.TextContent is empty" in error.message
    with pytest.raises(msgspec.ValidationError, match="length <= 10"):
        await planned(call, **transcode(WatermarkSet=[{"Definition": image}] * 11))


async def test_watermarks_that_would_never_be_seen(call: CallContext) -> None:
    image = await create(call, WATERMARK)
    for times in ({"StartTimeOffset": 5, "EndTimeOffset": 3}, {"StartTimeOffset": -1, "EndTimeOffset": -2}):
        error = await refused(call, **transcode(WatermarkSet=[{"Definition": image}, {"Definition": image, **times}]))
        assert "TranscodeTaskSet.0.WatermarkSet.1.EndTimeOffset is" in error.message


@pytest.mark.parametrize(
    ("task", "where"),
    [
        (transcode(Definition=8_765_432), "MediaProcessTask.TranscodeTaskSet.0.Definition 8765432"),
        (
            transcode(WatermarkSet=[{"Definition": 1}]),
            "TranscodeTaskSet.0.WatermarkSet.0.Definition 1",
        ),
        (
            {"ImageSpriteTaskSet": [{"Definition": 10}, {"Definition": 11}]},
            "MediaProcessTask.ImageSpriteTaskSet.1.Definition 11",
        ),
    ],
)
async def test_templates_that_do_not_exist(call: CallContext, task: dict[str, Any], where: str) -> None:
    error = await refused(call, **task)
    assert error.code == "ResourceNotFound.TemplateNotExist" and where in error.message


async def test_templates_of_other_applications_do_not_exist(call: CallContext) -> None:
    definition = await create(await other_application(call), TRANSCODE)
    assert isinstance(await refused(call, **transcode(Definition=definition)), errors.TemplateNotExist)


@pytest.mark.parametrize(
    ("member", "on", "off"),
    [
        ("TraceWatermark", {"Switch": "ON", "Definition": 1}, {"Switch": "OFF"}),
        ("TraceWatermark", {"Definition": 1}, {"Switch": "", "Definition": 0}),
        ("CopyRightWatermark", {"Text": "mine"}, {"Text": ""}),
        ("BlindWatermark", {"Definition": 1}, None),
        ("MosaicSet", [{"XPos": "1px"}], []),
        ("HeadTailSet", [{"Definition": 1}], []),
        ("SubtitleInfoSet", [{"Id": "x"}], []),
        ("OverrideParameter", {"TEHDConfig": {"Type": "TEHD-100"}}, {"TEHDConfig": {"Type": "OFF"}}),
        ("OverrideParameter", {"StdExtInfo": "{}"}, {"StdExtInfo": ""}),
    ],
)
async def test_what_is_not_done_is_refused_by_name_and_accepted_when_it_asks_for_nothing(
    call: CallContext, member: str, on: Any, off: Any
) -> None:
    error = await refused(call, **transcode(**{member: on}))
    assert error.code == "InvalidParameterValue"
    assert f"MediaProcessTask.TranscodeTaskSet.0.{member}" in error.message
    assert "'given'" not in error.message
    assert len(await planned(call, **transcode(**{member: off}))) == 1


async def test_what_an_override_lacks_is_named_where_it_stands(call: CallContext) -> None:
    error = await refused(call, **transcode(OverrideParameter={"TEHDConfig": {"MaxVideoBitrate": 1}}))
    assert error.message == (
        "MediaProcessTask.TranscodeTaskSet.0.OverrideParameter: the parameter TEHDConfig.Type is missing; TEHDConfig "
        "requires it"
    )


@pytest.mark.parametrize("member", ["SubtitleSet", "DrmInfo", "BlindWatermark", "TraceWatermark"])
async def test_what_is_not_done_in_adaptive_streams(call: CallContext, member: str) -> None:
    asked = {
        "SubtitleSet": ["x"], "DrmInfo": {"Type": "SimpleAES"}, "BlindWatermark": {"Definition": 1},
        "TraceWatermark": {"Switch": "ON"},
    }[member]  # fmt: skip
    error = await refused(call, AdaptiveDynamicStreamingTaskSet=[{"Definition": 10, member: asked}])
    assert f"AdaptiveDynamicStreamingTaskSet.0.{member}" in error.message


async def test_nothing_and_too_much(call: CallContext) -> None:
    assert "asks for nothing" in (await refused(call)).message
    many = [{"Definition": 10 + number} for number in range(MOST_STEPS + 1)]
    assert str(MOST_STEPS) in (await refused(call, TranscodeTaskSet=many)).message
    assert "Definition" in (await refused(call, TranscodeTaskSet=many[1:])).message  # only then each is looked for
    twice = await refused(call, SampleSnapshotTaskSet=[{"Definition": 10}], TranscodeTaskSet=[{"Definition": 10}] * 2)
    assert "TranscodeTaskSet.1.Definition is 10, which MediaProcessTask.TranscodeTaskSet.0" in twice.message
    other = await planned(call, SampleSnapshotTaskSet=[{"Definition": 10}], TranscodeTaskSet=[{"Definition": 10}])
    assert len(other) == 2
    error = await refused(call, SnapshotByTimeOffsetTaskSet=[{"Definition": 10}])
    assert "SnapshotByTimeOffsetTaskSet.0.ExtTimeOffsetSet" in error.message
