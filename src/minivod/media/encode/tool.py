"""Runs ffmpeg on a source in the sandbox: one command, its limits, its progress, and what its failure means."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minivod.media.encode.results import Span
from minivod.media.encode.source import Source
from minivod.media.outcome import check
from minivod.media.outputs import refuse_full_disk
from minivod.media.progress import Progress, Report
from minivod.media.sandbox import Completed, Limits, Sandbox
from minivod.media.tools import ffmpeg_encoders, ffmpeg_path
from minivod.media.unfit import Unfit
from minivod.media.watermarks import Overlay

NICE = 10
"""By which what may take hours gives way to all else."""
_DAMAGED = b"Invalid data found when processing input"
"""What ffmpeg says, among much else, when a file makes no sense."""
_SLOWEST = 20 * 1024**2  # bytes per second of a slow disk
_SLOWEST_DECODING = 2.0  # times real time
_PER_PIXEL, _PER_ENCODER = 300, 256 * 1024**2
"""Bytes of address space for a pixel of a picture, and for one more encoder with its threads.

Measured from 1920x1080 to 3840x2160 with two threads: up to 200 for a pixel (libsvtav1), and up to 1.3 GB at all sizes,
which the limit of every tool covers once.
"""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """ffmpeg on one source, which reads in the source's directory and writes in `place`, below it.

    Attributes:
        sandbox: where it runs.
        source: what it reads.
        span: the part of the source that is wanted.
        place: where it writes.
        threads: of the decoder, of the filters and of each encoder.
    """

    sandbox: Sandbox
    source: Source
    span: Span
    place: Path
    threads: int

    async def encoders(self) -> frozenset[str]:
        """The encoders that the ffmpeg has."""
        return await asyncio.to_thread(ffmpeg_encoders, self.sandbox.ffmpeg)

    async def run(
        self,
        options: Sequence[str],
        *,
        overlays: Sequence[Overlay],
        pixels: int,
        encoders: int = 1,
        most: int,
        on_progress: Progress,
    ) -> bool:
        """Runs it to its end; whether it has complained that the source's data make no sense, and gone on.

        Args:
            options: of filters, encoders and outputs; input 0 is the source, those after it are the overlays.
            overlays: the pictures that are laid over it.
            pixels: of all output pictures together.
            encoders: of pictures.
            most: bytes of all outputs.
            on_progress: told how much is done, 0 to 1.

        Raises:
            Unfit: the source is damaged, or the output grows too large.
            StepFailed: a limit was hit, or the tool failed.
            OSError: the disk is full.
        """
        limits = self._limits(pixels, encoders, most)
        done = await self.sandbox.run(
            [ffmpeg_path(self.sandbox.ffmpeg), *self._inputs(overlays), *self._common(), *options],
            directory=self.source.path.parent,
            writable=self.place,
            limits=limits,
            on_stdout=Report(self.span.duration, on_progress).take,
        )
        if done.returncode != 0:
            self._refuse(done, most)
        check(done, limits)
        return _DAMAGED in done.stderr

    def name(self, path: Path) -> str:
        """A file as the tool is told it."""
        return f"file:{path.relative_to(self.source.path.parent)}"

    def _refuse(self, done: Completed, most: int) -> None:
        refuse_full_disk(self.place)
        if done.returncode == -signal.SIGXFSZ:
            raise Unfit("InvalidInput.ResultFileSizeTooLarge", f"the output grew over {most} bytes")
        if done.returncode > 0 and _DAMAGED in done.stderr:
            raise Unfit("SourceFileError.ContentMalformed", f"the source is damaged ({_DAMAGED.decode()})")

    def _inputs(self, overlays: Sequence[Overlay]) -> list[str]:
        demuxer = self.source.demuxer
        seek = (
            ["-noaccurate_seek", "-ss", f"{self.span.start:.6f}"] if not self.span.whole and self.source.indexed else []
        )
        inputs = [
            *("-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-threads", str(self.threads)),
            *("-noautorotate", "-max_pixels", str(self.sandbox.max_pixels), *seek),
            *("-protocol_whitelist", "file", "-format_whitelist", demuxer, "-f", demuxer),
            *("-i", self.name(self.source.path)),
        ]
        for overlay in overlays:
            inputs += self._overlay(overlay)
        return inputs

    def _overlay(self, overlay: Overlay) -> list[str]:
        kind = "apng" if overlay.animated else "png_pipe"
        loops = ["-stream_loop", "-1"] if overlay.animated and overlay.loops else []
        return [
            *("-threads", "1", *loops, "-protocol_whitelist", "file", "-format_whitelist", kind, "-f", kind),
            *("-i", self.name(overlay.path)),
        ]

    def _common(self) -> list[str]:
        """Options for all outputs: what the source says of itself stays behind."""
        threads = str(self.threads)
        return [
            *("-filter_threads", threads, "-filter_complex_threads", threads),
            *("-progress", "pipe:1", "-stats_period", "0.5"),
        ]

    def _limits(self, pixels: int, encoders: int, most: int) -> Limits:
        limits, video = self.sandbox.limits, self.source.video
        read = video.width * video.height if video is not None else 0
        # Nothing comes while a long stretch before the cut is only decoded, or while samples move behind the index.
        waiting = 0.0 if self.source.indexed else self.span.start / _SLOWEST_DECODING
        return replace(
            limits,
            memory=limits.memory + (read + pixels) * _PER_PIXEL + encoders * _PER_ENCODER,
            file_size=min(limits.file_size, most),
            stall=limits.stall + waiting + most / _SLOWEST,
            nice=NICE,
        )


def copied_nothing() -> list[str]:
    """Options of an output by which nothing but its streams gets into it."""
    return [
        *("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
    ]
