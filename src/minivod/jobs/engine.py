"""The Procrastinate application: which jobs exist, and when one is tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from minivod.store.database import KEEPALIVE, Pool, configure
from minivod.store.fair_share import JOB, SHORT

OUTAGE = 600.0
"""Seconds of a database outage that a worker sits out (engine.md §8, trap 8)."""
_LONGEST_PAUSE = 60
_LISTEN_AGAIN = 1.0
log = structlog.get_logger(__name__)

RunTask = Callable[[str, int], Awaitable[None]]


class _Again(BaseRetryStrategy):
    """At once after a shutdown, else after a growing pause; the number of attempts is counted in the task row."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        stopped = isinstance(exception, asyncio.CancelledError)
        return RetryDecision(retry_in={"seconds": 0 if stopped else min(2**job.attempts, _LONGEST_PAUSE)})


class _Connector(PsycopgConnector):
    """Listens again after an outage of the database; Procrastinate's own gives up unnoticed, and then only polls."""

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        names, away = list(channels), False
        while True:
            try:
                await super().listen_notify(on_notification, names)
            except ConnectorException as error:
                if not away:
                    log.warning("listening_interrupted", reason=type(error.__cause__).__name__)
                away = True
            await asyncio.sleep(_LISTEN_AGAIN)


def make_engine(url: str, run_task: RunTask, *, slots: int) -> App:
    """The application of a worker.

    Args:
        url: a postgresql:// URL.
        run_task: called with a TaskId and the job's priority.
        slots: jobs at a time, for the size of the pool.
    """
    connector = _Connector(
        pool_factory=Pool,
        configure=configure,  # a worker that stands still must not keep jobs locked that it has just fetched
        conninfo=url,
        min_size=1,
        max_size=slots + 3,
        timeout=OUTAGE,
        reconnect_timeout=OUTAGE,
        kwargs={"application_name": "minivod-worker", **KEEPALIVE},
    )
    engine = App(connector=connector)

    @engine.task(name=JOB, queue=SHORT, pass_context=True, retry=_Again())
    async def run(context: JobContext, task_id: str) -> None:
        await run_task(task_id, context.job.priority)

    return engine
