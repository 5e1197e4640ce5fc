"""DescribeTasks: lists the tasks of an application."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_id
from minivod.errors import shorten
from minivod.shapes import wire_time
from minivod.store import task_list
from minivod.store.media_reviews import REVIEW
from minivod.store.pulls import PULL
from minivod.store.task_list import Place, Query, Span
from minivod.store.tasks import Task
from minivod.wire.procedure import PROCEDURE, told
from minivod.wire.pull_task import made_file_id
from minivod.wire.tasks import TASK_TYPES

_LONGEST_TOKEN = 500
ChoiceT = TypeVar("ChoiceT", bound=str)


class TimeRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ISO 8601 times, both included; either may be missing."""

    After: str = ""
    Before: str = ""


class SortBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Field is CreateTime, or FinishTime, by which the list has finished tasks only; Order is Asc or Desc."""

    Field: str
    Order: str


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All conditions hold at once. A ScrollToken goes on with a list, whose other parameters stay as they were."""

    SubAppId: int | None = None
    Status: str = ""
    FileId: str = ""
    CreateTime: TimeRange = TimeRange()
    FinishTime: TimeRange = TimeRange()
    Sort: SortBy = SortBy(Field="CreateTime", Order="Desc")
    Limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    ScrollToken: str = ""


class TaskSimpleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Times are empty until they are known; sessions belong to tasks that processing makes."""

    TaskId: str
    Status: str
    FileId: str
    TaskType: str
    CreateTime: str
    BeginProcessTime: str
    FinishTime: str
    SessionId: str = ""
    SessionContext: str = ""


class Response(msgspec.Struct, frozen=True):
    """An empty ScrollToken: there are no more."""

    TaskSet: list[TaskSimpleInfo]
    ScrollToken: str


async def run(call: CallContext, request: Request) -> Response:
    """Lists them, the newest first if nothing else is said, as long as the server keeps them (`task_lifetime`).

    Raises:
        InvalidFileId: not the form of a FileId.
        InvalidParameterValue: no such status or order, or a time or the ScrollToken cannot be read.
    """
    if request.FileId:
        check_file_id(request.FileId)
    query = Query(
        sub_app_id=call.sub_app_id,
        status=_one_of("Status", request.Status, ("WAITING", "PROCESSING", "FINISH")) if request.Status else None,
        file_id=request.FileId or None,
        created=_span("CreateTime", request.CreateTime),
        finished=_span("FinishTime", request.FinishTime),
        field=_one_of("Sort.Field", request.Sort.Field, ("CreateTime", "FinishTime")),
        order=_one_of("Sort.Order", request.Sort.Order, ("Asc", "Desc")),
        start=_place(request.ScrollToken) if request.ScrollToken else None,
        limit=request.Limit,
    )
    page = await task_list.find_page(call.services.database, query)
    return Response([_info(task) for task in page.tasks], _token(page.next) if page.next else "")


def _info(task: Task) -> TaskSimpleInfo:
    session = told(task) if task.kind in (PROCEDURE, PULL, REVIEW) else None
    return TaskSimpleInfo(
        TaskId=task.task_id,
        Status=task.status,
        FileId=made_file_id(task) if task.kind == PULL else task.file_id,
        TaskType=TASK_TYPES[task.kind],
        CreateTime=wire_time(task.created_at),
        BeginProcessTime=wire_time(task.begun_at),
        FinishTime=wire_time(task.finished_at),
        SessionId=session.session_id if session else "",
        SessionContext=session.session_context if session else "",
    )


def _one_of(name: str, given: str, choices: tuple[ChoiceT, ...]) -> ChoiceT:
    for choice in choices:
        if choice == given:
            return choice
    raise errors.InvalidParameterValue(f"{name} {shorten(given)} is none of {', '.join(choices)}")


def _span(name: str, given: TimeRange) -> Span:
    return Span(_time(f"{name}.After", given.After), _time(f"{name}.Before", given.Before))


def _time(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise errors.InvalidParameterValue(
            f"{name} {shorten(text)} is not a time as ISO 8601 writes it (2030-01-31T12:00:00Z)"
        ) from None


def _token(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(token: str) -> Place:
    try:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise ValueError
        place = msgspec.json.decode(base64.b64decode(token, altchars=b"-_", validate=True), type=Place)
        if place.moment.tzinfo is None or not place.task_id.isprintable():
            raise ValueError
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise errors.InvalidParameterValue(
            f"ScrollToken {shorten(token)} is not one that DescribeTasks answered; leave it out to begin anew"
        ) from None
    return place


ACTION = Action(
    name="DescribeTasks",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"FileId": errors.InvalidFileId, "SubAppId": errors.InvalidSubAppId},
)
