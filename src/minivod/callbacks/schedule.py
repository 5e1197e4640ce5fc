"""When a callback that failed is sent again: growing pauses over three days (field.md §2)."""

import random

PAUSES = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds after the first failure, the second, and so on; after the last one follows the last call."""
JITTER = 0.1
"""By which part a pause is shorter or longer, so that what failed together does not come again together."""
LONGEST_RETRY_AFTER = 86400.0


def pause_after(failures: int, retry_after: float | None = None) -> float | None:
    """Seconds until the next call; None: there is none.

    Args:
        failures: calls that failed, this one included.
        retry_after: what the receiver asked for, seconds; it makes a pause longer, never shorter, by a day at most.
    """
    if failures > len(PAUSES):
        return None
    pause = PAUSES[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nobody need not foresee it
    return max(pause, min(retry_after or 0.0, LONGEST_RETRY_AFTER))
