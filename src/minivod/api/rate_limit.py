"""How often an account may call an action: so many times in any one second (contract.md §1.6)."""

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from minivod.errors import RequestLimitExceeded, ServiceUnavailable


class RateLimiter:
    """Counts calls in a moving window of a second."""

    def __init__(self, limit: int, storage_url: str = "memory://") -> None:
        """Counts in `storage_url`.

        Args:
            limit: calls a second and account for an action; a lower limit of the action wins; 0: no limit.
            storage_url: memory:// (this process), or async+redis://… or redis://… shared by several servers.
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
    storage = storage_from_string(url if url.startswith("async+") else f"async+{url}", wrap_exceptions=True)
    if not isinstance(storage, Storage):
        raise TypeError(f"rate_limit_storage {url!r} cannot be used asynchronously")
    return storage
