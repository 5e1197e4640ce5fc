"""How often somebody may try to sign in: from one address, and with one name."""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from minivod.addresses import network
from minivod.api.rate_limit import shared_storage

BY_ADDRESS = RateLimitItemPerMinute(30, 5, namespace="minivod-console")
BY_NAME = RateLimitItemPerMinute(10, 5, namespace="minivod-console")
"""Attempts in five minutes; those for a name count from its latest success."""


class Throttle:
    """Counts attempts to sign in."""

    def __init__(self, storage_url: str) -> None:
        """Args: storage_url: the setting rate_limit_storage; servers that share it share the counts."""
        storage: Storage = MemoryStorage() if storage_url == "memory://" else shared_storage(storage_url)
        self._window = MovingWindowRateLimiter(storage)

    async def accept(self, address: str, name: str) -> bool:
        """Counts an attempt; False: it is one too many, or nobody can count now."""
        try:
            by_address = await self._window.hit(BY_ADDRESS, "address", network(address))
            return by_address and await self._window.hit(BY_NAME, "name", name)
        except StorageError:
            return False

    async def succeeded(self, name: str) -> None:
        """Forgets what was tried with the name: it was its owner."""
        try:
            await self._window.clear(BY_NAME, "name", name)
        except StorageError:
            return
