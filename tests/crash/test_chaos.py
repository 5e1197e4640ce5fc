"""Workers are killed at random, and the database once, while many publications are under way."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from minivod.cli.embedded_postgres import EmbeddedPostgres

from ..databases import LayDatabase
from ..waiting import until
from .yard import Worker, Yard

TASKS, KILLS, PAUSE = 12, 8, 2.0
WORKERS = 2


@pytest.fixture
def database_home(home: Path) -> Path:
    path = home / "database"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture
def own_postgres(database_home: Path, lay_database: LayDatabase) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, so that it may be killed."""
    lay_database(database_home)
    server = EmbeddedPostgres(database_home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def busy_yard(own_postgres: EmbeddedPostgres, home: Path, short_clip: Path) -> AsyncIterator[Yard]:
    async with Yard.open(own_postgres.url, home, short_clip) as opened:
        yield opened


async def kill_database(postgres: EmbeddedPostgres, home: Path) -> None:
    pid = int((home / "postgres" / "postmaster.pid").read_text(encoding="ascii").split()[0])
    os.kill(pid, signal.SIGKILL)
    while postgres.running():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.05)
    await asyncio.sleep(PAUSE)  # an outage that everybody notices
    postgres.start()


@pytest.mark.slow
async def test_every_accepted_task_ends_once(
    busy_yard: Yard, own_postgres: EmbeddedPostgres, database_home: Path
) -> None:
    yard = busy_yard
    dice = random.Random(7)
    yard.pace(0.1)
    alive = [yard.start(worker_slots=2) for _ in range(WORKERS)]
    task_ids = [await yard.publish() for _ in range(TASKS)]

    def at_work() -> list[Worker]:
        return [worker for worker in alive if worker.logged("worker_ready")]

    async def some_work() -> bool:
        return bool(at_work())

    for kill in range(KILLS):
        await until(some_work, "a worker at work")
        await asyncio.sleep(PAUSE)  # a time in which something happens
        if kill == KILLS // 2:
            await kill_database(own_postgres, database_home)
        victim = dice.choice(at_work())
        victim.kill()
        alive.remove(victim)
        alive.append(yard.start(worker_slots=2))
    yard.pace(0)
    await yard.assert_settled(task_ids)
    attempts = [(await yard.task(task_id)).attempt for task_id in task_ids]
    assert max(attempts) > 1, "no attempt was disturbed"
    assert all(worker.process.poll() is None for worker in alive), "a worker did not sit out the outage"
