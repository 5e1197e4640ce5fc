"""Waits for conditions, with one deadline for all of them: far more than is needed, for a machine that is busy."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds after which a test gives up waiting for what usually takes a moment, or a few seconds."""


async def until(
    holds: Callable[[], Awaitable[object]],
    what: str,
    seconds: float = PATIENCE,
    moves: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Waits until something holds; the time begins anew whenever what `moves` tells is another than before."""
    seen, end = None, time.monotonic() + seconds
    while not await holds():
        if moves is not None and (now := await moves()) != seen:
            seen, end = now, time.monotonic() + seconds
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s; {seen}"
        await asyncio.sleep(0.05)


def eventually(claim: str, holds: Callable[[], object], seconds: float = PATIENCE, every: float = 0.05) -> None:
    """Waits until it holds; looks so often, seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {claim}"
        time.sleep(every)
