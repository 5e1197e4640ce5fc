"""Runs one fenced attempt of a task: claims it, shows signs of life, drops it when it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import structlog
from procrastinate.exceptions import ConnectorException

from minivod.media.workspace import job_directory
from minivod.objects import NoSuchObject
from minivod.publishing.announce import failure
from minivod.publishing.decision import AttemptLost, Decision, conclude
from minivod.publishing.publisher import Publisher
from minivod.store import tasks
from minivod.store.database import Database
from minivod.store.tasks import Task

log = structlog.get_logger(__name__)
_PATIENCE = timedelta(hours=6)
"""How old a task may be, from its first attempt, so that outages do not count as attempts."""


class Attempts:
    """Runs attempts for the worker; `heartbeat` is seconds, `most` the number of attempts that a task gets."""

    def __init__(
        self,
        db: Database,
        publisher: Publisher,
        data_dir: str,
        *,
        heartbeat: float,
        most: int,
        worker: str | None = None,
    ) -> None:
        """Args: data_dir: the setting; every attempt gets a directory below it; worker: its name, if it has one."""
        self._db = db
        self._publisher = publisher
        self._data_dir = data_dir
        self._heartbeat = heartbeat
        self._most = most
        self._worker = worker

    async def run(self, task_id: str, priority: int) -> None:
        """An attempt of the task; a task that is finished or gone is none of our business."""
        owner = uuid4()
        with structlog.contextvars.bound_contextvars(task_id=task_id):
            try:
                task = await tasks.claim(self._db, task_id, owner, priority, self._worker)
                if task is not None:
                    await self._attempt(task, owner)
            except AttemptLost:
                log.warning("attempt_lost")
            except asyncio.CancelledError:
                await tasks.hand_back(self._db, task_id, owner)
                log.info("attempt_handed_back")
                raise

    async def _attempt(self, task: Task, owner: UUID) -> None:
        """One that fails because database, disk or object store are away is not counted, for a time."""
        with structlog.contextvars.bound_contextvars(attempt=task.attempt):
            try:
                if task.attempt > self._most:
                    await self._give_up(task, owner)
                else:
                    await self._watch(task, owner)
            except (OSError, psycopg.OperationalError) as error:
                log.warning("attempt_interrupted", reason=f"{type(error).__name__}: {error}")
                if _age(task) < _PATIENCE and not isinstance(error, NoSuchObject):
                    await tasks.hand_back(self._db, task.task_id, owner)
                raise

    async def _watch(self, task: Task, owner: UUID) -> None:
        """Runs the attempt beside its heartbeat and cancels it when the task is in other hands."""
        progress = [0.0]

        def on_progress(done: float) -> None:
            progress[0] = done

        with job_directory(self._data_dir, "attempt") as work:
            attempt = asyncio.create_task(self._publisher.attempt(task, owner, work, on_progress))
            try:
                while not attempt.done():
                    await asyncio.wait({attempt}, timeout=self._heartbeat)
                    if not attempt.done() and not await self._beat(task, owner, progress[0]):
                        raise AttemptLost(task.task_id)
                await attempt
            finally:
                attempt.cancel()
                await asyncio.gather(attempt, return_exceptions=True)

    async def _beat(self, task: Task, owner: UUID, progress: float) -> bool:
        """Whether the attempt is still ours; while the database is away it is taken to be (its end is fenced)."""
        try:
            return await tasks.beat(self._db, task.task_id, owner, progress)
        except psycopg.OperationalError as error:
            log.warning("heartbeat_failed", reason=type(error).__name__)
            return True

    async def _give_up(self, task: Task, owner: UUID) -> None:
        message = f"given up after {self._most} attempts that no worker finished; the server's log has the reason"
        outcome = failure("InternalError", message)
        decision = Decision(outcome=outcome, state="FAILED")
        await conclude(self._db, self._publisher.objects, task, owner, decision)
        log.error("task_given_up")


def _age(task: Task) -> timedelta:
    return datetime.now(UTC) - task.begun_at if task.begun_at else timedelta()


Step = Callable[[], Awaitable[object]]


async def repeat(name: str, seconds: float, step: Step) -> None:
    """Calls `step` again and again; a failure is logged, and the next turn tries again."""
    while True:
        try:
            await step()
        except (psycopg.Error, ConnectorException, OSError) as error:  # database or storage are away
            log.warning("step_failed", step=name, reason=f"{type(error).__name__}: {error}")
        except Exception:  # a mistake of ours in cleaning up must not stop publishing
            log.exception("step_failed", step=name)
        await asyncio.sleep(seconds)
