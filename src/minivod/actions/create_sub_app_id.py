"""CreateSubAppId: makes an application of the account."""

from typing import Literal

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.actions.application_shapes import AppDescription, AppName, AppTags, check_name, stored
from minivod.actions.upload_details import region
from minivod.errors import shorten
from minivod.store import applications

MOST = 200
"""Applications of an account, as many as DescribeSubAppIds can show at once."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """StorageRegion is that of ApplyUpload: any region is accepted, and there is one store."""

    Name: AppName
    Description: AppDescription = ""
    Type: Literal["", "AllInOne", "Professional"] = "AllInOne"
    Mode: Literal["", "fileid", "fileid+path"] = "fileid"
    StorageRegion: str = ""
    Tags: AppTags = []


class Response(msgspec.Struct, frozen=True):
    """The new application."""

    SubAppId: int


async def run(call: CallContext, request: Request) -> Response:
    """Makes it; it is On, and empty.

    Raises:
        InvalidParameterValue: a name that cannot be seen, a tag that stands twice.
        UnsupportedOperation: another type or mode than AllInOne and fileid.
        UnauthorizedOperation: the key is limited to some applications, of which this would be none.
        LimitExceeded: the account has as many as it may have.
    """
    check_name(request.Name)
    for name, given, done in (("Type", request.Type, "AllInOne"), ("Mode", request.Mode, "fileid")):
        if given not in ("", done):
            raise errors.UnsupportedOperation(f"{name} {shorten(given)} is not done by this server; it does {done}")
    region(request.StorageRegion)
    if call.key.sub_app_ids is not None:
        allowed = ", ".join(map(str, call.key.sub_app_ids)) or "none"
        raise errors.UnauthorizedOperation(
            f"the key may use the applications {allowed} and no others, so it cannot make one"
        )
    async with call.services.database.transaction() as connection:
        made = await applications.create(
            connection, call.app_id, request.Name, request.Description, stored(request.Tags), MOST
        )
    if made is None:
        raise errors.LimitExceeded(f"the account has {MOST} applications, which is the most that it can have")
    return Response(made)


ACTION = Action(
    name="CreateSubAppId",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    of_account=True,
    value_errors={"StorageRegion": errors.InvalidStorageRegion},
)
