"""What callers say of a video that is to come in, by upload or by pull, checked before anything begins."""

import re
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from minivod import errors
from minivod.actions import CallContext
from minivod.actions.times import expire_time
from minivod.errors import shorten
from minivod.processing import procedures
from minivod.processing.plan import Step
from minivod.store import classes
from minivod.store.uploads import UploadDetails

VIDEO_TYPES = frozenset(
    {
        "mp4", "mov", "3gp", "flv", "mkv", "webm", "avi", "ts", "wmv", "asf", "wm", "rm", "rmvb", "mpg", "mpeg", "mpe",
        "vob", "dat", "m4v", "mp4v", "f4v", "mxf", "qt", "ogg",
    }
)  # fmt: skip
AUDIO_TYPES = frozenset({"mp3", "m4a", "flac", "ogg", "wav", "ra", "aac", "amr"})
_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{2,16}){1,3}")
OWN_REGION = "minivod-local"

Spelling = Callable[[str], str]
"""How the caller spells a parameter's name; `str` as the API does."""

VALUE_ERRORS = {
    "MediaType": errors.InvalidMediaType,
    "Procedure": errors.InvalidProcedure,
    "ExpireTime": errors.InvalidExpireTime,
    "StorageRegion": errors.InvalidStorageRegion,
    "ClassId": errors.InvalidClassId,
    "MediaStoragePath": errors.InvalidMediaStoragePath,
    "SubAppId": errors.InvalidSubAppId,
}
"""Codes of the parameters that both actions have."""


class Described(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters that both actions have."""

    SubAppId: int | None = None
    MediaName: Annotated[str, Meta(max_length=255)] = ""
    Procedure: str = ""
    ExpireTime: str = ""
    StorageRegion: str = ""
    ClassId: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    SourceContext: Annotated[str, Meta(max_length=250)] = ""
    SessionContext: Annotated[str, Meta(max_length=1000)] = ""
    ExtInfo: str = ""
    MediaStoragePath: str = ""


async def read_details(call: CallContext, request: Described, spelled: Spelling = str) -> UploadDetails:
    """The details; the Procedure is kept as it is now, with its templates.

    Args:
        call: who asks.
        request: what was told.
        spelled: how the names are spelled in messages.

    Raises:
        InvalidExpireTime, InvalidStorageRegion, InvalidClassId, InvalidMediaStoragePath, InvalidProcedure,
        InvalidParameterValue: as named.
    """
    _refuse_what_is_not_built(request)
    found = await _procedure(call, request.Procedure, spelled("Procedure")) if request.Procedure else None
    return UploadDetails(
        class_id=await _class(call, request.ClassId, spelled("ClassId")),
        name=text(spelled("MediaName"), request.MediaName),
        source_context=text(spelled("SourceContext"), request.SourceContext),
        session_context=text(spelled("SessionContext"), request.SessionContext),
        storage_region=region(request.StorageRegion, spelled("StorageRegion")),
        expire_time=expire_time(request.ExpireTime, call.services.clock) if request.ExpireTime else None,
        steps=msgspec.to_builtins(found[0]) if found else [],
        publish=found[1] if found else None,
    )


def media_type(given: str, name: str = "MediaType") -> str:
    """The type in small letters, of the parameter `name`; raises InvalidMediaType when there is none like it."""
    kind = given.lower()
    if kind not in VIDEO_TYPES | AUDIO_TYPES:
        have = ", ".join(sorted(VIDEO_TYPES | AUDIO_TYPES))
        raise errors.InvalidMediaType(f"{name} {shorten(given)} is not a type of media; types are {have}")
    return kind


def _refuse_what_is_not_built(request: Described) -> None:
    if request.MediaStoragePath:
        raise errors.InvalidMediaStoragePath(
            f"MediaStoragePath {shorten(request.MediaStoragePath)}: paths cannot be chosen in this application; leave "
            "the parameter out"
        )


async def _class(call: CallContext, class_id: int, name: str) -> int:
    """A class that exists; one that is deleted before the video is there is class 0 then."""
    if class_id and not await classes.find(call.services.database, call.sub_app_id, [class_id]):
        raise errors.InvalidClassId(f"{name} {class_id} is no class of this application (CreateClass makes one)")
    return class_id


async def _procedure(call: CallContext, name: str, parameter: str) -> tuple[list[Step], int | None]:
    """What it does now: its steps, and what it publishes."""
    db = call.services.database
    found = await procedures.find(db, call.sub_app_id, text(parameter, name))
    if found is None:
        raise errors.InvalidProcedure(procedures.missing(parameter, name))
    try:
        return await procedures.steps(db, call.sub_app_id, found.task, found.publish), found.publish
    except errors.WireError as error:
        raise errors.InvalidProcedure(f"{parameter} {shorten(name)} cannot be done any more: {error.message}") from None


def region(given: str, name: str = "StorageRegion") -> str:
    """The region that is kept, of the parameter `name`; raises InvalidStorageRegion for what is none.

    Any region of the reference is accepted, so that a client need change its endpoint alone; there is one store.
    """
    if given and not _REGION.fullmatch(given):
        raise errors.InvalidStorageRegion(f"{name} {shorten(given)} is not the name of a region")
    return given or OWN_REGION


def text(name: str, given: str) -> str:
    """The text, if the database can keep it: no NUL, no half of a surrogate pair; raises InvalidParameterValue."""
    try:
        given.encode()
    except UnicodeEncodeError:
        given = "\0"
    if "\0" in given:
        raise errors.InvalidParameterValue(f"{name} holds a character that is no text")
    return given
