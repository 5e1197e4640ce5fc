"""The first page: what runs, waits and fails, the reviews of the day, what no review looks for, workers, storage."""

import asyncio
import shutil
from pathlib import Path
from typing import NamedTuple

from starlette.responses import Response

from minivod.console.visit import Visit
from minivod.store import overview

_DECISIONS = 8
_FEW = 0.1
"""Of free space, below which the page warns."""


class Space(NamedTuple):
    """Of the disk with the objects, bytes."""

    total: int
    free: int

    @property
    def is_scarce(self) -> bool:
        """Whether little is left."""
        return self.free < self.total * _FEW


async def show(visit: Visit) -> Response:
    """The page; it refreshes itself where script runs."""
    settings = visit.site.services.settings
    numbers, workers, coverage, decisions, space = await asyncio.gather(
        overview.numbers(visit.db),
        overview.workers(visit.db, settings.worker_stalled_after),
        overview.coverage(visit.db),
        overview.decisions(visit.db, _DECISIONS),
        asyncio.to_thread(disk, settings.objects_dir()),
    )
    return visit.page(
        "overview.html",
        numbers=numbers,
        bound=overview.BOUND,
        workers=workers,
        coverage=coverage,
        decisions=decisions,
        space=space,
        store=settings.objects_url().partition("?")[0],
    )


def disk(directory: Path | None) -> Space | None:
    """How full the disk of a local object store is; None: it is not local, or not made yet."""
    try:
        usage = shutil.disk_usage(directory) if directory else None
    except OSError:
        return None
    return Space(usage.total, usage.free) if usage else None
