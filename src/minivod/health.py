"""What machines ask of an API process: is it alive, is it ready, what has it measured."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import psycopg
import psycopg_pool
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from minivod.metrics import CALLBACKS, TASKS, WAITING_JOBS
from minivod.objects import ObjectError, Objects
from minivod.store import event_deliveries, tasks
from minivod.store.database import Database

log = structlog.get_logger(__name__)

PATIENCE = 3.0
"""Seconds that database and object store may take to answer before they count as away."""


class Health:
    """Answers /healthz, /readyz and /metrics."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._db = database
        self._objects = objects
        self._cancelled: set[asyncio.Task[object]] = set()

    def routes(self) -> list[BaseRoute]:
        """The three routes."""
        return [
            Route("/healthz", self._alive),
            Route("/readyz", self._ready),
            Route("/metrics", self._metrics),
        ]

    async def _alive(self, _: Request) -> Response:
        """The process answers; asks nothing else, so that an outage elsewhere does not get it restarted."""
        return JSONResponse({"status": "ok"})

    async def _ready(self, _: Request) -> Response:
        """Whether requests can be served now: 200, or 503 with what is missing."""
        database, objects = await asyncio.gather(self._answers(self._db.uptime()), self._answers(self._objects.check()))
        parts = {"database": "ok" if database else "unreachable", "objects": "ok" if objects else "unreachable"}
        ready = database and objects
        return JSONResponse({"status": "ok" if ready else "not ready", **parts}, 200 if ready else 503)

    async def _metrics(self, _: Request) -> Response:
        """Prometheus text; the numbers of tasks and jobs are counted now, or left out while the database is away."""
        await self._answers(self._count())
        return Response(await asyncio.to_thread(generate_latest), media_type=CONTENT_TYPE_LATEST)

    async def _count(self) -> None:
        rows, waiting = await tasks.counts(self._db), await tasks.waiting_jobs(self._db)
        TASKS.clear()
        for row in rows:
            TASKS.labels(row["kind"], row["status"], row["result"]).set(row["number"])
        WAITING_JOBS.set(waiting)
        for state, number in (await event_deliveries.counts(self._db)).items():
            CALLBACKS.labels(state).set(number)

    async def _answers(self, question: Coroutine[Any, Any, object]) -> bool:
        """Whether it is answered in time; what is not is cancelled and not waited for, which may take as long again."""
        asking = asyncio.create_task(question)
        await asyncio.wait({asking}, timeout=PATIENCE)
        if not asking.done():
            asking.cancel()
            self._cancelled.add(asking)
            asking.add_done_callback(self._forget)
            log.warning("not_ready", reason="TimeoutError")
            return False
        try:
            asking.result()
        except (psycopg.Error, psycopg_pool.PoolTimeout, ObjectError, OSError, TimeoutError) as error:
            # Of our own errors the words as well: they name what the operator has to mend, and hold no secrets.
            reason = f": {error}" if isinstance(error, ObjectError) else ""
            log.warning("not_ready", reason=f"{type(error).__name__}{reason}")
            return False
        return True

    def _forget(self, asked: asyncio.Task[object]) -> None:
        self._cancelled.discard(asked)
        if not asked.cancelled():
            asked.exception()  # nobody wants to know any more
