"""What actions on statistics have in common: a value at a time, and the one area of storage."""

from typing import Final, Literal

import msgspec

Region = Literal["Chinese Mainland", "Outside Chinese Mainland"]
HERE: Final = "Chinese Mainland"
ELSEWHERE: Final = "Outside Chinese Mainland"
"""Areas of the reference's bills; what is stored here is told as in the first, which it takes for default."""


class StatDataItem(msgspec.Struct, frozen=True):
    """Time is the beginning of the five minutes, or of the day, that Value is of."""

    Time: str
    Value: int
