"""Reads sequence parameter sets (SPS) of H.264 and H.265: their numbers, and what they say of the pictures."""

from typing import NamedTuple

from minivod.media.metadata import PictureFormat
from minivod.media.nal import beginning_of

CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
"""By chroma_format_idc."""
# ITU-T H.264 §7.3.2.1.1: profiles whose sets tell chroma and depth; the others have 4:2:0 and 8 bits.
_TELL_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_INTRA = frozenset({110, 122, 244})
_H264_PROFILES = {
    44: "CAVLC 4:4:4", 66: "Baseline", 77: "Main", 83: "Scalable Baseline", 86: "Scalable High", 88: "Extended",
    100: "High", 110: "High 10", 118: "Multiview High", 122: "High 4:2:2", 128: "Stereo High", 138: "Multiview Depth",
    139: "Enhanced Multiview Depth", 244: "High 4:4:4 Predictive",
}  # fmt: skip
_HEVC_PROFILES = {
    1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Rext", 5: "High Throughput", 6: "Multiview Main",
    7: "Scalable Main", 8: "3D Main", 9: "Scc", 10: "Scalable Rext", 11: "High Throughput Scc",
}  # fmt: skip
_PROFILE_BITS = 88  # of H.265's profile_tier_level before the level (§7.3.3)
_LONGEST_CODE = 32


class Malformed(ValueError):
    """A parameter set ends too early, or has a value that cannot be."""


class Sequence(NamedTuple):
    """An SPS: its number, its pictures, and the bytes that a configuration record repeats.

    `head`: of H.264 profile, constraints and level; of H.265 everything from profile space to level (12 bytes).
    `layers`: of H.265 the temporal ones, and whether they are nested.
    """

    number: int
    format: PictureFormat
    head: bytes
    layers: tuple[int, bool] = (1, False)


class Bits:
    """Reads bits from the front (H.264 §7.2, §9.1)."""

    def __init__(self, content: bytes) -> None:
        self._value = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    def take(self, number: int) -> int:
        """The next bits as an unsigned number; raises Malformed at the end."""
        self._left -= number
        if self._left < 0:
            raise Malformed("it ends too early")
        return self._value >> self._left & ((1 << number) - 1)

    def golomb(self) -> int:
        """The next Exp-Golomb code, ue(v); raises Malformed."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise Malformed("it has a number that is too large")
        return (1 << zeros) - 1 + self.take(zeros)


def read_sequence(codec: str, unit: bytes) -> Sequence:
    """An SPS of that codec ("h264", "hevc"), with the unit's header.

    Raises:
        Malformed: it makes no sense.
    """
    content = beginning_of(unit)
    return _read_hevc(content) if codec == "hevc" else _read_h264(content)


def _read_h264(content: bytes) -> Sequence:
    bits = Bits(content[4:])
    if len(content) < 4:
        raise Malformed("it ends too early")
    profile, constraints = content[1], content[2]
    number = bits.golomb()
    chroma, depth = 1, 8
    if profile in _TELL_CHROMA:
        chroma, depth = _chroma_and_depth(bits)
    return Sequence(number, PictureFormat(_h264_profile(profile, constraints), depth, CHROMA[chroma]), content[1:4])


def _h264_profile(profile: int, constraints: int) -> str:
    name = _H264_PROFILES.get(profile, "")
    if profile == 66 and constraints & 0x40:
        return "Constrained Baseline"
    if profile in _INTRA and constraints & 0x10:
        return {"High 4:4:4 Predictive": "High 4:4:4 Intra"}.get(name, f"{name} Intra")
    return name


def _chroma_and_depth(bits: Bits, *, size_between: bool = False) -> tuple[int, int]:
    """From chroma_format_idc to the bit depths, which both codecs have in this order; H.265 has the size between."""
    chroma = bits.golomb()
    if chroma >= len(CHROMA):
        raise Malformed("it has a chroma format that does not exist")
    if chroma == 3:
        bits.take(1)  # separate_colour_plane_flag
    if size_between:
        bits.golomb(), bits.golomb()
        if bits.take(1):
            for _ in range(4):  # conformance window
                bits.golomb()
    depth = 8 + max(bits.golomb(), bits.golomb())
    if depth > 16:
        raise Malformed("it has a bit depth that does not exist")
    return chroma, depth


def _read_hevc(content: bytes) -> Sequence:
    bits = Bits(content[2:])
    bits.take(4)  # the number of a video parameter set
    sub_layers, nested = bits.take(3), bool(bits.take(1))
    head = content[3:15]
    bits.take(_PROFILE_BITS + 8)
    _skip_sub_layers(bits, sub_layers)
    number = bits.golomb()
    chroma, depth = _chroma_and_depth(bits, size_between=True)
    profile = _HEVC_PROFILES.get(_hevc_profile(head), "")
    return Sequence(number, PictureFormat(profile, depth, CHROMA[chroma]), head, (sub_layers + 1, nested))


def _hevc_profile(head: bytes) -> int:
    """The profile; where none is said, the first one that the stream is compatible with, as decoders take it."""
    compatible = int.from_bytes(head[1:5], "big")
    said = head[0] & 31
    return said or next((number for number in range(1, 32) if compatible >> (31 - number) & 1), 0)


def _skip_sub_layers(bits: Bits, number: int) -> None:
    present = [(bits.take(1), bits.take(1)) for _ in range(number)]
    if number:
        bits.take(2 * (8 - number))
    for profile, level in present:
        bits.take(_PROFILE_BITS * profile + 8 * level)
