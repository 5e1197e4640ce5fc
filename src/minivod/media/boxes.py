"""Boxes of an ISO base media file (MP4, MOV, 3GP): is the index first, how is a track turned, is all of it shown."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

_MOST = 10_000  # boxes on one level: a file made of nothing but headers must not keep us
_HEADER, _LARGE_HEADER = 8, 16
_ONE = 1 << 16  # matrices hold numbers of 16.16 bits
# Places in the content, by the version of the box (ISO/IEC 14496-12 §8.2.2, §8.3.2).
_MATRIX_OF_MOVIE = (36, 48)
_MATRIX_OF_TRACK = (40, 52)
_TRACK_ID = (12, 20)
PATH_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_BEFORE_ENTRIES = 8  # version, flags and count of `stsd`
BEFORE_PARTS = 78
"""Bytes that a visual sample entry has before its boxes (§12.1.3)."""
_LONGEST_READ = 128

Matrix = tuple[float, float, float, float]
"""a, b, c, d: a pixel at (x, y) is shown at (a x + c y, b x + d y), y pointing down."""
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0)


class Box(NamedTuple):
    """A box: its type, and where its content starts and ends in the file."""

    kind: bytes
    start: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a file; ends at the first header that makes no sense (§4.2)."""
    for _ in range(_MOST):
        if start + _HEADER > end:
            return
        file.seek(start)
        header = file.read(_LARGE_HEADER)
        if len(header) < _HEADER:
            return
        size, used = int.from_bytes(header[:4], "big"), _HEADER
        if size == 1:
            size, used = int.from_bytes(header[8:], "big"), _LARGE_HEADER
        elif size == 0:
            size = end - start
        if size < used:
            return
        yield Box(header[4:8], start + used, min(start + size, end))
        start += size


def index_first(file: BinaryIO, size: int) -> bool:
    """Whether the index (`moov`) of a file of that many bytes comes before the samples (`mdat`)."""
    return next((box.kind == b"moov" for box in boxes(file, 0, size) if box.kind in (b"moov", b"mdat")), False)


def show_whole_picture(file: BinaryIO, size: int) -> bool:
    """Turns the clean apertures (`clap`) of all tracks into free space; whether there was one.

    A clean aperture tells players to show a part of the picture only. Some do, some do not.

    Args:
        file: open for reading and writing, of `size` bytes.
        size: bytes.
    """
    found = False
    for chain in at_path(file, 0, size, PATH_TO_ENTRIES):
        for entry in entries(file, chain[-1]):
            for part in boxes(file, entry.start + BEFORE_PARTS, entry.end):
                if part.kind == b"clap":
                    _rename(file, part, b"free")
                    found = True
    return found


def at_path(file: BinaryIO, start: int, end: int, path: Sequence[bytes]) -> Iterator[tuple[Box, ...]]:
    """The boxes at a path, each with those that it lies in before it."""
    for box in boxes(file, start, end):
        if box.kind == path[0]:
            deeper = at_path(file, box.start, box.end, path[1:]) if len(path) > 1 else [()]
            yield from ((box, *rest) for rest in deeper)


def entries(file: BinaryIO, table: Box) -> Iterator[Box]:
    """The sample entries in a table of them (`stsd`)."""
    return boxes(file, table.start + _BEFORE_ENTRIES, table.end)


def _rename(file: BinaryIO, box: Box, kind: bytes) -> None:
    for place in (box.start - 4, box.start - 12):  # the second one if its size has 64 bits
        file.seek(place)
        if file.read(4) == box.kind:
            file.seek(place)
            file.write(kind)
            return


def display_matrix(file: BinaryIO, size: int, track: int) -> Matrix:
    """How players turn and mirror the picture of a track: its own matrix, then that of the movie.

    Args:
        file: of `size` bytes.
        size: bytes.
        track: its id.
    """
    movie, own = IDENTITY, IDENTITY
    index = next((box for box in boxes(file, 0, size) if box.kind == b"moov"), None)
    for box in boxes(file, index.start, index.end) if index else ():
        if box.kind == b"mvhd":
            movie = _matrix(content_of(file, box), _MATRIX_OF_MOVIE)
        elif box.kind == b"trak":
            own = _matrix_of(file, box, track) or own
    (a, b, c, d), (e, f, g, h) = own, movie
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _matrix_of(file: BinaryIO, box: Box, track: int) -> Matrix | None:
    for part in boxes(file, box.start, box.end):
        if part.kind == b"tkhd":
            content = content_of(file, part)
            if track_id(content) == track:
                return _matrix(content, _MATRIX_OF_TRACK)
    return None


def track_id(header: bytes) -> int:
    """The id of a track, by the content of its header (`tkhd`)."""
    place = _TRACK_ID[header[:1] == b"\1"]
    return int.from_bytes(header[place : place + 4], "big")


def content_of(file: BinaryIO, box: Box) -> bytes:
    """The first bytes of a box's content."""
    file.seek(box.start)
    return file.read(min(box.end - box.start, _LONGEST_READ))


def _matrix(content: bytes, places: tuple[int, int]) -> Matrix:
    start = places[content[:1] == b"\1"]
    if len(content) < start + 36:
        return IDENTITY
    a, b, c, d = (
        int.from_bytes(content[place : place + 4], "big", signed=True) / _ONE
        for place in (start, start + 4, start + 12, start + 16)
    )
    return a, b, c, d
