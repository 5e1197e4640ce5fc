"""Settings with which a worker must not start."""

import pytest

from minivod.jobs import worker
from minivod.settings import Settings, SettingsError


async def test_living_workers_must_not_count_as_dead() -> None:
    with pytest.raises(SettingsError, match=r"worker_stalled_after \(9 s\) must be at least 2 times worker_heartbeat"):
        await worker.run(Settings(worker_heartbeat=5, worker_stalled_after=9))
