"""PullEvents and ConfirmEvents: long poll, batches of 16, all or nothing (contract.md §6)."""

import asyncio
from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.actions import CallContext, confirm_events, pull_events
from minivod.store import accounts, events
from minivod.store.bell import EventBell

from ...waiting import PATIENCE


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 0.01)


async def tell(call: CallContext, *subjects: str, sub_app_id: int | None = None) -> None:
    async with call.services.database.transaction() as connection:
        for subject in subjects:
            payload: dict[str, Any] = {"FileIdSet": [subject], "FileDeleteResultInfo": []}
            await events.append(connection, sub_app_id or call.sub_app_id, "FileDeleted", subject, payload)


async def pull(call: CallContext) -> list[pull_events.EventContent]:
    return (await pull_events.run(call, pull_events.Request())).EventSet


async def confirm(call: CallContext, *handles: str) -> None:
    await confirm_events.run(call, confirm_events.Request(EventHandles=list(handles)))


async def come_again(call: CallContext) -> list[pull_events.EventContent]:
    """What a pull finds half a minute later."""
    await call.services.database.execute("update event set visible_at = visible_at - interval '31 seconds'")
    return await pull(call)


def subjects(pulled: list[pull_events.EventContent]) -> list[str]:
    return [event.FileDeleteEvent["FileIdSet"][0] for event in pulled if event.FileDeleteEvent]


async def test_sixteen_at_a_time_oldest_first(call: CallContext, quick: None) -> None:
    names = [f"{number:02}" for number in range(20)]
    await tell(call, *names)
    first, second = await pull(call), await pull(call)
    assert (subjects(first), subjects(second)) == (names[:16], names[16:])
    assert await pull(call) == []
    assert {event.EventType for event in first} == {"FileDeleted"}
    set_members = {name for name in first[0].__struct_fields__ if getattr(first[0], name) is not None}
    assert set_members == {"EventHandle", "EventType", "FileDeleteEvent"}


async def test_what_is_not_confirmed_comes_again_with_another_handle(call: CallContext, quick: None) -> None:
    await tell(call, "a", "b")
    old = await pull(call)
    await confirm(call, old[0].EventHandle)
    again = await come_again(call)
    assert subjects(again) == ["b"]
    with pytest.raises(errors.InvalidParameterValue, match="will come again"):
        await confirm(call, old[1].EventHandle)
    await confirm(call, again[0].EventHandle)
    assert await come_again(call) == []


async def test_all_or_none_is_confirmed(call: CallContext, quick: None) -> None:
    db = call.services.database
    async with db.transaction() as connection:
        other = await accounts.create_sub_app(connection, call.app_id, "other")
    await tell(call, "late")
    [late] = await pull(call)
    await db.execute("update event set visible_at = now(), created_at = now() - interval '5 days'")
    await tell(call, "a")
    await tell(call, "b", sub_app_id=other.sub_app_id)
    [mine], [theirs] = await pull(call), await pull(msgspec.structs.replace(call, sub_app_id=other.sub_app_id))
    for wrong in ("unknown", "", "\0", theirs.EventHandle, late.EventHandle):
        for handles in ([mine.EventHandle, wrong], [wrong, mine.EventHandle], [wrong]):
            with pytest.raises(errors.InvalidParameterValue, match="no event was confirmed"):
                await confirm(call, *handles)
    assert subjects(await come_again(call)) == ["a"]


async def test_confirming_twice_or_a_handle_twice_is_no_error(call: CallContext, quick: None) -> None:
    await tell(call, "a")
    [event] = await pull(call)
    for _ in range(2):
        await confirm(call, event.EventHandle, event.EventHandle)
    assert await come_again(call) == []


@pytest.mark.parametrize("count", [0, 17])
def test_one_to_sixteen_handles(count: int) -> None:
    with pytest.raises(msgspec.ValidationError, match="EventHandles"):
        msgspec.convert({"EventHandles": ["x"] * count}, confirm_events.ACTION.request)


async def test_news_end_a_poll_at_once(call: CallContext, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_events, "LONGEST_WAIT", 60.0)
    async with EventBell(database_url) as bell:
        listening = msgspec.structs.replace(call, services=msgspec.structs.replace(call.services, event_bell=bell))
        polls = [asyncio.create_task(pull(listening)) for _ in range(3)]
        await asyncio.wait(polls, timeout=0.2)
        assert not any(poll.done() for poll in polls)
        await tell(call, "a")
        done, waiting = await asyncio.wait(polls, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        assert [subjects(poll.result()) for poll in done] == [["a"]]  # to one of them
        for poll in waiting:
            poll.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * 2, "a poll nobody waits for takes the next event"
    assert bell._polls == {}


async def test_a_poll_without_news_is_held_for_five_seconds(call: CallContext) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await pull(call) == []
    assert pull_events.LONGEST_WAIT == 5.0
    assert loop.time() - begun >= 5.0
