"""Cleans up: doomed objects, unfinished uploads, directories of dead jobs, old events and jobs, tasks without a job."""

import asyncio

import structlog
from procrastinate import App

from minivod.cos.cleanup import remove_expired_uploads
from minivod.media import workspace
from minivod.objects import Objects
from minivod.store import doomed, events, tasks
from minivod.store.database import Database
from minivod.store.publications import JOB, QUEUE

log = structlog.get_logger(__name__)
_OLD_JOB_HOURS = 24


async def clean(db: Database, objects: Objects, engine: App, data_dir: str) -> None:
    """One round; each part can be repeated without harm, and several workers may do it at once."""
    await remove_expired_uploads(db, objects)
    await delete_doomed(db, objects)
    await events.expire(db)
    left = await asyncio.to_thread(workspace.sweep, data_dir)
    if left:
        log.warning("left_job_directories_removed", number=left)
    requeued = await tasks.requeue_orphans(db, QUEUE, JOB)
    if requeued:
        log.warning("orphan_tasks_requeued", number=requeued)
    await engine.job_manager.delete_old_jobs(
        _OLD_JOB_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def delete_doomed(db: Database, objects: Objects) -> int:
    """Deletes the objects that no row refers to any more; how many."""
    number = 0
    while keys := await doomed.due(db):
        for key in keys:
            await objects.delete(key)
        await doomed.forget(db, keys)
        number += len(keys)
    return number
