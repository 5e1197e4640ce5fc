"""Evidence of what a review found: what was kept, and other pictures made anew of what was reviewed, in the sandbox."""

from collections.abc import Sequence
from pathlib import Path

from minivod.media.pictures.shots import snapshots
from minivod.media.probe import NotMedia, examine
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.media.unfit import Unfit
from minivod.media.workspace import job_directory
from minivod.objects import NoSuchObject, Objects
from minivod.publishing.showing import Shown
from minivod.review.model import Finding
from minivod.review.timeline import MAX_THUMBNAILS, THUMBNAIL_WIDTH
from minivod.templates.pictures import SnapshotByTimeOffset


async def stills(objects: Objects, sandbox: Sandbox, data_dir: str, shown: Shown) -> dict[int, bytes]:
    """Pictures (JPEG) and sounds (WAV) of a review's findings, by their place in the record, as far as they can be had.

    Args:
        objects: where evidence and videos are.
        sandbox: where pictures are made.
        data_dir: the setting.
        shown: the video.
    """
    if shown.record is None or shown.newest is None:
        return {}
    found: dict[int, bytes] = {}
    missing: dict[int, Finding] = {}
    for place, finding in enumerate(shown.record.findings):
        key = shown.evidence_key(finding)
        kept = await _kept(objects, key) if key else None
        if kept is not None:
            found[place] = kept
        elif not finding.heard and len(missing) < MAX_THUMBNAILS:
            missing[place] = finding
    if missing:
        made = await _made(objects, sandbox, data_dir, shown, [one.start for one in missing.values()])
        found |= dict(zip(missing, made, strict=False))
    return found


async def _kept(objects: Objects, key: str) -> bytes | None:
    try:
        return b"".join([chunk async for chunk in objects.get_range(key)])
    except NoSuchObject:
        return None


async def _made(
    objects: Objects, sandbox: Sandbox, data_dir: str, shown: Shown, moments: Sequence[float]
) -> list[bytes]:
    """Pictures of these moments, in seconds; none when the video is gone or cannot be decoded here."""
    key = shown.video_key
    if key is None:
        return []
    try:
        with job_directory(data_dir, "review") as work:
            async with objects.local_copy(key, work) as video:
                return await _taken(sandbox, video, moments, work)
    except (NoSuchObject, NotMedia, StepFailed, Unfit):
        return []


async def _taken(sandbox: Sandbox, video: Path, moments: Sequence[float], place: Path) -> list[bytes]:
    metadata = (await examine(sandbox, video)).metadata
    template = SnapshotByTimeOffset(Width=THUMBNAIL_WIDTH)
    offsets = [min(moment, metadata.duration) * 1000 for moment in moments]
    shots = await snapshots(
        sandbox, video, metadata, template, offsets=offsets, marks=(), place=place, on_progress=lambda _: None
    )
    return [shot.path.read_bytes() for shot in shots]
