"""DescribeEventConfig, ModifyEventConfig and DescribeEventsState (contract.md §6)."""

from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import (
    CallContext,
    delete_media,
    describe_event_config,
    describe_events_state,
    modify_event_config,
)
from minivod.store import accounts, event_configs, events

from .conftest import NewVideo

URL = "http://hooks.example/vod?token=1"


async def describe(call: CallContext) -> dict[str, str]:
    answer = await describe_event_config.run(call, describe_event_config.Request())
    return msgspec.structs.asdict(answer)


async def modify(call: CallContext, **changes: Any) -> None:
    request = msgspec.convert(changes, modify_event_config.ACTION.request)
    await modify_event_config.run(call, request)


def with_settings(call: CallContext, **changes: Any) -> CallContext:
    settings = msgspec.structs.replace(call.services.settings, **changes)
    return msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, settings=settings))


async def test_a_new_application_pulls_and_its_switches_are_the_settings(call: CallContext) -> None:
    assert await describe(call) == {
        "Mode": "PULL", "NotificationUrl": "", "UploadMediaCompleteEventSwitch": "ON",
        "DeleteMediaCompleteEventSwitch": "OFF", "PersistenceCompleteEventSwitch": "OFF",
    }  # fmt: skip
    other = await describe(with_settings(call, event_on_upload=False, event_on_delete=True))
    assert (other["UploadMediaCompleteEventSwitch"], other["DeleteMediaCompleteEventSwitch"]) == ("OFF", "ON")


async def test_what_is_given_changes_and_what_is_not_stays(call: CallContext) -> None:
    await modify(call, Mode="PUSH", NotificationUrl=URL, DeleteMediaCompleteEventSwitch="ON")
    await modify(call, UploadMediaCompleteEventSwitch="OFF", PersistenceCompleteEventSwitch="OFF", SignKey="aZ09")
    await modify(call)
    assert await describe(call) == {
        "Mode": "PUSH", "NotificationUrl": URL, "UploadMediaCompleteEventSwitch": "OFF",
        "DeleteMediaCompleteEventSwitch": "ON", "PersistenceCompleteEventSwitch": "OFF",
    }  # fmt: skip
    assert (await event_configs.find(call.services.database, call.sub_app_id)).sign_key == "aZ09"
    await modify(call, Mode="PULL", NotificationUrl="", SignKey="")
    found = await describe(call)
    assert (found["Mode"], found["NotificationUrl"]) == ("PULL", "")
    assert (await event_configs.find(call.services.database, call.sub_app_id)).sign_key == ""


async def test_other_applications_are_not_changed(call: CallContext) -> None:
    async with call.services.database.transaction() as connection:
        other = await accounts.create_sub_app(connection, call.app_id, "other")
    before = await describe(msgspec.structs.replace(call, sub_app_id=other.sub_app_id))
    await modify(call, Mode="PUSH", NotificationUrl=URL)
    assert await describe(msgspec.structs.replace(call, sub_app_id=other.sub_app_id)) == before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://hooks.example/", "must be http or https"),
        ("hooks.example", "is not an absolute URL"),
        ("http://127.0.0.1/", "not public"),
        ("http://[::1]/", "not public"),
        ("http://169.254.169.254/latest", "not public"),
        ("http://2130706433/", "four decimal numbers"),
        ("http://user:pass@hooks.example/", "has a user or a password"),
        ("https://hooks.example:6379/", "has the port 6379"),
        (f"https://hooks.example/{'x' * 5000}", "longer than 4096"),
        ("https://hooks.example/\0", "control characters"),
        ("https://hooks.example/\n", "control characters"),
    ],
)
async def test_urls_that_are_not_called_are_refused_with_what_is_allowed(
    call: CallContext, url: str, message: str
) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message) as refused:
        await modify(call, Mode="PUSH", NotificationUrl=url)
    assert "allowed are http and https" in refused.value.message
    assert "80, 443, 8080, 8443" in refused.value.message
    assert len(refused.value.message) < 500
    assert (await describe(call))["Mode"] == "PULL"


async def test_networks_of_the_operator_are_allowed(call: CallContext) -> None:
    inside = with_settings(call, egress_networks=["10.0.0.0/8"], egress_ports=["9000"])
    await modify(inside, Mode="PUSH", NotificationUrl="http://10.1.2.3:9000/hook")
    assert (await describe(inside))["NotificationUrl"] == "http://10.1.2.3:9000/hook"


async def test_push_needs_a_url(call: CallContext) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="needs a NotificationUrl"):
        await modify(call, Mode="PUSH")
    await modify(call, NotificationUrl=URL)
    await modify(call, Mode="PUSH")
    with pytest.raises(errors.InvalidParameterValue, match="needs a NotificationUrl"):
        await modify(call, Mode="PUSH", NotificationUrl="")
    await modify(call, NotificationUrl="")
    assert await describe(call) | {"Mode": "PUSH", "NotificationUrl": ""} == await describe(call)


async def test_events_that_there_are_not_cannot_be_switched_on(call: CallContext) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="clips are not persisted here"):
        await modify(call, Mode="PULL", PersistenceCompleteEventSwitch="ON", UploadMediaCompleteEventSwitch="OFF")
    assert (await describe(call))["UploadMediaCompleteEventSwitch"] == "ON"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Mode": "push"},
        {"Mode": ""},
        {"UploadMediaCompleteEventSwitch": "on"},
        {"SignKey": "a" * 33},
        {"SignKey": "a b"},
        {"SignKey": "密"},
        {"SignKey": "a\n"},
    ],
)
def test_wrong_values(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, modify_event_config.ACTION.request)


@pytest.mark.parametrize(("switch", "number"), [("ON", 1), ("OFF", 0)])
async def test_switches_decide_in_place_of_the_setting(
    call: CallContext, new_video: NewVideo, switch: str, number: int
) -> None:
    contrary = with_settings(call, event_on_delete=switch == "OFF")
    await modify(contrary, DeleteMediaCompleteEventSwitch=switch)
    await delete_media.run(contrary, delete_media.Request(FileId=await new_video()))
    assert (await describe_events_state.run(call, describe_events_state.Request())).CountOfEventsToPull == number


async def test_the_state_counts_what_can_be_pulled_now(call: CallContext) -> None:
    db = call.services.database

    async def count() -> int:
        return (await describe_events_state.run(call, describe_events_state.Request())).CountOfEventsToPull

    assert await count() == 0
    async with db.transaction() as connection:
        for number in range(18):
            await events.append(connection, call.sub_app_id, "FileDeleted", str(number), {})
    assert await count() == 18
    found = await events.pull(db, call.sub_app_id)
    assert await count() == 2
    await events.confirm(db, call.sub_app_id, [found[0].handle])
    await db.execute("update event set visible_at = visible_at - interval '31 seconds'")
    assert await count() == 17
    await db.execute("update event set created_at = created_at - interval '5 days' where subject = '3'")
    assert await count() == 16
    await modify(call, Mode="PUSH", NotificationUrl=URL)
    async with db.transaction() as connection:
        await events.append(connection, call.sub_app_id, "FileDeleted", "pushed", {})
    assert await count() == 16
