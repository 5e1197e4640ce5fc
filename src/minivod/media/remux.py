"""Writes a video as the MP4 that is published: the streams copied, one video and one audio, the index first."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from minivod.media.boxes import show_whole_picture
from minivod.media.outcome import check
from minivod.media.probe import MediaMetadata, probe
from minivod.media.sandbox import Argument, Sandbox, StepFailed
from minivod.media.sniff import NotMedia, sniff
from minivod.media.tools import ffmpeg_path

_OUTPUT = "remuxed.mp4"
_DAMAGED = b"Invalid data found when processing input"
"""What ffmpeg says, among much else, when a file ends too early or makes no sense."""
_ROOM = 64 * 1024**2
_FULL = 1024**2
"""Free bytes below which a tool that failed is taken to have failed because of them."""
_SLOWEST = 20 * 1024**2  # bytes per second of a slow disk


async def remux_to_mp4(
    sandbox: Sandbox,
    source: Path,
    target: Path,
    *,
    on_progress: Callable[[float], None],
    metadata: MediaMetadata | None = None,
) -> None:
    """Copies the first real video stream and the first audio stream of a file into an MP4 with faststart.

    Subtitles, data, attachments, attached pictures, chapters and metadata (place, device, author) stay behind. So does
    a clean aperture: review looks at whole pictures, and players have to show the same.

    Args:
        sandbox: where it is done.
        source: the file, in a directory that holds nothing but the job's own.
        target: made or replaced, in the same directory, at the end.
        on_progress: told how much is done, 0 to 1.
        metadata: of the source, if the caller has probed it already.

    Raises:
        NotMedia: the source is no media, is damaged, or has no video.
        StepFailed: the streams do not fit into an MP4, or a limit was hit.
        OSError: the disk is full, which is no fault of the file.
    """
    metadata = metadata or await probe(sandbox, source)
    if not metadata.video:
        raise NotMedia("there is no video stream")
    report = _Report(metadata.duration, on_progress)
    with tempfile.TemporaryDirectory(prefix="remux-", dir=target.parent, ignore_cleanup_errors=True) as place:
        argv: list[Argument] = [
            ffmpeg_path(sandbox.ffmpeg),
            *_arguments(source, metadata, f"file:{Path(place).name}/{_OUTPUT}"),
        ]
        limits = replace(
            sandbox.limits,
            file_size=2 * metadata.size + _ROOM,
            # ffmpeg says nothing while it moves the samples behind the index at the end.
            stall=sandbox.limits.stall + metadata.size / _SLOWEST,
        )
        done = await sandbox.run(
            argv, directory=source.parent, writable=Path(place), limits=limits, on_stdout=report.take
        )
        if done.returncode != 0:
            _refuse_full_disk(Path(place))
        if done.returncode > 0 and _DAMAGED in done.stderr:
            raise NotMedia(f"it is damaged or incomplete ({_DAMAGED.decode()})")
        check(done, limits)
        made = Path(place) / _OUTPUT
        with _opened(made) as file:
            show_whole_picture(file, os.fstat(file.fileno()).st_size)
        made.rename(target)
    on_progress(1.0)


def _refuse_full_disk(place: Path) -> None:
    if shutil.disk_usage(place).free < _FULL:
        raise OSError(errno.ENOSPC, "no space left for working files")


def _opened(path: Path) -> BinaryIO:
    """The tool's output, to be changed. The tool may be in other hands: what it left must be a file of its own."""
    try:
        number = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise StepFailed(f"its output cannot be opened ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise StepFailed("its output is no file")
    return os.fdopen(number, "r+b")


def _arguments(source: Path, metadata: MediaMetadata, output: str) -> list[str]:
    demuxer = sniff(source).demuxer
    # Capital V: no attached pictures. HEVC needs the tag hvc1, which is the one that Apple's players take.
    tag = ["-tag:v", "hvc1"] if metadata.video[0].codec == "hevc" else []
    return [
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-y"),
        *("-protocol_whitelist", "file", "-format_whitelist", demuxer, "-f", demuxer),
        *("-i", f"file:{source.name}"),
        *("-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", *tag),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-fflags", "+bitexact"),
        *("-movflags", "+faststart", "-progress", "pipe:1", "-stats_period", "0.5", "-f", "mp4", output),
    ]


class _Report:
    """Reads what `-progress` prints: lines `out_time_us=…` and `total_size=…`."""

    def __init__(self, duration: float, on_progress: Callable[[float], None]) -> None:
        self._duration = duration
        self._on_progress = on_progress
        self._rest = b""
        self._furthest = (0, 0)

    def take(self, block: bytes) -> bool:
        """Whether the block tells of progress."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        time, size = self._furthest
        for line in lines:
            name, _, value = line.partition(b"=")
            number = int(value) if value.strip().isdigit() else 0
            if name == b"out_time_us":
                time = max(time, number)
            elif name == b"total_size":
                size = max(size, number)
        moved = (time, size) != self._furthest
        self._furthest = (time, size)
        if moved and self._duration > 0:
            self._on_progress(min(time / 1e6 / self._duration, 1.0))
        return moved
