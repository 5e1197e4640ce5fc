"""Sample entries of an MP4: what the samples of its tracks are said to be (ISO/IEC 14496-12 §8.5.2)."""

from typing import BinaryIO, NamedTuple

from minivod.media.boxes import BEFORE_PARTS, PATH_TO_ENTRIES, Box, at_path, boxes, content_of, entries, track_id
from minivod.media.metadata import DolbyVision

_ENCRYPTED = frozenset({b"encv", b"enca"})  # ISO/IEC 23001-7
_DOLBY_VISION = frozenset({b"dvcC", b"dvvC", b"dvwC"})
_RECORDS = {b"avcC": 4, b"hvcC": 21}
"""Configuration records, and the place of the length size in them (ISO/IEC 14496-15)."""
_SIZE_BEFORE = 8


class SampleEntry(NamedTuple):
    """A sample entry; `kind` is its code ("avc1")."""

    kind: str
    encrypted: bool
    dolby_vision: DolbyVision | None


def sample_entries(file: BinaryIO, size: int) -> dict[int, list[SampleEntry]]:
    """The sample entries of each track, by its id.

    Args:
        file: of `size` bytes.
        size: bytes.
    """
    found: dict[int, list[SampleEntry]] = {}
    for _, track in at_path(file, 0, size, PATH_TO_ENTRIES[:2]):
        header = next((box for box in boxes(file, track.start, track.end) if box.kind == b"tkhd"), None)
        if header is not None:
            told = found.setdefault(track_id(content_of(file, header)), [])
            for chain in at_path(file, track.start, track.end, PATH_TO_ENTRIES[2:]):
                told.extend(_described(file, entry) for entry in entries(file, chain[-1]))
    return found


def _described(file: BinaryIO, entry: Box) -> SampleEntry:
    kind = "".join(letter for letter in entry.kind.decode("latin-1") if " " <= letter <= "~")
    parts = boxes(file, entry.start + BEFORE_PARTS, entry.end)
    dolby = next((content_of(file, part) for part in parts if part.kind in _DOLBY_VISION), None)
    return SampleEntry(kind, entry.kind in _ENCRYPTED, _dolby_vision(dolby) if dolby and len(dolby) > 4 else None)


def _dolby_vision(content: bytes) -> DolbyVision:
    """Two bytes of version, 7 bits of profile, 9 bits of level and flags, 4 bits of compatibility."""
    return DolbyVision(content[2] >> 1, content[4] >> 4)


def put_record(file: BinaryIO, size: int, record: bytes) -> bool:
    """Writes another configuration record into an MP4 whose index is its last box; whether it has one.

    The size of the lengths before the units stays as the file's own record has it.

    Args:
        file: open for reading and writing, of `size` bytes.
        size: bytes.
        record: the new `avcC` or `hvcC`.
    """
    for chain in at_path(file, 0, size, PATH_TO_ENTRIES):
        for entry in entries(file, chain[-1]):
            for part in boxes(file, entry.start + BEFORE_PARTS, entry.end):
                whole = [*chain, entry, part]
                if part.kind in _RECORDS and chain[0].end == size and all(_is_short(file, box) for box in whole):
                    _put(file, size, whole, record)
                    return True
    return False


def _is_short(file: BinaryIO, box: Box) -> bool:
    """Whether the box has a size of 32 bits."""
    file.seek(box.start - _SIZE_BEFORE)
    return file.read(_SIZE_BEFORE) == (box.end - box.start + _SIZE_BEFORE).to_bytes(4, "big") + box.kind


def _put(file: BinaryIO, size: int, chain: list[Box], record: bytes) -> None:
    part = chain[-1]
    file.seek(part.start)
    content = file.read(size - part.start)
    old, rest = content[: part.end - part.start], content[part.end - part.start :]
    place = _RECORDS[part.kind]
    if place < min(len(old), len(record)):
        record = record[:place] + bytes([record[place] & 0xFC | old[place] & 3]) + record[place + 1 :]
    file.seek(part.start)
    file.write(record + rest)
    file.truncate()
    for box in chain:
        file.seek(box.start - _SIZE_BEFORE)
        file.write((box.end - box.start + _SIZE_BEFORE + len(record) - len(old)).to_bytes(4, "big"))
