"""The review queue, a video's review, and the operator's word on it: by the functions of `minivod review`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import structlog
from starlette.responses import Response

from minivod import ids
from minivod.console import cursor, paths
from minivod.console.overtaken import happened
from minivod.console.texts import TEXTS
from minivod.console.timeline import timeline
from minivod.console.visit import Refused, Visit
from minivod.publishing import word
from minivod.publishing.showing import Shown, look
from minivod.publishing.word import CannotSay, Operator, Said
from minivod.review.model import WIRE_TYPES
from minivod.store import decisions, review_list
from minivod.store.basis import Basis
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


class Refusal(NamedTuple):
    """Why nothing was written: `overtaken`, `unchanged` or `cannot`, and sentences in the language of the page."""

    kind: str
    sentences: Sequence[str]


class Notice(NamedTuple):
    """What came of a decision: the key of the text, and of another video than the page's its address and name."""

    key: str
    address: str
    name: str


async def queue(visit: Visit) -> Response:
    """A list of publications, newest change first."""
    name = _queue_name(visit.asked("queue"))
    place = cursor.read(visit.asked("after"), Place)
    app = visit.asked("app")
    if app and not ids.is_number(app):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    query = msgspec.structs.replace(QUEUES[name], start=place, limit=_ROWS, sub_app_id=int(app) if app else None)
    page = await review_list.find_page(visit.db, query)
    return visit.page(
        "queue.html", queue=name, queues=list(QUEUES), items=page.items, app=app, first=place is None,
        after=cursor.written(page.next),
    )  # fmt: skip


async def show(visit: Visit) -> Response:
    """A video's review, after a decision with a notice that names the video of that."""
    shown = await _shown(visit)
    return await _page(visit, shown, notice=await _notice(visit, shown))


async def _page(
    visit: Visit, shown: Shown, status: HTTPStatus = HTTPStatus.OK, refused: Refusal | None = None,
    notice: Notice | None = None,
) -> Response:  # fmt: skip
    form = visit.form
    queue_name = _queue_name(form.one("queue") or visit.asked("queue"))
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
        seen=cursor.written(shown.basis),
        given={"reason": form.one("reason"), "types": form.all("type"), "goes_on": not refused or form.one("then")},
        refused=refused,
        notice=notice,
    )


async def say(visit: Visit) -> Response:
    """Approves, rejects or resets, and goes on with the next video of the list.

    What does not count is told on the page as it is now, with all that was typed.
    """
    shown, form, seen = await _shown(visit), visit.form, _seen(visit)
    following = await _next(visit, shown, _queue_name(form.one("queue")))  # afterwards it is elsewhere in the list
    try:
        said = await _say(visit, shown, seen)
    except CannotSay as error:
        return await _refuse(visit, seen, Refusal("cannot", [visit.said(str(error))]))
    if said.decision is None:
        return await _refuse(visit, seen, Refusal("unchanged", []))
    log.info("console_word", user=visit.user.user_name, word=form.one("word"), file_id=shown.file_id)
    told = said.decision.decision_id
    if following and form.one("then") == "next":
        return visit.go(paths.with_query(following, told=told))
    here = paths.review(shown.sub_app_id, shown.file_id)
    return visit.go(paths.with_query(here, queue=form.one("queue"), told=told))


async def _refuse(visit: Visit, seen: Basis, refusal: Refusal) -> Response:
    """The page as it is now; what happened to the video meanwhile comes first, for the next try is made from that."""
    shown = await _shown(visit)
    if shown.basis != seen:
        refusal = Refusal("overtaken", happened(visit, seen, shown))
    return await _page(visit, shown, HTTPStatus.CONFLICT, refusal)


async def _say(visit: Visit, shown: Shown, seen: Basis) -> Said:
    form, settings = visit.form, visit.site.services.settings
    if form.one("word") not in _WORDS:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    operator = Operator(name=visit.user.user_name, reason=form.one("reason").strip())
    where, seconds = (visit.db, shown.sub_app_id, shown.file_id), settings.withdrawn_lifetime()
    match form.one("word"):
        case "approve":
            return await word.approve(*where, operator, unseen=bool(form.one("unseen")), seen=seen)
        case "reject":
            said = await word.reject(*where, operator, seconds=seconds, types=form.all("type"), seen=seen)
        case _:
            said = await word.reset(*where, operator, seconds=seconds, seen=seen)
    for key in said.doomed:  # not by the janitor in a minute: URLs of an object store may lead to it
        await visit.site.services.objects.delete(key)
    return said


def _seen(visit: Visit) -> Basis:
    """What the page was made from, by its form."""
    try:
        found = cursor.read(visit.form.one("seen"), Basis)
    except Refused:
        found = None
    if found is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    return found


async def _notice(visit: Visit, shown: Shown) -> Notice | None:
    """Of a decision of whoever reads it, while that is the newest of its video; None: the address names none."""
    told = visit.asked("told")
    if not ids.is_number(told):
        return None
    found = await decisions.newest_of_its_video(visit.db, int(told))
    if found is None or found[0].made_by != visit.user.user_name:
        return None
    said, name = found
    address = paths.with_query(paths.review(said.sub_app_id, said.file_id), queue=_queue_name(visit.asked("queue")))
    key = f"told.{said.word}_{said.state_after or 'none'}".lower()
    if key not in TEXTS:  # of a review anew, which no person has done here
        return None
    return Notice(key, "" if said.file_id == shown.file_id else address, name or said.file_id)


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
