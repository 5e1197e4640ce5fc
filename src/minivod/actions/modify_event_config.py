"""ModifyEventConfig: how the application is told of its events, and of which (contract.md §6)."""

from typing import Annotated, Any, Literal

import msgspec

from minivod import errors, webhooks
from minivod.actions import Action, CallContext
from minivod.destinations import BadUrl, Destinations
from minivod.errors import shorten
from minivod.settings import Settings
from minivod.shapes import wire_time
from minivod.store import event_configs, event_deliveries
from minivod.store.database import Database
from minivod.store.event_configs import PULL, PUSH, EventConfig

Switch = Literal["ON", "OFF"]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not given stays. An empty NotificationUrl or SignKey takes that away.

    PersistenceCompleteEventSwitch may be OFF alone: clips are not persisted here, and there is nothing to tell.
    """

    Mode: Literal["PUSH", "PULL"] | None = None
    NotificationUrl: str | None = None
    UploadMediaCompleteEventSwitch: Switch | None = None
    DeleteMediaCompleteEventSwitch: Switch | None = None
    PersistenceCompleteEventSwitch: Switch | None = None
    SignKey: (
        Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{0,32}\Z", description="at most 32 letters and digits")]
        | None
    ) = None
    SubAppId: int | None = None


class Response(msgspec.Struct, frozen=True):
    """Nothing but the RequestId."""


async def run(call: CallContext, request: Request) -> Response:
    """Changes it, for events that happen from now on; see docs/events.md for those that wait.

    Raises:
        InvalidParameterValue: a URL that this server does not call, PUSH without a URL, or a switch for events that
            there are not.
    """
    await change(call.services.database, call.sub_app_id, request, call.services.settings)
    return Response()


async def change(db: Database, sub_app_id: int, request: Request, settings: Settings) -> None:
    """Likewise, for an application of anybody; raises like `run`."""
    if request.PersistenceCompleteEventSwitch == "ON":
        raise errors.InvalidParameterValue(
            "PersistenceCompleteEventSwitch ON cannot be had: clips are not persisted here, so there are no such "
            "events; leave it out, or send OFF"
        )
    changes = _changes(request, settings)
    async with db.transaction() as connection:
        before = await event_configs.lock(connection, sub_app_id, webhooks.new_secret())
        after = msgspec.structs.replace(before, **changes)
        if request.Mode == PUSH and not after.url:
            raise errors.InvalidParameterValue(_no_url(after))
        await event_configs.save(connection, sub_app_id, after, vouched=request.NotificationUrl is not None)
        if after.mode == PULL:
            await event_deliveries.hand_to_queue(connection, sub_app_id)
        elif (before.mode, before.url) != (after.mode, after.url):
            await event_deliveries.begin_anew(connection, sub_app_id)


def _no_url(config: EventConfig) -> str:
    if config.gone_at is not None:
        return (
            f"Mode PUSH needs a NotificationUrl; the one that this application had answered 410 at "
            f"{wire_time(config.gone_at)}, which ended the calls; send it again, or another one, in this call"
        )
    return "Mode PUSH needs a NotificationUrl, and this application has none; send both in one call"


def _changes(request: Request, settings: Settings) -> dict[str, Any]:
    """Members of the stored configuration that change."""
    given: dict[str, Any] = {
        "mode": request.Mode,
        "url": request.NotificationUrl,
        "on_upload": _is_on(request.UploadMediaCompleteEventSwitch),
        "on_delete": _is_on(request.DeleteMediaCompleteEventSwitch),
        "sign_key": request.SignKey,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if request.NotificationUrl is None:
        return changes
    _check(request.NotificationUrl, settings)
    return changes | {"gone_url": "", "gone_at": None, "failing": False}


def _check(url: str, settings: Settings) -> None:
    """Refuses what is known not to be called; where a name leads is seen when it is called."""
    if not url:
        return
    try:
        Destinations(settings).read(url)
    except BadUrl as error:
        raise errors.InvalidParameterValue(
            f"NotificationUrl {shorten(url)} {error}; allowed are http and https, with a name or a public address, on "
            f"the ports {', '.join(settings.egress_ports)}"
        ) from None


def _is_on(switch: Switch | None) -> bool | None:
    return None if switch is None else switch == "ON"


ACTION = Action(
    name="ModifyEventConfig",
    request=Request,
    response=Response,
    run=run,
    limit=20,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
