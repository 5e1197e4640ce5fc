"""One callback to receivers that behave and that do not (T17)."""

import time
from typing import Any

import msgspec
import pytest

from minivod.callbacks.sender import Outcome, Sender, shown
from minivod.clock import Clock
from minivod.egress import Egress
from minivod.messages import CHINESE, ENGLISH, LANGUAGES
from minivod.settings import Settings
from minivod.webhooks import new_secret

from . import receivers
from .receivers import Behaviour, answer, receiver, settings

CONTENT = {"EventType": "FileDeleted", "FileDeleteEvent": {"FileIdSet": ["1"]}}
SECRET = new_secret()
TIMEOUT = 60.0
_SHORT = 0.3
"""Seconds of calls that shall take too long."""


async def send(url: str, timeout: float = TIMEOUT, chosen: Settings | None = None, **more: Any) -> Outcome:
    return await Sender(Egress(chosen or settings()), Clock(), timeout).send(url, "evt_1", CONTENT, [SECRET], **more)


async def test_what_arrives() -> None:
    async with receiver() as there:
        outcome = await send(there.url)
    [got] = there.received
    assert (outcome.status, outcome.error, outcome.words) == (204, "", "")
    assert got.line == "POST /events?token=hunter2 HTTP/1.1"
    assert got.headers["content-type"] == "application/json"
    assert got.verify(SECRET) == CONTENT == got.content
    assert got.body == msgspec.json.encode(CONTENT), "nothing but what the reference sends"


async def test_with_a_sign_key_the_fields_of_the_reference_are_in_the_body() -> None:
    async with receiver() as there:
        await send(there.url, TIMEOUT, sign_key="mysignkey")
    [got] = there.received
    assert got.verify(SECRET) == got.content
    assert got.content.keys() == CONTENT.keys() | {"Sign", "T"}
    assert 500 < got.content["T"] - time.time() <= 600


async def test_messages_are_in_the_language_of_the_setting() -> None:
    english = "FileId 12 does not exist in this application"
    content = {"EventType": "X", "XEvent": {"Message": english, "Name": english}}
    async with receiver() as there:
        for language in LANGUAGES:
            await Sender(Egress(settings()), Clock(), TIMEOUT, language).send(there.url, "evt_1", content, [SECRET])
    said = {language: got.verify(SECRET)["XEvent"] for language, got in zip(LANGUAGES, there.received, strict=True)}
    assert said[ENGLISH] == content["XEvent"]
    assert said[CHINESE] == {"Message": "此应用中没有 FileId 12", "Name": english}


REFUSALS: list[tuple[Behaviour, int | None, str, str]] = [
    (answer("500 Broken"), 500, "status", "only 2xx means"),
    (answer("404 Not Found"), 404, "status", "answered 404"),
    (answer("410 Gone"), 410, "status", "no further calls"),
    (answer("301 Moved", "Location: http://127.0.0.1:1/"), 301, "status", "redirects are not followed"),
    (answer("304 Not Modified", body=b""), 304, "status", "redirects are not followed"),
    (receivers.hang, None, "timed_out", "took longer than 0.3 seconds"),
    (receivers.drip, None, "timed_out", "took longer than 0.3 seconds"),
    (receivers.close, None, "broken", "broke the connection off"),
    (receivers.no_http, None, "broken", "HTTP"),
]


@pytest.mark.parametrize(("behaviour", "status", "error", "words"), REFUSALS)
async def test_receivers_that_do_not_take_it(behaviour: Behaviour, status: int | None, error: str, words: str) -> None:
    async with receiver(behaviour) as there:
        outcome = await send(there.url, _SHORT if error == "timed_out" else TIMEOUT)
    assert (outcome.status, outcome.error) == (status, error)
    assert words in outcome.words
    assert "secret" not in outcome.words and "hunter2" not in outcome.words
    assert 0 <= outcome.seconds < TIMEOUT and len(there.received) <= 1
    assert outcome.gone is (status == 410)


async def test_a_body_without_an_end_is_not_waited_for() -> None:
    async with receiver(receivers.endless) as there:
        outcome = await send(there.url)
    assert (outcome.status, outcome.error) == (200, "") and outcome.seconds < TIMEOUT


@pytest.mark.parametrize(("headers", "seconds"), [(["Retry-After: 42"], 42), ([], None), (["Retry-After: x"], None)])
async def test_when_it_may_come_again_is_told(headers: list[str], seconds: float | None) -> None:
    async with receiver(answer("429 Slow Down", *headers)) as there:
        assert (await send(there.url)).retry_after == seconds


async def test_nobody_listens_or_the_address_is_not_called() -> None:
    async with receiver() as there:
        pass
    assert (await send(there.url)).error == "unreachable"
    async with receiver() as there:
        outcome = await send(there.url, TIMEOUT, Settings(egress_ports=["1-65535"]))
    assert (outcome.status, outcome.error) == (None, "forbidden") and there.received == []


async def test_a_private_name_is_told_like_one_that_does_not_exist() -> None:
    told = [
        await send(f"http://{name}:9/", TIMEOUT, Settings(egress_ports=["9"])) for name in ("localhost", "a.invalid")
    ]
    kinds = {(one.status, one.error, one.words.replace("localhost", "a.invalid")) for one in told}
    assert len(kinds) == 1 and told[0].error == "unreachable"


def test_urls_are_shown_without_their_query() -> None:
    assert shown("http://a.example/x?token=hunter2") == "http://a.example/x"
    assert shown("http://user:hunter2@a.example/") == "a URL that cannot be read"
