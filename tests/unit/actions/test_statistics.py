"""The actions that tell what an application used, by days of UTC+8."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import (
    CallContext,
    describe_daily_media_play_stat,
    describe_daily_most_played_stat,
    describe_media_process_usage_data,
    describe_review_details,
    describe_storage_data,
    describe_storage_details,
)
from minivod.clock import FixedClock
from minivod.store import accounts, storage, usage
from minivod.store.usage import ADAPTIVE, REVIEW, SNAPSHOT, TRANSCODING, ZONE

from .conftest import NewVideo

NOON = datetime(2026, 11, 28, 4, 2, 30, tzinfo=UTC)
"""Noon in Beijing, and two minutes more."""


@pytest.fixture
def at_noon(call: CallContext) -> CallContext:
    clock = FixedClock(NOON.timestamp())
    return msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, clock=clock))


async def line(call: CallContext, day: str, kind: str, specification: str, tasks: int, amount: int) -> None:
    await call.services.database.execute(
        "insert into usage values (%s, %s, %s, %s, %s, %s)", [call.sub_app_id, day, kind, specification, tasks, amount]
    )


async def sample(call: CallContext, at: str, size: int) -> None:
    await call.services.database.execute("insert into storage_sample values (%s, %s, %s)", [call.sub_app_id, at, size])


async def usage_of(call: CallContext, **asked: str) -> Any:
    times: dict[str, Any] = {"StartTime": "2026-11-27T00:00:00+08:00", "EndTime": "2026-11-28T23:59:59+08:00"}
    request = describe_media_process_usage_data.Request(**times | asked)
    return msgspec.to_builtins(await describe_media_process_usage_data.run(call, request))["MediaProcessDataSet"]


async def details_of(call: CallContext, start: str, end: str, **asked: Any) -> list[tuple[str, int]]:
    request = describe_storage_details.Request(StartTime=start, EndTime=end, **asked)
    return [(one.Time, one.Value) for one in (await describe_storage_details.run(call, request)).Data]


async def test_what_is_stored_now(call: CallContext, new_video: NewVideo) -> None:
    for _ in range(2):
        await new_video()
    found = msgspec.to_builtins(await describe_storage_data.run(call, describe_storage_data.Request()))
    stored = await storage.stored(call.services.database, call.sub_app_id)
    assert (found["MediaCount"], found["TotalStorage"]) == (2, 2) == (stored.media, stored.bytes)
    assert (
        found["TotalStorage"] == found["StandardStorage"] == sum(area["TotalStorage"] for area in found["StorageStat"])
    )
    assert {found[name] for name in found if name.endswith(("InfrequentStorage", "ArchiveStorage"))} == {0}


async def test_days_have_the_highest_value(at_noon: CallContext) -> None:
    for at, size in (
        ("2026-11-25T15:55:00Z", 7),  # 23:55 of the 25th
        ("2026-11-26T17:00:00Z", 90),  # 01:00 of the 27th
        ("2026-11-26T18:00:00Z", 20),
        ("2026-11-27T15:59:59Z", 30),
        ("2026-11-27T16:00:00Z", 5),  # midnight: the 28th begins with it
    ):
        await sample(at_noon, at, size)
    assert await details_of(at_noon, "2026-11-24T00:00:00+08:00", "2026-12-24T00:00:00+08:00") == [
        ("2026-11-24T00:00:00+08:00", 0), ("2026-11-25T00:00:00+08:00", 7), ("2026-11-26T00:00:00+08:00", 7),
        ("2026-11-27T00:00:00+08:00", 90), ("2026-11-28T00:00:00+08:00", 5),
    ]  # fmt: skip
    one = await details_of(at_noon, "2026-11-26T00:00:00Z", "2026-11-26T00:00:00Z", Interval="Day")
    assert one == [("2026-11-26T00:00:00+08:00", 7)]


async def test_five_minutes(at_noon: CallContext) -> None:
    await sample(at_noon, "2026-11-28T03:00:00Z", 3)
    await sample(at_noon, "2026-11-28T03:50:00Z", 8)
    found = await details_of(at_noon, "2026-11-28T03:47:00Z", "2026-11-28T09:00:00Z")
    assert found == [
        (f"2026-11-28T{time}:00+08:00", size) for time, size in (("11:45", 3), ("11:50", 8), ("11:55", 8), ("12:00", 8))
    ]
    week = await details_of(at_noon, "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z", Interval="Minute")
    assert len(week) == 7 * 24 * 12 + 1 and {size for _, size in week} == {0}
    with pytest.raises(errors.invalid("EndTime"), match="at most 7 days; ask for the Interval Day"):
        await details_of(at_noon, "2026-11-20T00:00:00Z", "2026-11-27T00:00:01Z", Interval="Minute")


@pytest.mark.parametrize("asked", [{"StorageType": "ArchiveStorage"}, {"Area": "Outside Chinese Mainland"}])
async def test_there_is_nothing_elsewhere(at_noon: CallContext, asked: dict[str, str]) -> None:
    await sample(at_noon, "2026-11-27T00:00:00Z", 3)
    day = ("2026-11-28T00:00:00Z", "2026-11-28T01:00:00Z")
    assert {size for _, size in await details_of(at_noon, *day, **asked)} == {0}
    assert {size for _, size in await details_of(at_noon, *day)} == {3}


async def test_usage_by_type_and_specification(at_noon: CallContext) -> None:
    for day, kind, specification, tasks, amount in (
        ("2026-11-26", TRANSCODING, "", 9, 900),  # the day before
        ("2026-11-27", TRANSCODING, "", 2, 70),
        ("2026-11-27", TRANSCODING, "Standard.H264.HD", 1, 60),
        ("2026-11-27", TRANSCODING, "Audio", 1, 10),
        ("2026-11-28", TRANSCODING, "", 1, 5),
        ("2026-11-28", TRANSCODING, "Audio", 1, 5),
        ("2026-11-28", ADAPTIVE, "", 1, 30),
        ("2026-11-28", ADAPTIVE, "Standard.H264.SD", 1, 30),
        ("2026-11-27", REVIEW, "", 3, 33),
    ):
        await line(at_noon, day, kind, specification, tasks, amount)

    def days(*pairs: tuple[int, int]) -> list[dict[str, Any]]:
        times = ("2026-11-27T00:00:00+08:00", "2026-11-28T00:00:00+08:00")
        return [{"Time": time, "Count": count, "Usage": used} for time, (count, used) in zip(times, pairs, strict=True)]

    found = {one["TaskType"]: one for one in await usage_of(at_noon)}
    assert found == {one["TaskType"]: one for name in found for one in await usage_of(at_noon, Type=name)}
    assert set(found) == {TRANSCODING, ADAPTIVE, REVIEW}
    assert found[TRANSCODING]["Summary"] == days((2, 70), (1, 5))
    assert found[TRANSCODING]["Details"] == [
        {"Specification": "Audio", "Data": days((1, 10), (1, 5))},
        {"Specification": "Standard.H264.HD", "Data": days((1, 60), (0, 0))},
    ]
    assert found[REVIEW] == {"TaskType": REVIEW, "Summary": days((3, 33), (0, 0)), "Details": []}
    [nothing] = await usage_of(at_noon, Type="Editing")
    assert nothing == {"TaskType": "Editing", "Summary": days((0, 0), (0, 0)), "Details": []}
    [all_] = await usage_of(at_noon, Type="Transcode")
    assert all_ == found[TRANSCODING] | {"TaskType": "Transcode"}


async def test_nobody_is_told_what_others_used(at_noon: CallContext, new_video: NewVideo) -> None:
    await new_video()
    await line(at_noon, "2026-11-27", REVIEW, "", 2, 50)
    await sample(at_noon, "2026-11-27T00:00:00Z", 8)
    async with at_noon.services.database.transaction() as connection:
        other = (await accounts.create_sub_app(connection, at_noon.app_id, "other")).sub_app_id
    theirs = msgspec.structs.replace(at_noon, sub_app_id=other)
    day = "2026-11-27T00:00:00Z"
    assert await usage_of(theirs) == [] != await usage_of(at_noon)
    assert [size for _, size in await details_of(theirs, day, day)] == [0]
    assert (await describe_storage_data.run(theirs, describe_storage_data.Request())).MediaCount == 0
    request = describe_review_details.Request(StartTime=day, EndTime=day)
    assert (await describe_review_details.run(theirs, request)).TotalCount == 0


async def test_reviews_by_days(at_noon: CallContext) -> None:
    await line(at_noon, "2026-11-26", REVIEW, "", 2, 50)
    await line(at_noon, "2026-11-27", REVIEW, "", 1, 7)
    await line(at_noon, "2026-11-27", TRANSCODING, "", 1, 7000)
    request = describe_review_details.Request(StartTime="2026-11-25T16:00:00Z", EndTime="2026-11-27T16:00:00Z")
    found = await describe_review_details.run(at_noon, request)
    assert (found.TotalCount, found.TotalDuration) == (3, 57)
    assert [(one.Time, one.Value) for one in found.Data] == [
        ("2026-11-26T00:00:00+08:00", 50), ("2026-11-27T00:00:00+08:00", 7), ("2026-11-28T00:00:00+08:00", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "name", "said"),
    [
        ("2026-11-27", "2026-11-28T00:00:00Z", "StartTime", "'2026-11-27' is not a time with its zone"),
        ("2026-11-27T00:00:00", "2026-11-28T00:00:00Z", "StartTime", "not a time with its zone"),
        ("2026-11-27T00:00:00Z", "tomorrow", "EndTime", "'tomorrow' is not a time"),
        ("0001-01-01T00:00:00Z", "2026-11-28T00:00:00Z", "StartTime", "not a time"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "StartTime", "not a time"),
        ("2026-11-28T01:00:00Z", "2026-11-28T00:59:00Z", "EndTime", "is before StartTime"),
        ("2026-08-01T00:00:00Z", "2026-11-28T00:00:00Z", "EndTime", "there are 119 days; at most 90"),
        ("2025-11-27T00:00:00Z", "2025-12-01T00:00:00Z", "StartTime", "more than 365 days ago; ask for 2025-11-28"),
    ],
)
@pytest.mark.parametrize(
    "module", [describe_storage_details, describe_media_process_usage_data, describe_review_details]
)
async def test_times_that_cannot_be_asked_for(
    at_noon: CallContext, module: Any, start: str, end: str, name: str, said: str
) -> None:
    with pytest.raises(errors.invalid(name), match=said):
        await module.run(at_noon, module.Request(StartTime=start, EndTime=end))


async def test_the_oldest_and_the_longest_that_can_be_asked_for(at_noon: CallContext) -> None:
    request = describe_review_details.Request(
        StartTime="2025-11-28T00:00:00+08:00", EndTime="2026-02-26T23:00:00+08:00"
    )
    assert len((await describe_review_details.run(at_noon, request)).Data) == 91
    coming = describe_review_details.Request(StartTime="2026-12-01T00:00:00Z", EndTime="2026-12-02T00:00:00Z")
    assert (await describe_review_details.run(at_noon, coming)).Data == []


async def test_a_task_counts_on_the_day_of_its_end_in_beijing(call: CallContext) -> None:
    async with call.services.database.transaction() as connection:
        await usage.note(connection, call.sub_app_id, usage.Used(SNAPSHOT, {"ImageSprite": 2}))
        now = await (await connection.execute("select now() as now, (select day from usage limit 1) as day")).fetchone()
    assert now is not None
    day: date = now["now"].astimezone(ZONE).date()
    assert now["day"] == day
    found = await usage.find(call.services.database, call.sub_app_id, [SNAPSHOT], day, day + timedelta(days=1))
    assert [(one.specification, one.tasks, one.amount) for one in found] == [("", 1, 2), ("ImageSprite", 1, 2)]


async def play(call: CallContext, day: str, file_id: str, times: int, size: int) -> None:
    await call.services.database.execute(
        "insert into play values (%s, %s, %s, %s, %s)", [call.sub_app_id, day, file_id, times, size]
    )


ONE, TWO = "387702292000000001", "387702292000000002"


async def test_plays_of_a_video(at_noon: CallContext) -> None:
    for day, file_id, times, size in (
        ("2026-11-26", ONE, 1, 10),
        ("2026-11-27", ONE, 3, 30),
        ("2026-11-28", TWO, 9, 90),
        ("2026-11-28", ONE, 0, 5),
    ):
        await play(at_noon, day, file_id, times, size)
    request = describe_daily_media_play_stat.Request(FileId=ONE, StartDate="2026-11-27T00:00:00Z", EndDate="2026-11-28")
    found = msgspec.to_builtins(await describe_daily_media_play_stat.run(at_noon, request))["DailyPlayStatInfoSet"]
    assert found == [
        {"Date": "2026-11-27T00:00:00+08:00", "FileId": ONE, "PlayTimes": 3, "Traffic": 30},
        {"Date": "2026-11-28T00:00:00+08:00", "FileId": ONE, "PlayTimes": 0, "Traffic": 5},
    ]
    for wrong in ("27.11.2026", "2026-11-27T99:00:00Z", ""):
        with pytest.raises(errors.invalid("StartDate")):
            await describe_daily_media_play_stat.run(at_noon, msgspec.structs.replace(request, StartDate=wrong))
    with pytest.raises(errors.invalid("EndDate"), match="EndDate is 2026-11-26, which is before StartDate, 2026-11-27"):
        await describe_daily_media_play_stat.run(at_noon, msgspec.structs.replace(request, EndDate="2026-11-26"))


async def test_what_was_played_most(at_noon: CallContext) -> None:
    await play(at_noon, "2026-11-28", ONE, 1, 100)
    await play(at_noon, "2026-11-28", TWO, 2, 10)

    async def most(call: CallContext, **asked: Any) -> list[str]:
        request = describe_daily_most_played_stat.Request(**{"Date": "2026-11-28T23:00:00Z"} | asked)
        return [one.FileId for one in (await describe_daily_most_played_stat.run(call, request)).DailyPlayStatInfoSet]

    assert await most(at_noon) == await most(at_noon, Metric="Traffic", DomainName="vod.example") == [ONE, TWO]
    assert await most(at_noon, Metric="PlayTimes") == [TWO, ONE]
    assert await most(at_noon, Date="2026-11-27") == []
    with pytest.raises(errors.InvalidDomainName):
        await most(at_noon, DomainName="other.example")
    settings = msgspec.structs.replace(at_noon.services.settings, file_delivery="nginx")
    behind = msgspec.structs.replace(at_noon, services=msgspec.structs.replace(at_noon.services, settings=settings))
    assert await most(behind, Metric="PlayTimes") == [TWO, ONE]
    with pytest.raises(errors.invalid("Metric"), match="cannot count the traffic; use the Metric PlayTimes"):
        await most(behind)
