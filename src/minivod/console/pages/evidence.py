"""What was withheld from everybody else: evidence of findings, and videos that are not published, for reviewers."""

from datetime import UTC
from http import HTTPStatus

from starlette.responses import Response

from minivod import ids
from minivod.console.visit import Refused, Visit
from minivod.objects import NoSuchObject
from minivod.playback.conditions import Representation
from minivod.playback.delivery import ByServer, Wanted
from minivod.playback.files import content_type, strong_etag
from minivod.publishing.showing import Shown, look
from minivod.store import console_users
from minivod.store import media as media_rows

SHOWN = ("video/", "audio/", "image/")
"""Content types that a browser shows; what is another one is offered for saving."""


async def finding(visit: Visit) -> Response:
    """The picture or the sound that was kept of a finding."""
    shown, place = await _shown(visit), visit.number("place")
    findings = shown.record.findings if shown.record else []
    key = shown.evidence_key(findings[place]) if place < len(findings) else None
    return await _deliver(visit, shown, key)


async def video(visit: Visit) -> Response:
    """What was reviewed, or the original; with ranges, and no longer than the session and the video last."""
    shown = await _shown(visit)
    return await _deliver(visit, shown, shown.video_key)


async def _shown(visit: Visit) -> Shown:
    file_id = visit.request.path_params["file_id"]
    shown = await look(visit.db, visit.number("app"), file_id) if ids.is_file_id(file_id) else None
    if shown is None or shown.media is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return shown


async def _deliver(visit: Visit, shown: Shown, key: str | None) -> Response:
    services = visit.site.services
    size = await services.objects.head(key) if key else None
    if key is None or size is None or shown.media is None:
        raise NoSuchObject(str(key))

    async def stands() -> bool:
        session = await console_users.find_session(visit.db, visit.user.token_hash)
        there = await media_rows.find(visit.db, shown.sub_app_id, [shown.file_id])
        return session is not None and session.role != "viewer" and bool(there)

    modified = shown.media.updated_at.astimezone(UTC).replace(microsecond=0)
    wanted = Wanted(
        key, content_type(key), Representation(strong_etag(key), modified, size), stands, ids.new_request_id()
    )
    response = await ByServer(services.objects, services.clock).respond(visit.request, wanted)
    if not wanted.content_type.startswith(SHOWN):
        response.headers["content-disposition"] = "attachment"
    return response
