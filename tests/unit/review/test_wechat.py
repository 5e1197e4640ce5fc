"""WeChat's content check, against a stub of it: what is sent, what its verdicts become, and what its errors mean."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from structlog.testing import capture_logs

from minivod.messages import translate
from minivod.review.asking import Asking
from minivod.review.chosen_services import services_of, with_services
from minivod.review.detectors import DetectorSet
from minivod.review.model import CATEGORIES, Image, Sample
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.review.services import Batch, Judgement, Service, ServiceAway, Shown, Spoken
from minivod.review.wechat import LONGEST_TEXT, OVERLAP, PictureCheck, TextCheck, pieces
from minivod.review.wechat_calls import Tokens, WeChat
from minivod.settings import Settings, SettingsError
from minivod.webhooks import new_secret

from ..callbacks.receivers import Behaviour, answer, close, drip, hang, no_http
from .test_http_service import PATIENCE_IN_ALL, Pauses
from .test_http_service_example import Sees
from .test_run import stream
from .wechat_stub import (
    APPID,
    GREY,
    OPENID,
    PICTURE_PATH,
    RED,
    SECRET,
    TEXT_PATH,
    TOKEN_PATH,
    WeChatStub,
    error,
    said,
    sent_picture,
    wechat_stub,
)

PICTURES = Batch([Shown(1.0, GREY, ""), Shown(2.0, RED, ""), Shown(3.0, GREY, "")])
TEXT = Batch([Shown(1.0, GREY, "hello"), Shown(2.0, GREY, "")])


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def stub() -> AsyncIterator[WeChatStub]:
    async with wechat_stub() as there:
        yield there


def settings(there: WeChatStub, **more: Any) -> Settings:
    return Settings(**{
        "review_wechat_appid": APPID, "review_wechat_secret": SECRET, "review_wechat_openid": OPENID,
        "review_wechat_url": there.url, "review_wechat_rate": 60_000, "review_service_networks": ["127.0.0.1/32"],
        **more,
    })  # fmt: skip


class Made:
    """The two checks with pauses that take no time."""

    def __init__(self, there: WeChatStub, **more: Any) -> None:
        given, self.pauses, self.now = settings(there, **more), Pauses(), Hands()
        tokens = Tokens(given, self.now)

        def calls(name: str) -> WeChat:
            return WeChat(given, Asking(name, there.url, given, sleep=self.pauses), tokens)

        self.pictures = PictureCheck(given, calls("wechat"))
        self.text = TextCheck(given, calls("wechat-text"))


async def refused(service: Service, batch: Batch) -> tuple[ServiceAway, str]:
    """The error, and all that was logged; neither holds a secret."""
    with capture_logs() as logs, pytest.raises(ServiceAway) as raised:
        await service.judge(batch)
    told = f"{raised.value} {raised.value.reason} {logs}"
    assert not any(word in told for word in ("hunter2", "secret token", "secret%20token", "secret+token", "rid"))
    return raised.value, str(logs)


async def test_a_risky_picture_is_a_finding_of_each_type_and_frames_are_made_to_fit(stub: WeChatStub) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (1080, 1920, 3), np.uint8)
    frames = [Shown(1.0, noise, ""), Shown(2.0, RED, ""), Shown(3.0, noise.transpose(1, 0, 2), "")]
    told = await Made(stub).pictures.judge(Batch(frames))
    found = [(one.category, one.start, one.end, one.confidence, one.detector) for one in told.findings]
    assert found == [("Political", 2.0, 2.0, 90, "wechat"), ("Porn", 2.0, 2.0, 90, "wechat")]
    assert told.version == "img_sec_check"
    sizes = {sent_picture(call).size for call in stub.calls(PICTURE_PATH)}
    assert sizes == {(750, 422), (640, 360), (750, 1333)}
    assert max(len(call.body) for call in stub.calls(PICTURE_PATH)) < 301_000


async def test_the_categories_of_pictures_are_those_of_the_setting(stub: WeChatStub) -> None:
    told = await Made(stub, review_wechat_categories=["Terrorism"]).pictures.judge(PICTURES)
    assert [one.category for one in told.findings] == ["Terrorism"]


VERDICTS = {
    ("risky", 10001): ("Ad.Ocr", 98, "advertising"), ("review", 20001): ("Political.Ocr", 80, "politics"),
    ("risky", 20002): ("Porn.Ocr", 98, "pornography"), ("risky", 20003): ("Abuse.Ocr", 98, "abuse"),
    ("risky", 20006): ("Terrorism.Ocr", 98, "crime"), ("review", 20008): ("Ad.Ocr", 80, "fraud"),
    ("risky", 20012): ("Porn.Ocr", 98, "vulgarity"), ("risky", 20013): ("Ad.Ocr", 98, "copyright"),
    ("risky", 21000): ("Political.Ocr", 98, "label 21000"), ("review", 99999): ("Political.Ocr", 80, "label 99999"),
    ("risky", 100): ("Political.Ocr", 98, "label 100"),
}  # fmt: skip


@pytest.mark.parametrize("verdict", VERDICTS)
async def test_each_label_of_a_text_has_a_category_and_none_is_dropped(
    stub: WeChatStub, verdict: tuple[str, int]
) -> None:
    stub.verdicts["hello"] = verdict
    [finding] = (await Made(stub).text.judge(TEXT)).findings
    category, confidence, word = VERDICTS[verdict]
    assert (finding.category, finding.confidence, finding.label) == (category, confidence, f"hello (WeChat: {word})")
    assert (finding.start, finding.end, finding.detector) == (1.0, 1.0, "wechat-text")


async def test_a_text_is_sent_once_and_found_wherever_it_is_read_or_said(stub: WeChatStub) -> None:
    text = 'buy "this"\n' + "x" * 50
    stub.verdicts[text] = ("risky", 10001)
    frames = [Shown(1.0, GREY, text), Shown(2.0, GREY, "fine"), Shown(3.0, GREY, f" {text}\n"), Shown(4.0, GREY, " ")]
    told = await Made(stub).text.judge(Batch(frames, [Spoken(7.0, 8.5, text)]))
    assert [(one.category, one.start, one.end) for one in told.findings] == [
        ("Ad.Ocr", 1.0, 1.0), ("Ad.Ocr", 3.0, 3.0), ("Ad.Asr", 7.0, 8.5)
    ]  # fmt: skip
    assert told.findings[0].label == f"buy this {'x' * 31}… (WeChat: advertising)"
    assert sorted(call.content["content"] for call in stub.calls(TEXT_PATH)) == [text, "fine"]


async def test_a_long_text_is_sent_in_pieces_that_overlap(stub: WeChatStub) -> None:
    text = "".join(chr(0x4E00 + place) for place in range(5000))
    parts = list(pieces(text))
    assert parts[0] + "".join(part[OVERLAP:] for part in parts[1:]) == text
    assert max(map(len, parts)) == LONGEST_TEXT
    stub.verdicts[parts[-1]] = ("risky", 20002)
    assert len((await Made(stub).text.judge(Batch([Shown(1.0, GREY, text)]))).findings) == 1
    assert len(stub.calls(TEXT_PATH)) == len(parts) == 3


@pytest.mark.parametrize("length", [1, OVERLAP, LONGEST_TEXT, LONGEST_TEXT + 1])
def test_no_piece_is_empty(length: int) -> None:
    assert [len(part) for part in pieces("x" * length)] == [min(length, LONGEST_TEXT), OVERLAP + 1][
        : 1 + (length > LONGEST_TEXT)
    ]


async def test_the_first_form_of_a_risky_text_is_understood_too(stub: WeChatStub) -> None:
    stub.stubborn[TEXT_PATH] = said({"errcode": "87014", "errmsg": "risky content"})
    [finding] = (await Made(stub).text.judge(TEXT)).findings
    assert (finding.category, finding.confidence) == ("Political.Ocr", 98)


async def test_one_token_serves_all_calls_until_shortly_before_its_end(stub: WeChatStub) -> None:
    made = Made(stub)
    await asyncio.gather(*[made.pictures.judge(PICTURES) for _ in range(3)], made.text.judge(TEXT))
    assert len(stub.calls(TOKEN_PATH)) == 1
    [token] = {parse_qs(urlsplit(call.line.split()[1]).query)["access_token"][0] for call in stub.calls(PICTURE_PATH)}
    assert token == stub.token
    made.now.seconds += 6950
    await made.pictures.judge(PICTURES)
    assert len(stub.calls(TOKEN_PATH)) == 1
    made.now.seconds += 20
    stub.number = 2
    await made.pictures.judge(PICTURES)
    assert len(stub.calls(TOKEN_PATH)) == 2


async def test_a_token_that_ends_soon_is_used_for_half_of_its_time(stub: WeChatStub) -> None:
    made, stub.expires_in = Made(stub), 60
    for seconds, fetched in ((0, 1), (29, 1), (2, 2)):
        made.now.seconds += seconds
        await made.text.judge(TEXT)
        assert len(stub.calls(TOKEN_PATH)) == fetched


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_that_was_replaced_elsewhere_is_renewed_once_for_all(stub: WeChatStub, code: int) -> None:
    made = Made(stub)
    await made.pictures.judge(PICTURES)
    stub.number, stub.stale = 2, code
    assert len((await made.pictures.judge(PICTURES)).findings) == 2
    assert len(stub.calls(TOKEN_PATH)) == 2


async def test_a_token_that_is_never_valid_is_not_renewed_for_ever(stub: WeChatStub) -> None:
    stub.stubborn[TEXT_PATH] = error(40001)
    away, _ = await refused(Made(stub).text, TEXT)
    assert "the AppSecret or the access token is not valid" in away.reason
    assert (len(stub.calls(TOKEN_PATH)), len(stub.calls(TEXT_PATH))) == (2, 2)


@pytest.mark.parametrize("code", [-1, 45009, 45011])
@pytest.mark.parametrize("path", [TOKEN_PATH, PICTURE_PATH, TEXT_PATH])
async def test_where_it_is_busy_it_is_asked_again_after_growing_pauses(stub: WeChatStub, code: int, path: str) -> None:
    stub.script[path] = deque([error(code), error(code)])
    made = Made(stub)
    service: Service = made.pictures if path == PICTURE_PATH else made.text
    batch = Batch([Shown(2.0, RED, "hello")])
    stub.verdicts["hello"] = ("risky", 20002)
    assert {one.category for one in (await service.judge(batch)).findings} >= {
        "Porn" if path == PICTURE_PATH else "Porn.Ocr"
    }
    assert len(made.pauses.seconds) == 2 and made.pauses.seconds[0] < made.pauses.seconds[1]


async def test_where_the_quota_stays_used_up_it_is_away(stub: WeChatStub) -> None:
    stub.stubborn[PICTURE_PATH] = error(45009)
    away, logs = await refused(Made(stub, review_service_patience=PATIENCE_IN_ALL).pictures, PICTURES)
    assert str(away) == "the review service wechat did not answer as it should"
    assert away.reason == "errcode 45009: the quota of calls is used up"
    assert "review_service_away" in logs and "45009" in logs


FAULTS = {
    61010: "nobody with the OpenID was in the Mini Program within two hours", 40006: "the picture is too large",
    40003: "the OpenID is not valid", 48001: "may not use this check", 12345: "errcode 12345",
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
async def test_an_error_is_never_a_pass_and_is_told_to_the_operator(stub: WeChatStub, code: int) -> None:
    made = Made(stub)
    stub.stubborn |= {PICTURE_PATH: error(code), TEXT_PATH: error(code)}
    for service, batch in ((made.pictures, PICTURES), (made.text, TEXT)):
        away, logs = await refused(service, batch)
        assert FAULTS[code] in away.reason and FAULTS[code] in logs
    assert made.pauses.seconds == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"review_wechat_appid": "wx0"}, "no access token: errcode 40013"),
        ({"review_wechat_secret": "hunter2-wrong"}, "the AppSecret is wrong (setting review_wechat_secret)"),
        ({"review_wechat_openid": "o-other"}, "errcode 61010"),
    ],
)
async def test_what_of_the_settings_is_wrong_is_named(stub: WeChatStub, more: dict[str, Any], words: str) -> None:
    away, _ = await refused(Made(stub, **more).text, TEXT)
    assert words in away.reason


GARBAGE = {
    "a page": answer("200 OK", body=b"<html>"), "nothing": answer("200 OK", body=b""), "no code": said({}),
    "a list": said([]), "words": said({"errcode": "fine"}), "deep": answer("200 OK", body=b"[" * 100_000),
    "not Unicode": answer("200 OK", body=b'{"errcode": 0, "x": "\xff'),
}  # fmt: skip


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("path", [PICTURE_PATH, TEXT_PATH])
async def test_what_cannot_be_read_is_no_verdict(stub: WeChatStub, name: str, path: str) -> None:
    stub.stubborn[path] = GARBAGE[name]
    made = Made(stub)
    away, _ = await refused(made.pictures if path == PICTURE_PATH else made.text, TEXT)
    assert str(away).endswith("gave an answer that cannot be used")


@pytest.mark.parametrize("content", [{}, {"access_token": ""}, {"access_token": 1, "expires_in": "soon"}, []])
async def test_what_is_no_token_is_none(stub: WeChatStub, content: Any) -> None:
    stub.stubborn[TOKEN_PATH] = said(content)
    away, _ = await refused(Made(stub).text, TEXT)
    assert str(away) == "the review service wechat-text gave an answer that cannot be used"
    assert stub.calls(TEXT_PATH) == []


@pytest.mark.parametrize(
    "content", [{}, {"result": None}, {"result": {"suggest": "fine", "label": 1}}, {"result": {"suggest": "pass"}}]
)
async def test_a_text_without_a_verdict_is_not_passed(stub: WeChatStub, content: dict[str, Any]) -> None:
    stub.stubborn[TEXT_PATH] = said({"errcode": 0, **content})
    away, _ = await refused(Made(stub).text, TEXT)
    assert str(away).endswith("gave an answer that cannot be used")


AWAY: dict[str, Behaviour] = {
    "hangs": hang, "closes": close, "drips": drip, "no HTTP": no_http, "fails": answer("502 Bad"),
    "redirects": answer("302 Found", "Location: http://127.0.0.1:1/"), "refuses": answer("413 Too Large"),
}  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
@pytest.mark.parametrize("path", [TOKEN_PATH, PICTURE_PATH])
async def test_where_it_does_not_answer_it_is_away(stub: WeChatStub, name: str, path: str) -> None:
    stub.stubborn[path] = AWAY[name]
    made = Made(stub, review_service_timeout=0.2, review_service_patience=0.25)
    away, _ = await refused(made.pictures, PICTURES)
    assert str(away) == "the review service wechat did not answer as it should"


async def test_calls_of_a_minute_are_begun_evenly(stub: WeChatStub) -> None:
    given, pauses = settings(stub), Pauses()
    asking = Asking("wechat", stub.url, given, sleep=pauses, per_minute=1)
    await PictureCheck(given, WeChat(given, asking, Tokens(given))).judge(PICTURES)
    assert len(pauses.seconds) == 3  # for the three pictures, after the token
    assert [round(waited / 60) for waited in pauses.seconds] == [1, 2, 3]


async def test_no_more_calls_at_a_time_than_the_setting_says(stub: WeChatStub) -> None:
    held, both = asyncio.Event(), asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        if stub.there.running == 2:
            both.set()
        await held.wait()
        await said({"errcode": 0})(writer)

    stub.stubborn[PICTURE_PATH] = wait
    made = Made(stub, review_service_calls=2)
    judging = asyncio.create_task(made.pictures.judge(Batch([*PICTURES.frames] * 2)))
    await both.wait()
    held.set()
    assert (await judging) == Judgement([], "img_sec_check")
    assert (len(stub.calls(PICTURE_PATH)), stub.there.most) == (6, 2)


async def test_who_waits_for_a_place_does_not_lose_patience() -> None:
    timeouts = []

    class Slow(Asking):
        async def _try(self, *_: Any) -> tuple[bytes, str, None]:
            timeouts.append(_[-1])
            await asyncio.sleep(0.02)
            return b"", "", None

    given = Settings(review_service_calls=1, review_service_patience=0.01)
    asking = Slow("slow", "https://x.example/", given)
    await asyncio.gather(*[asking.ask("https://x.example/", b"", dict) for _ in range(4)])
    assert timeouts == [pytest.approx(0.01)] * 4


def test_text_is_covered_only_where_an_openid_is_known() -> None:
    known = Settings(review_wechat_appid=APPID, review_wechat_secret=SECRET)
    covered = with_services(DetectorSet(()), known)
    assert covered.covered == ["Porn", "Political"] and "Political.Ocr" in covered.uncovered
    [pictures, text] = services_of(
        Settings(review_wechat_appid=APPID, review_wechat_secret=SECRET, review_wechat_openid=OPENID)
    )
    assert (pictures.name, text.name) == ("wechat", "wechat-text")
    assert text.categories == {one for one in CATEGORIES if "." in one}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"review_wechat_secret": ""}, "review_wechat_secret is empty"),
        ({"review_wechat_categories": ["Porn.Ocr"]}, "must name some of Political, Porn, Terrorism, not Porn.Ocr"),
        ({"review_wechat_categories": []}, "not none"),
        ({"review_wechat_url": "ftp://x/"}, "has the scheme ftp"),
    ],
)
def test_wrong_settings_are_named(more: dict[str, Any], words: str) -> None:
    given = {"review_wechat_appid": APPID, "review_wechat_secret": SECRET}
    with pytest.raises(SettingsError) as raised:
        services_of(Settings(**given | more))
    assert words in str(raised.value) and "hunter2" not in str(raised.value)


ABSENCES = [
    ({}, ("wait", "wait", "wait")),
    ({"review_service_absent": "uncovered"}, ("uncovered", "uncovered", "uncovered")),
    ({"review_http_absent": "review"}, ("review", "wait", "wait")),
    ({"review_wechat_absent": "uncovered"}, ("wait", "uncovered", "uncovered")),
    ({"review_wechat_text_absent": "uncovered"}, ("wait", "wait", "uncovered")),
    (
        {"review_service_absent": "review", "review_wechat_absent": "wait", "review_wechat_text_absent": "uncovered"},
        ("review", "wait", "uncovered"),
    ),
]


@pytest.mark.parametrize(("more", "absences"), ABSENCES)
def test_each_service_has_an_absence_of_its_own_and_else_that_of_all(
    more: dict[str, Any], absences: tuple[str, str, str]
) -> None:
    """A verdict depends on that of the service, and on no other one's."""
    given: dict[str, Any] = {
        "review_wechat_appid": APPID, "review_wechat_secret": SECRET, "review_wechat_openid": OPENID,
        "review_http_url": "https://judge.example/", "review_http_secret": new_secret(),
        "review_http_categories": ["Terrorism"],
    }  # fmt: skip
    found = services_of(Settings(**given | more))
    assert [one.name for one in found] == ["http", "wechat", "wechat-text"]
    assert tuple(one.absent for one in found) == absences
    plain = services_of(Settings(**given))
    for one, before in zip(found, plain, strict=True):
        assert (one.fingerprint == before.fingerprint) == (one.absent == before.absent)


async def test_a_review_does_without_one_service_and_waits_for_another(
    stub: WeChatStub, still: Callable[[float, Image], Sample]
) -> None:
    """Nobody with the OpenID is there: the text is not covered. The pictures are, so that they are waited for."""
    given = settings(stub, review_wechat_text_absent="uncovered", review_wechat_openid="o-away")
    detectors = with_services(DetectorSet((Sees(),)), given)
    result = await review(stream([still(1, GREY)]), detectors, Policy())
    why = "the review service wechat-text did not answer as it should"
    assert result.record.away == {"wechat-text": why} and result.record.services == {"wechat": "img_sec_check"}
    stub.stubborn[PICTURE_PATH] = error(48001)
    with pytest.raises(ServiceAway, match=r"^the review service wechat did not"):
        await review(stream([still(1, GREY)]), detectors, Policy())


async def test_calls_go_over_connections_that_are_kept(stub: WeChatStub) -> None:
    """The token with the first of them; no more connections than calls at a time."""
    stub.there.lasting = True
    checks = Made(stub, review_service_calls=2)
    for _ in range(3):
        await checks.pictures.judge(PICTURES)
    assert (len(stub.there.received), stub.there.connections) == (1 + 9, 2)


async def test_a_review_is_decided_by_it_and_says_what_was_away(
    stub: WeChatStub, still: Callable[[float, Image], Sample]
) -> None:
    given = settings(stub, review_service_absent="uncovered", review_wechat_openid="o-away")
    detectors = with_services(DetectorSet((Sees(),)), given)
    result = await review(stream([still(n, RED) for n in range(4)]), detectors, Policy())
    record = result.record
    risky = "risky by WeChat's content check, which does not say why at 00:00:00–00:00:03 (confidence 90)"
    assert record.message == f"Rejected: Political: {risky}; Porn: {risky}"
    assert record.services == {"wechat": "img_sec_check"}
    why = "the review service wechat-text did not answer as it should"
    assert record.away == {"wechat-text": why} and record.uncovered["Political.Ocr"] == why
    assert len(stub.calls(PICTURE_PATH)) == 1  # the other frames show nothing new
    told = translate(record.message, "zh-CN")
    assert "Political：微信内容安全检测认为有风险" in told and "risky" not in told
