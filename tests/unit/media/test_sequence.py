"""What sequence parameter sets say, as x264 and x265 write them, and as nobody should."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from minivod.media.metadata import PictureFormat
from minivod.media.sequence import Bits, Malformed, read_sequence

from .streams import record_of, sets_of

Clip = Callable[..., Path]
SMALL = "-f lavfi -i testsrc2=size=64x64:rate=5 -frames:v 2"
H264 = {
    "baseline": ("-profile:v baseline", PictureFormat("Constrained Baseline", 8, "4:2:0")),
    "main": ("-profile:v main", PictureFormat("Main", 8, "4:2:0")),
    "high": ("-profile:v high", PictureFormat("High", 8, "4:2:0")),
    "monochrome": ("-pix_fmt gray", PictureFormat("High", 8, "4:0:0")),
    "high10": ("-pix_fmt yuv420p10", PictureFormat("High 10", 10, "4:2:0")),
    "intra": ("-pix_fmt yuv420p10 -g 1", PictureFormat("High 10 Intra", 10, "4:2:0")),
    "high422": ("-pix_fmt yuv422p", PictureFormat("High 4:2:2", 8, "4:2:2")),
    "high444": ("-pix_fmt yuv444p", PictureFormat("High 4:4:4 Predictive", 8, "4:4:4")),
}
HEVC = {
    "yuv420p": PictureFormat("Main", 8, "4:2:0"),
    "yuv420p10": PictureFormat("Main 10", 10, "4:2:0"),
    "yuv420p12": PictureFormat("Rext", 12, "4:2:0"),
    "yuv422p10": PictureFormat("Rext", 10, "4:2:2"),
    "yuv444p": PictureFormat("Rext", 8, "4:4:4"),
    "gray": PictureFormat("Rext", 8, "4:0:0"),
}


def sps_of_h264(clip_store: Clip, name: str) -> bytes:
    arguments = f"{SMALL} -pix_fmt yuv420p {H264[name][0]}"
    return sets_of(record_of(clip_store(f"sps_{name}.mp4", f"{arguments} -c:v libx264 -preset veryfast")))[0]


def sps_of_hevc(clip_store: Clip, pixels: str) -> bytes:
    coder = f"-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt {pixels} -tag:v hvc1"
    record = record_of(clip_store(f"sps_{pixels}.mp4", f"{SMALL} {coder}"))
    start = record.index(b"\x42\x01")
    return record[start : start + int.from_bytes(record[start - 2 : start], "big")]


@pytest.mark.parametrize("name", H264)
def test_h264(clip_store: Clip, name: str) -> None:
    unit = sps_of_h264(clip_store, name)
    assert read_sequence("h264", unit)[:3] == (0, H264[name][1], unit[1:4])


@pytest.mark.parametrize("pixels", HEVC)
def test_hevc(clip_store: Clip, pixels: str) -> None:
    found = read_sequence("hevc", sps_of_hevc(clip_store, pixels))
    assert (found.number, found.format, found.layers) == (0, HEVC[pixels], (1, True))


@pytest.mark.parametrize(
    ("profile", "constraints", "name"),
    [
        (66, 0x00, "Baseline"), (66, 0x40, "Constrained Baseline"), (77, 0x00, "Main"), (88, 0x00, "Extended"),
        (100, 0x0C, "High"), (110, 0x10, "High 10 Intra"), (122, 0x10, "High 4:2:2 Intra"),
        (244, 0x10, "High 4:4:4 Intra"), (44, 0x00, "CAVLC 4:4:4"), (118, 0x00, "Multiview High"), (99, 0x00, ""),
    ],
)  # fmt: skip
def test_profiles_of_h264(clip_store: Clip, profile: int, constraints: int, name: str) -> None:
    unit = sps_of_h264(clip_store, "high")
    changed = unit[:1] + bytes([profile, constraints]) + unit[3:]
    assert read_sequence("h264", changed).format.profile == name


@pytest.mark.parametrize(
    ("said", "compatible", "name"),
    [
        (1, 0x60000000, "Main"), (2, 0x20000000, "Main 10"), (3, 0x70000000, "Main Still Picture"),
        (9, 0x00400000, "Scc"), (31, 0, ""), (0, 0x60000000, "Main"), (0, 0x20000000, "Main 10"), (0, 0, ""),
    ],
)  # fmt: skip
def test_profiles_of_hevc(clip_store: Clip, said: int, compatible: int, name: str) -> None:
    """Where none is said, decoders take the first one that the stream is compatible with."""
    unit = sps_of_hevc(clip_store, "yuv420p")
    plain = unit.replace(b"\0\0\3", b"\0\0")
    changed = plain[:3] + bytes([said]) + compatible.to_bytes(4, "big") + plain[8:]
    assert read_sequence("hevc", changed.replace(b"\0\0", b"\0\0\3")).format.profile == name


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_is_cut_or_made_up_is_refused_or_read(clip_store: Clip, codec: str) -> None:
    unit = sps_of_h264(clip_store, "high") if codec == "h264" else sps_of_hevc(clip_store, "yuv420p10")
    for length in range(5):
        with pytest.raises(Malformed):
            read_sequence(codec, unit[:length])
    dice = random.Random(1)
    for _ in range(2000):
        made_up = bytearray(unit)
        for _ in range(dice.randint(1, 8)):
            made_up[dice.randrange(len(unit))] = dice.randrange(256)
        try:
            found = read_sequence(codec, bytes(made_up)[: dice.randint(1, len(unit))])
        except Malformed:
            continue
        assert 8 <= found.format.bit_depth <= 16
        assert found.format.chroma in ("4:0:0", "4:2:0", "4:2:2", "4:4:4")


def test_numbers_of_a_variable_length() -> None:
    """The first codes of table 9-2 in H.264."""
    bits = Bits(int("101001100100001110001000", 2).to_bytes(3, "big"))
    assert [bits.golomb() for _ in range(6)] == [0, 1, 2, 3, 6, 7]
    with pytest.raises(Malformed, match="too large"):
        Bits(bytes(8)).golomb()
    with pytest.raises(Malformed, match="too early"):
        Bits(b"\1").golomb() and Bits(b"").take(1)
