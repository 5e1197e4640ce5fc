"""Templates through their actions: made, listed, changed, deleted; presets, numbers, limits, and found by tasks."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minivod import errors
from minivod.actions import CallContext
from minivod.api.registry import decode, discover
from minivod.store import accounts
from minivod.store.templates import FIRST_DEFINITION
from minivod.templates.catalog import find
from minivod.templates.kind import AnyKind
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING, IMAGE_SPRITE, KINDS, TRANSCODE, WATERMARK

from ..templates.samples import AUDIO, SMALLEST, VIDEO
from ..templates.strategies import settings_of

ACTIONS = discover()
PRESETS = [kind for kind in KINDS if kind.presets]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


async def do(call: CallContext, name: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    """The members of the answer, as the wire has them."""
    action = ACTIONS[name]
    answer = await action.run(call, decode(action, parameters or {}, text=False))
    built: dict[str, Any] = msgspec.to_builtins(answer)
    return built


async def create(call: CallContext, kind: AnyKind, **more: Any) -> int:
    return int((await do(call, f"Create{kind.name}Template", SMALLEST[kind.name] | more))["Definition"])


async def listed(call: CallContext, kind: AnyKind, **filters: Any) -> tuple[int, list[dict[str, Any]]]:
    answer = await do(call, f"Describe{kind.name}Templates", filters)
    return answer["TotalCount"], answer[f"{kind.name}TemplateSet"]


def numbers(items: list[dict[str, Any]]) -> list[int]:
    return [int(item["Definition"]) for item in items]


async def one(call: CallContext, kind: AnyKind, definition: int) -> dict[str, Any]:
    total, [item] = await listed(call, kind, Definitions=[definition])
    assert total == 1
    return item


NO_PARAMETERS = ("Definition", "Type", "CreateTime", "UpdateTime", "ContainerType")
OUTSIDE = {1020, 1100, 20001}
"""Presets that lie outside of the bounds of what may be made, as in the reference."""


@pytest.mark.parametrize("kind", PRESETS, ids=lambda kind: kind.name)
async def test_what_is_listed_can_be_made(call: CallContext, kind: AnyKind) -> None:
    """As those do who move from another server: sound alone too, whose pictures are described by empty values."""
    _, items = await listed(call, kind, Limit=100)
    for item in items:
        if int(item["Definition"]) in OUTSIDE:
            continue
        asked = {name: value for name, value in item.items() if name not in NO_PARAMETERS}
        made = await do(call, f"Create{kind.name}Template", asked)
        again = await one(call, kind, made["Definition"])
        assert {name: again[name] for name in asked} == asked
        await do(call, f"Delete{kind.name}Template", {"Definition": made["Definition"]})


async def test_an_empty_text_in_place_of_a_word_asks_for_nothing(call: CallContext) -> None:
    blank = {"VideoTemplate": VIDEO | {"FillType": "", "Mode": "", "CodecTag": ""}, "SegmentType": ""}
    definition = await create(call, TRANSCODE, **blank)
    item = await one(call, TRANSCODE, definition)
    plain = await one(call, TRANSCODE, await create(call, TRANSCODE))
    assert (item["VideoTemplate"], item["SegmentType"]) == (plain["VideoTemplate"], plain["SegmentType"])
    change = {"Definition": definition, "SegmentType": "fmp4", "VideoTemplate": {"FillType": "white", "Mode": ""}}
    await do(call, "ModifyTranscodeTemplate", change)
    await do(call, "ModifyTranscodeTemplate", {"Definition": definition, "SegmentType": "", "Comment": ""})
    item = await one(call, TRANSCODE, definition)
    assert (item["SegmentType"], item["VideoTemplate"]["FillType"], item["VideoTemplate"]["Mode"]) == (
        "fmp4", "white", "VBR",
    )  # fmt: skip
    with pytest.raises(errors.InvalidParameterValue, match="Codec is ''; it must be one of"):
        await create(call, TRANSCODE, VideoTemplate=VIDEO | {"Codec": ""})
    with pytest.raises(errors.InvalidParameterValue, match="Container is ''; it must be one of"):
        await create(call, TRANSCODE, Container="")
    stream = SMALLEST["AdaptiveDynamicStreaming"]["StreamInfos"][0]
    await create(call, ADAPTIVE_DYNAMIC_STREAMING, StreamInfos=[stream | {"Video": VIDEO | {"Mode": ""}}])


async def other_application(call: CallContext) -> CallContext:
    async with call.services.database.transaction() as connection:
        sub_app = await accounts.create_sub_app(connection, call.app_id, "other")
    return msgspec.structs.replace(call, sub_app_id=sub_app.sub_app_id)


@kinds
async def test_the_life_of_a_template(call: CallContext, kind: AnyKind) -> None:
    definition = await create(call, kind, Name="first", Comment="a comment")
    assert definition == FIRST_DEFINITION
    made = await one(call, kind, definition)
    assert (str(made["Definition"]), made["Name"], made["Comment"]) == (str(definition), "first", "a comment")
    assert made["CreateTime"] == made["UpdateTime"] > "2020"
    await do(call, f"Modify{kind.name}Template", {"Definition": definition, "Name": "second"})
    changed = await one(call, kind, definition)
    assert changed == made | {"Name": "second", "UpdateTime": changed["UpdateTime"]}
    assert changed["UpdateTime"] >= made["UpdateTime"]
    await do(call, f"Delete{kind.name}Template", {"Definition": definition})
    assert await listed(call, kind, Definitions=[definition]) == (0, [])
    for verb in ("Delete", "Modify"):
        with pytest.raises(errors.TemplateNotExist, match=str(definition)):
            await do(call, f"{verb}{kind.name}Template", {"Definition": definition})
    assert await create(call, kind) == definition + 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_what_was_created_is_described(call: CallContext, kind: AnyKind, data: st.DataObject) -> None:
    """Every field of every template comes back as it was given."""
    parameters = data.draw(settings_of(kind.name))
    given_ones = {name: value for name, value in parameters.items() if value is not None}
    definition = int((await do(call, f"Create{kind.name}Template", given_ones))["Definition"])
    described = await one(call, kind, definition)
    for name, value in given_ones.items():
        assert described[name] == value
    found = await find(call.services.database, call.sub_app_id, kind, [definition])
    assert msgspec.to_builtins(found[definition].settings) == parameters
    await do(call, f"Delete{kind.name}Template", {"Definition": definition})


@pytest.mark.parametrize("kind", PRESETS, ids=lambda kind: kind.name)
async def test_presets_are_listed_and_stay(call: CallContext, kind: AnyKind) -> None:
    preset = next(iter(kind.presets))
    for verb, code in (("Modify", "ModifyDefaultTemplate"), ("Delete", "DeleteDefaultTemplate")):
        with pytest.raises(errors.InvalidParameterValue, match="preset") as caught:
            await do(call, f"{verb}{kind.name}Template", {"Definition": preset})
        assert caught.value.code == f"InvalidParameterValue.{code}"
    own = await create(call, kind)
    total, items = await listed(call, kind, Limit=100)
    assert total == len(items) == len(kind.presets) + 1
    assert numbers(items) == [*sorted(kind.presets), own]
    assert [item["Type"] for item in items] == ["Preset"] * len(kind.presets) + ["Custom"]
    assert (await listed(call, kind, Type="Preset"))[0] == len(kind.presets)
    assert [int(item["Definition"]) for item in (await listed(call, kind, Type="Custom"))[1]] == [own]
    assert [int(item["Definition"]) for item in (await listed(call, kind, Definitions=[own, preset, 5]))[1]] == [
        preset,
        own,
    ]


async def test_pages(call: CallContext) -> None:
    total, first = await listed(call, TRANSCODE)
    assert (total, len(first)) == (len(TRANSCODE.presets), 10)
    _, second = await listed(call, TRANSCODE, Offset=10, Limit=3)
    assert numbers([*first, *second]) == sorted(TRANSCODE.presets)[:13]
    assert await listed(call, TRANSCODE, Offset=1000) == (total, [])
    for parameters, code in (
        ({"Limit": 101}, "Limit"),
        ({"Offset": -1}, "Offset"),
        ({"Definitions": [1] * 101}, "Definitions"),
    ):
        with pytest.raises(errors.InvalidParameterValue) as caught:
            await listed(call, TRANSCODE, **parameters)
        assert caught.value.code == f"InvalidParameterValue.{code}"


async def test_filters_of_transcoding_templates(call: CallContext) -> None:
    everything = len(TRANSCODE.presets)
    audio = sum(preset.settings.RemoveVideo for preset in TRANSCODE.presets.values())
    for filters, number in (
        ({"ContainerType": "PureAudio"}, audio), ({"ContainerType": "Video"}, everything - audio),
        ({"TEHDType": "Common"}, everything), ({"TEHDType": "TEHD"}, 0),
        ({"EnhanceType": "None"}, everything), ({"EnhanceType": "AnyEnhance"}, 0), ({"EnhanceScenarioType": "game"}, 0),
    ):  # fmt: skip
        assert (await listed(call, TRANSCODE, **filters))[0] == number, filters
    sound = await one(call, TRANSCODE, 1100)
    assert (sound["ContainerType"], sound["VideoTemplate"]["Codec"], sound["VideoTemplate"]["Fps"]) == (
        "PureAudio",
        "",
        0,
    )
    assert (sound["AudioTemplate"]["Bitrate"], sound["Definition"]) == (24, "1100")


async def test_each_application_has_its_own(call: CallContext) -> None:
    there = await other_application(call)
    here = await create(call, IMAGE_SPRITE, Name="here")
    assert await create(there, IMAGE_SPRITE, Name="there") == here  # numbers are an application's own
    assert (await one(call, IMAGE_SPRITE, here))["Name"] == "here"
    await do(there, "DeleteImageSpriteTemplate", {"Definition": here})
    assert (await one(call, IMAGE_SPRITE, here))["Name"] == "here"
    assert await listed(there, IMAGE_SPRITE, Definitions=[here]) == (0, [])


async def test_a_definition_belongs_to_its_kind(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    assert await create(call, IMAGE_SPRITE) == definition + 1
    assert await listed(call, IMAGE_SPRITE, Definitions=[definition]) == (0, [])
    with pytest.raises(errors.TemplateNotExist):
        await do(call, "DeleteImageSpriteTemplate", {"Definition": definition})


async def test_the_hundredth_is_the_last(call: CallContext) -> None:
    made = [await create(call, IMAGE_SPRITE) for _ in range(100)]
    for _ in range(2):
        with pytest.raises(errors.TooMuchTemplate, match="100"):
            await create(call, IMAGE_SPRITE)
    assert await create(call, TRANSCODE) > made[-1]  # each kind counts for itself
    await do(call, "DeleteImageSpriteTemplate", {"Definition": made[0]})
    assert await create(call, IMAGE_SPRITE) > made[-1]
    await create(await other_application(call), IMAGE_SPRITE)


async def test_many_at_a_time_get_numbers_of_their_own_and_not_more_than_allowed(call: CallContext) -> None:
    for _ in range(95):
        await create(call, IMAGE_SPRITE)
    results = await asyncio.gather(*(create(call, IMAGE_SPRITE) for _ in range(12)), return_exceptions=True)
    made = [result for result in results if isinstance(result, int)]
    assert len(set(made)) == len(made) == 5
    assert all(isinstance(result, int | errors.TooMuchTemplate) for result in results)


async def test_a_change_leaves_the_rest(call: CallContext) -> None:
    definition = await create(call, TRANSCODE, VideoTemplate=VIDEO | {"Width": 640, "Gop": 50})
    await do(call, "ModifyTranscodeTemplate", {"Definition": definition, "VideoTemplate": {"Gop": 0, "Fps": 30}})
    video = (await one(call, TRANSCODE, definition))["VideoTemplate"]
    assert (video["Width"], video["Gop"], video["Fps"], video["Bitrate"]) == (640, 0, 30, 400)


async def test_changes_at_the_same_time_are_both_kept(call: CallContext) -> None:
    definition = await create(call, TRANSCODE)
    await asyncio.gather(
        do(call, "ModifyTranscodeTemplate", {"Definition": definition, "VideoTemplate": {"Fps": 30}}),
        do(call, "ModifyTranscodeTemplate", {"Definition": definition, "VideoTemplate": {"Bitrate": 500}}),
        do(call, "ModifyTranscodeTemplate", {"Definition": definition, "Comment": "x"}),
    )
    changed = await one(call, TRANSCODE, definition)
    assert (changed["VideoTemplate"]["Fps"], changed["VideoTemplate"]["Bitrate"], changed["Comment"]) == (30, 500, "x")


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        (TRANSCODE, {"Container": "mp3"}, "InvalidParameterValue.RemoveVideo"),
        (TRANSCODE, {"AudioTemplate": {"Codec": "flac"}}, "InvalidParameterValue.AudioCodec"),
        (TRANSCODE, {"AudioTemplate": {"StreamSelects": [1]}}, "InvalidParameterValue"),
        (TRANSCODE, {"VideoTemplate": {"Codec": "H.266"}}, "InvalidParameterValue.VideoCodec"),
        (TRANSCODE, {"TEHDConfig": {"Type": "TEHD-100"}}, "InvalidParameterValue.TEHDType"),
        (TRANSCODE, {"TEHDConfig": {"MaxVideoBitrate": 1}}, "MissingParameter"),
        (TRANSCODE, {"Name": "x" * 65}, "InvalidParameterValue.Name"),
        (IMAGE_SPRITE, {"SampleType": "Percent", "SampleInterval": 101}, "InvalidParameterValue.SampleInterval"),
        (ADAPTIVE_DYNAMIC_STREAMING, {"StreamInfos": []}, "InvalidParameterValue"),
        (ADAPTIVE_DYNAMIC_STREAMING, {"DrmType": ""}, "UnknownParameter"),
        (WATERMARK, {"Type": "text"}, "UnknownParameter"),
        (WATERMARK, {"SvgTemplate": {"CycleConfig": {"StartTime": 1.0}}}, "InvalidParameterValue.SvgTemplate"),
        (WATERMARK, {"TextTemplate": {"FontSize": "9px"}}, "MissingParameter"),
    ],
)  # fmt: skip
async def test_a_wrong_change_changes_nothing(
    call: CallContext, kind: AnyKind, change: dict[str, Any], code: str
) -> None:
    definition = await create(call, kind)
    before = await one(call, kind, definition)
    with pytest.raises(errors.WireError) as caught:
        await do(call, f"Modify{kind.name}Template", {"Definition": definition, **change})
    assert caught.value.code == code
    assert await one(call, kind, definition) == before


async def test_tasks_find_presets_and_the_applications_own(call: CallContext) -> None:
    own = await create(call, TRANSCODE)
    db = call.services.database
    found = await find(db, call.sub_app_id, TRANSCODE, [10, own, 77])
    assert found.keys() == {10, own}
    assert (found[10].preset, found[own].preset) == (True, False)
    audio = found[own].settings.audio
    assert audio is not None and audio.Bitrate == AUDIO["Bitrate"]
    kept = msgspec.json.encode(msgspec.to_builtins(found[own].settings))
    await do(call, "DeleteTranscodeTemplate", {"Definition": own})
    assert (await find(db, call.sub_app_id, TRANSCODE, [own])) == {}
    assert TRANSCODE.read(msgspec.json.decode(kept)) == found[own].settings
    there = await other_application(call)
    assert (await find(db, there.sub_app_id, TRANSCODE, [10, own])).keys() == {10}
