"""A policy is its application's alone, holds from the next review on, and no verdict outlives it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from minivod.publishing import own_policies
from minivod.publishing.own_policies import PolicyError
from minivod.review.own_policy import OwnPolicy
from minivod.store import accounts, policies, publications

from .case import Case
from .stage import Stage, open_stage

TOLERANT = OwnPolicy(thresholds={"Porn": [100, 100, 101]})


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


async def change(stage: Stage, own: OwnPolicy | None, *, by: str = "ann", app_id: int = 0) -> bool:
    where = app_id or stage.app_id
    return await own_policies.change(stage.db, where, lambda _: own, made_by=by, reason="because")


async def test_a_policy_holds_from_the_next_review_on(stage: Stage, tmp_path: Path) -> None:
    task = await stage.task(await stage.accepted())
    await stage.db.execute("delete from publication")
    case = Case(stage, tmp_path, task.file_id)
    assert (await case.publish()).result == "Rejected"
    inspected = case.detector.samples
    assert await change(stage, TOLERANT) and not await change(stage, TOLERANT)
    assert (await case.publication()).state == "REJECTED"
    assert (await case.publish()).result == "Pass"
    assert case.detector.samples > inspected  # the verdict of the other policy did not count
    inspected = case.detector.samples
    await change(stage, None)
    assert (await case.publication()).state == "PASS"

    async def again() -> str | None:
        async with stage.db.transaction() as connection:
            await publications.withdraw(connection, stage.app_id, case.file_id)
        return (await case.publish()).result

    assert await again() == "Rejected"
    assert case.detector.samples > inspected
    async with stage.db.transaction() as connection:
        await policies.save(connection, stage.app_id, {"invented later": 1}, made_by="x", reason="")
    assert await again() == "Failed"  # what cannot be understood is not guessed
    with pytest.raises(PolicyError, match=r"version 3 .*invented later"):
        await own_policies.current(stage.db, stage.app_id)


async def test_a_policy_is_of_one_application(stage: Stage) -> None:
    async with stage.db.transaction() as connection:
        other = await accounts.create_account(connection)
    await change(stage, TOLERANT)
    assert await own_policies.current(stage.db, stage.app_id) == TOLERANT
    assert await own_policies.current(stage.db, other) is None
    assert [row.made_by for row in await policies.history(stage.db, stage.app_id)] == ["ann"]
    assert await policies.history(stage.db, other) == []


@pytest.mark.parametrize("by", ["", " ", "a\nb", "x" * 501])
async def test_who_changes_it_has_a_name(stage: Stage, by: str) -> None:
    with pytest.raises(PolicyError, match="one line"):
        await change(stage, TOLERANT, by=by)
    assert await policies.find(stage.db, stage.app_id) is None
