"""ApplyUpload: opens an upload session and hands out its temporary key (contract.md §4)."""

import secrets

import msgspec

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.upload_details import VALUE_ERRORS, Described, Spelling, media_type, read_details
from minivod.errors import shorten
from minivod.processing.room import look_for_room
from minivod.store import uploads
from minivod.store.uploads import Upload

COVER_TYPES = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
_MANIFESTS = frozenset({"m3u8", "mpd"})


class Request(Described, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Procedure is kept as it is now, with its templates; CommitUpload begins it, and its task has SessionContext.

    ExtInfo is reserved by the API and has no effect.
    """

    MediaType: str
    CoverType: str = ""


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
        QuotaExceeded: the application has no room; how much it needs is known at CommitUpload only.
    """
    upload = await new_session(call, request)
    expires_at = await uploads.create(call.services.database, upload, call.services.settings.upload_lifetime)
    return Response(
        StorageBucket=upload.bucket,
        StorageRegion=upload.details.storage_region,
        VodSessionKey=upload.session_key,
        MediaStoragePath=f"/{upload.media_key}",
        CoverStoragePath=f"/{upload.cover_key}" if upload.cover_key else "",
        TempCertificate=TempCertificate(upload.secret_id, upload.secret_key, upload.token, int(expires_at.timestamp())),
    )


async def new_session(call: CallContext, request: Request, spelled: Spelling = str) -> Upload:
    """A session for what is described, with a key; it is to be written.

    Args:
        call: who asks.
        request: what was told.
        spelled: how the names are spelled in messages.

    Raises:
        InvalidMediaType and the others of `run`.
    """
    kind = _media_type(request.MediaType, spelled("MediaType"))
    cover_type = cover_type_of(request.CoverType, spelled("CoverType"))
    details = await read_details(call, request, spelled)
    await look_for_room(call.services.database, call.sub_app_id, call.quota, media=1)
    folder = f"vod_upload/{call.sub_app_id}/{secrets.token_hex(16)}"
    return Upload(
        session_key=ids.new_token(),
        sub_app_id=call.sub_app_id,
        secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(),
        token=ids.new_token(),
        media_key=f"{folder}/{secrets.token_hex(8)}.{kind}",
        cover_key=f"{folder}/{secrets.token_hex(8)}.{cover_type}" if cover_type else None,
        media_type=kind,
        cover_type=cover_type,
        details=details,
    )


def _media_type(given: str, name: str) -> str:
    if given.lower() in _MANIFESTS:
        raise errors.InvalidMediaType(
            f"{name} {shorten(given)}: manifests with their segments cannot be uploaded to this server; PullUpload "
            "takes an HLS stream by its URL"
        )
    return media_type(given, name)


def cover_type_of(given: str, name: str) -> str | None:
    """The type in small letters, of the parameter `name`; None: there is no cover. Raises InvalidCoverType."""
    kind = given.lower()
    if kind and kind not in COVER_TYPES:
        raise errors.InvalidCoverType(
            f"{name} {shorten(given)} is not a type of cover; types are {', '.join(sorted(COVER_TYPES))}"
        )
    return kind or None


ACTION = Action(
    name="ApplyUpload",
    request=Request,
    response=Response,
    run=run,
    value_errors=VALUE_ERRORS | {"CoverType": errors.InvalidCoverType},
)
