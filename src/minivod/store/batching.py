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
        self, run: Callable[[list[ItemT]], Awaitable[list[AnswerT]]], *, limit: int = 64, lanes: int = 1
    ) -> None:
        """Args: run: answers a batch, in its order; limit: items of a batch; lanes: batches at the same time."""
        self._run = run
        self._limit = limit
        self._free_lanes = lanes
        self._waiting: deque[tuple[ItemT, asyncio.Future[AnswerT]]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, item: ItemT) -> AnswerT:
        """The answer for the item; raises what its batch raised."""
        future: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._free_lanes:
            self._free_lanes -= 1
            task = asyncio.create_task(self._drain())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._answer([self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))])
        finally:
            self._free_lanes += 1

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
