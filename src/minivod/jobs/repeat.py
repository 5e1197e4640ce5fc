"""Calls a step of a worker again and again, whatever happens to it."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from procrastinate.exceptions import ConnectorException

log = structlog.get_logger(__name__)

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
