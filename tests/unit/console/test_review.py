"""The review queue and its pages: what is seen, by whom, and what an operator's word does."""

import asyncio
import html
import re
from typing import Any

import pytest

from minivod.console import paths
from minivod.console.passwords import Passwords
from minivod.console.site import make_site
from minivod.publishing.showing import plain
from minivod.review.clip import NO_MODEL
from minivod.review.detectors import NO_DETECTOR
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


async def told(person: Person, address: str) -> str:
    """The notice of that page; empty: there is none."""
    found = re.search(r'<p class="notice" role="status">(.*?)</p>', (await person.get(address)).text)
    return html.unescape(re.sub("<[^>]*>", "", found[1])).strip() if found else ""


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


async def test_what_a_review_went_by_is_shown(desk: Desk) -> None:
    """Thresholds and consequences of then, which the policy may have changed since, and who was asked outside."""
    person, video = await desk.signed_in("viewer"), await desk.rejected(
        thresholds={"Porn.Ocr": [55, 77.5, 101]}, on_review="pass", on_uncovered="reject",
        services={"http": "judge 2.3"}, away={"wechat": "the review service wechat did not answer as it should"},
    )  # fmt: skip
    page = Page((await person.get(page_of(video))).text).text
    for part in ("Pornographic text 55 / 77.5 / 101", "judge 2.3", "wechat did not answer", "Policy now"):
        assert part in " ".join(page.split()), part
    assert "\u201creview\u201d passes" in page and "not looked for is rejected" in page


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
    assert await told(person, await say(person, video, "approve", "fine")) == "Approved; it is published."
    assert await state(desk, video) == "PASS"
    here = await say(person, video, "reject", "no", type=["Porn", "Terrorism"])
    assert await told(person, here) == "Rejected; it plays nowhere."
    assert await state(desk, video) == "REJECTED"
    assert await told(person, await say(person, video, "reset", "as it was")) == "Taken back; it is rejected."
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
    await say(person, video, "approve", unseen="1")
    assert await state(desk, video) == "PASS"


async def test_what_no_review_saw_is_approved_knowingly_too(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.stage.video("REJECTED BY A PERSON")
    await desk.db.execute("delete from review_record where file_id = %s", [video.file_id])
    assert 'name="unseen"' in (await person.get(page_of(video))).text
    answer = await person.post(page_of(video), page_of(video), word="approve", reason="fine")
    assert answer.status_code == 409 and "no review has seen" in answer.text
    await say(person, video, "approve", unseen="1")
    assert await state(desk, video) == "PASS"


async def test_a_chinese_page_gives_its_reasons_in_chinese(desk: Desk) -> None:
    """What detectors and the operator's word have to say, which the record and the code have in English."""
    person = await desk.signed_in("reviewer")
    person.client.headers["accept-language"] = "zh-CN"
    missing = "the model /models/whisper-base is missing or damaged; `pip install 'minivod[speech]'` and "
    found = finding("nudity", 1, 2, "") | {
        "category": "Porn", "detector": "nudity", "disguise": "", "certainty": "certain",
        "opinions": {"first": 99.0, "mirrored": 98.0, "denoised": 97.0, "nsfwjs": 96.0, "cells": 95.0},
    }  # fmt: skip
    words = finding("黄色视频", 1, 2, "") | {"detector": "text", "disguise": "homophones and pinyin"}
    video = await desk.rejected(
        message="Rejected: Porn: nudity at 00:00:01 (confidence 99)",
        findings=[found, words],
        uncovered={
            "Political.Asr": f"{missing}`minivod models install --speech` bring it",
            "Terrorism": NO_MODEL,
            "Political": NO_DETECTOR,
        },
        partly={"Porn.Asr": "English only"},
        stopped_at=3.0,
    )
    text = (await person.get(page_of(video))).text
    for english in ("missing", "free model", "entry point", "English only", ">nudity<", "homophones", "mirrored"):
        assert english not in text.replace("<bdi>nudity</bdi>", "", 1), english
    refused = await person.post(page_of(video), page_of(video), word="approve", reason="fine")
    assert refused.status_code == 409 and "nobody looked" not in refused.text


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
    """And says of which video its notice speaks: that is not the one that it shows."""
    person = await desk.signed_in("reviewer")
    last, middle, newest = [await desk.rejected(name=name) for name in ("last", "middle", "new<est>")]
    here = await say(person, newest, "approve", queue="open", then="next")
    assert here.startswith(page_of(middle)) and "queue=open" in here
    assert await told(person, here) == "The video before this one, new<est>: Approved; it is published."
    assert f'<a href="{page_of(newest)}?queue=open">' in (await person.get(here)).text
    assert await told(person, page_of(middle)) == ""
    wrong = await person.post(here, here, word="approve", reason="")
    assert wrong.status_code == 409 and "it is published" not in wrong.text, "nor above what was refused"
    here = await say(person, last, "reject", queue="open", then="next")
    assert here.startswith(page_of(last)), "there is no other behind it"
    assert await told(person, here) == "Rejected; it plays nowhere."


async def test_a_notice_is_of_what_stands_and_of_who_reads_it(desk: Desk) -> None:
    """An address that somebody kept, or made up, tells nothing that is not so."""
    person, other, video = await desk.signed_in("reviewer"), await desk.signed_in("admin"), await desk.rejected()
    here = await say(person, video, "approve")
    assert await told(person, here) and not await told(other, here)
    await say(other, video, "reject")
    assert not await told(person, here)
    for wrong in ("approve_pass", "0", "9" * 30, "x", "1" * 18, "-1"):
        for name in ("told", "said"):
            assert not await told(person, paths.with_query(page_of(video), **{name: wrong})), wrong


async def test_what_was_said_already_is_not_written_again(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    other = await desk.rejected()
    await say(person, video, "approve", "fine")
    for word, reason in (("approve", "even better"), ("reset", "as it was"), ("reset", "once more")):
        fields = {"word": word, "reason": reason, "then": "next", "type": "Porn"}
        answer = await person.post(page_of(video), page_of(video), **fields)
        if reason == "as it was":
            assert answer.status_code == 303
            continue
        assert answer.status_code == 409 and "It was so already" in answer.text
        assert f'value="{reason}"' in answer.text and page_of(other) not in answer.headers.get("location", "")
    assert [one.reason for one in await decisions.history(desk.db, video.sub_app_id, video.file_id)] == [
        "fine", "as it was",
    ]  # fmt: skip


async def test_a_page_that_is_out_of_date_overrules_nobody(desk: Desk) -> None:
    person, other, video = await desk.signed_in("reviewer"), await desk.signed_in("admin"), await desk.rejected()
    await say(other, video, "reject", "first look")
    form = await person.form(page_of(video))
    await say(other, video, "approve", "a <b>harmless</b> film")
    for fields in ({"word": "reject", "reason": ""}, {"word": "reject", "reason": "x", "type": "?"}):
        answer = await person.send(page_of(video), form | fields)
        assert "admin approved it" in Page(answer.text).text, "it is told at the first try, whatever was wrong"
    for word in ("approve", "reset", "reject"):
        answer = await person.send(page_of(video), form | {"word": word, "reason": "my own", "type": "Porn"})
        assert answer.status_code == 409
    text = Page(answer.text).text
    assert "Nothing was changed: after you opened this page" in text
    assert "admin approved it" in text and "a <b>harmless</b> film" in text
    assert "admin rejected it" not in text, "the page had that"
    assert 'value="my own"' in answer.text and 'value="Porn" checked' in answer.text
    assert await state(desk, video) == "PASS"
    history = await decisions.history(desk.db, video.sub_app_id, video.file_id)
    assert [one.made_by for one in history] == ["admin", "admin"]
    again = dict(re.findall(r'name="(seen|csrf)" value="([^"]+)"', answer.text))
    answer = await person.send(page_of(video), again | {"word": "reject", "reason": "my own"})
    assert answer.status_code == 303, "now it was seen"


async def test_of_two_at_once_one_counts(desk: Desk) -> None:
    person, other, video = await desk.signed_in("reviewer"), await desk.signed_in("admin"), await desk.rejected()
    forms = [await one.form(page_of(video)) for one in (person, other)]
    answers = await asyncio.gather(
        person.send(page_of(video), forms[0] | {"word": "reject", "reason": "no"}),
        other.send(page_of(video), forms[1] | {"word": "approve", "reason": "yes"}),
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    [counted] = await decisions.history(desk.db, video.sub_app_id, video.file_id)
    assert counted.made_by == ("reviewer" if answers[0].status_code == 303 else "admin")


CHANGES = {
    "It is another publication by now.": """
        update publication p set task_id = t.task_id from task t
         where t.file_id <> p.file_id and p.file_id = %(file)s""",
    "A newer review has seen it.": """
        insert into review_record (task_id, sub_app_id, file_id, record)
        select t.task_id, r.sub_app_id, r.file_id, r.record from task t, review_record r
         where t.file_id <> %(file)s and r.file_id = %(file)s""",
    "Its state was “rejected” and is “failed” now.": "update publication set state = 'FAILED' where file_id = %(file)s",
    "Its state was “failed” and is “not published” now.": "delete from publication where file_id = %(file)s",
}


async def test_what_else_makes_a_page_out_of_date(desk: Desk) -> None:
    other, video, person = await desk.stage.video("REJECTED"), await desk.rejected(), await desk.signed_in("reviewer")
    await desk.db.execute("delete from review_record where file_id = %s", [other.file_id])
    for told_of, change in CHANGES.items():
        form = await person.form(page_of(video))
        assert await desk.db.execute(change, {"file": video.file_id}) == 1
        answer = await person.send(page_of(video), form | {"word": "reject", "reason": "no"})
        assert answer.status_code == 409 and told_of in Page(answer.text).text, told_of
    assert not await decisions.history(desk.db, video.sub_app_id, video.file_id)


async def test_a_word_on_the_very_same_file_makes_a_page_out_of_date(desk: Desk) -> None:
    video, twin = [await desk.video("REJECTED", md5="a" * 32) for _ in range(2)]
    person, other = await desk.signed_in("reviewer"), await desk.signed_in("admin")
    form = await person.form(page_of(video))
    await say(other, twin, "reject", "seen before")
    answer = await person.send(page_of(video), form | {"word": "approve", "reason": "fine"})
    assert answer.status_code == 409
    assert "admin rejected a video of the very same file" in Page(answer.text).text
    form = await person.form(page_of(video))
    await say(other, twin, "reset", "seen better")
    answer = await person.send(page_of(video), form | {"word": "approve", "reason": "fine"})
    assert answer.status_code == 409
    assert "The rejection of a video of the very same file does not hold any more." in Page(answer.text).text
    assert await state(desk, video) == "REJECTED"


async def test_a_form_that_does_not_say_what_it_was_made_from(desk: Desk) -> None:
    person, video = await desk.signed_in("reviewer"), await desk.rejected()
    for seen in ("", "x", "e30=", "bnVsbA=="):
        answer = await person.post(page_of(video), page_of(video), word="approve", reason="fine", seen=seen)
        assert answer.status_code == 400, seen
    assert await state(desk, video) == "REJECTED"


async def test_viewers_are_told_who_sees_what_was_kept(desk: Desk) -> None:
    sound = finding("some words", 3, 4, "0002") | {"category": "Porn.Asr"}
    video = await desk.rejected(findings=[finding("a", 1, 2, "0001"), sound, finding("b", 3, 4, "")])
    for role, kept, said in (("viewer", 1, 1), ("reviewer", 0, 0)):
        text = Page((await (await desk.signed_in(role)).get(page_of(video))).text).text
        assert text.count("Reviewers see the picture here.") == kept
        assert text.count("Reviewers hear the sound here.") == said
        assert text.count("No picture was kept") == 1


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
