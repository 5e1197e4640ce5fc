"""The worker process: takes jobs, rescues those of dead workers, cleans up, and stops without losing any."""

import asyncio
import faulthandler
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import structlog
from procrastinate import App

from minivod.callbacks.pusher import Pusher
from minivod.callbacks.sender import Sender
from minivod.clock import Clock
from minivod.egress import Egress
from minivod.jobs.engine import OUTAGE, make_engine
from minivod.jobs.janitor import Janitor
from minivod.jobs.kinds import make_kinds
from minivod.jobs.repeat import repeat, through_outages
from minivod.jobs.rescue import Rescue
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing.formats import containers
from minivod.publishing.publisher import Publisher
from minivod.review.chosen_services import with_services
from minivod.review.detectors import DetectorConfig, load_detectors
from minivod.review.digest import digest_of
from minivod.review.policy import Policy
from minivod.settings import Settings, SettingsError
from minivod.store import tasks
from minivod.store.bell import DeliveryBell, TaskBell
from minivod.store.database import Database
from minivod.store.fair_share import LONG, PULL, SHORT
from minivod.tasking.attempt import Attempts
from minivod.urls import public_urls

log = structlog.get_logger(__name__)
_CLEANING_SECONDS = 60.0
_BEATS = 2
"""Signs of life that must be missing at least before a worker counts as dead."""
_FROZEN = 5
"""Times `worker_stalled_after` after which an event loop that does not run any more ends the process."""
_LEAVING = 20.0
"""Seconds beyond `worker_grace` in which the database hears of a worker's end; while it is away nobody does."""
_PUSHING_AGAIN = 1.0
"""Seconds after which callbacks go on when the database failed them."""
_PUSHING = 3
"""Connections of callbacks to the database."""
_NEVER_PRUNE = 86400.0
"""Seconds after which Procrastinate forgets a silent worker; short values stop living ones (engine.md §8, trap 2)."""


class WorkerFailed(Exception):
    """The worker ended without being asked to; its supervisor starts it anew."""


async def run(settings: Settings, *, name: str | None = None, after: str | None = None) -> None:
    """Works until SIGTERM or SIGINT; running jobs then get `worker_grace` seconds before they are handed back.

    Args:
        settings: of the worker.
        name: of this process, by a supervisor that will know when it dies.
        after: the name of a process of that supervisor that is dead; its jobs are given to others at once.

    Raises:
        SettingsError: with these settings living workers would count as dead.
        WorkerFailed: it cannot go on.
    """
    if settings.worker_stalled_after < _BEATS * settings.worker_heartbeat:
        raise SettingsError(
            f"worker_stalled_after ({settings.worker_stalled_after:g} s) must be at least {_BEATS} times "
            f"worker_heartbeat ({settings.worker_heartbeat:g} s)"
        )
    stop = _signalled()
    async with _database(settings) as db:
        if after is not None:
            await _succeed(db, after)
        objects = Objects(settings.objects_url())
        publisher = await _publisher(settings, db, objects)
        kinds = make_kinds(settings, db, objects, publisher)
        async with TaskBell(settings.database_url) as bell:
            attempts = Attempts(
                db,
                objects,
                kinds,
                settings.data_dir,
                heartbeat=settings.worker_heartbeat,
                most=settings.job_attempts,
                worker=name,
                bell=bell,
            )
            engine = make_engine(settings.database_url, attempts.run, slots=_slots(settings))
            async with engine.open_async(), _pusher(settings) as pusher:
                await _Work(settings, db, objects, engine, pusher).until(stop, publisher.stuck)
    if publisher.stuck.is_set():
        log.error("worker_stuck", pid=os.getpid())
        os._exit(1)  # the interpreter would wait for the thread that hangs


@asynccontextmanager
async def _pusher(settings: Settings) -> AsyncIterator[Pusher]:
    """What makes callbacks, with connections of its own: hundreds of them may end together."""
    db = await Database(settings.database_url, max_size=_PUSHING, timeout=OUTAGE, check=True).open()
    sender = Sender(Egress(settings), Clock(), settings.push_timeout, settings.language)
    try:
        async with DeliveryBell(settings.database_url) as bell:
            yield Pusher(db, sender, bell, most=settings.push_calls, grace=settings.worker_grace)
    finally:
        await db.close()


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    db = await Database(settings.database_url, max_size=_slots(settings) + 3, timeout=OUTAGE, check=True).open()
    try:
        yield db
    finally:
        await db.close()


def _slots(settings: Settings) -> int:
    return settings.worker_slots + settings.encode_slots + settings.pull_slots


async def _succeed(db: Database, dead: str) -> None:
    """Before anything is loaded, which takes seconds: other workers can begin."""
    for task_id in await tasks.release(db, dead):
        log.warning("job_of_a_dead_worker_released", task_id=task_id)


async def _publisher(settings: Settings, db: Database, objects: Objects) -> Publisher:
    config = DetectorConfig.from_settings(settings)
    policy = Policy.make(settings.review_thresholds, settings.review_on_review, settings.review_on_uncovered)
    detectors = with_services(await asyncio.to_thread(load_detectors, config), settings)
    log.info("detectors", covered=detectors.covered, uncovered=detectors.uncovered)
    return Publisher(
        db=db,
        objects=objects,
        sandbox=Sandbox.from_settings(settings),
        detectors=detectors,
        policy=policy,
        interval=settings.review_interval,
        stop_after=settings.review_stop_after,
        detail=settings.review_detail,
        max_duration=settings.max_duration,
        containers=containers(allow_mov=settings.allow_mov_originals),
        kept_for=settings.rejected_lifetime,
        digest=await asyncio.to_thread(digest_of, config, detectors, policy, settings.review_interval),
    )


class _Work:
    """What a worker does at the same time: jobs, rescue, cleaning, callbacks."""

    def __init__(self, settings: Settings, db: Database, objects: Objects, engine: App, pusher: Pusher) -> None:
        self._settings = settings
        self._engine = engine
        self._pusher = pusher
        silence, heartbeat = settings.worker_stalled_after, settings.worker_heartbeat
        self._rescue = Rescue(db, stalled_after=silence, heartbeat=heartbeat)
        self._janitor = Janitor(
            db,
            objects,
            engine,
            settings.data_dir,
            stalled_after=silence,
            task_lifetime=settings.task_lifetime,
            push_log_lifetime=settings.push_log_lifetime,
            usage_lifetime=settings.usage_lifetime,
            base=public_urls(settings).usual,
        )

    async def until(self, *ends: asyncio.Event) -> None:
        """Works until one of these is set, then lets the jobs end, as long as the database can be told of it."""
        waiting = [asyncio.create_task(end.wait()) for end in ends]
        side = [
            asyncio.create_task(repeat("watch", self._settings.worker_heartbeat, self._put_off_the_end)),
            asyncio.create_task(repeat("rescue", self._settings.worker_heartbeat, self._rescue.turn)),
            asyncio.create_task(repeat("clean", _CLEANING_SECONDS, self._janitor.clean)),
            asyncio.create_task(repeat("push", _PUSHING_AGAIN, self._pusher.run)),
        ]
        slots = {SHORT: self._settings.worker_slots, LONG: self._settings.encode_slots, PULL: self._settings.pull_slots}
        jobs = asyncio.create_task(self._jobs(slots))
        log.info("worker_ready", pid=os.getpid(), slots=slots)
        try:
            # Whatever ends first ends the worker: a supervisor starts it anew.
            await asyncio.wait({jobs, *waiting, *side}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*side, *waiting):
                task.cancel()
            faulthandler.cancel_dump_traceback_later()
            jobs.cancel()  # Procrastinate takes it as the request to shut down gracefully
            ended, late = await asyncio.wait({jobs, *side}, timeout=self._settings.worker_grace + _LEAVING)
        for task in late:  # they would wait out an outage; jobs of a worker that is silent are given to others
            task.add_done_callback(lambda one: one.cancelled() or one.exception())  # said below
        for result in await asyncio.gather(*ended, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        if not any(end.is_set() for end in ends):
            raise WorkerFailed("the job engine ended; the log says why")
        if late:
            log.warning("worker_left", pid=os.getpid(), reason="the database does not answer")
        else:
            log.info("worker_stopped", pid=os.getpid())

    async def _put_off_the_end(self) -> None:
        """When this is not called in time, every thread's place is printed and the process ends (exit code 1)."""
        faulthandler.dump_traceback_later(_FROZEN * self._settings.worker_stalled_after, exit=True)

    async def _jobs(self, slots: Mapping[str, int]) -> None:
        """Each queue has slots of its own, so that long tasks never keep short ones waiting."""
        async with asyncio.TaskGroup() as group:
            for queue, number in slots.items():
                group.create_task(through_outages(queue, partial(self._queue, queue, number)))

    async def _queue(self, queue: str, slots: int) -> None:
        await self._engine.run_worker_async(
            queues=[queue],
            concurrency=slots,
            update_heartbeat_interval=self._settings.worker_heartbeat,
            stalled_worker_timeout=_NEVER_PRUNE,
            shutdown_graceful_timeout=self._settings.worker_grace,
            install_signal_handlers=False,
            delete_jobs="successful",
        )


def _signalled() -> asyncio.Event:
    """Set by SIGTERM and SIGINT, from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
