"""DescribeProcedureTemplates: lists the procedures that an application can use."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.procedure_shapes import PublishTask
from minivod.actions.template_actions import NO_TIME
from minivod.errors import shorten
from minivod.processing.procedures import Procedure, available, stored
from minivod.shapes import wire_time

_CREATED = ("CreateTime", "create_time")  # the reference's text has the one, its example the other


class Sorting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Field can only be CreateTime; Order is Asc or Desc, in any case of letters."""

    Field: str
    Order: str


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The presets, then the application's own from the oldest on, if SortBy says nothing else.

    A name that does not exist is left out.
    """

    SubAppId: int | None = None
    Names: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    Type: Literal["Preset", "Custom"] | None = None
    Offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    Limit: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    SortBy: list[Sorting] = []


class ProcedureTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure. Members of what is not done here are empty."""

    Name: str
    Type: str
    Comment: str
    MediaProcessTask: dict[str, Any] | None
    AiContentReviewTask: None = None
    AiAnalysisTask: None = None
    AiRecognitionTaskSet: list[dict[str, Any]] = []
    AiRecognitionTask: None = None
    MiniProgramPublishTask: PublishTask | None
    ReviewAudioVideoTask: None = None
    CreateTime: str
    UpdateTime: str


class Response(msgspec.Struct, frozen=True):
    """TotalCount is without Offset and Limit."""

    TotalCount: int
    ProcedureTemplateSet: list[ProcedureTemplate]


async def run(call: CallContext, request: Request) -> Response:
    """Lists them.

    Raises:
        InvalidParameterValue: there is no such order.
    """
    found = await available(call.services.database, call.sub_app_id, request.Names or None)
    chosen = [one for one in found if request.Type in (None, "Preset" if one.preset else "Custom")]
    orders = [_descending(index, sort) for index, sort in enumerate(request.SortBy)]
    if orders:  # all are by the same field, so the first one decides
        chosen.sort(key=_created, reverse=orders[0])
    page = chosen[request.Offset : request.Offset + request.Limit]
    return Response(TotalCount=len(chosen), ProcedureTemplateSet=[_shown(one) for one in page])


def _descending(index: int, sort: Sorting) -> bool:
    if sort.Field not in _CREATED:
        raise errors.InvalidParameterValue(f"SortBy.{index}.Field {shorten(sort.Field)} can only be {_CREATED[0]}")
    if sort.Order.lower() not in ("asc", "desc"):
        raise errors.InvalidParameterValue(f"SortBy.{index}.Order {shorten(sort.Order)} is neither Asc nor Desc")
    return sort.Order.lower() == "desc"


def _created(procedure: Procedure) -> datetime:
    return procedure.created_at or datetime.min.replace(tzinfo=UTC)


def _shown(procedure: Procedure) -> ProcedureTemplate:
    publish = procedure.publish
    return ProcedureTemplate(
        Name=procedure.name,
        Type="Preset" if procedure.preset else "Custom",
        Comment=procedure.comment,
        MediaProcessTask=stored(procedure.task),
        MiniProgramPublishTask=None if publish is None else PublishTask(SourceDefinition=publish),
        CreateTime=wire_time(procedure.created_at, NO_TIME),
        UpdateTime=wire_time(procedure.updated_at, NO_TIME),
    )


ACTION = Action(
    name="DescribeProcedureTemplates",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
