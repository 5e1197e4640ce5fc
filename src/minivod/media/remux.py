"""Writes a video as the MP4 that is published: the streams copied, one video and one audio, the index first."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from minivod.media.boxes import show_whole_picture
from minivod.media.metadata import Examination, MediaMetadata, ParameterSets
from minivod.media.nal import CODECS
from minivod.media.outcome import check
from minivod.media.outputs import opened, refuse_full_disk
from minivod.media.probe import examine
from minivod.media.progress import Progress, Report
from minivod.media.sample_entry import put_record
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.media.sniff import NotMedia, sniff
from minivod.media.tools import ffmpeg_path

TAGS = {"h264": "avc1", "hevc": "hvc1"}
"""Sample entries of files with all parameter sets in the header. Apple's players take no other one for H.265."""
_TAGS_OF_ANY = {"h264": "avc3", "hevc": "hev1"}
"""Sample entries of files with parameter sets anywhere."""
_INTERIM, _OUTPUT = "interim.mp4", "remuxed.mp4"
_DAMAGED = b"Invalid data found when processing input"
"""What ffmpeg says, among much else, when a file ends too early or makes no sense."""
_TICK, _SAMPLE = "1", "ceil(1/TB/SR)"
"""Ticks of the source's clock, of video and of sound, that are at least one tick of the clock in the new file."""
_ROOM = 64 * 1024**2
_SLOWEST = 20 * 1024**2  # bytes per second of a slow disk


async def remux_to_mp4(
    sandbox: Sandbox,
    source: Path,
    target: Path,
    *,
    on_progress: Progress,
    examination: Examination | None = None,
) -> None:
    """Copies the first real video stream and the first audio stream of a file into an MP4 with faststart.

    Subtitles, data, attachments, attached pictures, chapters and metadata (place, device, author) stay behind. So does
    a clean aperture: review looks at whole pictures, and players have to show the same. Parameter sets are in the
    header of the new file and nowhere else, and units of further views of H.264 are left out.

    Args:
        sandbox: where it is done.
        source: the file, in a directory that holds nothing but the job's own.
        target: made or replaced, in the same directory, at the end.
        on_progress: told how much is done, 0 to 1.
        examination: of the source, if the caller has it already.

    Raises:
        NotMedia: the source is no media, is damaged, has no video, or no header is true for all of it.
        StepFailed: the streams do not fit into an MP4, or a limit was hit.
        OSError: the disk is full, which is no fault of the file.
    """
    found = examination or await examine(sandbox, source)
    metadata, sets = found.metadata, found.parameter_sets
    if not metadata.video:
        raise NotMedia("there is no video stream")
    if sets is not None and sets.changed_at is not None:
        raise NotMedia(f"its parameter sets change at {sets.changed_at:.1f} s, so that no header is true for all of it")
    codec = metadata.video[0].codec
    with tempfile.TemporaryDirectory(prefix="remux-", dir=target.parent, ignore_cleanup_errors=True) as place:
        copier = _Copier(sandbox, source.parent, Path(place), metadata)
        streams, last = _streams(metadata), on_progress
        if sets is not None and not sets.in_header:
            options = [*streams, *_tag(_TAGS_OF_ANY, codec), *_filters()]
            source = await copier.copy(source, _INTERIM, options, lambda done: on_progress(done / 2))
            with opened(source) as file:
                _put_record(file, sets.record)
            streams, last = ["-map", "0"], lambda done: on_progress(0.5 + done / 2)
        options = [*streams, *_tag(TAGS, codec), *_filters(_units(codec, sets)), "-movflags", "+faststart"]
        made = await copier.copy(source, _OUTPUT, options, last)
        with opened(made) as file:
            show_whole_picture(file, os.fstat(file.fileno()).st_size)
        made.rename(target)
    on_progress(1.0)


async def first_seconds(sandbox: Sandbox, source: Path, target: Path, seconds: int) -> None:
    """Copies the beginning of the same two streams, for a try-out; frames that are decoded before its end are in it.

    Args and errors as for `remux_to_mp4`; `seconds` is where it ends.
    """
    metadata = (await examine(sandbox, source)).metadata
    if not metadata.video:
        raise NotMedia("there is no video stream")
    with tempfile.TemporaryDirectory(prefix="cut-", dir=target.parent, ignore_cleanup_errors=True) as place:
        copier = _Copier(sandbox, source.parent, Path(place), metadata)
        options = [*_streams(metadata), *_filters(), "-t", str(seconds), "-movflags", "+faststart"]
        (await copier.copy(source, _OUTPUT, options, lambda _: None)).rename(target)


def _streams(metadata: MediaMetadata) -> list[str]:
    """The streams that the probe told of, by their numbers: ffmpeg may have another idea of which are the first."""
    chosen = [metadata.video[0].index, *(stream.index for stream in metadata.audio[:1])]
    return [word for number in chosen for word in ("-map", f"0:{number}")]


def _tag(tags: dict[str, str], codec: str) -> list[str]:
    return ["-tag:v", tags[codec]] if codec in tags else []


def _filters(of_video: str = "") -> list[str]:
    """What samples go through: those of video through that filter first, if there is one, and all `_in_order`."""
    video = f"{of_video},{_in_order(_TICK)}" if of_video else _in_order(_TICK)
    return ["-bsf:v", video, "-bsf:a", _in_order(_SAMPLE)]


def _in_order(ticks: str) -> str:
    """A filter by which no two samples of a stream have the same time, nor does one go back.

    Recorders write such samples, and players play them; ffmpeg gives up at them.
    """
    time = f"max(DTS,PREV_OUTDTS+{ticks})"
    return f"setts=dts='{time}':pts='max(PTS,{time})'"


def _units(codec: str, sets: ParameterSets | None) -> str:
    """Takes out of the samples what belongs into the header, and what only few players look at; empty: nothing."""
    if sets is None or not sets.in_samples:
        return ""
    kinds = sorted([*CODECS[codec].sets, *CODECS[codec].others])
    return f"filter_units=remove_types={'|'.join(map(str, kinds))}"


def _put_record(file: BinaryIO, record: bytes) -> None:
    if not put_record(file, os.fstat(file.fileno()).st_size, record):
        raise StepFailed("its parameter sets cannot be written into a header")


@dataclass(frozen=True)
class _Copier:
    """Runs ffmpeg on files below `directory`, and lets it write in `place`."""

    sandbox: Sandbox
    directory: Path
    place: Path
    metadata: MediaMetadata

    async def copy(self, source: Path, name: str, options: Sequence[str], on_progress: Progress) -> Path:
        """The new MP4."""
        size, made = self.metadata.size, self.place / name
        limits = replace(
            self.sandbox.limits,
            file_size=2 * size + _ROOM,
            # ffmpeg says nothing while it moves the samples behind the index at the end.
            stall=self.sandbox.limits.stall + size / _SLOWEST,
        )
        done = await self.sandbox.run(
            [ffmpeg_path(self.sandbox.ffmpeg), *self._arguments(source, options, made)],
            directory=self.directory,
            writable=self.place,
            limits=limits,
            on_stdout=Report(self.metadata.duration, on_progress).take,
        )
        if done.returncode != 0:
            refuse_full_disk(self.place)
        if done.returncode > 0 and _DAMAGED in done.stderr:
            raise NotMedia(f"it is damaged or incomplete ({_DAMAGED.decode()})")
        check(done, limits)
        return made

    def _arguments(self, source: Path, options: Sequence[str], made: Path) -> list[str]:
        demuxer = sniff(source).demuxer
        return [
            *("-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-y"),
            *("-protocol_whitelist", "file", "-format_whitelist", demuxer, "-f", demuxer),
            *("-i", f"file:{source.relative_to(self.directory)}", "-c", "copy", *options),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-fflags", "+bitexact"),
            *("-progress", "pipe:1", "-stats_period", "0.5", "-f", "mp4", f"file:{made.relative_to(self.directory)}"),
        ]
