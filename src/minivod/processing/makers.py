"""What each kind of step makes, by the tools of `media/`: a product, of a job."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from minivod.media.encode.adapt import adapt
from minivod.media.encode.results import Cut
from minivod.media.encode.transcode import transcode
from minivod.media.pictures import shots
from minivod.media.pictures.animation import animation
from minivod.media.pictures.sprite import sprite
from minivod.media.watermarks import Mark
from minivod.processing import used
from minivod.processing.step import COVER, Job, Maker, Product
from minivod.templates.kinds import (
    ADAPTIVE_DYNAMIC_STREAMING,
    ANIMATED_GRAPHICS,
    IMAGE_SPRITE,
    SAMPLE_SNAPSHOT,
    SNAPSHOT_BY_TIME_OFFSET,
    TRANSCODE,
    WATERMARK,
)


def _marks(job: Job) -> list[Mark]:
    return [
        Mark(
            settings=WATERMARK.read(mark["settings"]),
            picture=mark["picture"],
            text=mark["text"],
            start=mark["start"],
            end=mark["end"] or None,
        )
        for mark in job.marks
    ]


def _drawn_on(job: Job) -> list[int]:
    """The templates of its watermarks."""
    return [mark["definition"] for mark in job.marks]


async def _transcode(job: Job) -> Product:
    start, end = job.input.get("StartTimeOffset", 0.0), job.input.get("EndTimeOffset", 0.0)
    template = TRANSCODE.read(job.template)
    made = await transcode(
        job.sandbox,
        job.source,
        job.metadata,
        template,
        cut=Cut(start=start, end=end or None),
        marks=_marks(job),
        place=job.place,
        threads=job.threads,
        on_progress=job.on_progress,
    )
    return Product(
        files=made.files,
        entry=made.entry,
        metadata=made.metadata,
        body={"size": made.size, "md5": made.md5, "container": template.Container},
        whole=not (start or end or job.marks),
        used=used.transcode(made.metadata),
    )


async def _adapt(job: Job) -> Product:
    ladder = await adapt(
        job.sandbox,
        job.source,
        job.metadata,
        ADAPTIVE_DYNAMIC_STREAMING.read(job.template),
        marks=_marks(job),
        place=job.place,
        threads=job.threads,
        on_progress=job.on_progress,
    )
    return Product(
        files=ladder.files,
        entry=ladder.entry,
        body={
            "package": "HLS",
            "size": ladder.size,
            "duration": ladder.duration,
            "streams": [
                {"Type": one.type, "Width": one.width, "Height": one.height, "Size": one.size} for one in ladder.streams
            ],
        },
        whole=not job.marks,
        used=used.ladder(ladder),
    )


async def _animate(job: Job) -> Product:
    made = await animation(
        job.sandbox,
        job.source,
        job.metadata,
        ANIMATED_GRAPHICS.read(job.template),
        start=job.input["StartTimeOffset"],
        end=job.input["EndTimeOffset"],
        place=job.place,
        threads=job.threads,
        on_progress=job.on_progress,
    )
    facts = asdict(made)
    path: Path = facts.pop("path")
    return Product(files={path.name: path}, entry=path.name, body=facts, whole=True)


async def _snapshots(job: Job) -> Product:
    asked = job.input
    taken = await shots.snapshots(
        job.sandbox,
        job.source,
        job.metadata,
        SNAPSHOT_BY_TIME_OFFSET.read(job.template),
        offsets=asked["ExtTimeOffsetSet"] or asked["TimeOffsetSet"],
        marks=_marks(job),
        place=job.place,
        on_progress=job.on_progress,
    )
    return Product(
        files={one.path.name: one.path for one in taken},
        body={"shots": [[one.path.name, one.time] for one in taken], "watermarks": _drawn_on(job)},
        whole=not job.marks,
        used=used.pictures("SnapshotByTimeOffset", len(taken)),
    )


async def _samples(job: Job) -> Product:
    template = SAMPLE_SNAPSHOT.read(job.template)
    taken = await shots.samples(
        job.sandbox,
        job.source,
        job.metadata,
        template,
        marks=_marks(job),
        place=job.place,
        on_progress=job.on_progress,
    )
    return Product(
        files={one.path.name: one.path for one in taken},
        body={"type": template.SampleType, "interval": template.SampleInterval, "watermarks": _drawn_on(job)},
        whole=not job.marks,
        used=used.pictures("SampleSnapshot", len(taken)),
    )


async def _cover(job: Job) -> Product:
    path = await shots.cover(
        job.sandbox,
        job.source,
        job.metadata,
        SNAPSHOT_BY_TIME_OFFSET.read(job.template),
        position_type=job.input["PositionType"],
        position_value=job.input["PositionValue"],
        marks=_marks(job),
        place=job.place,
        on_progress=job.on_progress,
    )
    return Product(files={path.name: path}, entry=path.name, used=used.pictures("SnapshotByTimeOffset", 1))


async def _sprite(job: Job) -> Product:
    template = IMAGE_SPRITE.read(job.template)
    made = await sprite(
        job.sandbox,
        job.source,
        job.metadata,
        template,
        place=job.place,
        threads=job.threads,
        on_progress=job.on_progress,
    )
    return Product(
        files={path.name: path for path in (*made.sheets, made.vtt)},
        entry=made.vtt.name,
        body={
            "width": made.width,
            "height": made.height,
            "total": min(made.total, template.RowCount * template.ColumnCount),
        },
        whole=True,
        used=used.pictures("ImageSprite", len(made.sheets)),
    )


MAKERS: Mapping[str, Maker] = {
    "Transcode": _transcode,
    "AnimatedGraphics": _animate,
    "SnapshotByTimeOffset": _snapshots,
    "SampleSnapshot": _samples,
    "ImageSprite": _sprite,
    COVER: _cover,
    "AdaptiveDynamicStreaming": _adapt,
}
"""By Type of a MediaProcessTaskResult."""
