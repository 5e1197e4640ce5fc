"""Waits for conditions, with one deadline for all of them: far more than is needed, for a machine that is busy."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds after which a test gives up waiting for what usually takes a moment, or a few seconds."""
_OFTEN, _SELDOM = 0.05, 0.25
_PATIENT = 0.05
"""By what share of the time that has passed the pauses grow: looking costs as much as what is waited for."""


def _pause(waited: float, every: float) -> float:
    return max(every, min(waited * _PATIENT, _SELDOM))


async def until(
    holds: Callable[[], Awaitable[object]],
    what: str,
    seconds: float = PATIENCE,
    moves: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Waits until something holds; the time begins anew whenever what `moves` tells is another than before."""
    seen, begun = None, time.monotonic()
    since = begun
    while not await holds():
        if moves is not None and (now := await moves()) != seen:
            seen, since = now, time.monotonic()
        assert time.monotonic() - since < seconds, f"{what}: not within {seconds:.0f} s; {seen}"
        await asyncio.sleep(_pause(time.monotonic() - begun, _OFTEN))


def eventually(claim: str, holds: Callable[[], object], seconds: float = PATIENCE, every: float = _OFTEN) -> None:
    """Waits until it holds; looks so often at first, seconds, and less often later."""
    begun = time.monotonic()
    while not holds():
        waited = time.monotonic() - begun
        assert waited < seconds, f"not within {seconds:.0f} s: {claim}"
        time.sleep(_pause(waited, every))
