"""DescribeSubAppIds: lists the applications of the account."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from minivod.actions import Action, CallContext
from minivod.actions.application_shapes import AppTags, stored
from minivod.actions.upload_details import OWN_REGION
from minivod.shapes import wire_time
from minivod.store import applications
from minivod.store.applications import Application


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name is the whole name; an application is listed when it has all of the Tags."""

    Name: str | None = None
    Tags: AppTags = []
    Offset: Annotated[int, Meta(ge=0)] = 0
    Limit: Annotated[int, Meta(ge=0, le=200)] = 200


class SubAppIdInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An application; Name is the older member for SubAppIdName."""

    SubAppId: int
    SubAppIdName: str
    Description: str
    CreateTime: str
    Status: str
    Name: str
    Mode: str
    StorageRegions: list[str]
    Tags: list[dict[str, Any]]


class Response(msgspec.Struct, frozen=True):
    """TotalCount is without Offset and Limit."""

    SubAppIdInfoSet: list[SubAppIdInfo]
    TotalCount: int


async def run(call: CallContext, request: Request) -> Response:
    """Lists those that the key may use, newest first."""
    page, total = await applications.search(
        call.services.database,
        call.app_id,
        only=call.key.sub_app_ids,
        name=request.Name or None,
        tags=stored(request.Tags),
        offset=request.Offset,
        limit=request.Limit,
    )
    return Response([_shown(one) for one in page], total)


def _shown(application: Application) -> SubAppIdInfo:
    return SubAppIdInfo(
        SubAppId=application.sub_app_id,
        SubAppIdName=application.name,
        Description=application.description,
        CreateTime=wire_time(application.created_at),
        Status=application.status,
        Name=application.name,
        Mode="fileid",
        StorageRegions=[OWN_REGION],
        Tags=application.tags,
    )


ACTION = Action(
    name="DescribeSubAppIds", request=Request, response=Response, run=run, mutates=False, limit=20, of_account=True
)
