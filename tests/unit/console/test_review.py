"""The review queue and its pages: what is seen, by whom, and what an operator's word does."""

import re
from typing import Any

import pytest

from minivod.console import paths
from minivod.console.passwords import Passwords
from minivod.console.site import make_site
from minivod.publishing.showing import plain
from minivod.store import decisions

from ..playback.stage import VIDEO, Video
from ..publishing.test_report import HOSTILE, Page
from .desk import JPEG, QUICK, Desk, Person, finding, with_settings


def page_of(video: Video, part: str = "") -> str:
    return paths.review(video.sub_app_id, video.file_id, part)


async def say(person: Person, video: Video, word: str, reason: str = "because", **fields: object) -> str:
    """The address after a word."""
    answer = await person.post(page_of(video), page_of(video), word=word, reason=reason, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def state(desk: Desk, video: Video) -> str:
    row = await desk.db.fetch_one("select state from publication where file_id = %s", [video.file_id])
    return row["state"] if row else "NONE"


async def test_lists(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    assert "Every rejected video has been looked at" in (await person.get(paths.REVIEW)).text
    rejected, decided = await desk.rejected(), await desk.stage.video("REJECTED BY A PERSON")
    passed, failed, running = [await desk.stage.video(state) for state in ("PASS", "FAILED", "RUNNING")]
    close: dict[str, Any] = {"summary": [{"Type": "Porn", "Suggestion": "review", "Confidence": 60.0}]}
    borderline = await desk.rejected(**close)
    expected = {
        "open": {rejected, borderline}, "borderline": {borderline}, "rejected": {rejected, borderline, decided},
        "published": {passed}, "failed": {failed}, "running": {running}, "decided": {decided}, "of no name": None,
    }  # fmt: skip
    for name, videos in expected.items():
        text = (await person.get(paths.with_query(paths.REVIEW, queue=name))).text
        found = set(re.findall(r'href="/console/review/\d+/(\d+)\?', text))
        assert found == {video.file_id for video in videos or expected["open"] or ()}, name


async def test_pages_of_a_list(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    videos = [await desk.stage.video("REJECTED") for _ in range(21)]
    first = (await person.get(paths.REVIEW)).text
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after is not None
    second = (await person.get(after[1].replace("&amp;", "&"))).text
    found = [re.findall(r'href="/console/review/\d+/(\d+)\?', text) for text in (first, second)]
    assert [len(one) for one in found] == [20, 1]
    assert {*found[0], *found[1]} == {video.file_id for video in videos}
    for wrong in ("x", "W10=", "é"):
        assert (await person.get(paths.with_query(paths.REVIEW, after=wrong))).status_code == 404
    assert (await person.get(paths.with_query(paths.REVIEW, app=1))).text.count("Nothing is here") == 1
    assert (await person.get(paths.with_query(paths.REVIEW, app="x"))).status_code == 404


async def test_a_review_is_shown_whole(desk: Desk) -> None:
    video = await desk.rejected("some words", stopped_at=4.5)
    page = Page((await (await desk.signed_in("reviewer")).get(page_of(video))).text)
    for text in (
        "some words", "Pornographic text", "ambiguous alone", "Second look:", "It stopped at 0:04",
        "2 frames were looked at again", "1:01 of sound", "it plays at once", "No picture was kept",
    ):  # fmt: skip
        assert text in page.text, text
    marks = [attrs for tag, attrs in page.tags if tag == "rect" and "mark" in (attrs.get("class") or "")]
    length = 5.28  # of the video
    assert [float(mark["x"] or 0) for mark in marks] == [
        pytest.approx(start / length * 1000, abs=0.1) for start in (1, 3)
    ]
    assert float(marks[0]["width"] or 0) == pytest.approx(1.5 / length * 1000, abs=0.1)
    pictures = [attrs["src"] for tag, attrs in page.tags if tag == "img" and "evidence" in (attrs["src"] or "")]
    assert pictures == [page_of(video, "evidence/0")]


async def test_evidence_and_the_video_are_for_reviewers_alone(desk: Desk) -> None:
    video = await desk.rejected()
    reviewer, viewer = await desk.signed_in("reviewer"), await desk.signed_in("viewer")
    picture, film = page_of(video, "evidence/0"), page_of(video, "video")
    answer = await reviewer.get(picture)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
    part = await reviewer.get(film, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, VIDEO[10:20])
    assert (await reviewer.get(film, range=f"bytes={len(VIDEO)}-")).status_code == 416
    for place in (picture, film):
        assert (await viewer.get(place)).status_code == 403
        assert (await desk.person().get(place)).status_code == 303
    text = (await viewer.get(page_of(video))).text
    assert "/evidence/" not in text and "<video" not in text and 'id="decide"' not in text
    for wrong in ("evidence/1", "evidence/2", "evidence/-1", "evidence/x", "evidence/" + "9" * 30):
        assert (await reviewer.get(page_of(video, wrong))).status_code == 404
    other = paths.review(video.sub_app_id + 1, video.file_id)
    assert [(await reviewer.get(f"{other}{part}")).status_code for part in ("", "/video", "/evidence/0")] == [404] * 3


async def test_a_key_of_evidence_leads_to_nothing_else(desk: Desk) -> None:
    """The record is the server's own; even so a broken one opens no other object."""
    video = await desk.rejected(findings=[finding("x", 1, 2, "../../" + "vod_upload/secret")])
    assert (await (await desk.signed_in("reviewer")).get(page_of(video, "evidence/0"))).status_code in (404, 500)


async def test_a_script_as_original_is_not_shown(desk: Desk) -> None:
    video = await desk.stage.video("NONE")
    await desk.stage.objects.put_bytes("vod_upload/page.html", b"<script>alert(1)</script>")
    await desk.db.execute("update media set object_key = 'vod_upload/page.html'")
    answer = await (await desk.signed_in("reviewer")).get(page_of(video, "video"))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


async def test_words_are_those_of_the_command(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    assert (await say(person, video, "approve", "fine")).endswith("said=approve_pass")
    assert await state(desk, video) == "PASS"
    assert (await say(person, video, "approve", "fine")).endswith("said=unchanged")
    assert (await say(person, video, "reject", "no", type=["Porn", "Terrorism"])).endswith("said=reject_rejected")
    assert await state(desk, video) == "REJECTED"
    assert (await say(person, video, "reset", "as it was")).endswith("said=reset_rejected")
    history = await decisions.history(desk.db, video.sub_app_id, video.file_id)
    assert [(one.word, one.made_by, one.reason, one.types) for one in history] == [
        ("approve", "reviewer", "fine", []),
        ("reject", "reviewer", "no", ["Porn", "Terrorism"]),
        ("reset", "reviewer", "as it was", []),
    ]
    text = (await person.get(page_of(video))).text
    assert all(one in text for one in ("fine", "as it was", "approved", "rejected", "reset"))


async def test_what_urls_of_an_object_store_lead_to_is_gone_at_once(desk: Desk) -> None:
    for setting, kept in (("server", 2), ("redirect", 0)):
        video = await desk.stage.video("PASS")
        desk.app = make_site(with_settings(desk, file_delivery=setting), Passwords(QUICK))
        await say(await desk.signed_in("admin"), video, "reject")
        left = [entry.key async for entry in desk.stage.objects.entries(f"published/{video.file_id}")]
        assert len(left) == kept, setting


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\nb", "a\0b"])
async def test_a_word_needs_a_reason(desk: Desk, reason: str) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    fields = {"word": "approve", "reason": reason, "type": "Porn"}
    answer = await person.post(page_of(video), page_of(video), **fields)
    assert answer.status_code == 409 and "the reason must be one line" in answer.text
    assert 'value="Porn" checked' in answer.text, "what was filled in is not lost"
    assert await state(desk, video) == "REJECTED"


async def test_what_nobody_saw_is_approved_knowingly_only(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected(stopped_at=3.0)
    answer = await person.post(page_of(video), page_of(video), word="approve", reason="fine")
    assert answer.status_code == 409 and "stopped at" in answer.text
    assert (await say(person, video, "approve", unseen="1")).endswith("approve_pass")


async def test_wrong_words(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    assert (await person.post(page_of(video), page_of(video), word="delete", reason="x")).status_code == 400
    answer = await person.post(page_of(video), page_of(video), word="reject", reason="x", type="<b>")
    assert answer.status_code == 409 and "&lt;b&gt;" in answer.text
    nothing = paths.review(video.sub_app_id, "1")
    assert (await person.post(page_of(video), nothing, word="reject", reason="x")).status_code == 404
    assert await state(desk, video) == "REJECTED"


async def test_viewers_say_nothing(desk: Desk) -> None:
    person, video = await desk.signed_in("viewer"), await desk.rejected()
    answer = await person.post(page_of(video), page_of(video), csrf=await person.token(paths.HOME), word="approve")
    assert answer.status_code == 403
    assert await state(desk, video) == "REJECTED"


async def test_the_next_of_the_list_follows(desk: Desk) -> None:
    person = await desk.signed_in("reviewer")
    last, middle, newest = [await desk.rejected() for _ in range(3)]
    here = await say(person, newest, "approve", queue="open", then="next")
    assert here.startswith(page_of(middle)) and "said=approve_pass" in here and "queue=open" in here
    assert "Approved; it is published." in (await person.get(here)).text
    here = await say(person, last, "reject", queue="open", then="next")
    assert here.startswith(page_of(last)), "there is no other behind it"


async def test_what_is_left_of_a_deleted_video(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    await say(person, video, "approve", "fine")
    await desk.db.execute("delete from media where file_id = %s", [video.file_id])
    answer = await person.get(page_of(video))
    assert answer.status_code == 200 and "The video was deleted" in answer.text and "fine" in answer.text
    assert (await person.get(page_of(video, "video"))).status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
async def test_texts_of_others_do_nothing(desk: Desk, text: str) -> None:
    """T23: in names, findings, messages, reasons, the names of browsers, and what was typed wrongly."""
    text = text.replace("\0", "")  # no text of the database has it
    person = await desk.signed_in("reviewer", **{"user-agent": text.encode("ascii", "replace").decode().strip()})
    video = await desk.rejected(text, name=text)
    if text.isprintable():
        await say(person, video, "reject", text)
    wrong = await person.post(page_of(video), page_of(video), word="approve", reason=text + "\n.", type=text)
    failed = await desk.person().sign_in(text, "wrong", next=text)
    pages = [page_of(video), f"{paths.REVIEW}?queue=rejected", paths.HOME, paths.ACCOUNT]
    answers = [*[await person.get(path) for path in pages], wrong, failed]
    for answer, tongue in [(answer, "en-US") for answer in answers]:
        page = Page(answer.text)
        assert ("html", {"lang": tongue}) in page.tags
        assert {tag for tag, _ in page.tags} <= TAGS, {tag for tag, _ in page.tags} - TAGS
        scripts = [attrs for tag, attrs in page.tags if tag == "script"]
        assert all((attrs["src"] or "").startswith("/console/static/") for attrs in scripts) and len(scripts) == 2
        for _, attrs in page.tags:
            assert not any(name.startswith("on") or name == "style" for name in attrs)
            assert all((attrs.get(name) or "/").startswith(("/", "#")) for name in ("href", "src", "action"))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.text)
    assert plain(text) in Page(answers[0].text).text
    assert plain(text) in Page(answers[1].text).text


TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "a",
        "header",
        "nav",
        "img",
        "ul",
        "li",
        "bdi",
        "form",
    ),
    *("input", "button", "main", "h1", "h2", "p", "span", "code", "div", "video", "figure", "svg", "rect", "line"),
    *("figcaption", "aside", "label", "small", "details", "summary", "dl", "dt", "dd", "time", "strong", "section"),
    *("ol", "article", "table", "thead", "tbody", "tr", "th", "td", "br", "progress"),
}


@pytest.mark.parametrize(
    ("header", "cookie", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN"),
        ("en;q=0.8, zh-TW", "", "zh-CN"),
        ("en-GB", "", "en-US"),
        ("fr, de;q=0.9", "", "en-US"),
        ("zh;q=0", "", "en-US"),
        ("zh;q=x", "", "en-US"),
        ("zh-CN", "en-US", "en-US"),
        ("en", "zh-CN", "zh-CN"),
        ("en", "<script>", "en-US"),
    ],
)
async def test_the_language(desk: Desk, header: str, cookie: str, expected: str) -> None:
    person = desk.person(**{"accept-language": header})
    if cookie:
        person.client.cookies.set("minivod-language", cookie)
    text = (await person.get(paths.LOGIN)).text
    assert f'<html lang="{expected}">' in text
    assert ("登录" in text) is (expected == "zh-CN")


async def test_the_language_is_chosen_and_kept(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    answer = await person.get(paths.with_query(paths.LANGUAGE, to="zh-CN", next=page_of(video)))
    assert answer.headers["location"] == page_of(video)
    text = (await person.get(page_of(video))).text
    assert "发现" in text and "Findings" not in text
    await person.get(paths.with_query(paths.LANGUAGE, to="xx", next=paths.HOME))
    assert "概览" in (await person.get(paths.HOME)).text
