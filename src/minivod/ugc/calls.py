"""The three calls of an upload, which do what ApplyUpload and CommitUpload do."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from minivod import errors, ids
from minivod.actions import AnyAction, CallContext, apply_upload, commit_upload
from minivod.actions.commit_upload import session_of, unknown_session
from minivod.actions.times import expire_time
from minivod.actions.upload_details import OWN_REGION, region
from minivod.errors import WireError, shorten
from minivod.store import upload_signatures, uploads
from minivod.store.database import Connection
from minivod.store.uploads import BUCKETS, Upload, bucket_host
from minivod.ugc.codes import SignatureUsed
from minivod.ugc.shapes import (
    Applied,
    Apply,
    Certificate,
    Commit,
    Committed,
    Members,
    Place,
    Prepare,
    Prepared,
    Region,
    Url,
)
from minivod.urls import cover_url, media_url

_SESSION = "vodSessionKey"
_SPELLED = {"MediaType": "videoType", "MediaName": "videoName", "ExpireTime": "ExpireTime"}


def spelled(name: str) -> str:
    """A parameter of ApplyUpload, as it is called here."""
    return _SPELLED.get(name, name[0].lower() + name[1:])


class Permit(msgspec.Struct, frozen=True):
    """A verified signature: what it says, and what it is known by."""

    members: Members
    digest: bytes

    @property
    def once(self) -> bool:
        """Whether it may be used once."""
        return self.members.oneTimeValid == 1

    @property
    def expires_at(self) -> datetime:
        """When it ends."""
        return datetime.fromtimestamp(self.members.expireTime, UTC)


class UgcCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the protocol.

    Attributes:
        name: as the query has it.
        request: the members of its body.
        action: of the API, whose permission it needs.
        run: does it; raises WireError.
    """

    name: str
    request: type[msgspec.Struct]
    action: AnyAction
    run: Callable[[CallContext, Permit, Any], Awaitable[msgspec.Struct]]

    def value_error(self, _path: str) -> type[WireError]:
        """For the decoder: all wrong values have one code here."""
        return errors.InvalidParameterValue


async def prepare(call: CallContext, permit: Permit, _request: Prepare) -> Prepared:
    """Tells the one region; raises SignatureUsed."""
    if permit.once and await upload_signatures.used_for(call.services.database, permit.digest) is not None:
        raise _used()
    own = permit.members.storageRegion or OWN_REGION
    bucket = f"{BUCKETS}-{call.sub_app_id}"
    return Prepared(call.app_id, [Region(region(own, "storageRegion"), bucket_host(bucket, own))])


async def apply(call: CallContext, permit: Permit, request: Apply) -> Applied:
    """Opens a session, or gives one that is open another key.

    Raises:
        InvalidMediaType and the others of ApplyUpload: as named.
        InvalidVodSessionKey: unknown, another application's, expired, or committed.
        SignatureUsed: the signature may be used once, and was.
    """
    _check(call, request)
    session = await (_resumed(call, request) if request.vodSessionKey else _new(call, permit, request))
    async with call.services.database.transaction() as connection:
        if permit.once and not await _spend(connection, permit, session):
            raise _used()
        written = uploads.renew if request.vodSessionKey else uploads.add
        expires_at = await written(connection, session, call.services.settings.upload_lifetime)
        if expires_at is None:
            raise unknown_session(_SESSION)
    return _applied(call, session, expires_at)


def _check(call: CallContext, request: Apply) -> None:
    if request.fileId:
        raise errors.InvalidParameterValue(
            f"fileId {shorten(request.fileId)}: the cover of a video that exists is changed by ModifyMediaInfo; an "
            "upload signature does not say which videos its holder may change"
        )
    most = call.services.settings.max_upload_size
    for name, size in (("videoSize", request.videoSize), ("coverSize", request.coverSize)):
        if size is not None and size > most:
            raise errors.InvalidParameterValue(f"{name} is {size}; a file may have at most {most} bytes")
    if not request.vodSessionKey and not request.videoType:
        raise errors.MissingParameter(
            "the parameter videoType is missing; ApplyUploadUGC requires it, or vodSessionKey to resume an upload"
        )


async def _new(call: CallContext, permit: Permit, request: Apply) -> Upload:
    signed = permit.members
    if signed.storageRegion and request.storageRegion not in ("", signed.storageRegion):
        raise _other_region(request.storageRegion, signed.storageRegion)
    upload = await apply_upload.new_session(
        call,
        apply_upload.Request(
            MediaType=request.videoType,
            MediaName=request.videoName,
            CoverType=request.coverType,
            Procedure=signed.procedure,
            ExpireTime=request.ExpireTime,
            StorageRegion=signed.storageRegion or request.storageRegion,
            ClassId=signed.classId,
            SourceContext=signed.sourceContext,
            SessionContext=signed.sessionContext,
        ),
        spelled,
    )
    details = msgspec.structs.replace(upload.details, priority=signed.taskPriority, notify=signed.taskNotifyMode)
    return msgspec.structs.replace(upload, details=details)


async def _resumed(call: CallContext, request: Apply) -> Upload:
    """The session with a fresh key; it keeps what it was opened with, but for an ExpireTime that is given now."""
    session = await session_of(call, request.vodSessionKey, _SESSION)
    if session.file_id is not None:
        raise errors.InvalidVodSessionKey(f"{_SESSION} was committed already, as FileId {session.file_id}")
    for name in ("videoName", "videoType", "videoSize"):
        if getattr(request, name):
            raise errors.InvalidParameterValue(f"{name} cannot be given with {_SESSION}: that upload has it already")
    if request.coverType and request.coverType.lower() != session.cover_type:
        raise errors.InvalidCoverType(
            f"coverType {shorten(request.coverType)} is not that of the upload that is resumed, which has "
            f"{session.cover_type or 'no cover'}"
        )
    if request.storageRegion not in ("", session.details.storage_region):
        raise _other_region(request.storageRegion, session.details.storage_region)
    details = session.details
    if request.ExpireTime:
        ends = expire_time(request.ExpireTime, call.services.clock)
        details = msgspec.structs.replace(details, expire_time=ends)
    key = {"secret_id": ids.new_secret_id(), "secret_key": ids.new_secret_key(), "token": ids.new_token()}
    return msgspec.structs.replace(session, details=details, **key)


def _other_region(given: str, has: str) -> WireError:
    return errors.InvalidStorageRegion(
        f"storageRegion {shorten(given)} is not that of the upload, which is {shorten(has)}; leave it out"
    )


def _applied(call: CallContext, session: Upload, expires_at: datetime) -> Applied:
    # Browsers and Mini Programs upload by HTTPS, wherever the call came by.
    host = urlsplit(call.services.https_url or call.services.public_url).netloc
    place = session.details.storage_region
    return Applied(
        video=Place(f"/{session.media_key}"),
        cover=Place(f"/{session.cover_key}") if session.cover_key else UNSET,
        storageAppId=call.sub_app_id,
        storageRegion=place,
        storageRegionV5=place,
        StorageRegionV5=place,
        domain=host,
        vodSessionKey=session.session_key,
        appId=call.app_id,
        timestamp=int(call.services.clock.now()),
        tempCertificate=Certificate(session.secret_id, session.secret_key, session.token, int(expires_at.timestamp())),
        MiniProgramAccelerateHost=host,
    )


async def commit(call: CallContext, permit: Permit, request: Commit) -> Committed:
    """Makes the video, once; a signature that may be used once passes if it was used for this very session.

    The uploader for the Web brings a new signature, that for Mini Programs the one that it applied with; both try three
    times.

    Raises:
        InvalidVodSessionKey, UploadCosFail, UnsupportedMedia, UnsupportedCover: as CommitUpload does.
        SignatureUsed: the signature may be used once, and was used for something else.
    """
    session = await session_of(call, request.vodSessionKey, _SESSION)
    database = call.services.database
    if permit.once:
        async with database.transaction() as connection:
            fresh = await _spend(connection, permit, session)
        if not fresh and await upload_signatures.used_for(database, permit.digest) != session.session_key:
            raise _used()
    media = await commit_upload.commit(call, session, _SESSION)
    base = call.services.public_url
    cover = cover_url(base, media)
    return Committed(fileId=media.file_id, video=Url(media_url(base, media)), cover=Url(cover) if cover else UNSET)


async def _spend(connection: Connection, permit: Permit, session: Upload) -> bool:
    return await upload_signatures.spend(connection, permit.digest, session.session_key, permit.expires_at)


def _used() -> SignatureUsed:
    return SignatureUsed(
        "the upload signature has oneTimeValid=1 and was used already; ask your server for another one, with another "
        "random"
    )


CALLS: Mapping[str, UgcCall] = {
    one.name: one
    for one in (
        UgcCall(name="PrepareUploadUGC", request=Prepare, action=apply_upload.ACTION, run=prepare),
        UgcCall(name="ApplyUploadUGC", request=Apply, action=apply_upload.ACTION, run=apply),
        UgcCall(name="CommitUploadUGC", request=Commit, action=commit_upload.ACTION, run=commit),
    )
}
