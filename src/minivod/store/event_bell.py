"""Wakes long polls when an event of their application is written (LISTEN/NOTIFY on one connection)."""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Self

import psycopg
import structlog

from minivod.store.events import CHANNEL

log = structlog.get_logger(__name__)
_RETRY_SECONDS = 1.0


class EventBell:
    """Lets callers wait for news of an application; without a database connection they wait out their time."""

    def __init__(self, url: str) -> None:
        """Args: url: a postgresql:// URL that allows LISTEN (not a transaction pooler)."""
        self._url = url
        self._waiters: dict[int, set[asyncio.Event]] = defaultdict(set)
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

    def subscribe(self, sub_app_id: int) -> asyncio.Event:
        """An event that is set at the application's next news; give it back with `unsubscribe`."""
        waiter = asyncio.Event()
        self._waiters[sub_app_id].add(waiter)
        return waiter

    def unsubscribe(self, sub_app_id: int, waiter: asyncio.Event) -> None:
        """Ends a subscription."""
        self._waiters[sub_app_id].discard(waiter)
        if not self._waiters[sub_app_id]:
            del self._waiters[sub_app_id]

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    async for notice in connection.notifies():
                        for waiter in self._waiters.get(int(notice.payload), ()):
                            waiter.set()
            except psycopg.Error as error:
                log.warning("event_bell_reconnect", reason=type(error).__name__)
            except Exception:  # a notice that is not ours, or a mistake of ours, must not end the ringing for good
                log.exception("event_bell_reconnect")
            await asyncio.sleep(_RETRY_SECONDS)
