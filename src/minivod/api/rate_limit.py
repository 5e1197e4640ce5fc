"""How often an account may call an action: so many times in any one second (contract.md §1.6)."""

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from minivod.errors import RequestLimitExceeded, ServiceUnavailable
from minivod.settings import SettingsError

_SERVERS = {"redis": "redispy", "rediss": "redispy", "valkey": "valkey", "valkeys": "valkey"}
"""Schemes of stores that servers can share, and the client package of each as `limits` calls it."""


class RateLimiter:
    """Counts calls in a moving window of a second."""

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
        self._window = MovingWindowRateLimiter(_storage(storage_url))
        self._items: dict[int, RateLimitItemPerSecond] = {}

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
        if self._limit == 0:
            return
        limit = min(limit, self._limit)
        item = self._items.get(limit) or self._items.setdefault(limit, RateLimitItemPerSecond(limit))
        try:
            accepted = await self._window.hit(item, str(app_id), action)
        except StorageError as error:
            raise ServiceUnavailable("the server cannot reach its store of request counts now; try again") from error
        if not accepted:
            raise RequestLimitExceeded(
                f"the account {app_id} calls {action} more than {limit} times a second, which is the limit"
            )


def _storage(url: str) -> Storage:
    if url == "memory://":
        return MemoryStorage()
    server = url.partition(":")[0]
    try:
        if server not in _SERVERS:
            raise ConfigurationError(
                f"it begins with memory://, or with {', '.join(f'{name}://' for name in _SERVERS)}"
            )
        storage = storage_from_string(f"async+{url}", implementation=_SERVERS[server], wrap_exceptions=True)
    except ConfigurationError as error:
        raise SettingsError(f"the setting rate_limit_storage has a wrong value {url!r}: {error}") from None
    assert isinstance(storage, Storage)  # noqa: S101 - what async+ means
    return storage
