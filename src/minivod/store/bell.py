"""Wakes those who wait for news of a channel of the database (LISTEN/NOTIFY on one connection)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, LiteralString, Self, TypeVar

import psycopg
import structlog

from minivod.store.event_deliveries import NEWS
from minivod.store.events import CHANNEL
from minivod.store.publications import WITHDRAWALS
from minivod.store.tasks import TAKEN

log = structlog.get_logger(__name__)
_RETRY_SECONDS = 1.0
KeyT = TypeVar("KeyT")


class Bell(Generic[KeyT]):
    """Lets callers wait for news of a key; without a database connection they wait out their time."""

    def __init__(self, url: str, channel: LiteralString, read: Callable[[str], KeyT]) -> None:
        """Args: url: a postgresql:// URL that allows LISTEN (not a transaction pooler); read: a notice as its key."""
        self._url = url
        self._channel: LiteralString = channel
        self._read = read
        self._waiters: dict[KeyT, set[Callable[[], None]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def subscribe(self, key: KeyT) -> asyncio.Event:
        """An event that is set at the key's next news; give it back with `unsubscribe`."""
        waiter = asyncio.Event()
        self._waiters[key].add(waiter.set)
        return waiter

    def unsubscribe(self, key: KeyT, waiter: asyncio.Event) -> None:
        """Ends a subscription."""
        self._forget(key, waiter.set)

    @contextmanager
    def calling(self, key: KeyT, call: Callable[[], None]) -> Iterator[None]:
        """Has `call` called at each news of the key while the block runs; it must be short, and no other block's."""
        self._waiters[key].add(call)
        try:
            yield
        finally:
            self._forget(key, call)

    def _forget(self, key: KeyT, call: Callable[[], None]) -> None:
        self._waiters[key].discard(call)
        if not self._waiters[key]:
            del self._waiters[key]

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"listen {self._channel}")
                    async for notice in connection.notifies():
                        for call in tuple(self._waiters.get(self._read(notice.payload), ())):
                            call()
            except psycopg.Error as error:
                log.warning("bell_reconnect", channel=self._channel, reason=type(error).__name__)
            except Exception:  # a notice that is not ours, or a mistake of ours, must not end the ringing for good
                log.exception("bell_reconnect", channel=self._channel)
            await asyncio.sleep(_RETRY_SECONDS)


class EventBell(Bell[int]):
    """Rings at the events of an application, by SubAppId."""

    def __init__(self, url: str) -> None:
        """Args: url: as for `Bell`."""
        super().__init__(url, CHANNEL, int)


class TaskBell(Bell[str]):
    """Rings when a task was taken from its worker, by TaskId."""

    def __init__(self, url: str) -> None:
        """Args: url: as for `Bell`."""
        super().__init__(url, TAKEN, str)


class WithdrawalBell(Bell[str]):
    """Rings when a publication that stood was changed or taken away, by FileId."""

    def __init__(self, url: str) -> None:
        """Args: url: as for `Bell`."""
        super().__init__(url, WITHDRAWALS, str)


class DeliveryBell(Bell[int]):
    """Rings when a callback of any application is due at once."""

    ALL = 0
    """The one key."""

    def __init__(self, url: str) -> None:
        """Args: url: as for `Bell`."""
        super().__init__(url, NEWS, lambda _: self.ALL)
