"""What an application used, as a user of the official SDK asks for it: stored, made, reviewed, played."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx

from minivod.cli.local_server import LocalServer

from ..waiting import eventually
from .user import call, code_of, minivod, publish, upload


def days() -> dict[str, Any]:
    """Yesterday to tomorrow: midnight in Beijing may come."""
    now = datetime.now(timezone(timedelta(hours=8)))
    ends = (now - timedelta(days=1), now + timedelta(days=1))
    return dict(zip(("StartTime", "EndTime"), (one.isoformat(timespec="seconds") for one in ends), strict=True))


def used(server: LocalServer, kind: str) -> tuple[int, int]:
    """Tasks and usage of that type."""
    [data] = call(server, "DescribeMediaProcessUsageData", Type=kind, **days()).MediaProcessDataSet
    return sum(day.Count for day in data.Summary), sum(day.Usage for day in data.Summary)


def new_account(server: LocalServer, env: dict[str, str]) -> LocalServer:
    """The server as another account sees it: what others store, and when that is measured, does not matter there."""
    done = minivod("accounts", "create", env=env)
    made = dict(line.split(": ") for line in done.stdout.splitlines())
    return replace(server, secret_id=made["SecretId"], secret_key=made["SecretKey"], app_id=int(made["AppId"]))


def test_what_a_video_used(server: LocalServer, env: dict[str, str], short_clip: Path) -> None:
    server = new_account(server, env)
    before, reviews = call(server, "DescribeStorageData"), used(server, "ContentAudit")
    file_id = upload(server, short_clip)
    size = short_clip.stat().st_size

    def stored() -> tuple[int, int]:
        now = call(server, "DescribeStorageData")
        return now.MediaCount - before.MediaCount, now.TotalStorage - before.TotalStorage

    assert stored() == (1, size)
    assert publish(server, file_id).PublishResult == "Pass"
    [info] = call(server, "DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet
    content = httpx.get(info.BasicInfo.MediaUrl).content
    assert stored() == (1, size + len(content))
    count, seconds = used(server, "ContentAudit")
    assert count == reviews[0] + 1 and seconds > reviews[1]
    assert call(server, "DescribeReviewDetails", **days()).TotalDuration == seconds

    def played() -> list[Any]:
        asked = {"StartDate": days()["StartTime"], "EndDate": days()["EndTime"]}
        return list(call(server, "DescribeDailyMediaPlayStat", FileId=file_id, **asked).DailyPlayStatInfoSet)

    eventually("the play is counted", lambda: [(one.PlayTimes, one.Traffic) for one in played()] == [(1, len(content))])
    [most] = [
        one
        for one in call(server, "DescribeDailyMostPlayedStat", Date=played()[0].Date).DailyPlayStatInfoSet
        if one.FileId == file_id
    ]
    assert (most.PlayTimes, most.Traffic) == (1, len(content))
    call(server, "DeleteMedia", FileId=file_id)
    assert stored() == (0, 0)
    assert played()[0].PlayTimes == 1
    assert len(call(server, "DescribeStorageDetails", Interval="Day", **days()).Data) == 2
    assert code_of(server, "DescribeCDNUsageData", DataType="Flux", **days()) == "InvalidAction"
