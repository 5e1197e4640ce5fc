"""ReviewAudioVideo: has a video, its cover, or both reviewed, and publishes nothing."""

from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from minivod import errors, ids
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import no_video
from minivod.actions.processing_shapes import VALUE_ERRORS, file_id_of, told
from minivod.actions.template_actions import unknown
from minivod.processing.accept import refuse_session_twice
from minivod.processing.room import check_room
from minivod.store import media, media_reviews
from minivod.store.media import Media
from minivod.store.media_reviews import REVIEW, ReviewRequest
from minivod.templates import catalog
from minivod.templates.kinds import REVIEW as TEMPLATE
from minivod.wire.review_task import Asked

_SESSION_DAYS = 3
"""As the published model says of SessionId."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ReviewContents that is empty means Media. ExtInfo is reserved by the API and has no effect."""

    FileId: str = ""
    MediaStoragePath: str = ""
    SubAppId: int | None = None
    ReviewContents: Annotated[list[Literal["Media", "Cover"]], msgspec.Meta(max_length=2)] = []
    Definition: int = 10
    TasksPriority: Annotated[int, msgspec.Meta(ge=-10, le=10)] = 0
    SessionContext: str = ""
    SessionId: str = ""
    ExtInfo: str = ""


class Response(msgspec.Struct, frozen=True):
    """TaskId of the accepted task; it and its job are committed."""

    TaskId: str


async def run(call: CallContext, request: Request) -> Response:
    """Accepts the task, with the labels of the template as they are now.

    Raises:
        InvalidFileId, FileNotExist: no such video in this application, or its original was deleted.
        InvalidParameterValue: the video has no picture, or no cover, to be reviewed, or is too long.
        TemplateNotExist: no such template in this application.
        TaskDuplicate: the SessionId was used within three days.
        QuotaExceeded: the application has too many tasks under way.
    """
    file_id = file_id_of(request.FileId, request.MediaStoragePath)
    said = told("", request.SessionId, request.SessionContext)
    contents: list[str] = sorted(set(request.ReviewContents or ["Media"]), reverse=True)
    found = await catalog.find(call.services.database, call.sub_app_id, TEMPLATE, [request.Definition])
    if request.Definition not in found:
        raise unknown(TEMPLATE, request.Definition)
    keeps = Asked(
        session_id=said.session_id,
        session_context=said.session_context,
        labels=list(found[request.Definition].settings.Labels),
        contents=contents,
    )
    task_id = ids.new_task_id(call.app_id, REVIEW)
    async with call.services.database.transaction() as connection:
        await check_room(connection, call.sub_app_id, replace(call.quota, bytes=0), tasks=1)
        await media.hold(connection, call.sub_app_id, file_id)
        found_media = await media.find_one(connection, call.sub_app_id, file_id)
        _check(file_id, found_media, contents, call.services.settings.max_duration)
        await refuse_session_twice(connection, call.sub_app_id, request.SessionId, _SESSION_DAYS)
        wanted = ReviewRequest(
            task_id=task_id,
            sub_app_id=call.sub_app_id,
            app_id=call.app_id,
            file_id=file_id,
            definition=request.Definition,
            priority=request.TasksPriority,
            params=msgspec.to_builtins(keeps),
        )
        await media_reviews.accept(connection, wanted)
    return Response(TaskId=task_id)


def _check(file_id: str, found: Media | None, contents: list[str], longest: float) -> None:
    """Whether there is what is to be reviewed; `longest` is seconds."""
    if found is None:
        raise no_video(file_id)
    if "Media" in contents and found.object_key is None:
        raise errors.FileNotExist(f"FileId {file_id}: its original was deleted and cannot be reviewed any more")
    if "Media" in contents and found.metadata.get("video") == []:
        raise errors.InvalidParameterValue(
            f"FileId {file_id} has sound only, to which nothing listens here; only pictures are reviewed"
        )
    duration = found.metadata.get("duration", 0.0)
    if "Media" in contents and duration > longest:
        raise errors.InvalidParameterValue(
            f"FileId {file_id} lasts {duration:.0f} s; at most {longest:.0f} s are reviewed (setting max_duration)"
        )
    if "Cover" in contents and found.cover_key is None:
        raise errors.InvalidParameterValue(
            f"ReviewContents has Cover, but FileId {file_id} has no cover; leave Cover out, or make one by "
            "ProcessMedia (CoverBySnapshotTaskSet)"
        )


ACTION = Action(name="ReviewAudioVideo", request=Request, response=Response, run=run, value_errors=VALUE_ERRORS)
