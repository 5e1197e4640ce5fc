"""Collects the parameter sets of an H.264 or H.265 stream, wherever they are, and writes them as one record.

A file that is tagged `avc1` or `hvc1` has all sets in its header. Players differ in what they do with sets among the
samples: some obey them, some never look. So a video is published with sets in the header alone, and only if one header
is true for all of it.
"""

from collections.abc import Iterable, Iterator

from minivod.media.metadata import ParameterSets, PictureFormat
from minivod.media.nal import CODECS, beginning_of, kind_of, layer_of, length_size, units
from minivod.media.sequence import CHROMA, Bits, Malformed, Sequence, read_sequence

_SEQUENCE = {"h264": 7, "hevc": 33}
_WITHOUT_CHROMA = frozenset({66, 77, 88})  # profiles of H.264 whose record ends with the sets
_MOST_BYTES = 64 * 1024
_MOST_OF_A_KIND = {"h264": (31, 255), "hevc": (16, 16, 64)}
"""What a record can hold of each kind, in the order of `Codec.sets`; of H.265 what the standard allows."""

Key = tuple[int, int]
"""Type and number of a set: a later one with the same key takes the place of an earlier one."""


class Collector:
    """Takes a stream's packets in order of decoding, and tells what its parameter sets are."""

    def __init__(self, codec: str, header: bytes | None) -> None:
        """Args: codec: "h264" or "hevc"; header: what the container says, a record or units between start codes."""
        self._codec = codec
        self._kinds = CODECS[codec]
        self._length = length_size(codec, header)
        self._sets: dict[Key, bytes] = {}
        self._pictures = False
        self._unlike = self._length == 0  # whether the file's own record is none, or says two things at once
        self._in_samples = False
        self._changed_at: float | None = None
        self._layered = False
        try:
            self._put_header(header, 0.0)
        except Malformed:
            self._unlike = True  # the samples may have what it lacks
        self._header = dict(self._sets)

    @property
    def begun(self) -> bool:
        """Whether there was a picture; sets that come later do not take the place of earlier ones."""
        return self._pictures

    def take(self, time: float, packet: bytes | memoryview) -> None:
        """The next packet, displayed at that time (s); raises Malformed."""
        for unit in units(packet, self._length):
            kind = kind_of(self._codec, unit)
            if kind in self._kinds.pictures:
                self._pictures = True
                self._layered = self._layered or self._of_another_layer(unit)
            elif self._of_another_layer(unit):
                self._layered = True
            elif kind in self._kinds.sets:
                self._in_samples = True
                self._put(bytes(unit), time)
            elif kind in self._kinds.others:
                self._in_samples = True

    def switch(self, time: float, header: bytes) -> None:
        """From that time on the container says something else (a further sample description); raises Malformed."""
        length = length_size(self._codec, header)
        if length != self._length:
            self._change(time)
        self._length = length
        self._put_header(header, time)

    def result(self) -> ParameterSets:
        """What was found; raises Malformed when it does not fit into a record."""
        sequences = self._sequences()
        return ParameterSets(
            record=_write(self._codec, self._sets, sequences[0]) if sequences else b"",
            in_header=not self._unlike and self._sets == self._header,
            in_samples=self._in_samples,
            formats=_without_repetitions(sequence.format for sequence in sequences),
            changed_at=self._changed_at,
            layered=self._layered,
        )

    def _put_header(self, header: bytes | None, time: float) -> None:
        for unit in _read(self._codec, header or b"") if self._length else map(bytes, units(header or b"", 0)):
            if kind_of(self._codec, unit) in self._kinds.sets and not self._of_another_layer(unit):
                self._put(unit, time)

    def _of_another_layer(self, unit: bytes | memoryview) -> bool:
        return self._codec == "hevc" and layer_of(unit) > 0

    def _put(self, unit: bytes, time: float) -> None:
        unit = unit.rstrip(b"\0")  # zeros after a unit mean nothing
        key = (kind_of(self._codec, unit), _number(self._codec, unit))
        known = self._sets.get(key)
        if known == unit:
            return
        if known is not None and self._pictures:
            self._change(time)
            return
        self._unlike = self._unlike or known is not None
        self._sets[key] = unit
        if sum(map(len, self._sets.values())) > _MOST_BYTES:
            raise Malformed("its parameter sets are larger than a header can be")

    def _change(self, time: float) -> None:
        self._changed_at = max(0.0, time) if self._changed_at is None else self._changed_at

    def _sequences(self) -> list[Sequence]:
        kind = _SEQUENCE[self._codec]
        return [read_sequence(self._codec, unit) for key, unit in sorted(self._sets.items()) if key[0] == kind]


def _without_repetitions(formats: Iterable[PictureFormat]) -> list[PictureFormat]:
    return list(dict.fromkeys(formats))


def _number(codec: str, unit: bytes) -> int:
    """The number of a parameter set."""
    kind = kind_of(codec, unit)
    if kind == _SEQUENCE[codec]:
        return read_sequence(codec, unit).number
    bits = Bits(beginning_of(unit)[CODECS[codec].header :])
    return bits.take(4) if kind == CODECS["hevc"].sets[0] else bits.golomb()


def _read(codec: str, record: bytes) -> Iterator[bytes]:
    """The units in a configuration record (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1); raises Malformed."""
    reader = _Reader(record, CODECS[codec].length_at + 1)
    if codec == "h264":
        yield from reader.units(reader.number(1) & 31)
        yield from reader.units(reader.number(1))
        return
    for _ in range(reader.number(1)):
        reader.number(1)  # the type, which the units say too
        yield from reader.units(reader.number(2))


class _Reader:
    def __init__(self, record: bytes, place: int) -> None:
        self._record, self._place = record, place

    def number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def units(self, number: int) -> Iterator[bytes]:
        for _ in range(number):
            if unit := self._take(self.number(2)):
                yield unit

    def _take(self, size: int) -> bytes:
        taken = self._record[self._place : self._place + size]
        if len(taken) < size:
            raise Malformed("its header breaks off")
        self._place += size
        return taken


def _write(codec: str, sets: dict[Key, bytes], first: Sequence) -> bytes:
    """The configuration record with these sets, for samples whose lengths have four bytes; raises Malformed."""
    groups = [[unit for key, unit in sorted(sets.items()) if key[0] == kind] for kind in CODECS[codec].sets]
    for group, most in zip(groups, _MOST_OF_A_KIND[codec], strict=True):
        if len(group) > most:
            raise Malformed("it has more parameter sets than a header can hold")
    return _hvcc(groups, first) if codec == "hevc" else _avcc(groups, first)


def _avcc(groups: list[list[bytes]], first: Sequence) -> bytes:
    sequences, pictures = groups
    depth = 0xF8 | first.format.bit_depth - 8
    told = first.head[0] not in _WITHOUT_CHROMA
    return b"".join(
        [
            *(b"\1", first.head, b"\xff"),
            *(bytes([0xE0 | len(sequences)]), _listed(sequences)),
            *(bytes([len(pictures)]), _listed(pictures)),
            bytes([0xFC | CHROMA.index(first.format.chroma), depth, depth, 0]) if told else b"",
        ]
    )


def _hvcc(groups: list[list[bytes]], first: Sequence) -> bytes:
    depth = 0xF8 | first.format.bit_depth - 8
    chroma = 0xFC | CHROMA.index(first.format.chroma)
    layers, nested = first.layers
    # Segmentation, parallelism and rate are not known; at the end temporal layers, nesting, and lengths of four bytes.
    head = [
        *(b"\1", first.head, b"\xf0\0\xfc"),
        bytes([chroma, depth, depth, 0, 0, layers << 3 | nested << 2 | 3]),
    ]
    arrays = [
        bytes([0x80 | kind]) + len(group).to_bytes(2, "big") + _listed(group)
        for kind, group in zip(CODECS["hevc"].sets, groups, strict=True)
    ]
    return b"".join([*head, bytes([len(arrays)]), *arrays])


def _listed(group: list[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in group)
