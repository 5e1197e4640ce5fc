"""The operator's service over real connections: what it is sent, and what of its answers is believed."""

import asyncio
import base64
import io
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image as Picture
from structlog.testing import capture_logs

from minivod.review.asking import MOST_ANSWER, Asking
from minivod.review.chosen_services import services_of
from minivod.review.http_service import LONGEST_SIDE, MOST_BYTES, HttpService
from minivod.review.services import Batch, Judgement, ServiceAway, Shown, Spoken
from minivod.settings import Settings, SettingsError
from minivod.webhooks import new_secret

from ..callbacks.receivers import Behaviour, Receiver, answer, close, drip, endless, hang, no_http, receiver

SECRET = new_secret()
NOISE = np.random.default_rng(3).integers(0, 255, (1080, 1920, 3), np.uint8)
BATCH = Batch([Shown(1.0, NOISE, "招聘"), Shown(2.0, NOISE[:90, :160], "")], [Spoken(2.5, 3.0, "hello")])


def says(*findings: dict[str, Any], **more: Any) -> Behaviour:
    return answer("200 OK", body=msgspec.json.encode({"version": 1, "service": "s 7", "findings": findings, **more}))


def found(**more: Any) -> dict[str, Any]:
    return {"category": "Terrorism", "confidence": 90, "start": 1, "end": 2, "label": "a flag"} | more


PATIENCE_IN_ALL = 20.0
"""Seconds: enough for a busy machine, and less than the pause that comes after six tries."""


class Pauses:
    """Waits for nothing, and keeps how long it was to wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def service(there: Receiver, sleep: Callable[[float], Awaitable[None]] | None = None, **more: Any) -> HttpService:
    settings = Settings(**{
        "review_http_url": there.url, "review_http_secret": SECRET, "review_http_categories": ["Terrorism"],
        "review_service_networks": ["127.0.0.1/32"], **more,
    })  # fmt: skip
    return HttpService(settings, Asking("http", there.url, settings, sleep=sleep or Pauses()))


async def judged(behaviour: Behaviour, batch: Batch = BATCH, **more: Any) -> Judgement:
    async with receiver(behaviour) as there:
        return await service(there, **more).judge(batch)


async def test_frames_text_and_speech_arrive_signed() -> None:
    async with receiver(says(found())) as there:
        told = await service(there).judge(BATCH)
    [finding] = told.findings
    assert (told.version, finding.category, finding.confidence) == ("s 7", "Terrorism", 90)
    assert (finding.label, finding.detector, finding.start, finding.end) == ("a flag", "http", 1, 2)
    [call] = there.received
    call.verify(SECRET)
    content = call.content
    assert (content["version"], content["categories"], content["id"]) == (1, ["Terrorism"], call.id)
    assert content["speech"] == [{"start": 2.5, "end": 3.0, "text": "hello"}]
    assert [(one["time"], one["text"]) for one in content["frames"]] == [(1.0, "招聘"), (2.0, "")]
    jpegs = [base64.b64decode(one["jpeg"]) for one in content["frames"]]
    assert max(map(len, jpegs)) <= MOST_BYTES
    assert max(Picture.open(io.BytesIO(jpegs[0])).size) <= LONGEST_SIDE
    assert Picture.open(io.BytesIO(jpegs[1])).size == (160, 90)


async def test_batches_go_over_one_connection() -> None:
    async with receiver(says(found()), lasting=True) as there:
        asked = service(there)
        for _ in range(3):
            await asked.judge(BATCH)
    assert (there.connections, len(there.received)) == (1, 3)


LIES = {
    "another category": says(found(category="Porn")),
    "a category that nobody knows": says(found(category="Fun")),
    "before the batch": says(found(start=0.1)),
    "after it": says(found(end=99)),
    "backwards": says(found(start=2, end=1)),
    "too sure": says(found(confidence=101)),
    "less than nothing": says(found(confidence=-1)),
    "no number": says(found(confidence="90")),
    "another version": says(version=2),
    "no findings": answer("200 OK", body=b'{"version": 1}'),
    "a list": answer("200 OK", body=b"[]"),
    "deep": answer("200 OK", body=b"[" * 100_000),
    "not Unicode": answer("200 OK", body=b'{"version": 1, "findings": [], "service": "\xff"}'),
    "nothing": answer("200 OK", body=b""),
    "a page": answer("200 OK", body=b"<html>secret of the receiver</html>"),
    "too many": says(*[found()] * 1001),
    "without end": endless,
    "too large": answer("200 OK", body=b" " * (MOST_ANSWER + 1)),
}


@pytest.mark.parametrize("name", LIES)
async def test_an_answer_that_means_nothing_is_none(name: str) -> None:
    with (
        capture_logs() as logs,
        pytest.raises(ServiceAway, match=r"^the review service http gave an answer that cannot be used$"),
    ):
        await judged(LIES[name], sleep=(pauses := Pauses()))
    assert [line["event"] for line in logs] == ["review_service_answer_refused"] and pauses.seconds == []


async def test_what_people_read_is_cut() -> None:
    told = await judged(says(found(label="l" * 5000), found(label="", explanation="e" * 5000), service="s" * 5000))
    assert [one.label for one in told.findings] == ["l" * 200, "e" * 200] and told.version == "s" * 200


@pytest.mark.parametrize("name", ["another category", "after it"])
async def test_the_log_names_what_was_refused(name: str) -> None:
    with capture_logs() as logs, pytest.raises(ServiceAway):
        await judged(LIES[name])
    assert {"another category": "'Porn'", "after it": "times 1.0-99.0 s"}[name] in logs[0]["reason"]


AWAY = {
    "hangs": hang, "closes": close, "drips": drip, "no HTTP": no_http,
    "fails": answer("500 Broken"), "is busy": answer("429 Busy"), "refuses": answer("403 No"),
    "has no content": answer("204 No Content", body=b""),
    "redirects": answer("302 Found", "Location: http://127.0.0.1:1/secret"),
}  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
async def test_a_service_that_does_not_answer_is_away(name: str) -> None:
    with capture_logs() as logs, pytest.raises(ServiceAway) as raised:
        await judged(AWAY[name], review_service_timeout=0.2, review_service_patience=0.25)
    assert str(raised.value) == "the review service http did not answer as it should"
    told = repr(logs) + str(raised.value)
    assert "review_service_away" in told
    assert not any(word in told for word in ("hunter2", SECRET, "secret"))


async def test_it_is_asked_again_after_growing_pauses_with_the_same_id() -> None:
    async with receiver(hang) as there:
        turns = iter([answer("503 Later"), answer("429 Busy", "Retry-After: 7"), close, says()])

        async def by_turns(writer: asyncio.StreamWriter) -> None:
            await next(turns)(writer)

        there.behaviour = by_turns
        pauses = Pauses()
        assert (await service(there, pauses).judge(BATCH)).findings == []
    assert pauses.seconds[0] < 1 and pauses.seconds[1] == 7 and pauses.seconds[2] > 1.5
    assert len({call.id for call in there.received}) == 1
    for call in there.received:
        call.verify(SECRET)


async def test_a_pause_that_is_longer_than_the_patience_is_not_waited_for() -> None:
    pauses = Pauses()
    with pytest.raises(ServiceAway):
        await judged(answer("503 Later", "Retry-After: 3600"), sleep=pauses)
    assert pauses.seconds == []


async def test_so_many_calls_at_a_time() -> None:
    held, both = asyncio.Event(), asyncio.Event()
    async with receiver(hang) as there:

        async def wait(writer: asyncio.StreamWriter) -> None:
            if there.running == 2:
                both.set()
            await held.wait()
            await says()(writer)

        there.behaviour = wait
        asked = service(there, review_service_calls=2)
        calls = [asyncio.create_task(asked.judge(Batch(speech=[Spoken(1, 2, "x")]))) for _ in range(5)]
        await both.wait()
        held.set()
        await asyncio.gather(*calls)
    assert (len(there.received), there.most) == (5, 2)


async def test_networks_are_those_of_services_alone() -> None:
    async with receiver(says()) as there:
        with pytest.raises(SettingsError, match=r"not public .setting review_service_networks"):
            service(there, review_service_networks=[], egress_networks=["127.0.0.1/32"])
        port = there.url.split(":")[2].partition("/")[0]
        settings = Settings(review_service_patience=PATIENCE_IN_ALL)
        by_name = Asking("http", f"http://localhost:{port}/", settings, sleep=Pauses())
        with pytest.raises(ServiceAway) as raised:
            await by_name.ask(f"http://localhost:{port}/", b"{}", dict)
    assert there.received == [] and "review_service_networks" in raised.value.reason


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"review_http_secret": "hunter2"}, "review_http_secret must be"),
        ({"review_http_secret": "whsec_hunter2!"}, "review_http_secret must be"),
        ({"review_http_categories": ["Terror"]}, "not 'Terror'"),
        ({"review_http_categories": []}, "review_http_categories is empty"),
        ({"review_http_url": "ftp://x/"}, "has the scheme ftp"),
        ({"review_http_url": "http://10.0.0.1/"}, "not public (setting review_service_networks)"),
        ({"review_service_networks": ["foo"]}, "the setting review_service_networks has a wrong value 'foo'"),
    ],
)
def test_wrong_settings_are_named(more: dict[str, Any], words: str) -> None:
    given = {"review_http_url": "https://x.example/", "review_http_secret": SECRET, "review_http_categories": ["Porn"]}
    with pytest.raises(SettingsError) as raised:
        services_of(Settings(**given | more))
    assert words in str(raised.value) and "hunter2" not in str(raised.value)
