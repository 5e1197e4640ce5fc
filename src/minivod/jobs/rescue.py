"""Gives the jobs of dead workers to others, but not after a mere outage of the database (engine.md §7, trap 3)."""

import asyncio
from collections.abc import Callable

import structlog

from minivod.store import tasks
from minivod.store.database import Database

log = structlog.get_logger(__name__)


class Rescue:
    """Looks for stalled jobs. Times are seconds."""

    def __init__(
        self,
        db: Database,
        *,
        stalled_after: float,
        heartbeat: float,
        now: Callable[[], float] | None = None,
    ) -> None:
        """Args: stalled_after: silence that counts as death; heartbeat: between signs of life; now: a clock."""
        self._db = db
        self._stalled_after = stalled_after
        self._heartbeat = heartbeat
        self._now = now or asyncio.get_running_loop().time
        self._reached_since: float | None = None
        self._last_turn: float | None = None

    async def turn(self) -> int:
        """One look; how many jobs were given to others.

        Held back until database and this process have been in touch without a gap for as long as a living worker
        needs to show a sign of life again.
        """
        if not await self._settled():
            return 0
        rescued = await tasks.rescue(self._db, self._stalled_after)
        for task_id in rescued:
            log.warning("job_rescued", task_id=task_id)
        return len(rescued)

    async def _settled(self) -> bool:
        grace = self._stalled_after + 2 * self._heartbeat
        began = self._now()
        # Not reached on time: this process slept (SIGSTOP, suspended machine), and others may have as well.
        gap = self._last_turn is not None and began - self._last_turn > self._stalled_after
        self._last_turn = began
        try:
            up = await self._db.uptime()
        except Exception:
            self._reached_since = None
            raise
        if gap or self._reached_since is None:
            self._reached_since = self._now()
        return up >= grace and self._now() - self._reached_since >= grace
