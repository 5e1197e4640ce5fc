"""ApplyUpload: opens an upload session and hands out its temporary key (contract.md §4)."""

import re
import secrets
from typing import Annotated

import msgspec
from msgspec import Meta

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.times import expire_time
from minivod.errors import shorten
from minivod.processing import procedures
from minivod.processing.plan import Step
from minivod.store import classes, uploads
from minivod.store.uploads import Upload, UploadDetails

VIDEO_TYPES = frozenset(
    {
        "mp4", "mov", "3gp", "flv", "mkv", "webm", "avi", "ts", "wmv", "asf", "wm", "rm", "rmvb", "mpg", "mpeg", "mpe",
        "vob", "dat", "m4v", "mp4v", "f4v", "mxf", "qt", "ogg",
    }
)  # fmt: skip
AUDIO_TYPES = frozenset({"mp3", "m4a", "flac", "ogg", "wav", "ra", "aac", "amr"})
COVER_TYPES = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
_MANIFESTS = frozenset({"m3u8", "mpd"})
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{2,16}){1,3}")
OWN_REGION = "minivod-local"


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ExtInfo is reserved by the API and has no effect; SessionContext is for the task of the Procedure.

    The Procedure is kept as it is now, with its templates; CommitUpload begins it.
    """

    MediaType: str
    SubAppId: int | None = None
    MediaName: Annotated[str, Meta(max_length=255)] = ""
    CoverType: str = ""
    Procedure: str = ""
    ExpireTime: str = ""
    StorageRegion: str = ""
    ClassId: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    SourceContext: Annotated[str, Meta(max_length=250)] = ""
    SessionContext: Annotated[str, Meta(max_length=1000)] = ""
    ExtInfo: str = ""
    MediaStoragePath: str = ""


class TempCertificate(msgspec.Struct, frozen=True):
    """The temporary key; ExpiredTime is Unix time, seconds."""

    SecretId: str
    SecretKey: str
    Token: str
    ExpiredTime: int


class Response(msgspec.Struct, frozen=True):
    """Where to upload to; CoverStoragePath is empty when no cover was announced."""

    StorageBucket: str
    StorageRegion: str
    VodSessionKey: str
    MediaStoragePath: str
    CoverStoragePath: str
    TempCertificate: TempCertificate


async def run(call: CallContext, request: Request) -> Response:
    """Opens a session that is valid for the setting `upload_lifetime`.

    Raises:
        InvalidMediaType, InvalidCoverType, InvalidExpireTime, InvalidStorageRegion, InvalidClassId,
        InvalidMediaStoragePath, InvalidProcedure, InvalidParameterValue: as named.
    """
    media_type, cover_type = _media_type(request.MediaType), _cover_type(request.CoverType)
    _refuse_what_is_not_built(request)
    found = await _procedure(call, request.Procedure) if request.Procedure else None
    details = UploadDetails(
        class_id=await _class(call, request.ClassId),
        name=_text("MediaName", request.MediaName),
        source_context=_text("SourceContext", request.SourceContext),
        session_context=_text("SessionContext", request.SessionContext),
        storage_region=region(request.StorageRegion),
        expire_time=expire_time(request.ExpireTime, call.services.clock) if request.ExpireTime else None,
        steps=msgspec.to_builtins(found[0]) if found else [],
        publish=found[1] if found else None,
    )
    folder = f"vod_upload/{call.sub_app_id}/{secrets.token_hex(16)}"
    upload = Upload(
        session_key=ids.new_token(),
        sub_app_id=call.sub_app_id,
        secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(),
        token=ids.new_token(),
        media_key=f"{folder}/{secrets.token_hex(8)}.{media_type}",
        cover_key=f"{folder}/{secrets.token_hex(8)}.{cover_type}" if cover_type else None,
        media_type=media_type,
        cover_type=cover_type,
        details=details,
    )
    expires_at = await uploads.create(call.services.database, upload, call.services.settings.upload_lifetime)
    return Response(
        StorageBucket=upload.bucket,
        StorageRegion=details.storage_region,
        VodSessionKey=upload.session_key,
        MediaStoragePath=f"/{upload.media_key}",
        CoverStoragePath=f"/{upload.cover_key}" if upload.cover_key else "",
        TempCertificate=TempCertificate(upload.secret_id, upload.secret_key, upload.token, int(expires_at.timestamp())),
    )


def _media_type(given: str) -> str:
    kind = given.lower()
    if kind in _MANIFESTS:
        raise errors.InvalidMediaType(
            f"MediaType {shorten(given)}: manifests with their segments cannot be uploaded to this server yet"
        )
    if kind not in VIDEO_TYPES | AUDIO_TYPES:
        have = ", ".join(sorted(VIDEO_TYPES | AUDIO_TYPES))
        raise errors.InvalidMediaType(f"MediaType {shorten(given)} is not a type of media; types are {have}")
    return kind


def _cover_type(given: str) -> str | None:
    kind = given.lower()
    if kind and kind not in COVER_TYPES:
        raise errors.InvalidCoverType(
            f"CoverType {shorten(given)} is not a type of cover; types are {', '.join(sorted(COVER_TYPES))}"
        )
    return kind or None


def _refuse_what_is_not_built(request: Request) -> None:
    if request.MediaStoragePath:
        raise errors.InvalidMediaStoragePath(
            f"MediaStoragePath {shorten(request.MediaStoragePath)}: paths cannot be chosen in this application; leave "
            "the parameter out"
        )


async def _class(call: CallContext, class_id: int) -> int:
    """A class that exists; one that is deleted before the commit is class 0 then."""
    if class_id and not await classes.find(call.services.database, call.sub_app_id, [class_id]):
        raise errors.InvalidClassId(f"ClassId {class_id} is no class of this application (CreateClass makes one)")
    return class_id


async def _procedure(call: CallContext, name: str) -> tuple[list[Step], int | None]:
    """What it does now: its steps, and what it publishes."""
    db = call.services.database
    found = await procedures.find(db, call.sub_app_id, _text("Procedure", name))
    if found is None:
        raise errors.InvalidProcedure(f"Procedure {procedures.missing(name)}")
    try:
        return await procedures.steps(db, call.sub_app_id, found.task, found.publish), found.publish
    except errors.WireError as error:
        raise errors.InvalidProcedure(f"Procedure {shorten(name)} cannot be done any more: {error.message}") from None


def region(given: str) -> str:
    """The region that is kept; raises InvalidStorageRegion for what is none.

    Any region of the reference is accepted, so that a client need change its endpoint alone; there is one store.
    """
    if given and not _REGION.fullmatch(given):
        raise errors.InvalidStorageRegion(f"StorageRegion {shorten(given)} is not the name of a region")
    return given or OWN_REGION


def _text(name: str, given: str) -> str:
    """The text, if the database can keep it: no NUL, no half of a surrogate pair."""
    try:
        given.encode()
    except UnicodeEncodeError:
        given = "\0"
    if "\0" in given:
        raise errors.InvalidParameterValue(f"{name} holds a character that is no text")
    return given


ACTION = Action(
    name="ApplyUpload",
    request=Request,
    response=Response,
    run=run,
    value_errors={
        "MediaType": errors.InvalidMediaType,
        "CoverType": errors.InvalidCoverType,
        "Procedure": errors.InvalidProcedure,
        "ExpireTime": errors.InvalidExpireTime,
        "StorageRegion": errors.InvalidStorageRegion,
        "ClassId": errors.InvalidClassId,
        "MediaStoragePath": errors.InvalidMediaStoragePath,
        "SubAppId": errors.InvalidSubAppId,
    },
)
