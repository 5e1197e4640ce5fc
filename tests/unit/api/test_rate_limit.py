"""Calls are counted by account and action, in buckets of a second."""

import asyncio

import pytest

from minivod.api.rate_limit import Buckets, RateLimiter
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


async def test_a_bucket_fills_again_at_the_limits_pace() -> None:
    now = [100.0]
    buckets = Buckets(lambda: now[0])

    async def accepted(calls: int) -> int:
        return sum([await buckets.accept(1, "A", 5) for _ in range(calls)])

    assert await accepted(50) == 5
    now[0] += 0.19
    assert await accepted(50) == 0  # a refused call does not count
    now[0] += 0.02
    assert await accepted(50) == 1
    now[0] += 10
    assert await accepted(50) == 5


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 100, 999])
async def test_no_window_of_a_second_after_the_first_burst_has_more_than_the_limit(limit: int) -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    assert sum([await buckets.accept(1, "A", limit) for _ in range(2 * limit)]) == limit
    count = 0
    for _ in range(1000):
        now[0] += 0.01
        count += sum([await buckets.accept(1, "A", limit) for _ in range(limit)])
    assert abs(count - 10 * limit) <= 1


async def test_buckets_are_forgotten_when_they_are_full() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0], size=100)
    for account in range(100):
        await buckets.accept(account, "A", 1)
    now[0] = 0.5
    assert not await buckets.accept(99, "A", 1)
    now[0] = 1.5
    await buckets.accept(100, "A", 1)
    assert len(buckets._full_at) == 1


async def test_the_message_names_account_action_and_limit() -> None:
    limiter = RateLimiter(1)
    await limiter.check(1250000065, "PullEvents", 100)
    with pytest.raises(RequestLimitExceeded, match="account 1250000065 calls PullEvents more than 1 times a second"):
        await limiter.check(1250000065, "PullEvents", 100)


@pytest.mark.parametrize("url", ["memory", "mongodb://x", "/tmp/x", "", "valkey://127.0.0.1"])
def test_a_wrong_store_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="rate_limit_storage"):
        RateLimiter(1, url)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"rate_limit_storage .* pip install 'minivod\[valkey\]'"):
        RateLimiter(1, "valkeys://127.0.0.1:6379")


async def test_simultaneous_calls_share_the_limit() -> None:
    limiter = RateLimiter(10)
    results = await asyncio.gather(*(limiter.check(1, "A", 100) for _ in range(100)), return_exceptions=True)
    assert sum(result is None for result in results) == 10
