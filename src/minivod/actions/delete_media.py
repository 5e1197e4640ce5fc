"""DeleteMedia: deletes a video, or parts of it."""

from typing import Annotated

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_id, no_video
from minivod.errors import shorten
from minivod.processing.removal import cancel, cancel_publishing, remove
from minivod.shapes import FileDeleteResultItem, FileDeleteTask, MediaDeleteItem, to_payload
from minivod.store import event_configs, events, media, publications, results
from minivod.store.database import Connection

PARTS = (
    "OriginalFiles",
    "TranscodeFiles",
    "AdaptiveDynamicStreamingFiles",
    "WechatPublishFiles",
    "WechatMiniProgramPublishFiles",
    "MpsAiMediaAiAnalysisFiles",
    "MpsAiMediaSmartEraseFiles",
    "MpsAiMediaSmartSubtitleFiles",
)
_WITHDRAWN = "the publication was deleted before it was finished"


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without DeleteParts the whole video is deleted; the Definition of a part picks one template's result of it.

    The uploaded cover goes with OriginalFiles, one that a task made with TranscodeFiles, as the published model says.
    """

    FileId: str
    SubAppId: int | None = None
    DeleteParts: Annotated[list[MediaDeleteItem], msgspec.Meta(max_length=100)] = []


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Deletes; what was published is unreachable when the answer is sent. Parts that do not exist are no error.

    Raises:
        InvalidFileId: not the form of a FileId.
        FileNotExist: no such video in this application.
        InvalidParameterValue: a part that the API does not know.
    """
    check_file_id(request.FileId)
    for index, part in enumerate(request.DeleteParts):
        if part.Type not in PARTS:
            raise errors.InvalidParameterValue(
                f"DeleteParts.{index}.Type {shorten(part.Type)} is not a part of a video; parts are {', '.join(PARTS)}"
            )
    async with call.services.database.transaction() as connection:
        if not await media.lock(connection, call.sub_app_id, request.FileId):
            raise no_video(request.FileId)
        if request.DeleteParts:
            for part in request.DeleteParts:
                await _delete_part(connection, call, request.FileId, part)
        else:
            await remove(connection, call.services.event_url, call.sub_app_id, request.FileId)
        config = await event_configs.read(connection, call.sub_app_id)
        if config.tells_of_deletions(call.services.settings.event_on_delete):
            await _announce(connection, call, request)
    return Response()


async def _delete_part(connection: Connection, call: CallContext, file_id: str, part: MediaDeleteItem) -> None:
    sub_app_id = call.sub_app_id
    match part.Type:
        case "OriginalFiles":
            await cancel(connection, call.services.event_url, sub_app_id, file_id)
            await media.delete_original(connection, sub_app_id, file_id)
        case "TranscodeFiles":
            await results.delete(connection, sub_app_id, file_id, results.TRANSCODE, part.Definition)
            if not part.Definition:
                await media.delete_made_cover(connection, sub_app_id, file_id)
        case "AdaptiveDynamicStreamingFiles":
            await results.delete(connection, sub_app_id, file_id, results.ADAPTIVE, part.Definition)
        case "WechatMiniProgramPublishFiles":
            published = await publications.definition_of(connection, sub_app_id, file_id)
            if part.Definition in (0, published):
                await cancel_publishing(connection, sub_app_id, file_id, _WITHDRAWN)
                await publications.withdraw(connection, sub_app_id, file_id)


async def _announce(connection: Connection, call: CallContext, request: Request) -> None:
    """The event FileDeleted; one video can have many for its parts, but is deleted once."""
    item = FileDeleteResultItem(request.FileId, request.DeleteParts)
    payload = FileDeleteTask(FileIdSet=[request.FileId], FileDeleteResultInfo=[item])
    subject = f"{request.FileId}/{call.request_id}" if request.DeleteParts else request.FileId
    await events.append(connection, call.sub_app_id, "FileDeleted", subject, to_payload(payload))


ACTION = Action(
    name="DeleteMedia",
    request=Request,
    response=Response,
    run=run,
    value_errors={"FileId": errors.InvalidFileId, "SubAppId": errors.InvalidSubAppId},
)
