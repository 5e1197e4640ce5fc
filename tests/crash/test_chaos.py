"""Workers are killed, stopped and replaced, and the database too, while tasks of all kinds are under way."""

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
from .errands import assert_done, make_procedures, process, run_procedure
from .yard import STALLED_AFTER, Worker, Yard

PUBLICATIONS, TURNS, WORKERS = 6, 8, 2
RESTART, STOP, OUTAGE = 1, 2, 5
"""The turns in which something else happens than to workers alone."""
ENDS = (3, 6)
"""The turns in which a worker is asked to end, and not killed."""
PAUSE = 1.5
LONG_STOP = 1.5 * STALLED_AFTER
MORE = 15
"""Turns at most until tasks alone and steps of others were disturbed: on a quick machine steps may end before."""


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


async def restart_database(postgres: EmbeddedPostgres) -> None:
    """As an operator does it; nobody has time to notice, but whoever is at work."""
    await asyncio.to_thread(postgres.stop)
    await asyncio.to_thread(postgres.start)


class Crew:
    """The workers, of which the dice say who goes and how."""

    def __init__(self, yard: Yard, number: int, dice: random.Random) -> None:
        self._yard = yard
        self._dice = dice
        self.alive = [self._start() for _ in range(number)]
        self._stopped: set[asyncio.Task[None]] = set()

    def _start(self) -> Worker:
        return self._yard.start(worker_slots=2, worker_grace=0.5)

    async def victim(self) -> Worker:
        """One that is at work, and not stopped."""

        def fit() -> list[Worker]:
            return [worker for worker in self.alive if worker.logged("worker_ready") and not worker.stands_still()]

        async def some_work() -> bool:
            return bool(fit())

        await until(some_work, "a worker at work")
        victim = self._dice.choice(fit())
        assert victim.process.poll() is None, f"it ended by itself: {victim.log.read_text()[-4000:]}"
        return victim

    async def replace(self, how: signal.Signals) -> None:
        """Kills one, or asks it to end; another takes its place."""
        victim = await self.victim()
        self.alive.remove(victim)
        self.alive.append(self._start())
        victim.signal(how)
        code = await victim.ended()
        assert code == (-how if how == signal.SIGKILL else 0)

    async def stop_one(self) -> None:
        """For so long that its tasks are given to others; then it goes on, as if nothing had happened."""
        victim = await self.victim()
        victim.signal(signal.SIGSTOP)

        async def go_on() -> None:
            await asyncio.sleep(LONG_STOP)
            victim.signal(signal.SIGCONT)

        self._stopped.add(asyncio.create_task(go_on()))

    async def together(self) -> None:
        """When nobody is stopped any more."""
        await asyncio.gather(*self._stopped)


async def disturbed(yard: Yard) -> set[bool]:
    """Of what kinds the tasks are that had to be begun again: alone, and not."""
    rows = await yard.db.fetch_all("select distinct parent_id is null as alone from task where attempt > 1")
    return {row["alone"] for row in rows}


async def a_step(yard: Yard) -> None:
    """Returns while a worker makes something that is a part of a task."""

    async def is_made() -> bool:
        return bool(
            await yard.db.fetch_one("select 1 as one from task where parent_id is not null and status = 'PROCESSING'")
        )

    await until(is_made, "a step under way")


@pytest.mark.slow
async def test_every_accepted_task_ends_once(
    busy_yard: Yard, own_postgres: EmbeddedPostgres, database_home: Path, tiny_clip: Path
) -> None:
    yard, clip = busy_yard, tiny_clip
    yard.pace(0.1)
    metadata = await yard.probed(clip)
    await make_procedures(yard)
    crew = Crew(yard, WORKERS, random.Random(7))
    alone = [await yard.publish() for _ in range(PUBLICATIONS)]
    errands = [await process(yard, clip, metadata)]
    for turn in range(TURNS):
        errands.append(await process(yard, clip, metadata, notify="Change" if turn % 2 else "Finish"))
        if turn % 2:
            errands.append(await run_procedure(yard, clip, metadata, "publishes"))
        await crew.victim()
        await asyncio.sleep(PAUSE)  # a time in which something happens
        if turn == RESTART:
            await restart_database(own_postgres)
        elif turn == OUTAGE:
            await kill_database(own_postgres, database_home)
        if turn == STOP:
            await crew.stop_one()
        else:
            await crew.replace(signal.SIGTERM if turn in ENDS else signal.SIGKILL)
    for _ in range(MORE):
        if await disturbed(yard) == {False, True}:
            break
        errands.append(await process(yard, clip, metadata))
        await a_step(yard)
        await crew.replace(signal.SIGKILL)
    errands.append(await run_procedure(yard, clip, metadata, "publishes in vain"))
    yard.pace(0)
    await crew.together()
    await assert_done(yard, errands, alone)
    assert await disturbed(yard) == {False, True}, "no attempt was disturbed"
    assert all(worker.process.poll() is None for worker in crew.alive), "a worker did not sit out the outage"
