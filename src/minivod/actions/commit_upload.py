"""CommitUpload: makes a video of what was uploaded (contract.md §4)."""

import asyncio

import msgspec
import structlog

from minivod import errors, ids
from minivod.actions import Action, CallContext, Services
from minivod.actions.probing import probe_directory
from minivod.ingest import arrival as arrival_rows
from minivod.ingest.arrival import Arrival, BadCover, BadVideo, look_at_cover, look_at_video
from minivod.media.probe import MediaMetadata
from minivod.objects import NoSuchObject, StoreFull, StoreUnavailable
from minivod.processing.room import check_room
from minivod.shapes import FileUploadTask, to_payload
from minivod.store import event_configs, events, uploads
from minivod.store import media as media_rows
from minivod.store.database import Connection
from minivod.store.media import Media
from minivod.store.uploads import Upload, UploadedObject
from minivod.urls import cover_url, media_url
from minivod.wire.media import basic_info, meta_data

_NAME = "VodSessionKey"
_REPLACED = "the video or its cover was uploaded anew during the commit; commit again"
log = structlog.get_logger(__name__)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """VodSessionKey as ApplyUpload answered it."""

    VodSessionKey: str
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """The new video; its URLs answer only after it was published. CoverUrl is empty without a cover."""

    FileId: str
    MediaUrl: str
    CoverUrl: str


_running: dict[str, asyncio.Task[Media]] = {}


async def run(call: CallContext, request: Request) -> Response:
    """Commits the session; a repeated call, also one at the same time, gets the same answer.

    Raises:
        InvalidVodSessionKey: unknown, another application's, expired, or its video was deleted since.
        UploadCosFail: the video, or the cover that was announced, was not uploaded.
        UnsupportedMedia, UnsupportedCover: the file is not what it was said to be; it can be uploaded again.
        QuotaExceeded: the application has no room for it; it can be committed as soon as there is.
    """
    media = await commit(call, await session_of(call, request.VodSessionKey))
    base = call.services.public_url
    return Response(FileId=media.file_id, MediaUrl=media_url(base, media), CoverUrl=cover_url(base, media))


async def session_of(call: CallContext, key: str, name: str = _NAME) -> Upload:
    """The session of that key, given as the parameter `name`: open, or committed; raises InvalidVodSessionKey."""
    known = key.isascii() and key.isprintable()
    upload = await uploads.find_by_session_key(call.services.database, call.sub_app_id, key) if known else None
    if upload is None or not (upload.open or upload.file_id):
        raise unknown_session(name)
    return upload


def unknown_session(name: str = _NAME) -> errors.InvalidVodSessionKey:
    """What is said of a key that is unknown, foreign or expired, which all look the same."""
    return errors.InvalidVodSessionKey(
        f"{name} is not the key of an upload of this application, or the upload has expired"
    )


async def commit(call: CallContext, upload: Upload, name: str = _NAME) -> Media:
    """Makes the video of the session, once; raises like `run`.

    Args:
        call: who asks.
        upload: the session.
        name: how its key is spelled in messages.
    """
    key = upload.session_key
    if upload.file_id is not None:
        return await _committed(call, upload, upload.file_id, name)
    if key not in _running:
        # A task of its own: it goes on for the others when the caller who began it goes away.
        _running[key] = asyncio.create_task(_commit(call, upload, name))
        _running[key].add_done_callback(lambda _: _running.pop(key, None))
    return await asyncio.shield(_running[key])


async def _commit(call: CallContext, upload: Upload, name: str) -> Media:
    services = call.services
    have = await uploads.find_objects(services.database, upload.session_key)
    video = have.get(upload.media_key)
    cover = have.get(upload.cover_key) if upload.cover_key else None
    if video is None:
        raise errors.UploadCosFail(f"nothing was uploaded to /{upload.media_key}")
    if upload.cover_key and cover is None:
        raise errors.UploadCosFail(
            f"the video was uploaded, but the cover that was announced was not (/{upload.cover_key})"
        )
    metadata = await _inspect(services, video, cover)
    file_id = await _write(call, upload, video, cover, metadata)
    if file_id is None:
        raise unknown_session(name)
    return await _committed(call, upload, file_id, name)


async def _inspect(services: Services, video: UploadedObject, cover: UploadedObject | None) -> MediaMetadata:
    """Probes the video, and looks whether the cover is a picture."""
    async with probe_directory(services, "commit") as work:
        try:
            if cover is not None:
                async with services.objects.local_copy(cover.stored_key, work) as path:
                    await look_at_cover(services.sandbox, path)
            async with services.objects.local_copy(video.stored_key, work) as path:
                return await look_at_video(services.sandbox, path, md5=video.md5)
        except BadCover as error:
            raise errors.UnsupportedCover(f"the cover is not a picture that can be read: {error}") from None
        except BadVideo as error:
            raise errors.UnsupportedMedia(f"the uploaded file is not media that can be read: {error}") from None
        except NoSuchObject:
            raise errors.UploadCosFail(_REPLACED) from None
        except (StoreFull, StoreUnavailable) as error:
            log.error("commit_without_storage", reason=str(error))
            raise errors.ServiceUnavailable from None


async def _write(
    call: CallContext, upload: Upload, video: UploadedObject, cover: UploadedObject | None, metadata: MediaMetadata
) -> str | None:
    """Video, end of the session and event in one transaction.

    Returns:
        The FileId, or that of another server which was faster; None: the session is over.
    """
    arrival = Arrival(
        sub_app_id=call.sub_app_id,
        app_id=call.app_id,
        file_id=ids.new_file_id(),
        media_type=upload.media_type,
        object_key=video.stored_key,
        metadata=metadata,
        cover_key=cover.stored_key if cover else None,
        cover_type=upload.cover_type if cover else None,
        cover_bytes=cover.size if cover else None,
        details=upload.details,
    )
    async with call.services.database.transaction() as connection:
        session = await uploads.lock(connection, upload.session_key)
        if session is not None and session.file_id is not None:
            return session.file_id
        if session is None or not session.open:
            return None
        if not await uploads.are_current(connection, [video, *([cover] if cover else [])]):
            raise errors.UploadCosFail(_REPLACED)
        await _check_room(call, connection, upload, metadata.size + (cover.size if cover else 0))
        media = await arrival_rows.create(connection, arrival)
        await uploads.commit(connection, upload.session_key, arrival.file_id)
        task_id = await arrival_rows.begin(
            connection, call.services.public_url, arrival, priority=upload.details.priority
        )
        config = await event_configs.read(connection, call.sub_app_id)
        if config.tells_of_uploads(call.services.settings.event_on_upload):
            payload = to_payload(_told(call.services, media, task_id))
            await events.append(connection, call.sub_app_id, "NewFileUpload", media.file_id, payload)
    return media.file_id


async def _check_room(call: CallContext, connection: Connection, upload: Upload, size: int) -> None:
    details = upload.details
    tasks = len(details.steps) + (details.publish is not None)
    await check_room(connection, call.sub_app_id, call.quota, size=size, media=1, tasks=tasks)


def _told(services: Services, media: Media, task_id: str) -> FileUploadTask:
    """The payload of the event; `task_id` of the Procedure."""
    video, cover = media_url(services.event_url, media), cover_url(services.event_url, media)
    return FileUploadTask(
        FileId=media.file_id,
        ProcedureTaskId=task_id,
        MediaBasicInfo=basic_info(media, media_url=video, cover_url=cover),
        MetaData=meta_data(media.metadata),
    )


async def _committed(call: CallContext, upload: Upload, file_id: str, name: str) -> Media:
    """The video of a session that became one."""
    found = await media_rows.find(call.services.database, upload.sub_app_id, [file_id])
    if file_id not in found:
        raise errors.InvalidVodSessionKey(f"{name} was committed as FileId {file_id}, which was deleted since")
    return found[file_id]


ACTION = Action(
    name="CommitUpload",
    request=Request,
    response=Response,
    run=run,
    value_errors={"VodSessionKey": errors.InvalidVodSessionKey, "SubAppId": errors.InvalidSubAppId},
)
