"""What `minivod events test` finds out about receivers."""

import re

import pytest

from minivod.callbacks.sender import Outcome
from minivod.callbacks.trial import CONTENT, Finding, Trial, judge
from minivod.clock import Clock, FixedClock
from minivod.egress import Egress
from minivod.settings import Settings
from minivod.webhooks import new_secret

from . import receivers
from .receivers import Behaviour, answer, receiver, settings, verifying

SECRET = new_secret()


async def findings(url: str, timeout: float = 60, chosen: Settings | None = None, sign_key: str = "") -> list[Finding]:
    trial = Trial(Egress(chosen or settings()), FixedClock(Clock().now()), timeout)
    return [found async for found in trial.run(url, [SECRET], sign_key)]


async def test_a_receiver_that_verifies_is_well() -> None:
    async with receiver() as there:
        there.behaviour = verifying(there, SECRET)
        found = await findings(there.url)
    assert [one.well for one in found] == [True, True, True]
    assert re.fullmatch(r"took the test event: 200 after \d+ ms", found[0].words)
    assert there.received[0].verify(SECRET) == CONTENT
    assert len({got.id for got in there.received}) == 1


async def test_a_receiver_that_verifies_nothing_is_told() -> None:
    async with receiver() as there:
        found = await findings(there.url)
    assert [one.well for one in found] == [True, None, None]
    assert "takes a wrong signature: 204" in found[1].words and "anybody who knows the URL" in found[1].advice
    assert "takes a timestamp that is an hour old" in found[2].words


async def test_the_signature_of_the_reference_is_wrong_and_old_too() -> None:
    async with receiver() as there:
        await findings(there.url, sign_key="key")
    right, forged, old = (got.content for got in there.received)
    assert right["T"] == forged["T"] and right["Sign"] != forged["Sign"]
    assert old["T"] < right["T"] - 3600


@pytest.mark.parametrize(
    ("behaviour", "words", "advice"),
    [
        (answer("301 Moved", "Location: /x"), "answered 301", "set NotificationUrl to the address"),
        (answer("401 Unauthorized"), "answered 401", "minivod events secret"),
        (answer("404 Not Found"), "answered 404", "look at the URL's path"),
        (answer("405 Not Allowed"), "answered 405", "does not take POST"),
        (answer("410 Gone"), "answered 410", "would end the calls"),
        (answer("418 Teapot"), "answered 418", "must answer 2xx"),
        (answer("429 Slow"), "answered 429", "Retry-After"),
        (answer("503 Away"), "answered 503", "look at its log"),
        (receivers.hang, "took longer than 0.3 seconds", "answer, and work on it afterwards"),
        (receivers.close, "broke the connection off", "look for a crash"),
        (receivers.no_http, "HTTP", "look for a crash"),
    ],
)
async def test_what_is_wrong_is_told_in_words(behaviour: Behaviour, words: str, advice: str) -> None:
    async with receiver(behaviour) as there:
        [found] = await findings(there.url, 0.3 if behaviour is receivers.hang else 60)
    assert found.well is False and words in found.words and advice in found.advice
    assert "secret of" not in found.words + found.advice


async def test_addresses_that_are_not_called() -> None:
    async with receiver() as there:
        [found] = await findings(there.url, chosen=Settings(egress_ports=["1-65535"]))
    assert found.well is False and "egress_networks" in found.advice and there.received == []


def test_an_answer_that_is_nearly_too_late_is_told() -> None:
    slow = Outcome(status=200, error="", words="", seconds=9.0)
    assert "limit of 15 s" in judge(slow, 15).advice and judge(slow, 30).advice == ""
