"""Runs one fenced attempt of a task of any kind: claims it, shows signs of life, drops it when it is lost."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import structlog

from minivod.media.workspace import job_directory
from minivod.objects import NoSuchObject, Objects
from minivod.store import steps, tasks
from minivod.store.bell import TaskBell
from minivod.store.database import Database
from minivod.store.tasks import Task
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import AttemptLost, Conclusion, Kinds, Run
from minivod.tasking.laps import Laps
from minivod.tasking.outcome import failure

log = structlog.get_logger(__name__)
_PATIENCE = timedelta(hours=6)
"""How old a task may be, from its first attempt, so that outages do not count as attempts."""


class Attempts:
    """Runs attempts for the worker; `heartbeat` is seconds, `most` the number of attempts that a task gets."""

    def __init__(
        self,
        db: Database,
        objects: Objects,
        kinds: Kinds,
        data_dir: str,
        *,
        heartbeat: float,
        most: int,
        worker: str | None = None,
        bell: TaskBell | None = None,
    ) -> None:
        """What attempts have in common.

        Args:
            db: the database.
            objects: the object store.
            kinds: all kinds of tasks.
            data_dir: attempts have their directories below it.
            heartbeat: seconds between signs of life.
            most: attempts of a task.
            worker: the name of this process, if it has one.
            bell: rings when a task is taken away, which is otherwise noticed by the next sign of life.
        """
        self._db = db
        self._objects = objects
        self._kinds = kinds
        self._data_dir = data_dir
        self._heartbeat = heartbeat
        self._most = most
        self._worker = worker
        self._bell = bell

    async def run(self, task_id: str, priority: int) -> None:
        """An attempt of the task; a task that is finished or gone is none of our business."""
        owner = uuid4()
        with structlog.contextvars.bound_contextvars(task_id=task_id):
            try:
                task = await tasks.claim(self._db, task_id, owner, priority, self._worker)
                if task is not None:
                    await self._begun(task)
                    await self._attempt(task, owner)
            except AttemptLost:
                log.warning("attempt_lost")
            except asyncio.CancelledError:
                await tasks.hand_back(self._db, task_id, owner)
                log.info("attempt_handed_back")
                raise

    async def _begun(self, task: Task) -> None:
        """Whoever wants to know of each change of a step is told; a repetition is dropped by the event's subject."""
        if not task.params.get(steps.TELLS):
            return
        async with self._db.transaction() as connection:
            whole = await steps.find_whole(connection, task)
            if whole is not None:
                await self._kinds.wholes[whole.kind].announce(connection, whole, task)

    async def _attempt(self, task: Task, owner: UUID) -> None:
        """One that fails because database, disk or object store are away is not counted, for a time."""
        given_up = task.attempt > self._most
        with structlog.contextvars.bound_contextvars(attempt=min(task.attempt, self._most)):
            try:
                if given_up:
                    await self._give_up(task, owner)
                else:
                    await self._watch(task, owner)
            except (OSError, psycopg.OperationalError) as error:
                log.warning("attempt_interrupted", reason=f"{type(error).__name__}: {error}")
                if _age(task) < _PATIENCE and not isinstance(error, NoSuchObject):
                    await tasks.hand_back(self._db, task.task_id, owner)
                raise
            except AttemptLost:
                raise
            except Exception:  # whatever it was, the task is tried again, and somebody shall be able to find out
                log.exception("attempt_failed")
                raise

    async def _watch(self, task: Task, owner: UUID) -> None:
        """Runs the attempt beside its heartbeat and cancels it when the task is in other hands."""
        progress = [0.0]

        def on_progress(done: float) -> None:
            progress[0] = done

        with job_directory(self._data_dir, "attempt") as work:
            run = Run(task=task, work=work, on_progress=on_progress, laps=Laps("fetch"))
            ending = asyncio.Event()
            attempt = asyncio.create_task(self._run(run, owner, ending.set))
            try:
                while not attempt.done():
                    await self._wait(attempt, task)
                    if attempt.done() or await self._beat(task, owner, progress[0]):
                        continue
                    if not ending.is_set():  # else it may have ended the task itself a moment ago, and will tell
                        raise AttemptLost(task.task_id)
                await attempt
            finally:
                attempt.cancel()
                await asyncio.gather(attempt, return_exceptions=True)

    async def _wait(self, attempt: "asyncio.Task[None]", task: Task) -> None:
        """Until the attempt ends, a sign of life is due, or the bell says that the task was taken away."""
        if self._bell is None:
            await asyncio.wait({attempt}, timeout=self._heartbeat)
            return
        rung = self._bell.subscribe(task.task_id)
        ringing = asyncio.create_task(rung.wait())
        try:
            await asyncio.wait({attempt, ringing}, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
            self._bell.unsubscribe(task.task_id, rung)

    async def _run(self, run: Run, owner: UUID, on_switch: Callable[[], None]) -> None:
        conclusion = await self._kinds.single[run.task.kind].attempt(run)
        run.laps.begin("conclude")
        await self._conclude(run.task, owner, conclusion, run.laps, on_switch)

    async def _conclude(
        self,
        task: Task,
        owner: UUID,
        conclusion: Conclusion,
        laps: Laps,
        on_switch: Callable[[], None] = lambda: None,
    ) -> None:
        """Ends the task, and logs one line with the times that matter when tasks seem slow: waiting, each step."""
        finished = await conclude(self._db, self._objects, self._kinds, task, owner, conclusion, on_switch)
        log.info(
            "task_finished",
            kind=finished.kind,
            result=finished.result,
            reason=finished.message,
            waited=round((finished.begun_at - finished.created_at).total_seconds(), 3) if finished.begun_at else None,
            seconds=laps.seconds(),
            **conclusion.notes,
        )

    async def _beat(self, task: Task, owner: UUID, progress: float) -> bool:
        """Whether the attempt is still ours; while the database is away it is taken to be (its end is fenced)."""
        try:
            return await tasks.beat(self._db, task.task_id, owner, progress)
        except psycopg.OperationalError as error:
            log.warning("heartbeat_failed", reason=type(error).__name__)
            return True

    async def _give_up(self, task: Task, owner: UUID) -> None:
        message = f"given up after {self._most} attempts that no worker finished; the server's log has the reason"
        conclusion = self._kinds.single[task.kind].give_up(failure("InternalError", message))
        await self._conclude(task, owner, conclusion, Laps("conclude"))
        log.error("task_given_up")


def _age(task: Task) -> timedelta:
    return datetime.now(UTC) - task.begun_at if task.begun_at else timedelta()
