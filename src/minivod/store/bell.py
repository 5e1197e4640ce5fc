"""Wakes those who wait for news of a channel of the database (LISTEN/NOTIFY on one connection)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, LiteralString, Self, TypeVar

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from minivod.store.event_deliveries import NEWS
from minivod.store.events import CHANNEL, with_events
from minivod.store.publications import WITHDRAWALS
from minivod.store.tasks import TAKEN

log = structlog.get_logger(__name__)
_RETRY_SECONDS = 1.0
_LOOK_SECONDS = 1.0
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

    def ring(self, key: KeyT) -> None:
        """Wakes all who wait for news of the key."""
        for call in tuple(self._waiters.get(key, ())):
            call()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"listen {self._channel}")
                    async for notice in connection.notifies():
                        self.ring(self._read(notice.payload))
            except psycopg.Error as error:
                log.warning("bell_reconnect", channel=self._channel, reason=type(error).__name__)
            except Exception:  # a notice that is not ours, or a mistake of ours, must not end the ringing for good
                log.exception("bell_reconnect", channel=self._channel)
            await asyncio.sleep(_RETRY_SECONDS)


class EventBell(Bell[int]):
    """Rings at the events of an application, by SubAppId: each news wakes one of those who wait, the first that came.

    A thousand polls of one application would otherwise all ask the database for the one event. Who was woken and goes
    without having looked wakes the next one. What becomes visible again after 30 seconds rings nothing, so once a
    second the database is asked which applications that are waited for have events.
    """

    def __init__(self, url: str) -> None:
        """Args: url: as for `Bell`."""
        super().__init__(url, CHANNEL, int)
        self._polls: dict[int, dict[asyncio.Event, None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await super().__aexit__(kind, error, trace)

    def subscribe(self, key: int) -> asyncio.Event:
        """An event that is set at news of the application; clear it before you look, and give it back."""
        waiter = asyncio.Event()
        self._polls.setdefault(key, {})[waiter] = None
        return waiter

    def unsubscribe(self, key: int, waiter: asyncio.Event) -> None:
        """Ends a subscription; news that it was woken for, and did not look for, go to the next one."""
        polls = self._polls.get(key, {})
        polls.pop(waiter, None)
        if not polls:
            self._polls.pop(key, None)
        elif waiter.is_set():
            self.ring(key)

    def ring(self, key: int) -> None:
        """Wakes the first who waits for events of the application, and is not awake already."""
        for waiter in self._polls.get(key, ()):
            if not waiter.is_set():
                waiter.set()
                return

    async def _look(self) -> None:
        while True:
            try:
                async with await AsyncConnection[DictRow].connect(
                    self._url, autocommit=True, row_factory=dict_row
                ) as connection:
                    while True:
                        await asyncio.sleep(_LOOK_SECONDS)
                        for key in await with_events(connection, list(self._polls)) if self._polls else ():
                            self.ring(key)
            except psycopg.Error as error:
                log.warning("bell_reconnect", channel=self._channel, reason=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)


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
