"""DescribeMediaInfos: what is known of up to 20 videos."""

from typing import Annotated

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_ids
from minivod.actions.media_infos import gather, parts
from minivod.wire.media_info import MediaInfo


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without Filters the answer has everything."""

    FileIds: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
    SubAppId: int | None = None
    Filters: list[str] = []


class Response(msgspec.Struct, frozen=True):
    """The videos in the order asked for, and the ids that are none."""

    MediaInfoSet: list[MediaInfo]
    NotExistFileIdSet: list[str]


async def run(call: CallContext, request: Request) -> Response:
    """Describes the videos.

    Raises:
        InvalidFileIds: a value that is no FileId.
        InvalidParameterValue: a filter that does not exist.
    """
    check_file_ids(request.FileIds)
    wanted = parts(request.Filters)
    file_ids = list(dict.fromkeys(request.FileIds))
    infos = await gather(call, file_ids, wanted)
    found = {info.FileId for info in infos}
    return Response(infos, [file_id for file_id in file_ids if file_id not in found])


ACTION = Action(
    name="DescribeMediaInfos",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"FileIds": errors.InvalidFileIds, "SubAppId": errors.InvalidSubAppId},
)
