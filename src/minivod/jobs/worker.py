"""The worker process: takes jobs, rescues those of dead workers, cleans up, and stops without losing any."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from procrastinate import App

from minivod.jobs.attempt import Attempts, repeat
from minivod.jobs.engine import make_engine
from minivod.jobs.janitor import clean
from minivod.jobs.rescue import Rescue
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorConfig, load_detectors
from minivod.review.policy import Policy
from minivod.settings import Settings
from minivod.store.database import Database
from minivod.store.publications import QUEUE

log = structlog.get_logger(__name__)
_CLEANING_SECONDS = 60.0
_NEVER_PRUNE = 86400.0
"""Seconds after which Procrastinate forgets a silent worker; short values stop living ones (engine.md §8, trap 2)."""


async def run(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT; running jobs then get `worker_grace` seconds before they are handed back."""
    async with _parts(settings) as (db, objects, publisher):
        attempts = Attempts(
            db, publisher, settings.data_dir, heartbeat=settings.worker_heartbeat, most=settings.job_attempts
        )
        engine = make_engine(settings.database_url, attempts.run, slots=settings.worker_slots)
        async with engine.open_async():
            await _work(settings, db, objects, engine)


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[tuple[Database, Objects, Publisher]]:
    config = DetectorConfig(
        models_dir=settings.models_path(),
        word_lists_dir=Path(settings.word_lists_dir) if settings.word_lists_dir else None,
    )
    policy = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    detectors = await asyncio.to_thread(load_detectors, config)
    log.info("detectors", covered=detectors.covered, uncovered=detectors.uncovered)
    objects = Objects(settings.objects_url())
    db = await Database(settings.database_url, max_size=settings.worker_slots + 3, timeout=30.0).open()
    try:
        yield (
            db,
            objects,
            Publisher(
                db=db,
                objects=objects,
                sandbox=Sandbox.from_settings(settings),
                detectors=detectors,
                policy=policy,
                interval=settings.review_interval,
                max_duration=settings.max_duration,
            ),
        )
    finally:
        await db.close()


async def _work(settings: Settings, db: Database, objects: Objects, engine: App) -> None:
    rescue = Rescue(db, engine, stalled_after=settings.worker_stalled_after, heartbeat=settings.worker_heartbeat)
    jobs = asyncio.create_task(
        engine.run_worker_async(
            queues=[QUEUE],
            concurrency=settings.worker_slots,
            update_heartbeat_interval=settings.worker_heartbeat,
            stalled_worker_timeout=_NEVER_PRUNE,
            shutdown_graceful_timeout=settings.worker_grace,
            install_signal_handlers=False,
            delete_jobs="successful",
        )
    )
    side = [
        asyncio.create_task(repeat("rescue", settings.worker_heartbeat, rescue.turn)),
        asyncio.create_task(repeat("clean", _CLEANING_SECONDS, lambda: clean(db, objects, engine, settings.data_dir))),
    ]
    stop = asyncio.create_task(_signalled())
    log.info("worker_ready", pid=os.getpid(), slots=settings.worker_slots)
    try:
        # Whatever ends first ends the worker: a supervisor starts it anew.
        await asyncio.wait({jobs, stop, *side}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*side, stop):
            task.cancel()
        jobs.cancel()  # Procrastinate takes it as the request to shut down gracefully
        results = await asyncio.gather(jobs, *side, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    log.info("worker_stopped", pid=os.getpid())


async def _signalled() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
