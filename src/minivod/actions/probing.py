"""The directories in which a server's calls look at files: only a few at a time, the others wait for their turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from minivod.actions import Services
from minivod.media.workspace import job_directory

PROBES = 2
"""Files that a server looks at for its callers at a time."""

_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@asynccontextmanager
async def probe_directory(services: Services, kind: str) -> AsyncIterator[Path]:
    """A directory for one file, when its turn has come.

    Args:
        services: of the server.
        kind: what the directory's name begins with.
    """
    slots = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(PROBES))
    async with slots:
        with job_directory(services.settings.data_dir, kind) as directory:
            yield directory
