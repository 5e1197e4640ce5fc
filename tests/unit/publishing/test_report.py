"""The report of a review: everything that an operator needs, and nothing that could do anything."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from minivod.cli import review_text
from minivod.publishing.report import to_html
from minivod.publishing.showing import Shown, plain, times
from minivod.review.model import Finding, ReviewRecord, SummaryRow
from minivod.store.decisions import Decision
from minivod.store.media import Media
from minivod.store.review_list import Newest

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></table><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;&#60;b&#62;",
    "\x1b[31mred\x1b[0m \x00 \x9b",
    "\u202egnp.exe\u2066",
    "{{7*7}} ${7*7} <!-- -->",
    "]]><![CDATA[",
]


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(text: str = "clip") -> Shown:
    """A video of which every text of others is that one."""
    finding = Finding(
        category="Porn.Ocr", label=text, confidence=97.25, start=3.04, end=65.5, detector=text, evidence="0001"
    )
    record = ReviewRecord(
        decision="Rejected", message=text, summary=[SummaryRow(Type="Porn.Ocr", Suggestion="block", Confidence=97.25)],
        findings=[finding, finding], covered=["Porn.Ocr"], uncovered={"Porn": text}, samples_seen=9,
        samples_inspected=4, seconds={}, findings_dropped=3,
    )  # fmt: skip
    decision = Decision(
        decision_id=1, made_at=NOW, sub_app_id=1, file_id="2", word="approve", made_by=text, reason=text, task_id=text,
        state_before="REJECTED", state_after="PASS", types=[], subject="", source_md5="", source_size=0,
    )  # fmt: skip
    media = Media(
        file_id="2", sub_app_id=1, app_id=1, directory="secret directory", name=text, description=text,
        media_type="mp4", class_id=0, source_context=text, storage_region="", object_key="vod_upload/key",
        cover_key=None, cover_type=None, metadata={}, created_at=NOW, updated_at=NOW, expires_at=None,
    )  # fmt: skip
    return Shown(
        sub_app_id=1, file_id="5285485487985271487", media=media, publication=None, record=record, kept=None,
        newest=Newest(task_id=text, record={"digest": text, "evidence_prefix": "evidence/key"}, created_at=NOW),
        standing=decision, history=[decision], policy=7,
    )  # fmt: skip


def test_it_tells_all_that_matters() -> None:
    page = Page(to_html(shown("free sex"), {0: b"\xff\xd8\xff a picture"}, NOW))
    for part in (
        "5285485487985271487", "free sex", "00:00:03.0–00:01:05.5", "97.25", "Porn.Ocr", "block", "REJECTED → PASS",
        "9 frames were sampled, 4 inspected", "3 more, less certain", "version 7", "2026-11-27 12:00:00 UTC",
    ):  # fmt: skip
        assert part in page.text, part
    [picture] = [attributes for tag, attributes in page.tags if tag == "img"]
    assert (picture["src"] or "").startswith("data:image/jpeg;base64,")
    assert "nothing was kept" in page.text


def test_what_was_said_can_be_listened_to() -> None:
    video = shown("free sex")
    assert video.record is not None
    said = Finding(category="Porn.Asr", label="free sex", confidence=90, start=1, end=2, evidence="0001.wav")
    video.record.findings, video.record.heard = [said], 7.5
    video.record.partly = {"Porn.Asr": "English only"}
    page = Page(to_html(video, {0: b"RIFF a sound"}, NOW))
    [sound] = [attributes for tag, attributes in page.tags if tag == "audio"]
    assert (sound["src"] or "").startswith("data:audio/wav;base64,") and "autoplay" not in sound
    assert "7.5 s of sound were listened to" in page.text and "looked for in part: English only" in page.text
    lines = "\n".join(review_text.lines(video))
    assert "said once" in lines and "Looked for in part: Porn.Asr: English only" in lines


def test_a_verdict_is_explained_by_its_record() -> None:
    """On the page and in the terminal: how certain, how hidden, what a second look said, and what it was judged by."""
    video = shown("nudity")
    record = video.record
    assert record is not None
    record.findings = [
        Finding(
            category="Porn.Ocr", label="words", confidence=91, start=1, end=2, samples=4, certainty="ambiguous",
            disguise="homophones and pinyin",
        ),
        Finding(category="Porn", label="nudity", confidence=59, start=1, end=1, opinions={"first": 99, "cells": 12.5}),
    ]  # fmt: skip
    record.thresholds = {"Porn.Ocr": [60, 80, 90], "Porn": [50, 70.5, 101]}
    record.on_review, record.on_uncovered, record.second_looks = "reject", "pass", 3
    record.services, record.away = {"http": "judge 2.3"}, {"wechat": "it is busy"}
    page, lines = Page(to_html(video, {}, NOW)).text, "\n".join(review_text.lines(video))
    for part in (
        "4 frames; ambiguous; hidden as homophones and pinyin", "second look: first 99, cells 12.5",
        "Porn.Ocr: review 60, block 80, extreme 90", "Porn: review 50, block 70.5, extreme 101",
        "review means reject, not looked for means pass", "judge 2.3", "Away: wechat: it is busy",
    ):  # fmt: skip
        assert part in page and part in lines, part
    assert "3 were looked at again" in page and "Looked at again: 3 frames" in lines
    assert "Policy now" in page and "Policy now" in lines


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_others_stay_texts(text: str) -> None:
    calm, page = Page(to_html(shown(), {}, NOW)), Page(to_html(shown(text), {}, NOW))
    assert page.tags == calm.tags  # not a tag, and not an attribute more
    assert page.text.count(plain(text)) >= 9


def test_it_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    page = Page(to_html(shown(), {0: b"x"}, NOW))
    assert not {"script", "iframe", "link", "object", "embed", "form", "base", "a"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("href", "srcset")]
    [policy] = [one["content"] or "" for _, one in page.tags if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:;") and "script" not in policy


def test_keys_of_objects_are_not_told() -> None:
    for text in (to_html(shown(), {}, NOW), repr(shown().to_json())):
        assert not [key for key in ("vod_upload/", "evidence/", "secret directory") if key in text]


def test_a_video_that_is_gone() -> None:
    gone = Shown(
        sub_app_id=1, file_id="2", media=None, publication=None, newest=None, record=None, kept=None, standing=None
    )
    text = Page(to_html(gone, {}, NOW)).text
    assert "deleted" in text and "No review has seen this video." in text and "Nothing." in text


def test_what_cannot_be_printed_is_written_as_its_code() -> None:
    assert plain("a\x1b[1m\n\u202eb 色") == "a\\u001b[1m\\u000a\\u202eb 色"


def test_times_of_findings() -> None:
    def finding(start: float, end: float) -> Finding:
        return Finding(category="Porn", label="x", confidence=1, start=start, end=end)

    assert times(finding(59.97, 59.97)) == "00:01:00.0"
    assert times(finding(0, 3725.25)) == "00:00:00.0–01:02:05.2"
