"""Both event loops: the server runs on uvloop where that is installed, the other tests on the one of Python."""

import asyncio
from collections.abc import Callable

import uvloop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """By name."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
