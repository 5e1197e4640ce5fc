"""What an administrator does with a video: have something made of it, publish, withdraw, delete; files to be seen."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from minivod import ids
from minivod.console import choices, paths
from minivod.console.delivering import deliver
from minivod.console.pages import media
from minivod.console.visit import Refused, Visit
from minivod.errors import InternalError, ServiceUnavailable, WireError
from minivod.objects import NoSuchObject
from minivod.store import media as media_rows
from minivod.store import publications, results
from minivod.store.media import Media


async def transcode(visit: Visit) -> Response:
    """Has a template make something of the video."""
    kind, _, definition = visit.form.one("template").partition(":")
    if kind not in choices.KINDS:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    member = choices.KINDS[kind][0]
    parameters = {
        "MediaProcessTask": {member: [{"Definition": definition}]},
        "TasksPriority": visit.form.one("priority") or "0",
    }
    return await _done(visit, "ProcessMedia", parameters, "transcoding")


async def publish(visit: Visit) -> Response:
    """Publishes the original or a transcode, after review."""
    return await _done(visit, "WeChatMiniProgramPublish", {"SourceDefinition": visit.form.one("source")}, "publishing")


async def withdraw(visit: Visit) -> Response:
    """Takes the publication back, or ends one that is under way."""
    part = {"Type": "WechatMiniProgramPublishFiles", "Definition": "0"}
    return await _done(visit, "DeleteMedia", {"DeleteParts": [part]}, "withdrawn")


async def delete(visit: Visit) -> Response:
    """Deletes the video with all that was made of it."""
    app = visit.number("app")
    there = paths.with_query(paths.MEDIA, app=app, about=visit.request.path_params["file_id"])
    return await _done(visit, "DeleteMedia", {}, "video_deleted", there)


async def _done(visit: Visit, action: str, parameters: Mapping[str, Any], said: str, there: str = "") -> Response:
    """Calls the action for the video of the address; what it refuses is told on the video's page."""
    app, file_id = visit.number("app"), visit.request.path_params["file_id"]
    if not ids.is_file_id(file_id):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    try:
        await visit.call(app, action, {"FileId": file_id, **parameters}, about=file_id, text=True)
    except (InternalError, ServiceUnavailable):
        raise
    except WireError as error:
        return await media.detailed(visit, visit.said(error.message), HTTPStatus.CONFLICT)
    return visit.go(paths.with_query(there or paths.media(app, file_id), said=said))


async def published(visit: Visit) -> Response:
    """The published file, for everybody; a stream of it ends when it is withdrawn."""
    video = await _media(visit)

    async def key() -> str | None:
        found = (await publications.find(visit.db, video.sub_app_id, [video.file_id])).get(video.file_id)
        known = (await media_rows.find(visit.db, video.sub_app_id, [video.file_id])).get(video.file_id)
        plays = found is not None and found.state == "PASS" and not found.files and known and not known.forbidden
        return found.object_key if found and plays else None

    now = await key()

    async def still() -> bool:
        return await key() == now

    return await deliver(visit, video, now, "viewer", still)


async def original(visit: Visit) -> Response:
    """What was uploaded, for reviewers."""
    video = await _media(visit)
    return await deliver(visit, video, video.object_key, "reviewer")


async def made(visit: Visit) -> Response:
    """A file of what a task made of the video, for reviewers."""
    video, place = await _media(visit), visit.number("place")
    kind, definition = visit.request.path_params["kind"], visit.number("definition")
    known = kind.isprintable()
    found = await results.find_one(visit.db, video.sub_app_id, video.file_id, kind, definition) if known else None
    if found is None or place >= len(found.files):
        raise NoSuchObject(f"{kind} {definition}, file {place}")
    return await deliver(visit, video, found.key(found.files[place]), "reviewer")


async def _media(visit: Visit) -> Media:
    app, file_id = visit.number("app"), visit.request.path_params["file_id"]
    found = await media_rows.find(visit.db, app, [file_id]) if ids.is_file_id(file_id) else {}
    if file_id not in found:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return found[file_id]
