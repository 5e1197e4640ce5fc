"""How often an account may call an action: a token bucket of one second for each (contract.md §1.6)."""

import importlib.util
import time
from collections.abc import Callable
from typing import Protocol

from limits import RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from minivod.errors import RequestLimitExceeded, ServiceUnavailable
from minivod.settings import SettingsError
from minivod.settings_words import masked

_SERVERS = {
    "redis": ("redis", "redispy"), "rediss": ("redis", "redispy"),
    "valkey": ("valkey", "valkey"), "valkeys": ("valkey", "valkey"),
}  # fmt: skip
"""Schemes of stores that servers can share: the package (and our extra that brings it), and its name in `limits`."""


class Counts(Protocol):
    """Where calls are counted."""

    async def accept(self, account: int, action: str, limit: int) -> bool:
        """Counts a call unless it is one too many; whether it was counted."""


class RateLimiter:
    """Refuses calls over the limit."""

    def __init__(self, limit: int, storage_url: str = "memory://") -> None:
        """Counts in `storage_url`.

        Args:
            limit: calls a second and account for an action; a lower limit of the action wins; 0: no limit.
            storage_url: memory:// (this process), or redis://… or valkey://… (shared by several servers; needs the
                package redis or valkey).

        Raises:
            SettingsError: storage_url is none of these, or its package is missing.
        """
        self._limit = limit
        self._counts: Counts = Buckets() if storage_url == "memory://" else SharedCounts(storage_url)

    async def check(self, app_id: int, action: str, limit: int) -> None:
        """Counts a call.

        Args:
            app_id: the account.
            action: its name.
            limit: the action's own, calls a second.

        Raises:
            RequestLimitExceeded: too many; a refused call does not count.
            ServiceUnavailable: the store of counts does not answer.
        """
        limit = min(limit, self._limit)
        if limit and not await self._counts.accept(app_id, action, limit):
            raise RequestLimitExceeded(
                f"the account {app_id} calls {action} more than {limit} times a second, which is the limit"
            )


class Buckets:
    """Token buckets in memory: each holds `limit` calls and gets as many a second.

    The memory of `limits` starts a task and a thread for every call to tidy up (150 us of a request); a bucket is one
    number, the time at which it will be full again.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, *, size: int = 10_000) -> None:
        """Args: now: seconds; size: buckets, after which the full ones are forgotten."""
        self._now = now
        self._size = size
        self._full_at: dict[tuple[int, str], float] = {}

    async def accept(self, account: int, action: str, limit: int) -> bool:
        """Takes a token; False where there is none."""
        now = self._now()
        name = (account, action)
        full_at = max(self._full_at.get(name, 0.0), now) + 1 / limit
        if full_at > now + 1.000_001:  # not 1: sums of 1 / limit are inexact
            return False
        if len(self._full_at) >= self._size:
            self._full_at = {name: full_at for name, full_at in self._full_at.items() if full_at > now}
        self._full_at[name] = full_at
        return True


class SharedCounts:
    """A moving window of one second in a store that several servers share."""

    def __init__(self, url: str) -> None:
        """Args: url: of the store."""
        self._window = MovingWindowRateLimiter(shared_storage(url))

    async def accept(self, account: int, action: str, limit: int) -> bool:
        """Counts a call in the store; raises ServiceUnavailable when it does not answer."""
        try:
            return await self._window.hit(RateLimitItemPerSecond(limit), str(account), action)
        except StorageError as error:
            raise ServiceUnavailable("the server cannot reach its store of request counts now; try again") from error


def shared_storage(url: str) -> Storage:
    """Where several servers count together; raises SettingsError, as `RateLimiter` does."""
    server = url.partition(":")[0]
    try:
        if server not in _SERVERS:
            raise ConfigurationError(
                f"it begins with memory://, or with {', '.join(f'{name}://' for name in _SERVERS)}"
            )
        package, client = _SERVERS[server]
        if importlib.util.find_spec(package) is None:
            raise ConfigurationError(f"it needs a package: pip install 'minivod[{package}]'")
        storage = storage_from_string(f"async+{url}", implementation=client, wrap_exceptions=True)
    except ConfigurationError as error:
        raise SettingsError(f"the setting rate_limit_storage has a wrong value {masked(url)!r}: {error}") from None
    assert isinstance(storage, Storage)  # noqa: S101 - what async+ means
    return storage
