"""What was withheld from everybody else: evidence of findings, and videos that are not published, for reviewers."""

from http import HTTPStatus

from starlette.responses import Response

from minivod import ids
from minivod.console.delivering import deliver
from minivod.console.visit import Refused, Visit
from minivod.objects import NoSuchObject
from minivod.publishing.showing import Shown, look


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
    if shown.media is None:
        raise NoSuchObject(str(key))
    return await deliver(visit, shown.media, key, "reviewer")
