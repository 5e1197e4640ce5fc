"""Callbacks from the event's row to the receiver, on a real database (T16, T17)."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from standardwebhooks.webhooks import WebhookVerificationError

from minivod.callbacks import pusher as module
from minivod.callbacks.schedule import PAUSES
from minivod.errors import InvalidParameterValue
from minivod.store import accounts, event_configs, event_deliveries, event_log, events
from minivod.store.event_configs import find
from minivod.webhooks import new_secret

from ...waiting import until
from . import receivers
from .conftest import World
from .receivers import answer, receiver


async def test_an_event_is_sent_once_and_not_pulled(world: World) -> None:
    async with receiver() as there:
        await world.push_to(there.url)
        await world.tell("a", "b")
        assert await world.turn() == 2
        assert await world.turn() == 0
    assert sorted(got.content["FileDeleteEvent"]["FileIdSet"][0] for got in there.received) == ["a", "b"]
    [first, second] = there.received
    assert first.id != second.id
    assert first.verify(await world.secret()) == first.content
    assert first.content.keys() == {"EventType", "FileDeleteEvent"}
    assert first.content["FileDeleteEvent"].keys() == {"FileIdSet"}, "members without a value are left out"
    assert await world.states() == {"a": "DELIVERED", "b": "DELIVERED"}
    assert await world.pulled() == []


async def test_messages_are_in_the_language_of_the_setting(world: World) -> None:
    world.pusher = world.another_pusher(language="zh-CN")
    payload = {"Message": "the task was aborted by ManageTask", "SessionContext": "its duration is not known"}
    async with receiver() as there:
        await world.push_to(there.url)
        async with world.db.transaction() as connection:
            await events.append(connection, world.app, "ProcedureStateChanged", "a", payload)
        assert await world.turn() == 1
    [got] = there.received
    assert got.verify(await world.secret()) == got.content
    assert got.content["ProcedureStateChangeEvent"] == {**payload, "Message": "任务已由 ManageTask 终止"}


async def test_a_transaction_that_does_not_commit_tells_nobody(world: World) -> None:
    async with receiver() as there:
        await world.push_to(there.url)
        with pytest.raises(ZeroDivisionError):
            async with world.db.transaction() as connection:
                await events.append(connection, world.app, "FileDeleted", "a", {})
                raise ZeroDivisionError
        assert await world.turn() == 0
    assert await world.states() == {}


async def test_what_fails_comes_again_by_the_schedule_with_the_same_id(world: World) -> None:
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell("a")
        for pause in PAUSES:
            assert await world.turn() == 1
            assert pause * 0.9 - 5 <= (await world.row("a"))["due_in"] <= pause * 1.1
            assert await world.turn() == 0, "not before its time"
            await world.db.execute("update event_delivery set due_at = now()")
        with structlog.testing.capture_logs() as lines:
            assert await world.turn() == 1
        assert await world.turn() == 0
    assert len(there.received) == len(PAUSES) + 1
    assert len({got.id for got in there.received}) == 1
    assert await world.states() == {"a": "FAILED"}
    assert [(line["event"], line["log_level"]) for line in lines] == [("callback_given_up", "error")]
    calls = await event_log.calls(world.db, world.app, there.received[0].id)
    assert calls is not None and len(calls) == len(PAUSES) + 1
    assert {(call.status, call.error, call.url) for call in calls} == {(500, "status", there.url.partition("?")[0])}


async def test_each_call_has_a_timestamp_of_its_own(world: World) -> None:
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell("a")
        await world.turn()
        await asyncio.sleep(1.0)
        await world.later()
        await world.turn()
    first, second = there.received
    assert int(first.headers["webhook-timestamp"]) < int(second.headers["webhook-timestamp"])
    assert second.verify(await world.secret())


async def test_retry_after_is_honoured(world: World) -> None:
    async with receiver(answer("429 Slow Down", "Retry-After: 7000")) as there:
        await world.push_to(there.url)
        await world.tell("a")
        await world.turn()
    assert 6900 < (await world.row("a"))["due_in"] <= 7000


async def test_after_a_failure_it_is_delivered_when_the_receiver_is_well(world: World) -> None:
    async with receiver(receivers.close) as there:
        await world.push_to(there.url)
        await world.tell("a")
        await world.turn()
        there.behaviour = answer("200 OK")
        await world.later()
        await world.turn()
    assert await world.states() == {"a": "DELIVERED"}
    found = (await world.deliveries())["a"]
    assert (found.calls, found.status) == (2, 200)


async def test_410_stops_the_calls_until_another_url_is_set(world: World) -> None:
    async with receiver(answer("410 Gone")) as there:
        await world.push_to(there.url)
        await world.tell("a", "b", "c")
        with structlog.testing.capture_logs() as lines:
            await world.turn()
        config = await find(world.db, world.app)
        assert (config.mode, config.url, config.gone_url) == ("PUSH", "", there.url)
        assert [line["event"] for line in lines] == ["callbacks_stopped"], "told once"
        assert "hunter2" not in repr(lines)
        await world.tell("d")
        await world.later()
        assert await world.turn() == 0
        assert set((await world.states()).values()) == {"WAITING"}
        with pytest.raises(InvalidParameterValue, match=r"answered 410 at 20.*, which ended the calls; send it again"):
            await world.configure(Mode="PUSH")
    async with receiver() as another:
        await world.push_to(another.url)
        await world.turn()
        assert await world.states() == dict.fromkeys("abcd", "DELIVERED")
        assert (await find(world.db, world.app)).gone_url == ""


@pytest.mark.parametrize("cleared", [True, False], ids=["after it was taken out", "while it was set"])
async def test_a_late_410_does_not_stop_a_url_that_was_set_anew(world: World, cleared: bool) -> None:
    async with receiver(answer("410 Gone")) as there:
        await world.push_to(there.url)
        await world.tell("a", "b")
        await world.pusher.turn()
        await until(lambda: asyncio.sleep(0, len(there.received) == 2), "both are called")
        if cleared:
            await world.configure(NotificationUrl="")
        await world.push_to(there.url)
        there.behaviour = answer("200 OK")
        await world.pusher.idle()
        assert (await find(world.db, world.app)).url == there.url
        await world.later()
        await world.turn()
        await world.later()
        await world.turn()
    assert set((await world.states()).values()) == {"DELIVERED"}


async def test_redirects_are_not_followed(world: World) -> None:
    async with receiver() as inside, receiver(answer("301 Moved", f"Location: {inside.url}")) as there:
        await world.push_to(there.url)
        await world.tell("a")
        await world.turn()
    assert inside.received == [] and len(there.received) == 1
    assert (await world.states(), (await world.deliveries())["a"].status) == ({"a": "WAITING"}, 301)


# --- receivers beside each other -------------------------------------------------------------------------


async def test_one_application_has_four_calls_at_a_time_of_all_workers(world: World) -> None:
    released = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await answer("200 OK")(writer)

    async with receiver(slow) as there:
        first, second = (world.another_pusher(timeout=60) for _ in range(2))
        await world.push_to(there.url)
        await world.tell(*map(str, range(10)))
        assert [await first.turn(), await second.turn(), await first.turn()] == [4, 0, 0]
        await until(lambda: asyncio.sleep(0, there.running == 4), "four are called")
        released.set()
        await first.idle()
        for worker in (first, second, first):
            await worker.turn()
            await worker.idle()
    assert there.most == 4 and len(there.received) == len({got.id for got in there.received}) == 10


async def test_a_receiver_that_hangs_delays_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOTS", 6)
    other = await world.new_app()
    async with receiver(receivers.hang) as hangs, receiver() as well:
        slow = world.another_pusher(timeout=60)
        await world.push_to(hangs.url)
        await world.push_to(well.url, other)
        await world.tell(*map(str, range(20)))
        await slow.turn()
        await world.tell("x", "y", app=other)
        assert await slow.turn() == 2
        await until(lambda: asyncio.sleep(0, len(well.received) == 2), "the other one is called")
        for call in slow._calls:
            call.cancel()
        await asyncio.gather(*slow._calls, return_exceptions=True)


async def test_while_calls_fail_there_is_one_at_a_time(world: World) -> None:
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell(*map(str, range(8)))
        assert [await world.turn() for _ in range(3)] == [4, 1, 1]
        there.behaviour = answer("200 OK")
        assert [await world.turn() for _ in range(2)] == [1, 1], "one that succeeds opens the others again"


async def test_a_disabled_account_is_not_called_and_loses_nothing(world: World) -> None:
    async with receiver() as there:
        await world.push_to(there.url)
        await accounts.set_account_enabled(world.db, world.app, enabled=False)
        await world.tell("a")
        assert await world.turn() == 0
        await accounts.set_account_enabled(world.db, world.app, enabled=True)
        assert await world.turn() == 1
    assert len(there.received) == 1


# --- crashes ---------------------------------------------------------------------------------------------


async def test_a_worker_that_dies_after_the_call_has_it_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the receiver got and nobody noted: at least once, with the same id."""

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    async with receiver() as there:
        await world.push_to(there.url)
        await world.tell("a")
        with monkeypatch.context() as killed:
            killed.setattr(event_deliveries, "succeeded", die)
            await world.turn()
        assert await world.turn() == 0, "the lease still holds"
        await world.later(100)
        assert await world.turn() == 1
    assert len(there.received) == 2 and len({got.id for got in there.received}) == 1
    assert await world.states() == {"a": "DELIVERED"}


async def test_who_lost_the_lease_changes_nothing(world: World) -> None:
    released = asyncio.Event()

    async def fail_late(writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await answer("500 Broken")(writer)

    async with receiver(fail_late) as there:
        await world.push_to(there.url)
        await world.tell("a")
        late = world.another_pusher(timeout=60)
        await late.turn()
        await there.arrived.wait()
        await world.later(100)
        there.behaviour = answer("200 OK")
        assert await world.turn() == 1
        released.set()
        await late.idle()
    assert len(there.received) == 2
    assert await world.states() == {"a": "DELIVERED"}


async def test_a_worker_that_stops_lets_calls_end_and_hands_the_others_back(world: World) -> None:
    async with receiver(receivers.hang) as hangs, receiver() as well:
        other = await world.new_app()
        await world.push_to(hangs.url)
        await world.push_to(well.url, other)
        await world.tell("a")
        await world.tell("b", app=other)
        stopping = world.another_pusher(timeout=60, grace=3)
        running = asyncio.create_task(stopping.run())
        await until(lambda: asyncio.sleep(0, hangs.received), "it is called")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await world.states(other) == {"b": "DELIVERED"}
        hangs.behaviour = answer("200 OK")
        assert await world.turn() == 1, "at once, by another worker"


async def test_a_worker_that_stops_does_not_wait_for_a_database_that_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(event_deliveries, "hand_back", hang)
    monkeypatch.setattr(module, "_HAND_BACK_SECONDS", 0.05)
    running = asyncio.create_task(world.another_pusher().run())
    await asyncio.sleep(0.05)
    running.cancel()
    with structlog.testing.capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)
    assert [line["event"] for line in lines] == ["callbacks_not_handed_back"]


async def test_the_bell_wakes_the_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN", 3600)  # so that it is not found by chance
    async with receiver() as there:
        await world.push_to(there.url)
        pusher = world.another_pusher(timeout=60)
        async with pusher._bell:
            running = asyncio.create_task(pusher.run())
            await asyncio.sleep(0.2)
            await world.tell("a")
            await asyncio.wait_for(there.arrived.wait(), 60)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_mistake_of_ours_is_a_failure_like_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "content", lambda *_: 1 / 0)
    await world.push_to("http://127.0.0.1:1/")
    await world.tell("a")
    await world.turn()
    assert (await world.row("a"))["failures"] == 1


# --- secrets and ways ------------------------------------------------------------------------------------


async def test_two_signatures_while_a_secret_is_rotated(world: World) -> None:
    async with receiver() as there:
        await world.push_to(there.url)
        old = await world.secret()
        new = (await event_configs.rotate(world.db, world.app, new_secret(), timedelta(hours=1))).secret
        await world.tell("a")
        await world.turn()
        await world.db.execute("update event_config set old_until = now() - interval '1 second'")
        await world.tell("b")
        await world.turn()
    during, after = there.received
    assert new != old and during.verify(new) == during.verify(old)
    assert after.verify(new)
    with pytest.raises(WebhookVerificationError):
        after.verify(old)


async def test_applications_have_secrets_of_their_own(world: World) -> None:
    assert await world.secret() != await world.secret(await world.new_app())


async def test_what_waits_in_the_queue_stays_there_after_a_switch_to_push(world: World) -> None:
    async with receiver() as there:
        await world.tell("before")
        await world.push_to(there.url)
        await world.tell("after")
        assert await world.turn() == 1
        assert await world.pulled() == ["before"]
    assert [got.content["FileDeleteEvent"]["FileIdSet"] for got in there.received] == [["after"]]


async def test_what_was_not_delivered_can_be_pulled_after_a_switch_to_pull(world: World) -> None:
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell("a", "b")
        await world.turn()
        await world.configure(Mode="PULL")
        await world.tell("c")
        assert await world.pulled() == ["a", "b", "c"]
        await world.push_to(there.url)
        await world.later()
        assert await world.turn() == 0, "nothing is told both ways"
    assert await world.states() == {"a": "PULL", "b": "PULL", "c": "PULL"}


async def test_a_call_under_way_at_the_switch_is_queued_when_it_fails_and_not_when_it_succeeds(world: World) -> None:
    for status, found in (("500 Broken", ["a"]), ("200 OK", [])):
        released = asyncio.Event()

        async def slow(writer: asyncio.StreamWriter, status: str = status, released: asyncio.Event = released) -> None:
            await released.wait()
            await answer(status)(writer)

        async with receiver(slow) as there:
            await world.push_to(there.url)
            await world.tell("a" if found else "b")
            await world.pusher.turn()
            await asyncio.wait_for(there.arrived.wait(), 60)
            await world.configure(Mode="PULL")
            assert await world.pulled() == []
            released.set()
            await world.pusher.idle()
            assert await world.pulled() == found


async def test_the_way_is_the_one_that_was_chosen_when_the_event_commits(world: World) -> None:
    """A change waits for events that are being told, and events that begin later are told the new way."""
    await world.configure(UploadMediaCompleteEventSwitch="ON")
    async with world.db.transaction() as connection:
        await events.append(connection, world.app, "FileDeleted", "a", {"FileIdSet": ["a"]})
        switching = asyncio.create_task(world.push_to("http://127.0.0.1:1/"))
        await asyncio.wait([switching], timeout=0.2)
        assert not switching.done()
    await switching
    await world.tell("b")
    assert await world.states() == {"a": "PULL", "b": "WAITING"}


async def test_what_has_waited_for_four_days_is_given_up(world: World) -> None:
    await world.push_to("http://127.0.0.1:1/")
    await world.tell("a", "b")
    await world.db.execute(
        """update event_delivery set began_at = now() - interval '4 days 1 second'
            where event_id = (select event_id from event where subject = 'a')"""
    )
    assert await event_deliveries.tidy(world.db) == 1
    assert await world.states() == {"a": "FAILED", "b": "WAITING"}


@pytest.mark.parametrize("status", ["Off", "Destroying", "Destroyed"])
async def test_an_application_that_is_not_on_is_not_called(world: World, status: str) -> None:
    async with receiver() as there:
        await world.push_to(there.url)
        await world.tell("a")
        await world.db.execute("update sub_app set status = %s", [status])
        assert await world.turn() == 0
        await world.db.execute("update sub_app set status = 'On'")
        assert await world.turn() == 1
    assert len(there.received) == 1
