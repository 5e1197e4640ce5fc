"""Accounts that call at the same time take turns: none of them has more than a few requests worked on at once (T25).

Alone, an account has the whole process. As soon as another one calls, each has a share, and what goes beyond it waits
in the order in which it came; so a quiet tenant waits for a few requests of a greedy one, not for all of them.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SHARE = 4
"""Requests of one account that are worked on at once while others call."""
COMPANY_SECONDS = 10.0
"""For so long after its last call an account counts as one that calls."""


@dataclass
class _Account:
    running: int = 0
    waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)


class Turns:
    """Of one process. What a request costs here does not grow with the accounts that call."""

    def __init__(self, now: Callable[[], float], share: int = SHARE) -> None:
        """Args: now: seconds, of a clock that only moves on; share: of one account beside others."""
        self._now = now
        self._share = share
        self._busy: dict[int, _Account] = {}
        """Those with requests that are worked on or wait."""
        self._seen: OrderedDict[int, float] = OrderedDict()
        """When each called last, the oldest first."""

    @asynccontextmanager
    async def one(self, app_id: int) -> AsyncIterator[None]:
        """For the work on one request of the account; may wait before it."""
        self._see(app_id)
        account = self._busy.setdefault(app_id, _Account())
        try:
            if account.running >= self._share and self._is_shared(app_id):
                await self._wait(account)
            else:
                account.running += 1
            try:
                yield
            finally:
                account.running -= 1
                self._admit(account, app_id)
        finally:
            if not account.running and not account.waiting:
                del self._busy[app_id]

    def _see(self, app_id: int) -> None:
        """Notes a call; those that were silent for long are forgotten."""
        now = self._now()
        self._seen[app_id] = now
        self._seen.move_to_end(app_id)
        while next(iter(self._seen.values())) < now - COMPANY_SECONDS:
            self._seen.popitem(last=False)

    def _is_shared(self, app_id: int) -> bool:
        """Whether another account calls."""
        if len(self._busy) > (app_id in self._busy):
            return True
        newest = next((moment for other, moment in reversed(self._seen.items()) if other != app_id), -math.inf)
        return newest >= self._now() - COMPANY_SECONDS

    async def _wait(self, account: _Account) -> None:
        """Until `_let` has counted it as running."""
        turn = asyncio.get_running_loop().create_future()
        account.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in account.waiting:
                account.waiting.remove(turn)
            else:  # it was let in just then
                account.running -= 1
                self._wake(account)
            raise

    def _admit(self, account: _Account, app_id: int) -> None:
        if not account.waiting:
            return
        if self._is_shared(app_id):
            self._wake(account)
            return
        while account.waiting:  # it is alone again
            self._let(account)

    def _wake(self, account: _Account) -> None:
        while account.waiting and account.running < self._share:
            self._let(account)

    def _let(self, account: _Account) -> None:
        turn = account.waiting.popleft()
        if not turn.done():
            account.running += 1  # at once: whoever comes before it is run must not take its place
            turn.set_result(None)
