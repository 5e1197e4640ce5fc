"""What actions on plays have in common."""

import msgspec

from minivod.actions.days import wire_day
from minivod.store.plays import Played


class DailyPlayStatInfo(msgspec.Struct, frozen=True):
    """A video in a day; Traffic is bytes that this server sent."""

    Date: str
    FileId: str
    PlayTimes: int
    Traffic: int


def daily(played: Played) -> DailyPlayStatInfo:
    """As the wire has it."""
    return DailyPlayStatInfo(wire_day(played.day), played.file_id, played.plays, played.bytes)
