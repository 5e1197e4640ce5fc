"""Which moments of a video are asked for: time offsets of tasks, and even distances of templates."""

import math
import re
from collections.abc import Sequence

from minivod.media.unfit import Unfit
from minivod.templates.pictures import ImageSprite, SampleSnapshot

BEYOND = 1.0
"""Seconds after the end that still mean the last frame: durations are rounded by those who name them."""
MOST = 10_000
"""Pictures of one step."""
_OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(s|%)", re.ASCII)
_TIME = "InvalidInput.InvalidTimeOffset"
_WHOLE = 100.0


def offset(asked: float | str, duration: float) -> float:
    """Seconds of an item of TimeOffsetSet (milliseconds) or of ExtTimeOffsetSet (`3.5s`, `10%`).

    Raises:
        Unfit: InvalidInput.InvalidTimeOffset: it is neither, or lies outside of the video.
    """
    if not isinstance(asked, str):
        return within(asked / 1000, duration, f"TimeOffset {asked:g} ms")
    match = _OFFSET.fullmatch(asked)
    if match is None:
        raise Unfit(_TIME, f"the time offset {asked[:40]!r} must be seconds (3.5s) or a part of the duration (10%)")
    number = float(match[1])
    if match[2] == "%":
        return share(number, duration)
    return within(number, duration, f"the time offset {asked}")


def within(seconds: float, duration: float, name: str) -> float:
    """The moment, at most the duration; raises Unfit when it lies outside of the video."""
    if not (math.isfinite(seconds) and 0 <= seconds <= duration + BEYOND):
        raise Unfit(_TIME, f"{name} lies outside of the video, which lasts {duration:.3f} s")
    return min(seconds, duration)


def share(percent: float, duration: float) -> float:
    """The moment at that part of the duration; raises Unfit when it is none."""
    if not 0 <= percent <= _WHOLE:
        raise Unfit(_TIME, f"the time offset {percent:g}% must be from 0% to 100%")
    return duration * percent / _WHOLE


def spaced(template: SampleSnapshot | ImageSprite, duration: float) -> list[float]:
    """Moments at even distances, the first one at 0, all before the end.

    Raises:
        Unfit: InvalidInput.ConfigurationUnsupported: there are more than MOST.
    """
    percent = template.SampleType == "Percent"
    step = duration * template.SampleInterval / _WHOLE if percent else float(template.SampleInterval)
    number = math.ceil(_WHOLE / template.SampleInterval) if percent else math.ceil(duration / step - 1e-6)
    if number > MOST:
        raise Unfit(
            "InvalidInput.ConfigurationUnsupported",
            f"SampleInterval {template.SampleInterval} makes {number} pictures of this video; at most {MOST} are "
            f"made, so that it must be {math.ceil(duration / MOST)} or more",
        )
    return [index * step for index in range(max(1, number))]


def part(start: float, end: float, duration: float) -> tuple[float, float]:
    """StartTimeOffset and EndTimeOffset of a task, seconds: below 0 they count from the end, and no end is 0.

    Raises:
        Unfit: InvalidInput.InvalidTimeOffset: nothing lies between them.
    """
    begin = max(0.0, duration + start) if start < 0 else start
    until = duration + end if end <= 0 else min(end, duration)
    if not (math.isfinite(begin) and begin < until):
        raise Unfit(
            _TIME,
            f"StartTimeOffset {start:g} and EndTimeOffset {end:g} leave nothing of the video, which lasts "
            f"{duration:.3f} s",
        )
    return begin, until


def in_order(moments: Sequence[float]) -> list[float]:
    """Ascending, without repetitions."""
    return sorted(set(moments))
