"""Procedures through their actions: made, listed, replaced, deleted; presets, names, limits, and what is refused."""

import asyncio
from typing import Any

import pytest

from minivod import errors
from minivod.actions import CallContext
from minivod.processing import procedures
from minivod.templates.kinds import TRANSCODE

from ...contract.validator import complaints
from .test_templates import create, do, other_application

TASK: dict[str, Any] = {"TranscodeTaskSet": [{"Definition": 10}, {"Definition": 210}]}


async def make(call: CallContext, name: str = "mine", **more: Any) -> None:
    await do(call, "CreateProcedureTemplate", {"Name": name, "MediaProcessTask": TASK} | more)


async def listed(call: CallContext, **filters: Any) -> list[dict[str, Any]]:
    answer = await do(call, "DescribeProcedureTemplates", filters)
    assert complaints("DescribeProcedureTemplates", answer | {"RequestId": "x"}) == []
    found: list[dict[str, Any]] = answer["ProcedureTemplateSet"]
    return found


def names(items: list[dict[str, Any]]) -> list[str]:
    return [str(item["Name"]) for item in items]


async def refused(call: CallContext, name: str, parameters: dict[str, Any]) -> errors.WireError:
    with pytest.raises(errors.WireError) as caught:
        await do(call, name, parameters)
    return caught.value


async def test_what_was_made_is_listed_as_it_was_asked_for(call: CallContext) -> None:
    await make(call, "任务流", Comment="for phones", MiniProgramPublishTask={"SourceDefinition": 10})
    [item] = await listed(call, Names=["任务流"])
    assert (item["Type"], item["Comment"], item["MiniProgramPublishTask"]) == (
        "Custom", "for phones", {"SourceDefinition": 10},
    )  # fmt: skip
    made = item["MediaProcessTask"]
    assert [one["Definition"] for one in made["TranscodeTaskSet"]] == [10, 210]
    assert made["ImageSpriteTaskSet"] == []
    found = await procedures.find(call.services.database, call.sub_app_id, "任务流")
    assert found is not None and (found.publish, found.preset) == (10, False)
    assert [one.Definition for one in found.task.TranscodeTaskSet] == [10, 210]


async def test_every_kind_of_task_is_kept_whole(call: CallContext) -> None:
    task: dict[str, Any] = {
        "TranscodeTaskSet": [
            {"Definition": 10, "StartTimeOffset": 1.5, "OverrideParameter": {"VideoTemplate": {"Bitrate": 300}}}
        ],
        "AnimatedGraphicTaskSet": [{"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 2}],
        "SnapshotByTimeOffsetTaskSet": [{"Definition": 10, "ExtTimeOffsetSet": ["1s", "50%"]}],
        "SampleSnapshotTaskSet": [{"Definition": 10}],
        "ImageSpriteTaskSet": [{"Definition": 10}],
        "CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 20}],
        "AdaptiveDynamicStreamingTaskSet": [{"Definition": 10}],
    }
    await make(call, MediaProcessTask=task)
    [item] = await listed(call, Type="Custom")
    for member, [asked] in task.items():
        [kept] = item["MediaProcessTask"][member]
        assert {name: kept[name] for name in asked} == asked, member


async def test_the_preset_can_be_done_and_cannot_be_changed(call: CallContext) -> None:
    [item] = await listed(call, Type="Preset")
    assert item["Name"] == "LongVideoPreset"
    preset = procedures.PRESETS["LongVideoPreset"]
    made = await procedures.steps(call.services.database, call.sub_app_id, preset.task, preset.publish)
    assert [(step.type, step.definition) for step in made] == [
        ("ImageSprite", 10), ("CoverBySnapshot", 10), ("AdaptiveDynamicStreaming", 10),
    ]  # fmt: skip
    for action in ("ResetProcedureTemplate", "DeleteProcedureTemplate"):
        more = {"MediaProcessTask": TASK} if action.startswith("Reset") else {}
        error = await refused(call, action, {"Name": "LongVideoPreset"} | more)
        assert error.code == "InvalidParameterValue.Name" and "preset" in error.message


async def test_a_reset_replaces_what_is_done(call: CallContext) -> None:
    await make(call, Comment="kept", MiniProgramPublishTask={"SourceDefinition": 0})
    sprite = {"ImageSpriteTaskSet": [{"Definition": 10}]}
    await do(call, "ResetProcedureTemplate", {"Name": "mine", "MediaProcessTask": sprite})
    [item] = await listed(call, Names=["mine"])
    assert item["MediaProcessTask"]["TranscodeTaskSet"] == [] and item["MiniProgramPublishTask"] is None
    assert item["Comment"] == "kept"
    await do(call, "ResetProcedureTemplate", {"Name": "mine", "MediaProcessTask": sprite, "Comment": ""})
    assert (await listed(call, Names=["mine"]))[0]["Comment"] == ""


async def test_a_reset_that_is_refused_changes_nothing(call: CallContext) -> None:
    await make(call)
    before = await listed(call)
    wrong = {"TranscodeTaskSet": [{"Definition": 8_765_432}]}
    error = await refused(call, "ResetProcedureTemplate", {"Name": "mine", "MediaProcessTask": wrong})
    assert error.code == "ResourceNotFound.TemplateNotExist"
    assert "MediaProcessTask.TranscodeTaskSet.0.Definition 8765432" in error.message
    assert await listed(call) == before


async def test_a_procedure_that_is_deleted_is_gone_and_its_name_is_free(call: CallContext) -> None:
    await make(call)
    await do(call, "DeleteProcedureTemplate", {"Name": "mine"})
    assert names(await listed(call)) == ["LongVideoPreset"]
    error = await refused(call, "DeleteProcedureTemplate", {"Name": "mine"})
    assert error.code == "InvalidParameter.ProcedureNameNotExist" and "'mine'" in error.message
    await make(call)


async def test_names_are_an_applications_own(call: CallContext) -> None:
    other = await other_application(call)
    await make(call)
    await make(other)
    assert (await refused(call, "CreateProcedureTemplate", {"Name": "mine", "MediaProcessTask": TASK})).code == (
        "InvalidParameter.ExistedProcedureName"
    )
    await do(other, "DeleteProcedureTemplate", {"Name": "mine"})
    assert names(await listed(call, Type="Custom")) == ["mine"]


async def test_of_several_creations_at_once_one_succeeds(call: CallContext) -> None:
    done = await asyncio.gather(*(make(call) for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["ExistedProcedureName"] * 4 + ["NoneType"]


async def test_there_are_fifty_at_most_also_when_made_at_once(
    call: CallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert procedures.MOST == 50
    monkeypatch.setattr("minivod.actions.create_procedure_template.MOST", 3)
    done = await asyncio.gather(*(make(call, f"p{number}") for number in range(6)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType"] * 3 + ["TooMuchTemplate"] * 3
    assert len(await listed(call, Type="Custom")) == 3


@pytest.mark.parametrize("name", ["", " ", "a" * 21, "a\nb", "a\u200eb"])
async def test_names_that_cannot_be_used(call: CallContext, name: str) -> None:
    error = await refused(call, "CreateProcedureTemplate", {"Name": name, "MediaProcessTask": TASK})
    assert error.code == "InvalidParameterValue.Name" and "20" in error.message


@pytest.mark.parametrize("name", ["LongVideoPreset", *procedures.NOT_OFFERED])
async def test_names_of_presets_are_taken(call: CallContext, name: str) -> None:
    error = await refused(call, "CreateProcedureTemplate", {"Name": name, "MediaProcessTask": TASK})
    assert error.code == "InvalidParameter.ExistedProcedureName" and name in error.message


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        ({"MediaProcessTask": {}}, "InvalidParameterValue", "asks for nothing"),
        ({"MiniProgramPublishTask": {"SourceDefinition": 30}}, "InvalidParameterValue.SourceDefinition", "10, 210"),
        ({"MiniProgramPublishTask": {"SourceDefinition": -1}}, "InvalidParameterValue.SourceDefinition", "-1"),
        ({"Comment": "c" * 257}, "InvalidParameterValue.Comment", "256"),
        ({"AiContentReviewTask": {"Definition": 10}}, "InvalidParameterValue.AiContentReviewTaskDefinition", "review"),
        ({"AiAnalysisTask": {"Definition": 10}}, "InvalidParameterValue.AiAnalysisTaskDefinition", "AiAnalysisTask"),
        ({"AiRecognitionTask": {}}, "InvalidParameterValue.AiRecognitionTaskDefinition", "AiRecognitionTask "),
        (
            {"AiRecognitionTaskSet": [{"Definition": 10}]},
            "InvalidParameterValue.AiRecognitionTaskDefinition",
            "AiRecognitionTaskSet",
        ),
        ({"ReviewAudioVideoTask": {"Definition": 10}}, "InvalidParameterValue", "ReviewAudioVideoTask"),
        ({"ImportMediaKnowledgeTaskSet": [{"Definition": 1}]}, "InvalidParameterValue", "ImportMediaKnowledgeTaskSet"),
        (
            {"MediaProcessTask": {"TranscodeTaskSet": [{"Definition": 10, "HeadTailSet": [{"Definition": 1}]}]}},
            "InvalidParameterValue",
            "HeadTailSet",
        ),
    ],
)
async def test_what_is_refused_by_name(call: CallContext, more: dict[str, Any], code: str, message: str) -> None:
    error = await refused(call, "CreateProcedureTemplate", {"Name": "mine", "MediaProcessTask": TASK} | more)
    assert error.code == code and message in error.message, error
    assert await listed(call, Type="Custom") == []


async def test_only_video_that_players_open_is_published(call: CallContext) -> None:
    sound = await create(call, TRANSCODE, Container="mp4", RemoveVideo=1)
    flv = await create(call, TRANSCODE, Container="flv")
    video = {"Codec": "av1", "Fps": 0, "Bitrate": 0}
    av1 = await create(call, TRANSCODE, Container="mp4", VideoTemplate=video)
    for definition, told in ((sound, "mp4 without video"), (flv, "flv"), (av1, "video by av1")):
        parameters = {
            "Name": "mine",
            "MediaProcessTask": {"TranscodeTaskSet": [{"Definition": definition}]},
            "MiniProgramPublishTask": {"SourceDefinition": definition},
        }
        error = await refused(call, "CreateProcedureTemplate", parameters)
        assert error.code == "InvalidParameterValue.SourceDefinition" and told in error.message
    await make(call, MiniProgramPublishTask={"SourceDefinition": 210})  # HLS


async def test_empty_members_of_what_is_not_done_are_accepted(call: CallContext) -> None:
    await make(call, AiRecognitionTaskSet=[], ImportMediaKnowledgeTaskSet=[], AiAnalysisTask=None)
    assert names(await listed(call, Type="Custom")) == ["mine"]


async def test_templates_are_looked_for_again_when_it_is_used(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    await make(call, MediaProcessTask={"TranscodeTaskSet": [{"Definition": definition}]})
    await do(call, "DeleteTranscodeTemplate", {"Definition": definition})
    found = await procedures.find(call.services.database, call.sub_app_id, "mine")
    assert found is not None
    with pytest.raises(errors.TemplateNotExist, match=str(definition)):
        await procedures.steps(call.services.database, call.sub_app_id, found.task, found.publish)


async def test_pages_and_orders(call: CallContext) -> None:
    for name in ("b", "c", "a"):
        await make(call, name)
    assert names(await listed(call)) == ["LongVideoPreset", "b", "c", "a"]
    descending = [{"Field": "CreateTime", "Order": "desc"}]
    assert names(await listed(call, SortBy=descending)) == ["a", "c", "b", "LongVideoPreset"]
    answer = await do(call, "DescribeProcedureTemplates", {"Offset": 1, "Limit": 2, "SortBy": descending})
    assert (answer["TotalCount"], names(answer["ProcedureTemplateSet"])) == (4, ["c", "b"])
    assert names(await listed(call, Names=["c", "nowhere", "LongVideoPreset"])) == ["LongVideoPreset", "c"]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"SortBy": [{"Field": "Name", "Order": "Asc"}]}, "SortBy.0.Field 'Name'"),
        ({"SortBy": [{"Field": "CreateTime", "Order": "up"}]}, "SortBy.0.Order 'up'"),
        ({"Type": "Other"}, "Type"),
        ({"Limit": 101}, "Limit"),
        ({"Names": ["n"] * 101}, "Names"),
    ],
)
async def test_lists_that_cannot_be_made(call: CallContext, filters: dict[str, Any], message: str) -> None:
    error = await refused(call, "DescribeProcedureTemplates", filters)
    assert error.code == "InvalidParameterValue" and message in error.message
