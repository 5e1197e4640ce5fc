"""Calls a step of a worker again: one that comes again and again, and one that an outage has ended."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

_BEGIN_AGAIN = 1.0
"""Seconds."""
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


async def through_outages(name: str, step: Step) -> None:
    """Calls `step` once, and again where it lost its connection to the database.

    Raises:
        ConnectorException: the database was away for longer than a worker sits out.
    """
    while True:
        try:
            await step()
        except ConnectorException as error:
            if isinstance(error.__cause__, PoolTimeout):
                raise
            log.warning("begun_again", step=name, reason=type(error.__cause__).__name__)
            await asyncio.sleep(_BEGIN_AGAIN)
        else:
            return
