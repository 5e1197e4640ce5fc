"""Tasks: the list, one of them with its steps, and for administrators its end before its time, and another attempt."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.responses import Response

from minivod import ids
from minivod.console import again, cursor, paths
from minivod.console.pages.media import MOST_APPLICATIONS
from minivod.console.visit import Refused, Visit
from minivod.errors import InternalError, ServiceUnavailable, WireError
from minivod.store import applications, console_changes, steps, task_overview
from minivod.store import media as media_rows
from minivod.store.console_changes import Change
from minivod.store.task_list import Place
from minivod.store.task_overview import STATES, Query
from minivod.store.tasks import Task
from minivod.wire.tasks import TASK_TYPES

ROWS = 20


class Shown(NamedTuple):
    """A task with its steps, what was done to it by the console, and the name of its video, if that is there."""

    task: Task
    steps: Sequence[Task]
    changes: Sequence[Change]
    name: str | None
    again: Mapping[str, Any] | None

    @property
    def failed(self) -> bool:
        """Whether it, or a step of it, ended with an error."""
        return any(one.err_code for one in (self.task, *self.steps))

    @property
    def progress(self) -> float:
        """Of the whole, from 0 to 1."""
        made = sum(step.progress for step in self.steps) / len(self.steps) if self.steps else 0.0
        return max(self.task.progress, made)


async def show(visit: Visit) -> Response:
    """The list, the newest first."""
    state, type_, app = visit.asked("state"), visit.asked("type"), visit.asked("app")
    kinds = [kind for kind, name in TASK_TYPES.items() if type_ in ("", name)]
    known = not app or ids.is_number(app)
    if state not in STATES or not kinds or not known:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    place = cursor.read(visit.asked("after"), Place)
    if place is not None and place.moment.tzinfo is None:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    query = Query(kinds=kinds, state=state, sub_app_id=int(app) if app else None, start=place, limit=ROWS)
    page = await task_overview.find_page(visit.db, query)
    every = await applications.of_all_accounts(visit.db, MOST_APPLICATIONS + 1)
    return visit.page(
        "tasks.html",
        items=page.items,
        running=any(one.task.status != "FINISH" for one in page.items),
        state=state,
        states=list(STATES),
        type=type_,
        app=app,
        applications=every[:MOST_APPLICATIONS],
        too_many=len(every) > MOST_APPLICATIONS,
        first=place is None,
        after=cursor.written(page.next),
    )


async def details(visit: Visit) -> Response:
    """One task; the page refreshes itself until it has ended."""
    return await _page(visit, await _shown(visit))


async def _page(visit: Visit, shown: Shown, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    return visit.page("task.html", status, shown=shown, task=shown.task, error=error)


async def abort(visit: Visit) -> Response:
    """Ends the task, whether it waits or runs."""
    shown = await _shown(visit)
    parameters = {"TaskId": shown.task.task_id, "OperationType": "Abort"}
    return await _done(visit, shown, "ManageTask", parameters, "aborted")


async def repeat(visit: Visit) -> Response:
    """Begins a task that does again what failed, by the same action with the same parameters; shows the new one."""
    shown = await _shown(visit)
    if shown.again is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "error.form")
    return await _done(visit, shown, again.ACTIONS[shown.task.kind], shown.again, "repeated")


async def _done(visit: Visit, shown: Shown, action: str, parameters: Mapping[str, Any], said: str) -> Response:
    task = shown.task
    try:
        answer = await visit.call(task.sub_app_id, action, parameters, about=task.task_id)
    except (InternalError, ServiceUnavailable):
        raise
    except WireError as error:
        return await _page(visit, await _shown(visit), visit.said(error.message), HTTPStatus.CONFLICT)
    there = paths.task(task.sub_app_id, getattr(answer, "TaskId", task.task_id))
    return visit.go(paths.with_query(there, said=said))


async def _shown(visit: Visit) -> Shown:
    app, task_id = visit.number("app"), visit.request.path_params["task_id"]
    task = await visit.site.services.tasks.find(app, task_id) if task_id.isprintable() else None
    if task is None or task.kind not in TASK_TYPES:
        raise Refused(HTTPStatus.NOT_FOUND, "error.not_found")
    async with visit.db.connection() as connection:
        made = await steps.find(connection, task_id)
    video = (await media_rows.find(visit.db, app, [task.file_id])).get(task.file_id)
    changes = await console_changes.history(visit.db, app, task_id)
    return Shown(task, made, changes, video.name if video else None, again.parameters(task, made) if video else None)
