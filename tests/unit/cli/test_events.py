"""`minivod events` as it is typed, on a database that a server may be using, with receivers on loopback."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner, Result

from minivod.cli import app
from minivod.cli.events_follow import follow
from minivod.store import accounts, event_log, events
from minivod.store.database import Database

from ...waiting import until
from ..callbacks.conftest import World
from ..callbacks.receivers import TAKES_IT, Behaviour, Receiver, answer, receiver

T = TypeVar("T")
OPEN = ["--egress-networks", "127.0.0.1/32", "--egress-ports", "1-65535"]


class Place:
    """A database with an account, for commands and for what is done before and after them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app = 0

    def do(self, work: Callable[[World], Coroutine[Any, Any, T]]) -> T:
        """Runs `work` with the world of the callbacks' tests."""

        async def run() -> T:
            db = await Database(self.url).open()
            try:
                if not self.app:
                    async with db.transaction() as connection:
                        self.app = await accounts.create_account(connection)
                return await work(World(db, self.app))
            finally:
                await db.close()

        return asyncio.run(run())

    def run(self, *arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["events", *arguments, "--database-url", self.url])
        assert done.exit_code == code, (done.output, done.stderr, done.exception)
        return done


@pytest.fixture
def place(database_url: str) -> Place:
    made = Place(database_url)
    made.do(lambda world: asyncio.sleep(0))
    return made


@contextmanager
def listening(behaviour: Behaviour = TAKES_IT) -> Iterator[Receiver]:
    """A receiver beside the test: commands have event loops of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = receiver(behaviour)
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(60)
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


def ids(place: Place) -> dict[str, str]:
    """Ids of events by their subject."""
    found: dict[str, str] = {
        one["subject"]: one["message_id"]
        for one in json.loads(place.run("list", "--json", "--limit", "1000").stdout)["Events"]
    }
    return found


async def fail_and_stop(world: World) -> None:
    """An event that failed for good, one that waits, and a receiver that is gone."""
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell("failed", "\x1b[31mwaits")
        await world.turn()
        await world.db.execute(
            """update event_delivery set state = 'FAILED'
                where event_id = (select event_id from event where subject = 'failed')"""
        )
        there.behaviour = answer("410 Gone")
        await world.later()
        await world.turn()


def test_list_shows_deliveries_with_their_answers(place: Place) -> None:
    place.do(fail_and_stop)
    shown = place.run("list").stdout
    assert f"application {place.app}: CALLBACKS STOPPED: http://127.0.0.1:" in shown and "answered 410" in shown
    assert "hunter2" not in shown and "\x1b[31m" not in shown
    assert re.search(r"evt_\w{32} .* FileDeleted .* failed .* failed .* 1 .* answered 500", shown)
    assert re.search(r"u001b\[31mwaits .* waiting .* 2 .* answered 410", shown)
    assert "evt_" not in place.run("list", "--state", "delivered").stdout
    assert len(re.findall("evt_", place.run("list", "--state", "waiting").stdout)) == 1
    place.run("list", "--state", "nonsense", code=2)


def test_list_shows_all_calls_of_an_event(place: Place) -> None:
    place.do(fail_and_stop)
    event = ids(place)["\x1b[31mwaits"]
    assert [call["status"] for call in json.loads(place.run("list", event, "--json").stdout)["Calls"]] == [500, 410]
    assert "answered 410" in place.run("list", event).stdout
    assert "there is no event evt_nothing" in place.run("list", "evt_nothing", code=1).stderr


async def _execute(world: World, change: str) -> None:
    await world.db.execute(change)


def test_the_ways_of_an_application_are_told(place: Place) -> None:
    assert "its events are pulled" in place.run("list").stdout
    place.do(lambda world: world.push_to("http://127.0.0.1:1/x?token=hunter2"))
    assert "its events are sent to http://127.0.0.1:1/x\n" in place.run("list").stdout
    for change, why in (
        ("update sub_app set status = 'Off'", "the application is Off"),
        ("update account set enabled = false", "its account is disabled"),
    ):
        place.do(partial(_execute, change=change))
        assert f"its events wait, because {why}; they go to http://127.0.0.1:1/x\n" in place.run("list").stdout
    place.do(lambda world: world.db.execute("update sub_app set status = 'On'"))
    place.do(lambda world: world.db.execute("update account set enabled = true"))
    place.do(lambda world: world.configure(NotificationUrl=""))
    assert "wait for a NotificationUrl" in place.run("list").stdout
    assert "there is no application 7" in place.run("list", "--sub-app", "7", code=2).stderr


def test_replay_sends_again_with_the_same_id(place: Place) -> None:
    with listening() as there:

        async def deliver(world: World) -> None:
            await world.push_to(there.url)
            await world.tell("a", "b")
            await world.turn()

        place.do(deliver)
        event = ids(place)["a"]
        assert place.run("replay", event).stdout == "1 events are sent again\n"
        place.do(lambda world: world.turn())
        assert [got.id for got in there.received].count(event) == 2 and len(there.received) == 3
        assert place.run("replay", "--since", "1h").stdout == "2 events are sent again\n"
        place.do(lambda world: world.turn())
        assert len(there.received) == 5
    assert set(place.do(lambda world: world.states()).values()) == {"DELIVERED"}


def test_replay_of_what_failed(place: Place) -> None:
    place.do(fail_and_stop)
    done = place.run("replay", "--since", "1h", "--failed")
    assert done.stdout.startswith("1 events are sent again\nCALLBACKS STOPPED")
    with listening() as there:

        async def begin_again(world: World) -> None:
            await world.push_to(there.url)
            await world.turn()

        place.do(begin_again)
        assert len(there.received) == 2


def test_replay_where_events_are_pulled(place: Place) -> None:
    async def pull_and_confirm(world: World) -> None:
        await world.tell("a", "b", "old")
        found = await events.pull(world.db, world.app)
        assert await events.confirm(world.db, world.app, [event.handle for event in found]) == []
        await world.db.execute("update event set created_at = created_at - interval '5 days' where subject = 'old'")
        assert await world.pulled() == []

    place.do(pull_and_confirm)
    known = ids(place)
    assert place.run("replay", known["a"]).stdout == "1 events come again by PullEvents\n"
    assert place.do(lambda world: world.pulled()) == ["a"]
    refused = place.run("replay", known["old"], code=1)
    assert "for four days" in refused.stderr
    place.run("replay", "evt_nothing", code=1)
    for wrong in ([], [known["a"], "--since", "1h"], ["--since", "nonsense"]):
        place.run("replay", *wrong, code=2)


def test_replay_of_another_applications_event_finds_nothing(place: Place) -> None:
    async def another(world: World) -> int:
        other = await world.new_app()
        await world.tell("theirs", app=other)
        return other

    other = place.do(another)
    [theirs] = json.loads(place.run("list", "--sub-app", str(other), "--json").stdout)["Events"]
    assert "1 of the ids" in place.run("replay", theirs["message_id"], code=1).stderr


def test_tail_prints_events_and_consumes_none(place: Place) -> None:
    async def fill(world: World) -> None:
        await world.tell("a", "\x1b[31mb")
        await world.tell("theirs", app=await world.new_app())

    place.do(fill)
    lines = place.run("tail", "--since", "1h", "--number", "3").stdout.splitlines()
    assert len(lines) == 3 and "\x1b" not in "".join(lines)
    assert re.fullmatch(
        rf'\S+Z  evt_\w+  FileDeleted  {place.app}  {{"EventType": .*"FileIdSet": \["a"\]}}}}', lines[0]
    )
    unknown = place.run("tail", "--since", "1h", "--number", "1", "--sub-app", "0", code=2)
    assert unknown.stdout == "" and "there is no application 0" in unknown.stderr
    own = place.run("tail", "--since", "1h", "--number", "2", "--json", "--sub-app", str(place.app)).stdout.splitlines()
    assert [json.loads(line)["Event"]["FileDeleteEvent"]["FileIdSet"] for line in own] == [["a"], ["\x1b[31mb"]]
    assert place.do(lambda world: world.pulled()) == ["a", "\x1b[31mb"]


def test_following_gives_each_event_once_also_those_that_commit_late(place: Place) -> None:
    async def watch(world: World) -> None:
        found: list[str] = []
        begun = await event_log.now(world.db)

        async def collect() -> None:
            async for told in follow(world.db, None, begun, 3):
                found.append(told.payload["FileIdSet"][0])

        following = asyncio.create_task(collect())
        async with world.db.transaction() as connection:
            await events.append(connection, world.app, "FileDeleted", "late", {"FileIdSet": ["late"]})
            await world.tell("a")
            await until(lambda: asyncio.sleep(0, found == ["a"]), "the event that was committed is told")
        await world.tell("b")
        await asyncio.wait_for(following, 60)
        assert found == ["a", "late", "b"]

    place.do(watch)


def test_forward_posts_to_a_local_program_and_consumes_nothing(place: Place) -> None:
    place.do(lambda world: world.tell("a", "b"))
    with listening() as there:
        url = there.url.replace("127.0.0.1", "localhost")
        done = place.run("forward", url, "--since", "1h", "--number", "2")
    secret = place.run("secret").stdout.strip()
    assert [got.verify(secret)["FileDeleteEvent"]["FileIdSet"] for got in there.received] == [["a"], ["b"]]
    assert [got.id for got in there.received] == list(ids(place).values())[::-1]
    assert re.search(r"evt_\w+  FileDeleted  204  \d+ ms", done.stdout)
    assert place.do(lambda world: world.pulled()) == ["a", "b"]
    place.run("forward", "localhost:3000", code=2)
    refused = place.run("forward", "http://10.0.0.1/", "--since", "1h", "--number", "1", code=2)
    assert "not public" in refused.stderr


def test_secrets_are_shown_and_rotated(place: Place) -> None:
    first = place.run("secret").stdout.strip()
    assert first.startswith("whsec_") and place.run("secret").stdout.strip() == first
    rotated = place.run("secret", "--rotate", "--overlap", "2")
    assert rotated.stdout.strip() != first and "signs too until" in rotated.stderr
    at_once = place.run("secret", "--rotate", "--overlap", "0")
    assert "signs too" not in at_once.stderr
    place.run("secret", "--rotate", "--overlap", "nan", code=2)


def test_a_receiver_is_tried(place: Place) -> None:
    assert "has no NotificationUrl" in place.run("test", code=2).stderr
    with listening() as there:
        done = place.run("test", there.url, *OPEN)
        assert [line[0] for line in done.stdout.splitlines() if line[0] in "✓✗!"] == ["✓", "!", "!"]
        place.do(lambda world: world.push_to(there.url))
        there.behaviour = answer("404 Not Found")
        done = place.run("test", *OPEN, code=1)
        assert "✗ answered 404" in done.stdout and "look at the URL's path" in done.stdout
        assert "hunter2" not in done.stdout
    assert "egress_networks" in place.run("test", code=1).stdout


def test_the_log_is_kept_for_its_time(place: Place) -> None:
    async def age(world: World) -> list[int]:
        await world.push_to("http://127.0.0.1:1/")
        await world.tell("old", "young")
        await world.turn()
        left = []
        for days in (0, 5, 29, 31):
            await world.db.execute(
                "update event set created_at = now() - %s where subject = 'old'", [timedelta(days=days)]
            )
            await events.expire(world.db, timedelta(days=30))
            left.append(len(await event_log.recent(world.db, world.app, limit=10)))
        rows = await world.db.fetch_one("select count(*) as number from event_call")
        assert rows is not None and rows["number"] == 1
        return left

    assert place.do(age) == [2, 2, 2, 1]
