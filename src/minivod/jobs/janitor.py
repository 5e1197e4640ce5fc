"""Cleans up after uploads, videos, applications, jobs and events, and keeps the counters of what is stored."""

import asyncio
import math
from datetime import timedelta

import structlog
from procrastinate import App

from minivod.cos.cleanup import remove_expired_uploads
from minivod.jobs.counting import count_storage
from minivod.media import workspace
from minivod.objects import Objects
from minivod.processing.destruction import destroy_applications
from minivod.processing.removal import remove_expired
from minivod.store import (
    doomed,
    event_deliveries,
    events,
    fair_share,
    kept,
    link_viewers,
    steps,
    tasks,
    upload_signatures,
    usage,
)
from minivod.store.database import Database

log = structlog.get_logger(__name__)
_OLD_JOB_HOURS = 24
_LEAST_SILENCE = 60.0


class Janitor:
    """One worker's janitor; each part can be repeated without harm, and several workers may do it at once."""

    def __init__(
        self,
        db: Database,
        objects: Objects,
        engine: App,
        data_dir: str,
        *,
        stalled_after: float,
        task_lifetime: float = math.inf,
        push_log_lifetime: float = 0.0,
        usage_lifetime: float = math.inf,
        base: str = "",
    ) -> None:
        """What the janitor works with.

        Args:
            db: the database.
            objects: the object store.
            engine: the application of jobs.
            data_dir: where attempts have their directories.
            stalled_after: seconds of silence after which a task is nobody's.
            task_lifetime: seconds for which a task is kept after its end.
            push_log_lifetime: seconds for which events of callbacks are kept with the log of their deliveries.
            usage_lifetime: seconds for which usage, plays and samples of storage are kept.
            base: the setting public_url.
        """
        self._db = db
        self._objects = objects
        self._engine = engine
        self._data_dir = data_dir
        self._lifetime = task_lifetime
        self._log_lifetime = timedelta(seconds=push_log_lifetime)
        self._usage_lifetime = usage_lifetime
        self._base = base
        self._silence = max(stalled_after, _LEAST_SILENCE)

    async def clean(self) -> None:
        """One round. A part that fails does not keep the others from their work; the first failure is raised."""
        failures: list[Exception] = []
        for part in (
            self._requeue,
            lambda: fair_share.rebase(self._db),
            self._sweep,
            self._tidy_deliveries,
            lambda: events.expire(self._db, self._log_lifetime),
            self._forget,
            lambda: steps.forget_sessions(self._db),
            self._delete_old_jobs,
            lambda: remove_expired_uploads(self._db, self._objects),
            lambda: upload_signatures.forget_expired(self._db),
            lambda: remove_expired(self._db, self._base),
            lambda: destroy_applications(self._db, self._base),
            lambda: kept.expire(self._db),
            lambda: link_viewers.forget(self._db),
            lambda: delete_doomed(self._db, self._objects),
            lambda: count_storage(self._db, self._objects),
            self._forget_usage,
        ):
            try:
                await part()
            except Exception as error:  # raised below
                failures.append(error)
        for failure in failures[1:]:
            log.warning("cleaning_failed", reason=f"{type(failure).__name__}: {failure}")
        if failures:
            raise failures[0]

    async def _requeue(self) -> None:
        requeued = await tasks.requeue_orphans(self._db, self._silence)
        if requeued:
            log.warning("orphan_tasks_requeued", number=requeued)

    async def _sweep(self) -> None:
        left = await asyncio.to_thread(workspace.sweep, self._data_dir)
        if left:
            log.warning("left_job_directories_removed", number=left)

    async def _tidy_deliveries(self) -> None:
        given_up = await event_deliveries.tidy(self._db)
        if given_up:
            log.error("callbacks_given_up", number=given_up, reason="they waited for four days")

    async def _forget(self) -> None:
        if math.isfinite(self._lifetime):
            await tasks.forget(self._db, timedelta(seconds=self._lifetime))

    async def _forget_usage(self) -> None:
        if math.isfinite(self._usage_lifetime):
            await usage.forget(self._db, timedelta(seconds=self._usage_lifetime))

    async def _delete_old_jobs(self) -> None:
        await self._engine.job_manager.delete_old_jobs(
            _OLD_JOB_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )


async def delete_doomed(db: Database, objects: Objects) -> int:
    """Deletes the objects that no row refers to any more; how many."""
    number = 0
    while await doomed.delete_next(db, objects.delete):
        number += 1
    return number
