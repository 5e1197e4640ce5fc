"""HLS: the options of ffmpeg's muxer, and the playlists that it wrote, which are read with care."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from minivod.media.outputs import OutputWrong, opened

Kind = Literal["ts", "fmp4"]

_SUFFIX = {"ts": "ts", "fmp4": "m4s"}
_LONGEST_PLAYLIST = 16 * 1024**2
_SHORTEST_SEGMENT = 0.5
_BLOCK = 1024**2
_SHORT, _LONG = 3.0, 10.0
"""Seconds between which a segment lies when the server chooses its length by the distance of keyframes."""
_USUAL = 6.0


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A media playlist and its files.

    Attributes:
        playlist: its file.
        segments: in order, with the seconds that each lasts.
        initial: what fragmented MP4 begins with; None: transport stream.
        stored: whether the files come from the store, and not from a tool.
    """

    playlist: Path
    segments: Sequence[tuple[Path, float]]
    initial: Path | None
    stored: bool = False

    @property
    def files(self) -> list[Path]:
        """All of them; the playlist comes last, because it refers to the others."""
        return [*([self.initial] if self.initial else []), *(path for path, _ in self.segments), self.playlist]

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(path.stat().st_size for path in self.files)

    @property
    def peak(self) -> int:
        """Highest bit rate of a segment, bit/s; very short ones, as at an end, are taken together with the one before.

        RFC 8216 §4.3.4.2.
        """
        rates, pending, time = [0.0], 0, 0.0
        for path, seconds in reversed(self.segments):
            pending, time = pending + path.stat().st_size, time + seconds
            if time >= _SHORTEST_SEGMENT or len(self.segments) == 1:
                rates.append(pending * 8 / max(time, 0.001))
                pending, time = 0, 0.0
        return round(max(rates))

    @property
    def average(self) -> int:
        """Bit rate of all segments, bit/s."""
        seconds = sum(seconds for _, seconds in self.segments)
        return round(sum(path.stat().st_size for path, _ in self.segments) * 8 / max(seconds, 0.001))


def segment_seconds(asked: int, gop: float) -> float:
    """How long a segment is: as asked, or by the distance of keyframes in seconds (0: the server chooses that too)."""
    if asked:
        return float(asked)
    if not gop:
        return _USUAL
    return min(_LONG, gop * max(1, -(-_SHORT // gop)))


def options(kind: Kind, prefix: str, seconds: float, place: Path, directory: Path) -> list[str]:
    """The options of an output.

    Args:
        kind: of the segments.
        prefix: of the names of all files.
        seconds: of a segment.
        place: where they are written.
        directory: the tool's working directory, above `place`.
    """
    folder = place.relative_to(directory)
    segments = folder / f"{prefix}-%05d.{_SUFFIX[kind]}"
    initial = ["-hls_fmp4_init_filename", f"{prefix}-init.mp4"] if kind == "fmp4" else []
    return [
        *("-f", "hls", "-hls_time", f"{seconds:.6f}", "-hls_list_size", "0", "-hls_playlist_type", "vod"),
        *("-hls_segment_type", "mpegts" if kind == "ts" else "fmp4", *initial),
        *("-hls_flags", "independent_segments", "-hls_segment_filename", str(segments)),
        str(folder / f"{prefix}.m3u8"),
    ]


def read(place: Path, prefix: str, kind: Kind, most: int, *, stored: bool = False) -> Variant:
    """The variant that the muxer wrote with that prefix.

    Args:
        place: where it is.
        prefix: of its names.
        kind: of its segments.
        most: segments that it may have.
        stored: whether it comes from the store, and not from the tool.

    Raises:
        OutputWrong: the playlist names anything but its own files, or these are not what they should be.
    """
    playlist = place / f"{prefix}.m3u8"
    with opened(playlist, change=False, stored=stored) as file:
        lines = file.read(_LONGEST_PLAYLIST).decode("ascii", errors="replace").splitlines()
    name = re.compile(re.escape(prefix) + r"-[0-9]{5,6}\." + _SUFFIX[kind])
    segments = list[tuple[Path, float]]()
    seconds = 0.0
    for line in lines:
        if line.startswith("#EXTINF:"):
            seconds = _seconds(line)
        elif line and not line.startswith("#"):
            if not name.fullmatch(line) or len(segments) >= most:
                raise OutputWrong("its playlist makes no sense")
            segments.append((place / line, seconds))
    if not segments or lines[0] != "#EXTM3U" or lines[-1] != "#EXT-X-ENDLIST":
        raise OutputWrong("its playlist is not complete")
    initial = place / f"{prefix}-init.mp4" if kind == "fmp4" else None
    if initial and f'#EXT-X-MAP:URI="{initial.name}"' not in lines:
        raise OutputWrong("its playlist does not name where its segments begin")
    return Variant(playlist=playlist, segments=segments, initial=initial, stored=stored)


def join(variant: Variant, target: Path) -> None:
    """Writes all segments into one file, which is a stream like any other: to be looked at, and removed."""
    with target.open("xb") as joined:
        for path in variant.files[:-1]:
            with opened(path, change=False, stored=variant.stored) as file:
                shutil.copyfileobj(file, joined, _BLOCK)


def _seconds(line: str) -> float:
    try:
        return max(0.0, float(line.removeprefix("#EXTINF:").split(",")[0]))
    except ValueError:
        raise OutputWrong("its playlist makes no sense") from None
