"""What an upload signature says, and what the three calls take and answer; spelled as the official uploaders do."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from minivod.store.uploads import BUCKETS

_LAST_SECOND = 253_402_300_799  # of the year 9999
_SIZE = Annotated[int, Meta(ge=1, le=2**63 - 1)]


Time = Annotated[int, Meta(ge=0, le=_LAST_SECOND)]


class Members(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a signature says; times are Unix time in seconds.

    taskPriority and taskNotifyMode are about the task of the procedure; without one there is nothing that they change.
    """

    secretId: str
    currentTimeStamp: Time
    expireTime: Time
    random: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    classId: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    procedure: str = ""
    taskPriority: Annotated[int, Meta(ge=-10, le=10)] = 0
    taskNotifyMode: Literal["Finish", "Change", "None"] = "Finish"
    sourceContext: Annotated[str, Meta(max_length=250)] = ""
    oneTimeValid: Annotated[int, Meta(ge=0, le=1)] = 0
    vodSubAppId: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    sessionContext: Annotated[str, Meta(max_length=1000)] = ""
    storageRegion: str = ""


class Prepare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signature alone."""

    signature: str


class Region(msgspec.Struct, frozen=True):
    """Where bytes may go to."""

    region: str
    domain: str


class Prepared(msgspec.Struct, frozen=True):
    """One region, so that no client has to find out which is the nearest."""

    appId: int
    cosRegionList: list[Region]


class Apply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be uploaded, or the session that goes on.

    uploadFromWeb says who asks, and a cover has no name here: both are sent by the uploaders and change nothing. Of a
    size that is known it is told at once that it is too large; the Mini Program's uploader knows none.
    """

    signature: str
    vodSessionKey: str = ""
    videoName: Annotated[str, Meta(max_length=255)] = ""
    videoType: str = ""
    videoSize: _SIZE | None = None
    coverName: Annotated[str, Meta(max_length=255)] = ""
    coverType: str = ""
    coverSize: _SIZE | None = None
    fileId: str = ""
    uploadFromWeb: bool = False
    storageRegion: str = ""
    ExpireTime: str = ""


class Place(msgspec.Struct, frozen=True):
    """The path of an object. Its signature was of a version of COS that no uploader speaks any more, and is empty."""

    storagePath: str
    storageSignature: str = ""


class Certificate(msgspec.Struct, frozen=True):
    """The temporary key; expiredTime is Unix time, seconds."""

    secretId: str
    secretKey: str
    token: str
    expiredTime: int


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Where to upload to, and with which key; the bucket is storageBucket-storageAppId."""

    video: Place
    cover: Place | UnsetType = UNSET
    storageAppId: int
    storageBucket: str = BUCKETS
    storageRegion: str
    storageRegionV5: str
    StorageRegionV5: str
    domain: str
    vodSessionKey: str
    appId: int
    timestamp: int
    tempCertificate: Certificate
    MiniProgramAccelerateHost: str


class Commit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The session that is at its end."""

    signature: str
    vodSessionKey: str


class Url(msgspec.Struct, frozen=True):
    """Where players get a file, once the video is published."""

    url: str


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """The new video."""

    fileId: str
    video: Url
    cover: Url | UnsetType = UNSET
