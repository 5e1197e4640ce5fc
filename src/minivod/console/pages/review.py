"""The review queue, a video's review, and the operator's word on it: by the functions of `minivod review`."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

import msgspec
import structlog
from starlette.responses import Response

from minivod.console import cursor, paths
from minivod.console.timeline import timeline
from minivod.console.visit import Refused, Visit
from minivod.publishing import word
from minivod.publishing.showing import Shown, look
from minivod.publishing.word import CannotSay, Operator, Said
from minivod.review.model import WIRE_TYPES
from minivod.store import review_list
from minivod.store.review_list import Place, Query

log = structlog.get_logger(__name__)

_ROWS = 20
QUEUES: Mapping[str, Query] = MappingProxyType(
    {
        "open": Query(state="REJECTED", undecided=True),
        "borderline": Query(borderline=True, undecided=True),
        "rejected": Query(state="REJECTED"),
        "published": Query(state="PASS"),
        "running": Query(state="RUNNING"),
        "failed": Query(state="FAILED"),
        "decided": Query(by_operator=True),
    }
)
"""The lists, by their names in addresses; what waits for a person comes first."""
_WORDS = ("approve", "reject", "reset")


async def queue(visit: Visit) -> Response:
    """A list of publications, newest change first."""
    name = _queue_name(visit.asked("queue"))
    place = cursor.read(visit.asked("after"), Place)
    app = visit.asked("app")
    if app and not (app.isascii() and app.isdigit() and len(app) <= 18):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    query = msgspec.structs.replace(QUEUES[name], start=place, limit=_ROWS, sub_app_id=int(app) if app else None)
    page = await review_list.find_page(visit.db, query)
    return visit.page(
        "queue.html", queue=name, queues=list(QUEUES), items=page.items, app=app, first=place is None,
        after=cursor.written(page.next),
    )  # fmt: skip


async def show(visit: Visit) -> Response:
    """A video's review."""
    return await _page(visit, await _shown(visit))


async def _page(visit: Visit, shown: Shown, status: HTTPStatus = HTTPStatus.OK, error: str = "") -> Response:
    queue_name = _queue_name(visit.form.one("queue") or visit.asked("queue"))
    record = shown.record
    return visit.page(
        "review.html",
        status,
        shown=shown,
        record=record,
        line=timeline(shown),
        kept=[shown.evidence_key(finding) is not None for finding in record.findings] if record else [],
        queue=queue_name,
        next=await _next(visit, shown, queue_name),
        types=WIRE_TYPES,
        given={"reason": visit.form.one("reason"), "types": visit.form.all("type")},
        error=error,
    )


async def say(visit: Visit) -> Response:
    """Approves, rejects or resets, and goes on with the next video of the list."""
    shown, form = await _shown(visit), visit.form
    following = await _next(visit, shown, _queue_name(form.one("queue")))  # afterwards it is elsewhere in the list
    try:
        said = await _say(visit, shown)
    except CannotSay as error:
        return await _page(visit, shown, HTTPStatus.CONFLICT, str(error))
    log.info("console_word", user=visit.user.user_name, word=form.one("word"), file_id=shown.file_id)
    told = "unchanged" if said.decision is None else f"{form.one('word')}_{said.after or 'none'}".lower()
    if following and form.one("then") == "next":
        return visit.go(paths.with_query(following, said=told))
    here = paths.review(shown.sub_app_id, shown.file_id)
    return visit.go(paths.with_query(here, queue=form.one("queue"), said=told))


async def _say(visit: Visit, shown: Shown) -> Said:
    form, settings = visit.form, visit.site.services.settings
    if form.one("word") not in _WORDS:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    operator = Operator(name=visit.user.user_name, reason=form.one("reason").strip())
    where, seconds = (visit.db, shown.sub_app_id, shown.file_id), settings.withdrawn_lifetime()
    match form.one("word"):
        case "approve":
            return await word.approve(*where, operator, unseen=bool(form.one("unseen")))
        case "reject":
            said = await word.reject(*where, operator, seconds=seconds, types=form.all("type"))
        case _:
            said = await word.reset(*where, operator, seconds=seconds)
    for key in said.doomed:  # not by the janitor in a minute: URLs of an object store may lead to it
        await visit.site.services.objects.delete(key)
    return said


async def _shown(visit: Visit) -> Shown:
    file_id = visit.request.path_params["file_id"]
    shown = await look(visit.db, visit.number("app"), file_id) if file_id.isprintable() else None
    if shown is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return shown


async def _next(visit: Visit, shown: Shown, name: str) -> str:
    """The address of the video that follows in the list; empty: there is none."""
    found = shown.publication
    if found is None:
        return ""
    start = Place(found.updated_at, shown.file_id)
    page = await review_list.find_page(visit.db, msgspec.structs.replace(QUEUES[name], start=start, limit=2))
    following = next((one for one in page.items if one.file_id != shown.file_id), None)
    return paths.with_query(paths.review(following.sub_app_id, following.file_id), queue=name) if following else ""


def _queue_name(given: str) -> str:
    return given if given in QUEUES else "open"
