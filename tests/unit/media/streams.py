"""Files as other tools make them: parameter sets elsewhere, other lengths, start codes; by changing bytes of ours."""

from collections.abc import Iterator
from pathlib import Path

import av

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path

LENGTH = 4  # bytes before a unit in files that ffmpeg makes


def ffmpeg(*arguments: str | Path) -> bytes:
    """What ffmpeg writes to its standard output; text is split at blanks."""
    words = [word for part in arguments for word in (part.split() if isinstance(part, str) else [part])]
    done = run_trusted([ffmpeg_path(), "-v", "error", "-nostdin", "-y", *words], timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def pictures(path: Path) -> list[bytes]:
    """Time and checksum of each decoded picture; by one thread, because several begin before the first sets come."""
    lines = ffmpeg("-threads 1 -i", path, "-map 0:v:0 -f framemd5 -").splitlines()
    return [b",".join(line.split(b",")[2:3] + line.split(b",")[5:]) for line in lines if not line.startswith(b"#")]


def box(content: bytes | bytearray, kind: bytes) -> tuple[int, int]:
    """Where the last box of that kind begins (with its header) and ends."""
    start = content.rindex(kind) - 4
    return start, start + int.from_bytes(content[start : start + 4], "big")


def with_record(path: Path, record: bytes) -> Path:
    """Writes another configuration record into a file whose index comes last; the boxes around it are made to fit."""
    content = bytearray(path.read_bytes())
    kind = b"avcC" if b"avcC" in content else b"hvcC"
    entry = next(tag for tag in (b"avc1", b"avc3", b"hvc1", b"hev1") if tag in content[content.index(b"stsd") :])
    start, end = box(content, kind)
    grown = 8 + len(record) - (end - start)
    for around in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", entry):
        place = content.rindex(around, 0, start) - 4
        content[place : place + 4] = (int.from_bytes(content[place : place + 4], "big") + grown).to_bytes(4, "big")
    content[start:end] = (8 + len(record)).to_bytes(4, "big") + kind + record
    path.write_bytes(content)
    return path


def record_of(path: Path) -> bytes:
    content = path.read_bytes()
    start, end = box(content, b"avcC" if b"avcC" in content else b"hvcC")
    return content[start + 8 : end]


def without_sets(record: bytes) -> bytes:
    """The record with nothing in it."""
    return record[:5] + b"\xe0\0" if len(record) < 23 or record[5] & 0xE0 == 0xE0 else record[:22] + b"\0"


def units(path: Path) -> Iterator[tuple[int, int]]:
    """Type and size of each unit of a file with one track, whose samples begin with `mdat`."""
    content = path.read_bytes()
    start, end = box(content, b"mdat")
    hevc = b"hvcC" in content
    place = start + 8
    while place < end:
        size = int.from_bytes(content[place : place + LENGTH], "big")
        first = content[place + LENGTH]
        yield (first >> 1 & 63 if hevc else first & 31), size
        place += LENGTH + size


def with_lengths(source: Path, size: int, target: Path) -> Path:
    """A copy of an H.264 file whose units have lengths of `size` bytes before them."""
    with av.open(str(source)) as read, av.open(str(target), "w", format="mp4") as written:
        [video] = read.streams.video
        record = video.codec_context.extradata or b""
        made = written.add_stream_from_template(video)
        made.codec_context.extradata = record[:4] + bytes([0xFC | size - 1]) + record[5:]
        for packet in read.demux(video):
            if packet.size:
                copy = av.Packet(_with_lengths(bytes(packet), size))
                copy.stream, copy.pts, copy.dts = made, packet.pts, packet.dts
                copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
                written.mux(copy)
    return target


def _with_lengths(packet: bytes, size: int) -> bytes:
    place, parts = 0, list[bytes]()
    while place < len(packet):
        end = place + LENGTH + int.from_bytes(packet[place : place + LENGTH], "big")
        parts += [(end - place - LENGTH).to_bytes(size, "big"), packet[place + LENGTH : end]]
        place = end
    return b"".join(parts)


def with_start_codes(path: Path, *, record: bytes | None) -> Path:
    """The samples of a file of one track as a broken muxer writes them; `record` in place of its own, None: no box."""
    content = bytearray(path.read_bytes())
    start, end = box(content, b"mdat")
    place = start + 8
    while place < end:
        size = int.from_bytes(content[place : place + LENGTH], "big")
        content[place : place + LENGTH] = b"\0\0\0\1"
        place += LENGTH + size
    path.write_bytes(content)
    if record is not None:
        return with_record(path, record)
    path.write_bytes(path.read_bytes().replace(b"avcC", b"free"))
    return path


def sets_of(record: bytes) -> tuple[bytes, bytes]:
    """SPS and PPS of an `avcC` with one of each."""
    size = int.from_bytes(record[6:8], "big")
    after = record[8 + size :]
    return record[8 : 8 + size], after[3 : 3 + int.from_bytes(after[1:3], "big")]


def with_second_description(path: Path, record: bytes) -> Path:
    """Lets the last run of chunks of the first track have a sample entry of its own; the index has to come last."""
    content = bytearray(path.read_bytes())
    index = content.index(b"moov")
    chunks = content.index(b"stsc", index) - 4
    end = chunks + int.from_bytes(content[chunks : chunks + 4], "big")
    content[end - 4 : end] = (2).to_bytes(4, "big")
    table = content.index(b"stsd", index) - 4
    entry = bytes(content[table + 16 : table + int.from_bytes(content[table : table + 4], "big")])
    start, end = box(entry, b"avcC")
    entry = entry[4:start] + (8 + len(record)).to_bytes(4, "big") + b"avcC" + record + entry[end:]
    second = (4 + len(entry)).to_bytes(4, "big") + entry
    place = table + int.from_bytes(content[table : table + 4], "big")
    for around in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        at = content.index(around, index) - 4
        content[at : at + 4] = (int.from_bytes(content[at : at + 4], "big") + len(second)).to_bytes(4, "big")
    content[table + 15] = 2
    content[place:place] = second
    path.write_bytes(content)
    return path


def with_audio_config(path: Path, *fields: tuple[int, int]) -> Path:
    """An AudioSpecificConfig of these fields (value, bits) in place of an AAC file's own."""
    content = bytearray(path.read_bytes())
    place = content.index(b"\5\x80\x80\x80", content.index(b"esds")) + 4
    text = "".join(f"{value:0{bits}b}" for value, bits in fields)
    size = content[place]
    assert len(text) <= 8 * size
    content[place + 1 : place + 1 + size] = int(text.ljust(8 * size, "0"), 2).to_bytes(size, "big")
    path.write_bytes(content)
    return path
