"""Makes a video of a file that has come in, whichever way: looks at it, writes its row, begins its Procedure."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from minivod import ids
from minivod.media.decoded import picture
from minivod.media.probe import MediaMetadata, NotMedia, probe
from minivod.media.sandbox import Sandbox, StepFailed
from minivod.processing.accept import Order, accept
from minivod.processing.plan import Step
from minivod.store import media as media_rows
from minivod.store.database import Connection
from minivod.store.media import Media
from minivod.store.uploads import UploadDetails
from minivod.wire.procedure import Told


class BadVideo(Exception):
    """The file is no media that can be read; the message says why."""


class BadCover(Exception):
    """The cover is no picture that can be read; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A video that is to be, with its objects in the store.

    Attributes:
        sub_app_id: the application.
        app_id: its account.
        file_id: of the video.
        media_type: as it was said to be.
        object_key: of the original.
        metadata: what a probe says of it.
        cover_key: of the cover; None without one.
        cover_type: of the cover.
        cover_bytes: of the cover.
        details: what was asked for.
    """

    sub_app_id: int
    app_id: int
    file_id: str
    media_type: str
    object_key: str
    metadata: MediaMetadata
    cover_key: str | None = None
    cover_type: str | None = None
    cover_bytes: int | None = None
    details: UploadDetails


async def look_at_video(sandbox: Sandbox, path: Path, *, md5: str = "") -> MediaMetadata:
    """What a probe says of the file; `md5` of it, if it is known.

    Raises:
        BadVideo: it is no media, or reading it hit a limit.
    """
    try:
        return await probe(sandbox, path, md5=md5)
    except (NotMedia, StepFailed) as error:
        raise BadVideo(str(error)) from None


async def look_at_cover(sandbox: Sandbox, path: Path) -> None:
    """Decodes the picture.

    Raises:
        BadCover: it is none, or reading it hit a limit.
    """
    try:
        await picture(sandbox, path)
    except (NotMedia, StepFailed) as error:
        raise BadCover(str(error)) from None


async def create(connection: Connection, arrival: Arrival) -> Media:
    """Writes the video; its row."""
    await media_rows.create(
        connection,
        file_id=arrival.file_id,
        sub_app_id=arrival.sub_app_id,
        directory=ids.new_directory(),
        name=arrival.details.name,
        media_type=arrival.media_type,
        object_key=arrival.object_key,
        metadata=msgspec.to_builtins(arrival.metadata),
        cover_key=arrival.cover_key,
        cover_type=arrival.cover_type,
        cover_bytes=arrival.cover_bytes,
        class_id=arrival.details.class_id,
        source_context=arrival.details.source_context,
        storage_region=arrival.details.storage_region,
        expires_at=arrival.details.expire_time,
    )
    written = await media_rows.find_one(connection, arrival.sub_app_id, arrival.file_id)
    assert written is not None  # noqa: S101 - it was written in this transaction
    return written


async def begin(connection: Connection, base: str, arrival: Arrival, *, priority: int = 0, task_id: str = "") -> str:
    """Begins what the Procedure does, as it was when the video was asked for; the TaskId, empty without one.

    Args:
        connection: of the transaction that wrote the video.
        base: the setting public_url.
        arrival: the video.
        priority: TasksPriority.
        task_id: of the task; empty: a new one.
    """
    details = arrival.details
    if not has_procedure(details):
        return ""
    order = Order(
        sub_app_id=arrival.sub_app_id,
        app_id=arrival.app_id,
        file_id=arrival.file_id,
        steps=msgspec.convert(details.steps, list[Step]),
        publish=details.publish,
        priority=priority,
        told=Told(notify=details.notify, session_context=details.session_context),
        task_id=task_id,
    )
    return await accept(connection, base, order)


def has_procedure(details: UploadDetails) -> bool:
    """Whether anything is to be done with the video."""
    return bool(details.steps) or details.publish is not None
