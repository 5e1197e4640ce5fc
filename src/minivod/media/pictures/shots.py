"""Snapshots of a video: at times that a task names, at even distances, and as a cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from minivod.media.metadata import MediaMetadata
from minivod.media.pictures import moments
from minivod.media.pictures.order import Order
from minivod.media.pictures.sizes import canvas
from minivod.media.pictures.tool import take
from minivod.media.progress import Progress
from minivod.media.sandbox import Sandbox
from minivod.media.unfit import Unfit
from minivod.media.watermarks import Mark
from minivod.templates.pictures import SampleSnapshot, SnapshotByTimeOffset

_THREADS = 2


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the video at `time`, seconds."""

    time: float
    path: Path


async def snapshots(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: SnapshotByTimeOffset, *,
    offsets: Sequence[float | str], marks: Sequence[Mark], place: Path, on_progress: Progress,
) -> list[Shot]:  # fmt: skip
    """Pictures at the offsets, in their order; two at the same time share a file.

    Args:
        sandbox: where they are made.
        source: the video.
        metadata: of the video.
        template: size and format.
        offsets: milliseconds (TimeOffsetSet), or texts such as 3.5s and 10% (ExtTimeOffsetSet).
        marks: watermarks; each is seen on the pictures of its time.
        place: an own directory for the files.
        on_progress: told how much is done, 0 to 1.

    Raises:
        Unfit: an offset lies outside of the video, or nothing can be made of it.
        StepFailed: a limit was hit.
        OSError: the disk is full.
    """
    canvas(template, template.FillType, metadata, sandbox.max_pixels)  # what has no picture has no times either
    if not 0 < len(offsets) <= moments.MOST:
        raise Unfit("InvalidInput.InvalidTimeOffset", f"there are {len(offsets)} offsets; 1 to {moments.MOST} are made")
    times = [moments.offset(asked, metadata.duration) for asked in offsets]
    return await _shots(sandbox, source, metadata, template, times, marks, place, on_progress)


async def samples(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: SampleSnapshot, *,
    marks: Sequence[Mark], place: Path, on_progress: Progress,
) -> list[Shot]:  # fmt: skip
    """Pictures at even distances, the first one of the first frame; like `snapshots` in everything else."""
    canvas(template, template.FillType, metadata, sandbox.max_pixels)
    times = moments.spaced(template, metadata.duration)
    return await _shots(sandbox, source, metadata, template, times, marks, place, on_progress)


async def cover(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: SnapshotByTimeOffset, *,
    position_type: str, position_value: float, marks: Sequence[Mark], place: Path, on_progress: Progress,
) -> Path:  # fmt: skip
    """One picture: PositionType Time with seconds, or Percent; like `snapshots` in everything else."""
    canvas(template, template.FillType, metadata, sandbox.max_pixels)
    if position_type == "Percent":
        time = moments.share(position_value, metadata.duration)
    else:
        time = moments.within(position_value, metadata.duration, f"PositionValue {position_value:g} s")
    return (await _shots(sandbox, source, metadata, template, [time], marks, place, on_progress))[0].path


async def _shots(
    sandbox: Sandbox, source: Path, metadata: MediaMetadata, template: SnapshotByTimeOffset | SampleSnapshot,
    times: Sequence[float], marks: Sequence[Mark], place: Path, on_progress: Progress,
) -> list[Shot]:  # fmt: skip
    ordered = moments.in_order(times)
    order = Order(
        source="", demuxer="", max_pixels=0, threads=_THREADS, moments=ordered, format=template.Format,
        canvas=canvas(template, template.FillType, metadata, sandbox.max_pixels),
    )  # fmt: skip
    paths = await take(sandbox, source, metadata, order, marks=marks, place=place, on_progress=on_progress)
    found = dict(zip(ordered, paths, strict=True))
    return [Shot(time, found[time]) for time in times]
