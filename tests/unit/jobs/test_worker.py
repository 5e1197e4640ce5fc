"""Settings with which a worker must not start, and its end while the database is away."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate.manager import JobManager

from minivod.jobs import worker
from minivod.settings import Settings, SettingsError
from minivod.store.fair_share import LONG, PULL, SHORT

from ...waiting import PATIENCE

QUEUES = (SHORT, LONG, PULL)


async def test_living_workers_must_not_count_as_dead() -> None:
    with pytest.raises(SettingsError, match=r"worker_stalled_after \(9 s\) must be at least 2 times worker_heartbeat"):
        await worker.run(Settings(worker_heartbeat=5, worker_stalled_after=9))


async def test_it_ends_although_the_database_does_not_hear_of_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine would wait for as long as an outage may last, and the operator for as long."""
    stop, left, register = asyncio.Event(), asyncio.Event(), JobManager.register_worker
    registered: list[int] = []

    async def publisher(*_: Any) -> Any:
        return SimpleNamespace(stuck=asyncio.Event())

    async def waits(*_: Any) -> None:
        left.set()
        await asyncio.Event().wait()

    async def registers(manager: JobManager) -> int:
        number = await register(manager)
        registered.append(number)
        if len(registered) == len(QUEUES):
            asyncio.get_running_loop().call_soon(stop.set)
        return number

    monkeypatch.setattr(worker, "_signalled", lambda: stop)
    monkeypatch.setattr(worker, "_publisher", publisher)
    monkeypatch.setattr(worker, "make_kinds", lambda *_: {})
    monkeypatch.setattr(worker, "_LEAVING", 0.1)
    monkeypatch.setattr(JobManager, "register_worker", registers)
    monkeypatch.setattr(JobManager, "unregister_worker", waits)
    settings = Settings(
        database_url=database_url, data_dir=str(tmp_path), storage_url=tmp_path.as_uri(), worker_grace=0.1
    )
    await asyncio.wait_for(worker.run(settings), PATIENCE)
    assert left.is_set()
