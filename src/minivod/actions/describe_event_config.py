"""DescribeEventConfig: how the application is told of its events (contract.md §6)."""

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.store import event_configs


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the application."""

    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """As it is in effect: NotificationUrl is empty where nothing is called, also after the receiver answered 410."""

    Mode: str
    NotificationUrl: str
    UploadMediaCompleteEventSwitch: str
    DeleteMediaCompleteEventSwitch: str
    PersistenceCompleteEventSwitch: str


async def run(call: CallContext, request: Request) -> Response:
    """Reads it; switches that were never set are as the server's settings say."""
    config, settings = await event_configs.find(call.services.database, call.sub_app_id), call.services.settings
    return Response(
        Mode=config.mode,
        NotificationUrl=config.url,
        UploadMediaCompleteEventSwitch=_switch(config.tells_of_uploads(settings.event_on_upload)),
        DeleteMediaCompleteEventSwitch=_switch(config.tells_of_deletions(settings.event_on_delete)),
        PersistenceCompleteEventSwitch="OFF",
    )


def _switch(on: bool) -> str:
    return "ON" if on else "OFF"


ACTION = Action(
    name="DescribeEventConfig",
    request=Request,
    response=Response,
    run=run,
    mutates=False,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
