"""PullUpload: begins a task that fetches a video by its URL (contract.md §4)."""

from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.upload_details import (
    AUDIO_TYPES,
    VALUE_ERRORS,
    VIDEO_TYPES,
    Described,
    media_type,
    read_details,
    text,
)
from minivod.destinations import BadUrl, Destinations, Target
from minivod.errors import WireError, shorten
from minivod.processing.accept import refuse_session_twice
from minivod.processing.room import check_room
from minivod.store import pulls
from minivod.store.pulls import PULL, PullRequest
from minivod.wire.pull_task import Asked

_HLS, _DASH = "m3u8", "mpd"
_SESSION_DAYS = 3
"""As the published model says of SessionId in the request."""
_ERRORS = {"MediaUrl": errors.invalid("MediaUrl"), "CoverUrl": errors.invalid("CoverUrl")}


class Request(Described, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MediaType that is empty is that of the URL, or, where that has none, what the content turns out to be.

    The Procedure is kept as it is now, with its templates, and begun with the video; SessionContext is for its task
    too. ExtInfo is reserved by the API and has no effect.
    """

    MediaUrl: str
    MediaType: str = ""
    CoverUrl: str = ""
    TasksPriority: Annotated[int, Meta(ge=-10, le=10)] = 0
    SessionId: Annotated[str, Meta(max_length=50)] = ""


class Response(msgspec.Struct, frozen=True):
    """TaskId of the accepted task; it and its job are committed."""

    TaskId: str


async def run(call: CallContext, request: Request) -> Response:
    """Accepts the task. Nothing is fetched here; what the URLs themselves tell is checked.

    Raises:
        InvalidParameterValue.MediaUrl, InvalidParameterValue.CoverUrl: no URL that this server calls.
        InvalidMediaType: a type that is not taken, or a DASH manifest.
        InvalidExpireTime, InvalidStorageRegion, InvalidClassId, InvalidMediaStoragePath, InvalidProcedure,
        InvalidParameterValue: as named.
        TaskDuplicate: the SessionId was used within three days.
        QuotaExceeded: the application has no room.
    """
    destinations = Destinations(call.services.settings)
    video = _target(destinations, "MediaUrl", request.MediaUrl)
    cover = _target(destinations, "CoverUrl", request.CoverUrl) if request.CoverUrl else None
    keeps = Asked(
        app_id=call.app_id,
        media_url=video.url,
        cover_url=cover.url if cover else "",
        media_type=_type(request.MediaType, video),
        details=await read_details(call, request),
        session_id=text("SessionId", request.SessionId),
        session_context=request.SessionContext,
    )
    task = PullRequest(
        task_id=ids.new_task_id(call.app_id, PULL),
        sub_app_id=call.sub_app_id,
        app_id=call.app_id,
        file_id=ids.new_file_id(),
        priority=request.TasksPriority,
        params=msgspec.to_builtins(keeps),
    )
    tasks = 1 + len(keeps.details.steps) + (keeps.details.publish is not None)
    async with call.services.database.transaction() as connection:
        await check_room(connection, call.sub_app_id, call.quota, media=1, tasks=tasks)
        await refuse_session_twice(connection, call.sub_app_id, request.SessionId, _SESSION_DAYS)
        await pulls.accept(connection, task)
    return Response(TaskId=task.task_id)


def _target(destinations: Destinations, name: str, url: str) -> Target:
    try:
        return destinations.read(url)
    except BadUrl as error:
        kind: type[WireError] = _ERRORS[name]
        raise kind(f"{name} {shorten(url)} {error}") from None


def _type(given: str, video: Target) -> str:
    """The type in small letters; empty: the content tells."""
    ending = PurePosixPath(unquote(video.path.partition("?")[0])).suffix[1:].lower()
    if (given.lower() or ending) == _DASH:
        raise errors.InvalidMediaType(
            f"MediaType {_DASH}: DASH is not taken, as in the reference; pull the HLS stream or the file itself"
        )
    if given.lower() == _HLS:
        return _HLS
    if given:
        return media_type(given)
    return ending if ending in VIDEO_TYPES | AUDIO_TYPES | {_HLS} else ""


ACTION = Action(name="PullUpload", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS | _ERRORS)
