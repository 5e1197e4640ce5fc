"""Has pictures taken out of a video by the confined child, and takes over the files that it left."""

import errno
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from minivod.media.metadata import MediaMetadata
from minivod.media.outcome import check
from minivod.media.outputs import own, refuse_full_disk
from minivod.media.pictures.order import Laid, Order, file_name
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox, python_tool
from minivod.media.sniff import NotMedia, sniff
from minivod.media.unfit import Unfit
from minivod.media.watermarks import Mark, overlay, timed

LARGEST = 256 * 1024**2
"""Bytes of a file."""
_SOURCE, _ORDER, _OUT = "source", "order.json", "out"
_NO_SPACE, _TOO_LARGE = (os.strerror(number).encode() for number in (errno.ENOSPC, errno.EFBIG))


async def take(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, order: Order, *, marks: Sequence[Mark], place: Path,
    on_progress: Progress, passes: int = 1,
) -> list[Path]:  # fmt: skip
    """The files, in `place`, by their numbers.

    Args:
        sandbox: where it is done.
        source: the video.
        metadata: of the video.
        order: but for the source, the marks and the limits of the sandbox.
        marks: to lay over the pictures.
        place: a directory for the results.
        on_progress: told how much is done, 0 to 1.
        passes: how often the child counts the pictures.

    Raises:
        Unfit: SourceFileError.ContentMalformed, InvalidInput.ConfigurationUnsupported, .ResultFileSizeTooLarge.
        StepFailed: a limit was hit.
        OSError: the disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="pictures-", dir=place, ignore_cleanup_errors=True) as directory:
        work = Path(directory)
        out = work / _OUT
        out.mkdir()
        _link(source, work / _SOURCE)
        laid = [await _laid(sandbox, mark, metadata, order, work) for mark in marks]
        told = msgspec.structs.replace(
            order,
            source=_SOURCE,
            demuxer=sniff(source).demuxer,
            max_pixels=sandbox.max_pixels,
            marks=laid,
            fields=metadata.video[0].fields,
        )
        (work / _ORDER).write_bytes(msgspec.json.encode(told))
        await _run(sandbox, work, out, _Count(len(order.moments) * passes, on_progress))
        cells = order.columns * order.rows or (len(order.moments) if order.fps else 1)
        number = -(-len(order.moments) // cells)
        names = [file_name(index, order.format) for index in range(1, number + 1)]
        made = [own(out / name).rename(place / name) for name in names]
    on_progress(1.0)
    return made


def _link(source: Path, target: Path) -> None:
    """The source beside what the child needs; it is not below what the child may write."""
    try:
        os.link(source.resolve(), target)
    except OSError:  # on another file system
        shutil.copyfile(source, target)


async def _laid(sandbox: Sandbox, mark: Mark, metadata: MediaMetadata, order: Order, work: Path) -> Laid:
    made = await overlay(sandbox, timed(mark, metadata.duration), order.canvas.width, order.canvas.height, work)
    return Laid(made.path.name, made.x, made.y, made.start, made.end)


async def _run(sandbox: Sandbox, work: Path, out: Path, count: "_Count") -> None:
    limits = replace(sandbox.limits, file_size=LARGEST)
    argv = python_tool("minivod.media.pictures.child_shots", _ORDER)
    done = await sandbox.run(argv, directory=work, writable=out, limits=limits, on_stdout=count.take)
    if done.returncode:
        refuse_full_disk(out, told=_NO_SPACE in done.stderr)
    if done.returncode and _TOO_LARGE in done.stderr:
        raise Unfit(
            "InvalidInput.ResultFileSizeTooLarge",
            f"a picture would have more than {LARGEST} bytes; fewer or smaller pictures are made by the template's "
            "sides, its Fps, or a shorter part of the video",
        )
    try:
        check(done, limits)
    except NotMedia as error:
        raise Unfit("SourceFileError.ContentMalformed", f"no picture can be taken of the video: {error}") from None


class _Count:
    """Reads lines with the number of pictures that are done; it starts anew in each pass."""

    def __init__(self, whole: int, on_progress: Progress) -> None:
        self._whole, self._on_progress = whole, on_progress
        self._rest, self._done = b"", 0

    def take(self, block: bytes) -> bool:
        """All that comes is a sign of life."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        self._done += sum(1 for line in lines if line)
        self._rest = self._rest[-20:]
        self._on_progress(min(self._done / self._whole, 1.0))
        return True
