"""Calls are counted by account and action, in a moving second."""

import asyncio

import pytest

from minivod.api.rate_limit import RateLimiter
from minivod.errors import RequestLimitExceeded
from minivod.settings import SettingsError


async def accepted(limiter: RateLimiter, calls: int, app_id: int = 1, action: str = "A", limit: int = 100) -> int:
    count = 0
    for _ in range(calls):
        try:
            await limiter.check(app_id, action, limit)
        except RequestLimitExceeded:
            continue
        count += 1
    return count


@pytest.mark.parametrize(("setting", "action", "expected"), [(5, 100, 5), (100, 5, 5), (0, 5, 50)])
async def test_the_lower_of_setting_and_action_counts(setting: int, action: int, expected: int) -> None:
    assert await accepted(RateLimiter(setting), 50, limit=action) == expected


async def test_accounts_and_actions_do_not_share() -> None:
    limiter = RateLimiter(5)
    assert await accepted(limiter, 50, app_id=1, action="A") == 5
    assert await accepted(limiter, 50, app_id=2, action="A") == 5
    assert await accepted(limiter, 50, app_id=1, action="B") == 5


async def test_the_window_moves() -> None:
    limiter = RateLimiter(5)
    assert await accepted(limiter, 50) == 5
    await asyncio.sleep(0.9)
    assert await accepted(limiter, 50) == 0  # a refused call does not count, nor does it push the window on
    await asyncio.sleep(0.15)
    assert await accepted(limiter, 50) == 5


async def test_the_message_names_account_action_and_limit() -> None:
    limiter = RateLimiter(1)
    await limiter.check(1250000065, "PullEvents", 100)
    with pytest.raises(RequestLimitExceeded, match="account 1250000065 calls PullEvents more than 1 times a second"):
        await limiter.check(1250000065, "PullEvents", 100)


@pytest.mark.parametrize("url", ["memory", "mongodb://x", "/tmp/x", "", "valkey://127.0.0.1"])
def test_a_wrong_store_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="rate_limit_storage"):
        RateLimiter(1, url)


async def test_simultaneous_calls_share_the_limit() -> None:
    limiter = RateLimiter(10)
    results = await asyncio.gather(*(limiter.check(1, "A", 100) for _ in range(100)), return_exceptions=True)
    assert sum(result is None for result in results) == 10
