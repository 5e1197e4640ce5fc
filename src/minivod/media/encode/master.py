"""The master playlist of HLS: which streams there are, what decodes them, and how much they need (RFC 8216 §4.3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from minivod.media.metadata import ParameterSets

AAC_LC = "mp4a.40.2"
MASTER = "master.m3u8"
"""Its name."""
_VERSION = 6
_GROUP = "audio"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A stream of the master.

    Attributes:
        playlist: name of its media playlist.
        codecs: of all that is played with it (RFC 6381).
        peak: highest bit rate of a segment, with its sound, bit/s.
        average: likewise, of all of it.
        size: width and height; None: sound alone.
        fps: frames a second; 0: sound alone.
        group: number of the group of sounds that goes with it; None: none.
    """

    playlist: str
    codecs: str
    peak: int
    average: int
    size: tuple[int, int] | None = None
    fps: float = 0.0
    group: int | None = None


def codec(name: str, sets: ParameterSets | None) -> str:
    """How RFC 6381 and ISO/IEC 14496-15 annex E name a video stream; of its configuration record."""
    assert sets is not None and len(sets.record) > _LEAST  # noqa: S101 - of what our own encoder made
    record = sets.record
    if name == "h264":
        return f"avc1.{record[1:4].hex().upper()}"
    profile = record[1]
    space = ("", "A", "B", "C")[profile >> 6]
    tier = "H" if profile & 0x20 else "L"
    compatibility = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\0")
    parts = [
        f"{space}{profile & 31}",
        f"{compatibility:X}",
        f"{tier}{record[12]}",
        *(f"{one:X}" for one in constraints),
    ]
    return f"hvc1.{'.'.join(parts)}"


_LEAST = 12


def write(entries: Sequence[Entry], sounds: Sequence[str]) -> str:
    """The playlist.

    Args:
        entries: the first is what a player begins with.
        sounds: media playlists of the groups of sounds, by number.
    """
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for number, playlist in enumerate(sounds):
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}{number}",NAME="{_GROUP}",DEFAULT=YES,AUTOSELECT=YES,'
            f'URI="{playlist}"'
        )
    for entry in entries:
        attributes = [f"BANDWIDTH={entry.peak}", f"AVERAGE-BANDWIDTH={entry.average}", f'CODECS="{entry.codecs}"']
        if entry.size is not None:
            attributes += [f"RESOLUTION={entry.size[0]}x{entry.size[1]}", f"FRAME-RATE={entry.fps:.3f}"]
        if entry.group is not None:
            attributes.append(f'AUDIO="{_GROUP}{entry.group}"')
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", entry.playlist]
    return "\n".join(lines) + "\n"
