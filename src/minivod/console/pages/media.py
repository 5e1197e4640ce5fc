"""The videos of an application: the list with its search, and one of them with all that is known of it."""

from http import HTTPStatus

from starlette.responses import Response

from minivod import ids
from minivod.console import facts
from minivod.console.facts import Facts
from minivod.console.visit import Refused, Visit
from minivod.store import applications, classes, library, publications
from minivod.store import media as media_rows
from minivod.store.applications import Application
from minivod.store.library import Wanted
from minivod.store.search import MOST, NONE

ROWS = 20
STATES = ("PASS", "REJECTED", "RUNNING", "FAILED", NONE)
"""Of publications, in the order of the choice."""
MOST_APPLICATIONS = 200
"""That a choice lists; where there are more, one is named by its number."""
_LONGEST = 100
_MOST_CLASSES = 500


async def show(visit: Visit) -> Response:
    """A list of videos, the newest first."""
    return await listed(visit)


async def listed(
    visit: Visit, error: str = "", status: HTTPStatus = HTTPStatus.OK, *, app: int | None = None
) -> Response:
    """The list that is asked for.

    Args:
        visit: the request.
        error: what went wrong, in the language of the page.
        status: of the answer.
        app: the application; None: as the query says, else the oldest.
    """
    every = await applications.of_all_accounts(visit.db, MOST_APPLICATIONS + 1)
    chosen = app if app is not None else application(visit, every)
    given = {name: visit.asked(name)[:_LONGEST] for name in ("q", "tag", "class", "state")}
    page = int(_digits(visit.asked("page")) or 1)
    found = await library.find(visit.db, _wanted(chosen, given, page), visit.site.services.clock.utc())
    videos = await media_rows.find(visit.db, chosen, found.file_ids)
    return visit.page(
        "media.html",
        status,
        app=chosen,
        applications=every[:MOST_APPLICATIONS],
        too_many=len(every) > MOST_APPLICATIONS,
        given=given,
        states=STATES,
        classes=(await classes.find(visit.db, chosen))[:_MOST_CLASSES],
        items=[videos[file_id] for file_id in found.file_ids if file_id in videos],
        published=await publications.find(visit.db, chosen, found.file_ids),
        total=found.total,
        most=MOST,
        number=page,
        pages=-(-found.total // ROWS),
        error=error,
    )


def application(visit: Visit, every: list[Application]) -> int:
    """The application that is asked for, else the oldest; 0: there is none. Raises Refused."""
    asked = _digits(visit.asked("app"))
    return int(asked) if asked else (every[0].sub_app_id if every else 0)


def _wanted(app: int, given: dict[str, str], page: int) -> Wanted:
    if not 1 <= page <= MOST // ROWS or given["state"] not in ("", *STATES):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    asked, class_id = given["q"].strip(), _digits(given["class"])
    by_id = ids.is_file_id(asked)
    return Wanted(
        sub_app_id=app,
        file_id=asked if by_id else "",
        name="" if by_id else asked,
        tag=given["tag"].strip(),
        class_id=int(class_id) if class_id else None,
        state=given["state"],
        offset=(page - 1) * ROWS,
        limit=ROWS,
    )


def _digits(text: str) -> str:
    """A number of a query; raises Refused for what is none."""
    if text and not ids.is_number(text):
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return text


async def details(visit: Visit) -> Response:
    """One video."""
    return await detailed(visit)


async def detailed(visit: Visit, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The page of a video; `error` is what went wrong, in the language of the page."""
    return visit.page("video.html", status, facts=await of_path(visit), error=error)


async def confirm_delete(visit: Visit) -> Response:
    """Asks once more, and says what would be gone."""
    return visit.page("delete.html", facts=await of_path(visit))


async def of_path(visit: Visit) -> Facts:
    """The video that the address names; raises Refused."""
    file_id = visit.request.path_params["file_id"]
    found = await facts.gather(visit, visit.number("app"), file_id) if ids.is_file_id(file_id) else None
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    return found
