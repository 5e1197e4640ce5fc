"""The job engine: it hears of new jobs after an outage too, and tries again after a pause that grows."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from minivod.jobs.engine import make_engine
from minivod.store.database import Database
from minivod.store.fair_share import JOB
from minivod.store.publications import QUEUE

from ...waiting import PATIENCE
from .conftest import Accept


def engine_of(database_url: str, taken: "asyncio.Queue[str]") -> App:
    async def run(task_id: str, priority: int) -> None:
        taken.put_nowait(task_id)

    return make_engine(database_url, run, slots=1)


async def test_it_hears_of_jobs_after_its_listening_was_interrupted(
    database_url: str, db: Database, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polling alone would take an hour."""
    taken: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.Event()
    original, outages = PsycopgConnector.listen_notify, [ConnectorException(), ConnectorException()]

    async def away_at_first(self: PsycopgConnector, *arguments: object) -> None:
        if outages:
            raise outages.pop()
        listening.set()
        await original(self, *arguments)

    monkeypatch.setattr(PsycopgConnector, "listen_notify", away_at_first)
    engine = engine_of(database_url, taken)
    async with engine.open_async():
        worker = asyncio.create_task(
            engine.run_worker_async(queues=[QUEUE], fetch_job_polling_interval=3600, install_signal_handlers=False)
        )
        await asyncio.wait_for(listening.wait(), PATIENCE)
        listens = "select 1 from pg_stat_activity where query ilike 'listen%%' and datname = current_database()"
        async with asyncio.timeout(PATIENCE):
            while not await db.fetch_all(listens):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)
        task_id = await accept()
        assert await asyncio.wait_for(taken.get(), PATIENCE) == task_id
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_a_worker_that_stands_still_keeps_nothing_locked(database_url: str) -> None:
    """Each statement of the queue commits by itself; what does not is ended after a while."""
    engine = engine_of(database_url, asyncio.Queue())
    async with engine.open_async():
        assert isinstance(engine.connector, PsycopgConnector)
        async with engine.connector.pool.connection() as connection:
            assert connection.autocommit
            cursor = await connection.execute("show idle_in_transaction_session_timeout")
            assert await cursor.fetchone() == ("20s",)


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"),
    [
        (ValueError("ours"), 0, 1),
        (ValueError("ours"), 3, 8),
        (ValueError("ours"), 5000, 60),
        (asyncio.CancelledError(), 3, 0),
    ],
)
def test_when_a_job_is_tried_again(database_url: str, error: BaseException, attempts: int, seconds: int) -> None:
    strategy = engine_of(database_url, asyncio.Queue()).tasks[JOB].retry_strategy
    assert strategy is not None
    job = Job(id=1, queue=QUEUE, lock=None, queueing_lock=None, task_name=JOB, attempts=attempts)
    before = datetime.now(UTC)
    retry = strategy.get_retry_exception(error, job)
    assert retry is not None and retry.retry_decision.retry_at is not None
    assert before <= retry.retry_decision.retry_at - timedelta(seconds=seconds) <= datetime.now(UTC)
