"""Events: how they are told, deliveries page by page, sent again, tested; and whom secrets are shown to."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from minivod.console import paths
from minivod.store import accounts, event_configs, event_log, events
from minivod.webhooks import new_secret

from ..callbacks.conftest import World
from ..callbacks.receivers import OPEN, TAKES_IT, answer, receiver
from .desk import Desk, Person, open_desk
from .test_apps import changes

URL = "https://93.184.216.34/hook?token=of-the-caller"


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, **OPEN) as opened:
        yield opened


@pytest.fixture
def world(desk: Desk) -> World:
    return World(desk.db, desk.stage.app_id)


async def post(person: Person, app: int, part: str, **fields: Any) -> httpx.Response:
    return await person.post(paths.EVENTS, f"{paths.events_of(app)}/{part}", **fields)


async def test_without_an_account_there_is_nothing(desk: Desk) -> None:
    await desk.db.execute("truncate account cascade")
    assert "There is no account yet" in (await (await desk.signed_in("viewer")).get(paths.EVENTS)).text


async def test_a_quiet_application(desk: Desk, world: World) -> None:
    text = (await (await desk.signed_in("viewer")).get(paths.EVENTS)).text
    assert "No event" in text and "Nothing waits." in text and "The application pulls its events" in text
    assert "<form method" not in text.partition("<main")[2]


@pytest.mark.parametrize("part", ["config", "replay", "test", "secret"])
async def test_only_administrators_change_anything(desk: Desk, world: World, part: str) -> None:
    for role in ("viewer", "reviewer"):
        person = await desk.signed_in(role)
        assert (await post(person, world.app, part, do="rotate", period="hour", url=URL)).status_code == 403
    admin = await desk.signed_in("admin")
    assert (await admin.client.post(f"{paths.events_of(world.app)}/{part}")).status_code == 403
    assert (await admin.post(paths.EVENTS, f"{paths.events_of(1)}/{part}")).status_code == 404
    assert await changes(desk) == []


async def test_how_it_is_told(desk: Desk, world: World) -> None:
    admin = await desk.signed_in("admin")
    wanted = {"mode": "PUSH", "url": URL, "on_upload": "1", "sign_key": "abc123"}
    assert (await post(admin, world.app, "config", **wanted)).status_code == 303
    config = await event_configs.find(desk.db, world.app)
    assert (config.mode, config.url, config.on_upload, config.on_delete) == ("PUSH", URL, True, False)
    assert config.sign_key == "abc123"
    text = (await admin.get(paths.EVENTS)).text
    assert URL in text and "abc123" not in text
    for role in ("viewer", "reviewer"):
        seen = (await (await desk.signed_in(role)).get(paths.EVENTS)).text
        assert "https://93.184.216.34/hook" in seen and "of-the-caller" not in seen
    await post(admin, world.app, "config", **{**wanted, "sign_key": ""})
    assert (await event_configs.find(desk.db, world.app)).sign_key == "abc123", "it stays"
    await post(admin, world.app, "config", **{**wanted, "sign_key": "", "no_sign_key": "1"})
    assert (await event_configs.find(desk.db, world.app)).sign_key == ""
    written = await changes(desk)
    assert {one.action for one in written} == {"ModifyEventConfig"} and len(written) == 3
    assert "of-the-caller" not in str(written) and "abc123" not in str(written)


@pytest.mark.parametrize(
    "wrong", [{"mode": "PUSH", "url": ""}, {"mode": "SHOUT"}, {"url": "ftp://a/"}, {"sign_key": "ä"}, {"url": "x" * 9}]
)
async def test_a_configuration_that_cannot_be(desk: Desk, world: World, wrong: dict[str, str]) -> None:
    admin = await desk.signed_in("admin")
    answered = await post(admin, world.app, "config", **{"mode": "PULL", "url": "", **wrong})
    assert answered.status_code == 409 and "Nothing was changed." in answered.text
    assert await event_configs.find(desk.db, world.app) == event_configs.EventConfig()


async def test_deliveries_with_their_answers(desk: Desk, world: World) -> None:
    async with receiver(answer("500 Broken")) as there:
        await world.push_to(there.url)
        await world.tell("first")
        await world.turn()
    await world.tell("<second>")
    person = await desk.signed_in("viewer")
    text = (await person.get(paths.EVENTS)).text
    assert "answered 500; only 2xx" in text and "&lt;second&gt;" in text and "waits to be sent" in text
    assert "The last call failed" in text
    [_, path] = re.findall(r'href="(/console/events/\d+/event/[^"]+)"', text)
    event = (await person.get(path)).text
    assert "answered 500" in event and "&#34;first&#34;" in event and "secret of the receiver" not in event
    assert "Send it again" not in event
    other = await world.new_app()
    assert (await person.get(path.replace(f"/{world.app}/", f"/{other}/"))).status_code == 404
    assert (await person.get(f"{paths.events_of(world.app)}/event/evt_x")).status_code == 404


async def test_states_page_by_page(desk: Desk, world: World) -> None:
    await world.tell(*(f"event {number:02}" for number in range(60)))
    pulled = await events.pull(desk.db, world.app)
    await events.confirm(desk.db, world.app, [pulled[0].handle])
    person = await desk.signed_in("viewer")
    seen, path = list[str](), paths.EVENTS
    while path:
        text = (await person.get(path)).text
        seen += re.findall(r"<bdi>(event \d\d)</bdi>", text)
        path = next(iter(re.findall(r'rel="next" href="([^"#]+)', text)), "").replace("&amp;", "&")
    assert sorted(seen) == [f"event {number:02}" for number in range(60)]
    confirmed = (await person.get(paths.with_query(paths.EVENTS, app=world.app, state="CONFIRMED"))).text
    assert re.findall(r"<bdi>(event \d\d)</bdi>", confirmed) == ["event 00"]
    assert '<p class="number">44</p>' in confirmed and '<p class="number">15</p>' in confirmed, "the queue"
    assert (await person.get(f"{paths.EVENTS}?app=1")).status_code == 404
    assert (await person.get(f"{paths.EVENTS}?app=x")).status_code == 404


async def test_events_are_sent_again(desk: Desk, world: World) -> None:
    admin = await desk.signed_in("admin")
    async with receiver(TAKES_IT) as there:
        await world.push_to(there.url)
        await world.tell("first", "second")
        await world.turn()
        ids = {one.subject: one.message_id for one in await event_log.recent(desk.db, world.app, limit=9)}
        answered = await post(admin, world.app, "replay", event=ids["first"])
        assert answered.headers["location"] == f"{paths.event(world.app, ids['first'])}?said=replayed"
        assert await world.states() == {"first": "WAITING", "second": "DELIVERED"}
        answered = await post(admin, world.app, "replay", period="day")
        assert "said=replayed" in answered.headers["location"]
        assert set((await world.states()).values()) == {"WAITING"}
    none = await post(admin, world.app, "replay", period="day", failed="1")
    assert "said=none_replayed" in none.headers["location"]
    assert (await post(admin, world.app, "replay", period="year")).status_code == 400
    assert (await post(admin, world.app, "replay", event="\0")).status_code == 400
    assert [one.about for one in await changes(desk)] == [ids["first"], str(world.app), str(world.app)]


async def test_a_receiver_is_tried(desk: Desk, world: World) -> None:
    admin = await desk.signed_in("admin")
    none = await post(admin, world.app, "test", url="")
    assert none.status_code == 400 and "has no NotificationUrl" in none.text
    async with receiver(TAKES_IT) as there:
        told = (await post(admin, world.app, "test", url=there.url)).text
    assert "took the test event: 204" in told and "takes a wrong signature: 204" in told and "hunter2" not in told
    [change] = await changes(desk)
    assert change.action == "TestEvent" and "hunter2" not in str(change)
    chinese = await desk.signed_in("admin", **{"accept-language": "zh-CN"})
    assert (
        "已接收测试事件" in told or "接收方" in (await post(chinese, world.app, "test", url="http://127.0.0.1:1/")).text
    )


async def test_the_secret_is_shown_to_who_asks(desk: Desk, world: World) -> None:
    admin = await desk.signed_in("admin")
    secret = await world.secret()
    assert secret not in (await admin.get(paths.EVENTS)).text
    assert secret in (await post(admin, world.app, "secret", do="show")).text
    rotated = (await post(admin, world.app, "secret", do="rotate", overlap="2")).text
    found = await event_configs.secrets(desk.db, world.app, new_secret())
    assert found.secret != secret and found.old_secret == secret
    assert found.secret in rotated and secret not in rotated and "The one before signs too until" in rotated
    for wrong in ("nan", "-1", "x", "9000"):
        assert (await post(admin, world.app, "secret", do="rotate", overlap=wrong)).status_code == 400
    assert (await post(admin, world.app, "secret", do="eat")).status_code == 400
    written = await changes(desk)
    assert [one.action for one in written] == ["ShowEventSecret", "RotateEventSecret"]
    assert secret not in str(written) and found.secret not in str(written)


async def test_another_application_is_chosen(desk: Desk, world: World) -> None:
    async with desk.db.transaction() as connection:
        other = (await accounts.create_sub_app(connection, world.app, "学校")).sub_app_id
    await world.tell("of the other", app=other)
    person = await desk.signed_in("viewer")
    assert "of the other" not in (await person.get(paths.EVENTS)).text
    text = (await person.get(paths.events(other))).text
    assert "of the other" in text and f'<option value="{other}" selected>学校' in text
