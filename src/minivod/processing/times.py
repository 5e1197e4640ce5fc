"""Times of a task that are wrong whatever the video is: told when the task is asked for, not when it has failed."""

import re
from typing import Any

from minivod import errors
from minivod.errors import shorten

_OFFSET = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?(?:s|%)", re.ASCII)
_WHOLE = 100.0


def check_times(where: str, item: Any) -> None:
    """Raises InvalidParameterValue for what one item of a MediaProcessTaskInput asks for; `where` it stands."""
    for index, text in enumerate(getattr(item, "ExtTimeOffsetSet", ())):
        if not _OFFSET.fullmatch(text) or (text.endswith("%") and float(text[:-1]) > _WHOLE):
            raise errors.InvalidParameterValue(
                f"{where}.ExtTimeOffsetSet.{index} is {shorten(text)}; it must be seconds such as 3.5s, or a share of "
                "the video from 0% to 100%"
            )
    if getattr(item, "PositionType", "") == "Percent" and item.PositionValue > _WHOLE:
        raise errors.InvalidParameterValue(
            f"{where}.PositionValue is {item.PositionValue:g}; it must be from 0 to 100 while PositionType is Percent"
        )
    start, end = getattr(item, "StartTimeOffset", 0.0), getattr(item, "EndTimeOffset", 0.0)
    if start * end > 0 and end <= start:  # both count from the same side
        raise errors.InvalidParameterValue(
            f"{where}.EndTimeOffset is {end:g}; it must be behind StartTimeOffset, which is {start:g}"
        )
