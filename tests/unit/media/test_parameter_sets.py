"""Parameter sets are found wherever they are, and no header is made that is not true for all of a stream."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.nal import length_size, units
from minivod.media.parameter_sets import Collector
from minivod.media.sequence import Malformed

from .streams import record_of, sets_of, without_sets

Clip = Callable[..., Path]
SLICE, IDR = b"\x41\x9a\x00\x80", b"\x65\x88\x84\x80"
HEVC_SLICE = b"\x02\x01\xd0\x80"


def packet(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def annex_b(*parts: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + part for part in parts)


@pytest.fixture(scope="session")
def record(clip_store: Clip) -> bytes:
    return record_of(clip_store("plain.mp4"))


@pytest.fixture(scope="session")
def other(clip_store: Clip) -> bytes:
    """The sequence set of a picture of another size."""
    arguments = "-f lavfi -i testsrc2=size=64x48:rate=5 -frames:v 2 -c:v libx264 -preset veryfast"
    return sets_of(record_of(clip_store("sets_other.mp4", arguments)))[0]


@pytest.fixture(scope="session")
def hevc(clip_store: Clip) -> bytes:
    arguments = "-f lavfi -i testsrc2=size=64x64:rate=5 -frames:v 2 -c:v libx265 -preset ultrafast -tag:v hvc1"
    return record_of(clip_store("hevc_sets.mp4", arguments, "-x265-params", "log-level=none"))


def pps(number: int) -> bytes:
    """A picture set of that number (below 3): its first code says it."""
    return b"\x68" + (b"\xce", b"\x53\x80", b"\x73\x80")[number] + b"\x80"


def test_a_header_that_is_complete(record: bytes) -> None:
    collector = Collector("h264", record)
    collector.take(0.0, packet(IDR))
    collector.take(0.1, packet(SLICE))
    found = collector.result()
    assert (found.in_header, found.in_samples, found.changed_at, found.layered) == (True, False, None, False)
    assert found.record == record  # as ffmpeg wrote it
    assert [each.profile for each in found.formats] == ["High"]


def test_h265_records_are_written_as_ffmpeg_writes_them(hevc: bytes) -> None:
    found = Collector("hevc", hevc).result()
    assert found.in_header
    assert (found.record[:19], found.record[21]) == (hevc[:19], hevc[21])  # between them lies the frame rate
    again = Collector("hevc", found.record)
    assert again.result() == found


def test_sets_that_are_repeated(record: bytes) -> None:
    collector = Collector("h264", record)
    for time in range(3):
        collector.take(time, packet(*sets_of(record), IDR))
        collector.take(time, packet(sets_of(record)[0] + b"\0\0", SLICE))  # zeros after a unit mean nothing
    found = collector.result()
    assert (found.record, found.in_header, found.in_samples, found.changed_at) == (record, True, True, None)


@pytest.mark.parametrize("header", ["empty", "cut", "none"])
def test_sets_among_the_samples_alone(record: bytes, header: str) -> None:
    said = {"empty": without_sets(record), "cut": record[:20], "none": None}[header]
    collector = Collector("h264", said)
    join = packet if said else annex_b
    collector.take(0.0, join(b"\x09\x10", *sets_of(record), IDR))
    collector.take(0.1, join(SLICE))
    found = collector.result()
    assert (found.record, found.in_header, found.in_samples, found.changed_at) == (record, False, True, None)


def test_sets_between_start_codes_in_the_header(record: bytes) -> None:
    collector = Collector("h264", annex_b(*sets_of(record)))
    collector.take(0.0, annex_b(IDR))
    found = collector.result()
    assert (found.record, found.in_header, found.in_samples) == (record, False, False)


def test_what_the_stream_says_first_counts_and_not_the_header(record: bytes, other: bytes) -> None:
    sequence, picture = sets_of(record)
    collector = Collector("h264", Collector("h264", annex_b(other, picture)).result().record)
    collector.take(0.0, packet(sequence, IDR))
    found = collector.result()
    assert sequence in found.record and other not in found.record
    assert (found.in_header, found.changed_at) == (False, None)


def test_a_set_that_is_replaced_after_the_first_picture(record: bytes, other: bytes) -> None:
    collector = Collector("h264", record)
    collector.take(0.0, packet(*sets_of(record), IDR))
    collector.take(2.5, packet(other, IDR))
    collector.take(3.0, packet(sets_of(record)[0], IDR))
    assert collector.result().changed_at == 2.5


def test_a_sample_description_that_is_replaced(record: bytes, other: bytes) -> None:
    """An MP4 may have several, and name another one for later samples."""
    _, picture = sets_of(record)
    for said, changed in ((record, None), (Collector("h264", annex_b(other, picture)).result().record, 4.0)):
        collector = Collector("h264", record)
        collector.take(0.0, packet(IDR))
        collector.switch(4.0, said)
        collector.take(4.0, packet(IDR))
        assert collector.result().changed_at == changed
    lengths = Collector("h264", record)
    lengths.take(0.0, packet(IDR))
    lengths.switch(4.0, record[:4] + b"\xfd" + record[5:])  # lengths of two bytes, and the same sets
    assert lengths.result().changed_at == 4.0


def test_a_set_that_is_added_on_the_way(record: bytes) -> None:
    """Its number is new, so it is true for all of the stream."""
    collector = Collector("h264", record)
    collector.take(0.0, packet(IDR))
    collector.take(1.0, packet(pps(1), IDR))
    collector.take(2.0, packet(pps(2), IDR))
    found = collector.result()
    assert (found.in_header, found.in_samples, found.changed_at) == (False, True, None)
    assert pps(1) in found.record and pps(2) in found.record
    assert Collector("h264", found.record).result().in_header
    collector.take(3.0, packet(pps(1)[:-1] + b"\xc0", IDR))
    assert collector.result().changed_at == 3.0


def test_each_sequence_set_tells_its_pictures(record: bytes, clip_store: Clip) -> None:
    """Not only the first one: decoders change to another on the way."""
    arguments = "-f lavfi -i testsrc2=size=64x48:rate=5 -frames:v 2 -pix_fmt yuv420p10 -c:v libx264"
    deep, _ = sets_of(record_of(clip_store("sets_deep.mp4", arguments)))
    assert deep[4] & 0x80  # its number is the code of one bit; the number 1 has three
    bits = f"{int.from_bytes(deep[4:], 'big'):0{8 * len(deep[4:])}b}"[1:]
    bits = "010" + bits + "0" * (-len("010" + bits) % 8)
    second = deep[:4] + int(bits, 2).to_bytes(len(bits) // 8, "big")
    collector = Collector("h264", record)
    collector.take(0.0, packet(IDR))
    collector.take(1.0, packet(second, IDR))
    assert [each.profile for each in collector.result().formats] == ["High", "High 10"]


@pytest.mark.parametrize("kind", [13, 14, 15, 19, 20, 21])
def test_units_of_other_views_are_noticed(record: bytes, kind: int) -> None:
    collector = Collector("h264", record)
    collector.take(0.0, packet(IDR, bytes([0x60 | kind]) + b"\x80" * 8))
    found = collector.result()
    assert (found.in_header, found.in_samples) == (True, True)


def test_layers_of_h265_are_noticed(hevc: bytes) -> None:
    collector = Collector("hevc", hevc)
    collector.take(0.0, packet(HEVC_SLICE))
    assert not collector.result().layered
    collector.take(0.1, packet(HEVC_SLICE, b"\x02\x09" + HEVC_SLICE[2:]))
    assert collector.result().layered
    other = Collector("hevc", hevc)
    other.take(0.0, packet(b"\x43\x01" + b"\x80" * 30))  # a set of the layer 32: nobody reads it
    assert other.result().layered


def test_what_does_not_fit_into_a_header_is_refused(record: bytes) -> None:
    collector = Collector("h264", record)
    with pytest.raises(Malformed, match="larger"):
        for number in range(3):
            collector.take(0.0, packet(pps(number) + b"\x55" * 30_000))


@pytest.mark.parametrize("set_", [b"\x67", b"\x67\x64\0", b"\x68", b"\x68\0\0\1"])
def test_damaged_sets_are_refused(record: bytes, set_: bytes) -> None:
    with pytest.raises(Malformed):
        Collector("h264", record).take(0.0, packet(set_))


def test_units_of_a_packet() -> None:
    assert [bytes(unit) for unit in units(packet(b"ab", b"", b"c"), 4)] == [b"ab", b"c"]
    assert [bytes(unit) for unit in units(b"\0\2ab\0\1c", 2)] == [b"ab", b"c"]
    assert [bytes(unit) for unit in units(b"\0\0\0\x09ab", 4)] == [b"ab"]  # it is cut off
    assert [bytes(unit) for unit in units(b"\0\0\1a\0\0\1\0\0\1bc", 0)] == [b"a", b"bc"]
    assert list(units(b"", 0)) == list(units(b"", 4)) == []
    assert [length_size("h264", given) for given in (None, b"", b"\1\x64\0\x1f\xfd\xe1", b"\0\0\0\1\x67")] == [
        0,
        0,
        2,
        0,
    ]
