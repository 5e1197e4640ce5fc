"""ForbidMediaDistribution: bans videos from playing, and lets them play again."""

from typing import Annotated, Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.file_ids import check_file_ids
from minivod.store import media


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operation `forbid` has the videos play nowhere, streams that are under way included; `recover` ends that.

    A recovered video plays as before, if it is published. Publishing a forbidden one goes on, and takes effect then.
    """

    FileIds: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
    Operation: Literal["forbid", "recover"]
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """The ids that are no videos of the application; the others have been changed."""

    NotExistFileIdSet: list[str]


async def run(call: CallContext, request: Request) -> Response:
    """Changes all of them at once; what is forbidden is unreachable when the answer is sent.

    Raises:
        InvalidFileIds: a value that is no FileId; nothing was changed.
    """
    check_file_ids(request.FileIds)
    file_ids = list(dict.fromkeys(request.FileIds))
    forbidden = request.Operation == "forbid"
    found = await media.set_forbidden(call.services.database, call.sub_app_id, file_ids, forbidden=forbidden)
    return Response([file_id for file_id in file_ids if file_id not in found])


ACTION = Action(
    name="ForbidMediaDistribution",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    value_errors={
        "FileIds": errors.InvalidFileIds,
        "Operation": errors.invalid("Operation"),
        "SubAppId": errors.InvalidSubAppId,
    },
)
