"""DescribeTasks: conditions, orders, pages, and tokens that are none."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from minivod import errors
from minivod.actions import CallContext, describe_tasks
from minivod.actions.describe_tasks import Request, SortBy, TimeRange
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.database import Database

from ...databases import Databases
from .conftest import make_call, maker_of_videos

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


pytestmark = pytest.mark.asyncio(loop_scope="module")  # that of the worlds


@dataclass(frozen=True)
class World:
    """An application with seven tasks, which tests look at and leave as they are."""

    call: CallContext
    tasks: list[str]


@asynccontextmanager
async def open_world(url: str, directory: Path) -> AsyncIterator[World]:
    """Seven tasks, an hour apart; the first four are finished, in the opposite order, the fifth is under way."""
    db, settings = await Database(url).open(), Settings(data_dir=str(directory))
    try:
        call = await make_call(db, settings, url)
        yield World(call, await _make_tasks(call))
    finally:
        await db.close()


async def _make_tasks(call: CallContext) -> list[str]:
    db, found, new_video = call.services.database, list[str](), maker_of_videos(call)
    for number, state in enumerate(["PASS", "PASS", "REJECTED", "FAILED", "RUNNING", "RUNNING", "RUNNING"]):
        file_id = await new_video(state=state)
        row = await db.fetch_one("select task_id from task where file_id = %s", [file_id])
        assert row is not None
        found.append(str(row["task_id"]))
        finished = NOON + timedelta(days=1, hours=-number) if number < 4 else None
        await db.execute(
            "update task set created_at = %s, finished_at = %s, status = %s where task_id = %s",
            [
                NOON + timedelta(hours=number),
                finished,
                "FINISH" if finished else ("PROCESSING" if number == 4 else "WAITING"),
                found[-1],
            ],
        )
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    with databases.lent() as url:
        async with open_world(url, tmp_path_factory.mktemp("world")) as opened:
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One in which three tasks share a moment."""
    with databases.lent() as url:
        async with open_world(url, tmp_path_factory.mktemp("crowded")) as opened:
            moved = "update task set created_at = %s where task_id = any(%s)"
            await opened.call.services.database.execute(moved, [NOON, opened.tasks[:3]])
            yield opened


@pytest.fixture
def call(world: World) -> CallContext:
    return world.call


@pytest.fixture
def tasks(world: World) -> list[str]:
    return world.tasks


async def listed(call: CallContext, request: Request) -> list[str]:
    return [task.TaskId for task in (await describe_tasks.run(call, request)).TaskSet]


async def test_the_newest_first_with_all_that_is_known(call: CallContext, tasks: list[str]) -> None:
    answer = await describe_tasks.run(call, Request())
    assert [task.TaskId for task in answer.TaskSet] == tasks[::-1]
    assert answer.ScrollToken == ""
    last = answer.TaskSet[-1]
    assert (last.Status, last.TaskType) == ("FINISH", "WechatMiniProgramPublish")
    assert (last.CreateTime, last.FinishTime) == ("2026-05-01T12:00:00Z", "2026-05-02T12:00:00Z")
    assert (answer.TaskSet[0].Status, answer.TaskSet[0].FinishTime) == ("WAITING", "")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"Status": "WAITING"}, [6, 5]),
        ({"Status": "PROCESSING"}, [4]),
        ({"Status": "FINISH"}, [3, 2, 1, 0]),
        ({"CreateTime": TimeRange(After="2026-05-01T17:00:00Z")}, [6, 5]),
        ({"CreateTime": TimeRange(Before="2026-05-01T21:00:00+08:00")}, [1, 0]),
        ({"CreateTime": TimeRange(After="2026-05-01T13:00:00Z", Before="2026-05-01T14:00:00Z")}, [2, 1]),
        ({"FinishTime": TimeRange(After="2026-05-02T10:30:00Z")}, [1, 0]),
        ({"FinishTime": TimeRange(Before="2026-05-02T10:00:00Z"), "Status": "FINISH"}, [3, 2]),
        ({"Sort": SortBy(Field="CreateTime", Order="Asc")}, [0, 1, 2, 3, 4, 5, 6]),
        ({"Sort": SortBy(Field="FinishTime", Order="Asc")}, [3, 2, 1, 0]),
        ({"Sort": SortBy(Field="FinishTime", Order="Desc")}, [0, 1, 2, 3]),
        ({"Sort": SortBy(Field="FinishTime", Order="Desc"), "Status": "WAITING"}, []),
    ],
    ids=str,
)
async def test_conditions_and_orders(
    call: CallContext, tasks: list[str], conditions: dict[str, Any], expected: list[int]
) -> None:
    assert await listed(call, Request(**conditions)) == [tasks[number] for number in expected]


async def test_of_one_video(call: CallContext, tasks: list[str]) -> None:
    row = await call.services.database.fetch_one("select file_id from task where task_id = %s", [tasks[2]])
    assert row is not None
    assert await listed(call, Request(FileId=row["file_id"])) == [tasks[2]]
    assert await listed(call, Request(FileId="5285485487985271487")) == []
    with pytest.raises(errors.InvalidFileId, match="16 to 19 decimal digits"):
        await listed(call, Request(FileId="x"))


@pytest.mark.parametrize("field", ["CreateTime", "FinishTime"])
@pytest.mark.parametrize("order", ["Asc", "Desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_hold_every_task_once(crowded: World, field: str, order: str, limit: int) -> None:
    """Also those that share a moment; a task that comes meanwhile does not move the others."""
    call = crowded.call
    sort = msgspec.convert({"Field": field, "Order": order}, SortBy)
    whole = await listed(call, Request(Sort=sort, Limit=100))
    found: list[str] = []
    token = ""
    for _ in range(10):
        page = await describe_tasks.run(call, Request(Sort=sort, Limit=limit, ScrollToken=token))
        assert 0 < len(page.TaskSet) <= limit
        found += [task.TaskId for task in page.TaskSet]
        token = page.ScrollToken
        if not token:
            break
    assert found == whole and len(found) == (7 if field == "CreateTime" else 4)


@pytest.mark.parametrize(
    "token",
    [
        "x", "x" * 1000, "ключ", base64.b64encode(b"[]").decode(),
        base64.b64encode(b'["2026-05-01T12:00:00","a"]').decode(),
        base64.b64encode(b'["2026-05-01T12:00:00Z","a\\u0000"]').decode(),
    ],
)  # fmt: skip
async def test_tokens_that_are_none(call: CallContext, token: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="leave it out to begin anew"):
        await listed(call, Request(ScrollToken=token))


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
async def test_times_that_are_none(call: CallContext, moment: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"FinishTime\.Before"):
        await listed(call, Request(FinishTime=TimeRange(Before=moment)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"Status": "DONE"}, "Status 'DONE' is none of WAITING, PROCESSING, FINISH"),
        ({"Sort": SortBy(Field="FileId", Order="Asc")}, r"Sort\.Field 'FileId' is none of CreateTime, FinishTime"),
        ({"Sort": SortBy(Field="CreateTime", Order="asc")}, r"Sort\.Order 'asc' is none of Asc, Desc"),
    ],
)
async def test_choices_that_are_none(call: CallContext, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=words):
        await listed(call, Request(**wrong))


async def test_tasks_of_other_applications_are_not_listed(call: CallContext, tasks: list[str]) -> None:
    async with call.services.database.transaction() as connection:
        other = await accounts.create_sub_app(connection, call.app_id, "other")
    assert await listed(msgspec.structs.replace(call, sub_app_id=other.sub_app_id), Request()) == []
