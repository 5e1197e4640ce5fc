"""NAL units of H.264 and H.265: how they lie in a packet, and their types."""

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import NamedTuple

_BEGINNING = 512
"""Bytes of a parameter set that are looked at; its number and its pictures are in the first hundred or so."""
_START_CODE, _START_CODE_SIZE = re.compile(b"\0\0\1"), 3


class Codec(NamedTuple):
    """What differs between the two codecs (ISO/IEC 14496-15; ITU-T H.264 table 7-1, H.265 table 7-1).

    Attributes:
        header: bytes of a unit's header.
        length_at: place of the length size in a configuration record.
        pictures: types of slices.
        refreshes: types of slices of an IDR.
        sets: types of parameter sets that belong into the record.
        others: types that are of no use to players of one view: further sets, and slices of other views and layers.
    """

    header: int
    length_at: int
    pictures: frozenset[int]
    refreshes: frozenset[int]
    sets: tuple[int, ...]
    others: frozenset[int]


CODECS: dict[str, Codec] = {
    "h264": Codec(1, 4, frozenset(range(1, 6)), frozenset({5}), (7, 8), frozenset({13, 14, 15, 19, 20, 21})),
    "hevc": Codec(2, 21, frozenset(range(32)), frozenset({19, 20}), (32, 33, 34), frozenset()),
}


def length_size(codec: str, record: bytes | None) -> int:
    """Bytes of the length before each unit; 0: there is no record, start codes separate the units (Annex B)."""
    place = CODECS[codec].length_at
    known = record is not None and place < len(record) and record[0] == 1
    return (record[place] & 3) + 1 if known and record else 0


def units(packet: bytes | memoryview, length: int) -> Iterator[memoryview]:
    """The units of a packet without what separates them; `length` by `length_size`. Empty ones are left out."""
    view = memoryview(packet)
    if length == 0:
        yield from _between_start_codes(view)
        return
    place = 0
    while place + length < len(view):
        size = int.from_bytes(view[place : place + length], "big")
        place += length
        if size:
            yield view[place : place + size]
        place += size


def _between_start_codes(view: memoryview) -> Iterator[memoryview]:
    starts = (match.end() for match in _START_CODE.finditer(view))
    for start, following in pairwise(chain(starts, (len(view) + _START_CODE_SIZE,))):
        if start < following - _START_CODE_SIZE:
            yield view[start : following - _START_CODE_SIZE]


def kind_of(codec: str, unit: memoryview | bytes) -> int:
    """The type of a unit (`nal_unit_type`)."""
    return unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31


def layer_of(unit: memoryview | bytes) -> int:
    """The layer of an H.265 unit (`nuh_layer_id`); 0 is the one that all players show."""
    return (unit[0] & 1) << 5 | (unit[1] >> 3 if len(unit) > 1 else 0)


def beginning_of(unit: bytes) -> bytes:
    """The first bytes of a unit, without those that keep start codes from appearing in it."""
    return unit[:_BEGINNING].replace(b"\0\0\3", b"\0\0")
