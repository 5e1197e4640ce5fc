"""ModifyMediaInfo: changes what is told of a video, its class, expiry, cover, tags, key frames and subtitles."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.class_shapes import IdOfClass
from minivod.actions.file_ids import check_file_id, no_video
from minivod.actions.inline_picture import decoded, ending, look_at
from minivod.actions.media_changes import (
    MOST_SUBTITLES,
    Switch,
    Tag,
    check_conflict,
    key_frames,
    subtitle_content,
    tags,
)
from minivod.actions.times import expire_time
from minivod.errors import shorten
from minivod.objects import StoreFull, StoreUnavailable
from minivod.store import classes, doomed, subtitles
from minivod.store import media as media_rows
from minivod.store.database import Connection
from minivod.store.media import Media
from minivod.store.subtitles import Subtitle
from minivod.urls import cover_url
from minivod.wire.media_info import MediaKeyFrameDescItem
from minivod.wire.subtitles import MediaSubtitleInput, MediaSubtitleItem, subtitle_item

_COVER = "CoverData"
log = structlog.get_logger(__name__)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. No video is in a knowledge base here, so none has to be removed from one.

    A new cover plays from the next publication on, as it has to be reviewed before.
    """

    FileId: str
    SubAppId: int | None = None
    Name: Annotated[str, Meta(max_length=64)] | None = None
    Description: Annotated[str, Meta(max_length=128)] | None = None
    ClassId: IdOfClass | None = None
    ExpireTime: str | None = None
    CoverData: str = ""
    AddKeyFrameDescs: list[MediaKeyFrameDescItem] = []
    DeleteKeyFrameDescs: list[float] = []
    ClearKeyFrameDescs: Switch = 0
    AddTags: list[Tag] = []
    DeleteTags: list[str] = []
    ClearTags: Switch = 0
    AddSubtitles: Annotated[list[MediaSubtitleInput], Meta(max_length=MOST_SUBTITLES)] = []
    DeleteSubtitleIds: list[str] = []
    ClearSubtitles: Switch = 0
    DeleteKnowledgeBases: list[str] = []
    ClearKnowledgeBases: Switch = 0


class Response(msgspec.Struct, frozen=True):
    """CoverUrl is empty without CoverData."""

    CoverUrl: str
    AddedSubtitleSet: list[MediaSubtitleItem]


async def run(call: CallContext, request: Request) -> Response:
    """Changes the video in one transaction: all that was asked for, or nothing.

    Raises:
        InvalidFileId, FileNotExist: no such video in this application.
        InvalidClassId, InvalidExpireTime: as named.
        InvalidParameterValue: a cover that is no picture, a subtitle that is no WebVTT, what contradicts itself.
        LimitExceeded: more tags, key frames or subtitles than a video may have.
    """
    check_file_id(request.FileId)
    if request.FileId not in await media_rows.find(call.services.database, call.sub_app_id, [request.FileId]):
        raise no_video(request.FileId)
    _check(request)
    async with _objects(call, request) as (cover_key, added), call.services.database.transaction() as connection:
        await media_rows.lock(connection, call.sub_app_id, request.FileId)
        before = await media_rows.find_one(connection, call.sub_app_id, request.FileId)
        if before is None:
            raise no_video(request.FileId)
        await _change(connection, call, request, before, cover_key)
        await _change_subtitles(connection, request, before, added)
        keys = [*([cover_key] if cover_key else []), *(one.object_key for one in added)]
        if not await doomed.spare(connection, keys):
            raise errors.ServiceUnavailable
    base, media = call.services.public_url, msgspec.structs.replace(before, cover_key=cover_key)
    return Response(cover_url(base, media), [subtitle_item(base, media, one) for one in added])


def _check(request: Request) -> None:
    """Raises for what contradicts itself."""
    offsets = [one.TimeOffset for one in request.AddKeyFrameDescs]
    named = [one.Id for one in request.AddSubtitles if one.Id]
    check_conflict("KeyFrameDescs", offsets, request.DeleteKeyFrameDescs, request.ClearKeyFrameDescs)
    check_conflict("Tags", request.AddTags, request.DeleteTags, request.ClearTags)
    check_conflict("Subtitles", named or request.AddSubtitles, request.DeleteSubtitleIds, request.ClearSubtitles)
    if len(set(named)) < len(named):
        raise errors.InvalidParameterValue("AddSubtitles has the same Id twice")
    if request.ClearKnowledgeBases == 1 and request.DeleteKnowledgeBases:
        raise errors.InvalidParameterValue(
            "ClearKnowledgeBases is 1 and DeleteKnowledgeBases is there; a call can have only one of them"
        )


@asynccontextmanager
async def _objects(call: CallContext, request: Request) -> AsyncIterator[tuple[str | None, list[Subtitle]]]:
    """The new cover and the new subtitles as objects, which are given up when the block fails."""
    contents: dict[str, bytes] = {}
    cover_key = None
    if request.CoverData:
        content = decoded(request.CoverData, _COVER, errors.invalid("ImageDecodeError"))
        kind = ending(content, _COVER, errors.invalid("PicFormatError"))
        cover_key = f"cover/{request.FileId}/{secrets.token_hex(16)}.{kind}"
        contents[cover_key] = content
    added = []
    for index, one in enumerate(request.AddSubtitles):
        key = f"subtitle/{request.FileId}/{secrets.token_hex(16)}.vtt"
        contents[key] = subtitle_content(index, one)
        named = one.Id or secrets.token_hex(8)
        added.append(Subtitle(subtitle_id=named, name=one.Name, language=one.Language, object_key=key))
    await doomed.reserve(call.services.database, list(contents))
    try:
        for key, content in contents.items():
            await call.services.objects.put_bytes(key, content)
        if cover_key is not None:
            await look_at(call.services, cover_key, _COVER, errors.invalid("ImageDecodeError"))
        yield cover_key, added
    except errors.WireError:
        await doomed.release(call.services.database, list(contents))
        raise
    except (StoreFull, StoreUnavailable) as error:
        log.error("modify_without_storage", reason=str(error))
        raise errors.ServiceUnavailable from None


async def _change(
    connection: Connection, call: CallContext, request: Request, before: Media, cover_key: str | None
) -> None:
    class_id = before.class_id if request.ClassId is None else request.ClassId
    found = await classes.hold(connection, before.sub_app_id, class_id) if class_id else None
    if class_id and found is None:
        raise errors.InvalidClassId(f"ClassId {class_id} is no class of this application (CreateClass makes one)")
    after = msgspec.structs.replace(
        before,
        name=before.name if request.Name is None else request.Name,
        description=before.description if request.Description is None else request.Description,
        class_id=class_id,
        expires_at=before.expires_at
        if request.ExpireTime is None
        else expire_time(request.ExpireTime, call.services.clock),
        tags=tags(before.tags, request.AddTags, request.DeleteTags, request.ClearTags),
        key_frames=key_frames(
            before.key_frames, request.AddKeyFrameDescs, request.DeleteKeyFrameDescs, request.ClearKeyFrameDescs
        ),
        cover_key=cover_key or before.cover_key,
    )
    await media_rows.change(connection, before, after, found.path if found else [])


async def _change_subtitles(connection: Connection, request: Request, before: Media, added: Sequence[Subtitle]) -> None:
    where = (before.sub_app_id, before.file_id)
    have = await subtitles.ids_of(connection, *where)
    gone = have if request.ClearSubtitles == 1 else have & set(request.DeleteSubtitleIds)
    if twice := [one.subtitle_id for one in added if one.subtitle_id in have - gone]:
        raise errors.InvalidParameterValue(f"AddSubtitles: the media has a subtitle with the Id {shorten(twice[0])}")
    if added and len(have - gone) + len(added) > MOST_SUBTITLES:
        raise errors.LimitExceeded(
            f"the media would have {len(have - gone) + len(added)} subtitles; it may have at most {MOST_SUBTITLES}"
        )
    await subtitles.remove(connection, *where, list(gone))
    for one in added:
        await subtitles.add(connection, *where, one)


ACTION = Action(
    name="ModifyMediaInfo",
    request=Request,
    response=Response,
    run=run,
    value_errors={
        "FileId": errors.InvalidFileId,
        "Name": errors.invalid("Name"),
        "Description": errors.invalid("Description"),
        "ClassId": errors.InvalidClassId,
        "ExpireTime": errors.InvalidExpireTime,
        "AddTags": errors.invalid("TagTooLong"),
        "AddKeyFrameDescs.Content": errors.invalid("KeyFrameDescContentTooLong"),
        "AddSubtitles.Format": errors.invalid("SubtitleFormat"),
        "SubAppId": errors.InvalidSubAppId,
    },
)
