"""Group commit: concurrent calls share one round trip to the database."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")


class Batcher(Generic[ItemT, AnswerT]):
    """Calls that arrive while a batch is under way wait for the next one; an idle batcher starts at once."""

    def __init__(
        self, run: Callable[[list[ItemT]], Awaitable[list[AnswerT]]], *, limit: int = 64, gather: bool = False
    ) -> None:
        """Batches what `run` answers.

        Args:
            run: answers a batch, in its order.
            limit: items of a batch.
            gather: let a batch wait for calls that the event loop is about to bring. It pays where a batch costs this
                process more than the database; where the database works long, both should work at the same time.
        """
        self._run = run
        self._limit = limit
        self._gathers = gather
        self._waiting: deque[tuple[ItemT, asyncio.Future[AnswerT]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: ItemT) -> AnswerT:
        """The answer for the item; raises what its batch raised."""
        future: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                if self._gathers:
                    await self._gather()
                await self._answer([self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))])
        finally:
            self._running = None

    async def _gather(self) -> None:
        """Lets the event loop turn while it brings further calls."""
        seen = 0
        while seen < len(self._waiting) < self._limit:
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _answer(self, batch: list[tuple[ItemT, asyncio.Future[AnswerT]]]) -> None:
        try:
            answers = await self._run([item for item, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # the caller may have gone away
                future.set_result(answer)
