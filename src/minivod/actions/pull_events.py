"""PullEvents: long poll for the application's events (contract.md §6)."""

import asyncio
from typing import Any

import msgspec

from minivod import errors
from minivod.actions import Action, CallContext
from minivod.store import events
from minivod.store.events import BATCH, Event
from minivod.wire.events import MEMBERS

LONGEST_WAIT = 5.0
"""Seconds that a poll without news is held."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ExtInfo is reserved by the API and has no effect."""

    ExtInfo: str = ""
    SubAppId: int | None = None


class EventContent(msgspec.Struct, frozen=True, kw_only=True):
    """An event: the member of its EventType is set, the others are null."""

    EventHandle: str
    EventType: str
    FileUploadEvent: dict[str, Any] | None = None
    ProcedureStateChangeEvent: dict[str, Any] | None = None
    FileDeleteEvent: dict[str, Any] | None = None
    PullCompleteEvent: dict[str, Any] | None = None
    EditMediaCompleteEvent: None = None
    SplitMediaCompleteEvent: None = None
    ComposeMediaCompleteEvent: None = None
    ClipCompleteEvent: None = None
    TranscodeCompleteEvent: None = None
    CreateImageSpriteCompleteEvent: None = None
    ConcatCompleteEvent: None = None
    SnapshotByTimeOffsetCompleteEvent: None = None
    WechatPublishCompleteEvent: None = None
    WechatMiniProgramPublishCompleteEvent: dict[str, Any] | None = None
    RemoveWatermarkCompleteEvent: None = None
    RestoreMediaCompleteEvent: None = None
    RebuildMediaCompleteEvent: None = None
    ExtractTraceWatermarkCompleteEvent: None = None
    ExtractCopyRightWatermarkCompleteEvent: None = None
    ReviewAudioVideoCompleteEvent: dict[str, Any] | None = None
    ReduceMediaBitrateCompleteEvent: None = None
    DescribeFileAttributesCompleteEvent: None = None
    QualityInspectCompleteEvent: None = None
    QualityEnhanceCompleteEvent: None = None
    PersistenceCompleteEvent: None = None
    ComplexAdaptiveDynamicStreamingCompleteEvent: None = None


class Response(msgspec.Struct, frozen=True):
    """At most 16 events; none after five seconds without news."""

    EventSet: list[EventContent]


async def run(call: CallContext, request: Request) -> Response:
    """Waits for events; each comes again after 30 s unless ConfirmEvents is called, at once if its caller is gone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_WAIT
    bell = call.services.event_bell
    waiter = bell.subscribe(call.sub_app_id)
    try:
        async with call.caller.watched(waiter):
            while not call.caller.gone:
                waiter.clear()
                if found := await _pull(call):
                    if len(found) == BATCH:  # there may be more, and one of us was woken
                        bell.ring(call.sub_app_id)
                    return Response([_content(event) for event in found])
                try:
                    # Not `wait_for`: in Python 3.11 it forgets a cancellation that meets the bell.
                    async with asyncio.timeout_at(end):
                        await waiter.wait()
                except TimeoutError:
                    break
    finally:
        bell.unsubscribe(call.sub_app_id, waiter)
    return Response([])


async def _pull(call: CallContext) -> list[Event]:
    """Events for this call. If it is cancelled meanwhile, what the database has handed out is known all the same."""
    pulling = asyncio.ensure_future(call.services.event_reader.pull(call.sub_app_id))

    async def give_back() -> None:
        if found := await pulling:
            await events.give_back(call.services.database, call.sub_app_id, [event.handle for event in found])

    call.caller.unless_sent(give_back)
    return await asyncio.shield(pulling)


def _content(event: Event) -> EventContent:
    members: dict[str, Any] = {MEMBERS[event.kind]: event.payload}
    return EventContent(EventHandle=event.handle, EventType=event.kind, **members)


ACTION = Action(
    name="PullEvents",
    waits=True,
    request=Request,
    response=Response,
    run=run,
    always=True,
    value_errors={"SubAppId": errors.InvalidSubAppId},
)
