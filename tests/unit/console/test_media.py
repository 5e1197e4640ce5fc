"""The pages of videos: what is listed, found, shown and played, by whom, and what each button does."""

import itertools
import re
from typing import Any

import msgspec
import pytest
from psycopg.types.json import Jsonb

from minivod import ids
from minivod.console import choices, paths
from minivod.media.metadata import MediaMetadata
from minivod.publishing.showing import plain
from minivod.store import accounts, classes, console_changes
from minivod.store.classes import MediaClass
from minivod.store.search import NONE
from minivod.templates.catalog import Template

from ..playback.stage import SOURCE, VIDEO, Video, metadata
from ..publishing.test_report import HOSTILE, Page
from .desk import Desk, Person
from .test_review import TAGS

LISTED = re.compile(r'class="row" href="/console/media/\d+/(\d+)"')


def page_of(video: Video, part: str = "") -> str:
    return paths.media(video.sub_app_id, video.file_id, part)


async def listed(person: Person, **query: object) -> list[str]:
    answer = await person.get(paths.with_query(paths.MEDIA, **query))
    assert answer.status_code == 200, answer.text
    return LISTED.findall(answer.text)


async def press(person: Person, video: Video, what: str, **fields: object) -> Any:
    """Presses a button of the video's page."""
    return await person.post(page_of(video), page_of(video, what), **fields)


async def actions(desk: Desk, video: Video) -> list[tuple[str, str, str | None]]:
    found = await console_changes.history(desk.db, video.sub_app_id, video.file_id)
    return [(one.made_by, one.action, one.code) for one in found]


async def everything(desk: Desk, video: Video) -> None:
    """Results of each kind, as tasks make them."""
    for kind in ("Transcode", "SampleSnapshot", "ImageSprite", "AdaptiveDynamicStreaming"):
        await desk.stage.result(video, kind, 20 if kind == "Transcode" else 10)
    pictures = {
        "type": "Percent", "interval": 50, "watermarks": [], "height": 90, "width": 160, "total": 2,
    }  # fmt: skip
    await desk.db.execute("update media_result set body = body || %s", [Jsonb(pictures)])


async def test_the_list(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    assert "No video has been uploaded" in (await person.get(paths.MEDIA)).text
    states = ["PASS", "REJECTED", "RUNNING", "FAILED", "NONE"]
    videos = {state: await desk.video(state, name=f"holiday {state}") for state in states}
    assert await listed(person) == [videos[state].file_id for state in reversed(states)], "the newest first"
    for state in states:
        assert await listed(person, state=state) == [videos[state].file_id]
        assert await listed(person, state=state, q="HOLIDAY") == [videos[state].file_id]
    assert await listed(person, q="day pass") == await listed(person, q=videos["PASS"].file_id)
    assert await listed(person, q="cloud") == []
    assert "No video of this application matches" in (await person.get(f"{paths.MEDIA}?q=cloud")).text


async def test_names_are_found_newest_first(desk: Desk) -> None:
    """And not by how much of the name is what was looked for."""
    person = await desk.signed_in("viewer")
    short, long = await desk.video(name="cat"), await desk.video(name="a cat and a dog and a horse")
    assert await listed(person, q="cat") == [long.file_id, short.file_id]


async def test_classes_tags_and_applications(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    video, _ = await desk.video(), await desk.video()
    async with desk.db.transaction() as connection:
        await classes.create(connection, video.sub_app_id, MediaClass(class_id=7, parent_id=-1, path=[7], name="films"))
        other = (await accounts.create_sub_app(connection, video.app_id, "another")).sub_app_id
    await desk.db.execute(
        "update media set tags = '{summer}', class_id = 7, class_path = '{7}' where file_id = %s", [video.file_id]
    )
    elsewhere = await desk.video(sub_app_id=other)
    assert await listed(person, tag="summer") == await listed(person, **{"class": 7}) == [video.file_id]
    for state in ("", NONE):  # by the search, and one by one
        assert await listed(person, tag="summer", state=state) == [video.file_id]
        assert await listed(person, **{"class": 7, "state": state}) == [video.file_id]
        assert len(await listed(person, **{"class": 0, "state": state})) == 1
        assert await listed(person, tag="winter", state=state) == []
        assert await listed(person, q=video.file_id, state=state) == [video.file_id]
        assert len(await listed(person, q="CLIP", state=state)) == 2
    assert await listed(person, app=other) == [elsewhere.file_id]
    assert elsewhere.file_id not in await listed(person)
    text = (await person.get(paths.MEDIA)).text
    assert "films" in text and "another" in text


async def test_a_state_of_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finds the same as one of few."""
    person = await desk.signed_in("viewer")
    videos = [await desk.video(one, name=f"a clip of {one}") for one in ("PASS", "NONE", "FAILED") * 2]
    for state, most in itertools.product(("PASS", NONE), (5000, 1)):
        expected = [videos[number].file_id for number in ((3, 0) if state == "PASS" else (4, 1))]
        monkeypatch.setattr("minivod.store.library.MOST", most)
        assert await listed(person, state=state) == await listed(person, state=state, q="CLIP OF") == expected
        assert await listed(person, state=state, q=expected[1]) == expected[1:]


async def test_pages_of_the_list(desk: Desk) -> None:
    person = await desk.signed_in("viewer")
    videos = [await desk.video(name=f"clip {number}") for number in range(21)]
    first, second = await listed(person, q="clip"), await listed(person, q="clip", page=2)
    assert first + second == [video.file_id for video in reversed(videos)]
    text = (await person.get(f"{paths.MEDIA}?q=clip")).text
    assert "Videos: 21" in text and "Page 1 of 2" in text and 'rel="next"' in text
    for wrong in ("page=0", "page=251", "page=x", "app=x", "class=-1", "state=passed", f"page={'9' * 18}"):
        assert (await person.get(f"{paths.MEDIA}?{wrong}")).status_code == 404, wrong


async def test_a_server_without_applications(desk: Desk) -> None:
    await desk.db.execute("update sub_app set status = 'Destroyed'")
    text = (await (await desk.signed_in("admin")).get(paths.MEDIA)).text
    assert "There is no application yet" in text and "uploader" not in text


async def test_a_video_is_shown_whole(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video("PASS", name="a film")
    await everything(desk, video)
    text = Page((await person.get(page_of(video))).text).text
    for told in (
        "a film", "published", "1280×720", "h264", "1 Mbit/s", "Original", "Publication", "Pass: it is like that",
        '"FileId": "' + video.file_id, '"TranscodeInfo"', "Adaptive", "Sprite", "Snapshots",
    ):  # fmt: skip
        assert told in text, told


async def test_ids_that_are_none(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video("PASS")
    other = paths.media(video.sub_app_id + 1, video.file_id)
    parts = ("", "/published", "/original", "/delete", "/made/Transcode/20/0")
    for part in parts:
        for where in (other, paths.media(video.sub_app_id, ids.new_file_id()), paths.media(video.sub_app_id, "x%00")):
            assert (await person.get(f"{where}{part}")).status_code == 404, (where, part)
    for part in ("transcode", "publish", "withdraw", "delete"):
        answer = await person.post(page_of(video), f"{other}/{part}", template="Transcode:20", source="0")
        assert answer.status_code == 404
        answer = await person.post(page_of(video), paths.media(video.sub_app_id, "x", part), template="Transcode:20")
        assert answer.status_code == 404
    assert await desk.db.fetch_one("select from media where file_id = %s", [video.file_id]) is not None


async def test_who_sees_which_file(desk: Desk) -> None:
    viewer, reviewer = await desk.signed_in("viewer"), await desk.signed_in("reviewer")
    video = await desk.video("PASS")
    made = await desk.stage.result(video, "Transcode", 20)
    files = {"published": VIDEO, "original": SOURCE, "made/Transcode/20/0": made.content(made.files[0])}
    for part, content in files.items():
        assert (await reviewer.get(page_of(video, part))).content == content
        answer = await viewer.get(page_of(video, part))
        assert answer.status_code == (200 if part == "published" else 403)
        assert (await desk.person().get(page_of(video, part))).status_code == 303
    some = await viewer.get(page_of(video, "published"), range="bytes=10-19")
    assert (some.status_code, some.content) == (206, VIDEO[10:20])
    for wrong in ("made/Transcode/20/1", "made/Transcode/30/0", "made/x/20/0", "made/Transcode/x/0"):
        assert (await reviewer.get(page_of(video, wrong))).status_code == 404
    assert f'src="{page_of(video, "published")}"' in (await viewer.get(page_of(video))).text


async def test_what_is_not_published_is_for_reviewers(desk: Desk) -> None:
    viewer, reviewer = await desk.signed_in("viewer"), await desk.signed_in("reviewer")
    for state in ("NONE", "RUNNING", "REJECTED", "FAILED", "WITHDRAWN", "FORBIDDEN"):
        video = await desk.video(state)
        for person in (viewer, reviewer):
            assert (await person.get(page_of(video, "published"))).status_code == 404, state
        assert "<video" not in (await viewer.get(page_of(video))).text
        assert f'src="{page_of(video, "original")}"' in (await reviewer.get(page_of(video))).text


async def test_publishing_and_withdrawing(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video()
    answer = await press(person, video, "publish", source="0")
    assert answer.status_code == 303 and answer.headers["location"].endswith("said=publishing")
    text = (await person.get(page_of(video))).text
    assert "Stop publishing" in text and "under way" in text and 'hx-trigger="every 3s"' in text
    answer = await press(person, video, "publish", source="0")
    assert answer.status_code == 409 and "is being published already" in answer.text
    assert (await press(person, video, "withdraw")).headers["location"].endswith("said=withdrawn")
    assert await desk.db.fetch_one("select from publication where file_id = %s", [video.file_id]) is None
    assert await actions(desk, video) == [
        ("admin", "DeleteMedia", ""), ("admin", "WeChatMiniProgramPublish", "FailedOperation"),
        ("admin", "WeChatMiniProgramPublish", ""),
    ]  # fmt: skip
    text = (await person.get(page_of(video))).text
    assert "DeleteMedia" in text and "Publish for Mini Programs" in text and 'hx-trigger="every 3s"' not in text


async def test_a_rendition_is_published(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video()
    await desk.stage.result(video, "Transcode", 20)
    assert (await press(person, video, "publish", source="20")).status_code == 303
    row = await desk.db.fetch_one("select definition from publication where file_id = %s", [video.file_id])
    assert row == {"definition": 20}
    for wrong in ("30", "x", "", "-1"):
        assert (await press(person, video, "publish", source=wrong)).status_code == 409


async def test_what_cannot_be_published_says_why(desk: Desk) -> None:
    person, video = await desk.signed_in("admin", **{"accept-language": "zh"}), await desk.video()
    await desk.db.execute("""update media set metadata = metadata || '{"container": "matroska"}'""")
    text = (await person.get(page_of(video))).text
    assert '<option value="0" disabled>' in text and "disabled>发布</button>" in text
    assert "容器格式是 matroska" in text, [one for one in text.splitlines() if "matroska" in one]
    assert (await press(person, video, "publish", source="0")).status_code == 409


async def test_a_transcode(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video()
    answer = await press(person, video, "transcode", template="Transcode:20", priority="5")
    assert answer.headers["location"].endswith("said=transcoding")
    rows = await desk.db.fetch_all("select kind, definition, priority from task order by kind")
    assert [tuple(row.values()) for row in rows] == [("Transcode", 20, 5), ("procedurev2", 0, 5)]
    for kind in ("AdaptiveDynamicStreaming", "ImageSprite", "SampleSnapshot"):
        assert (await press(person, video, "transcode", template=f"{kind}:10")).status_code == 303
    for template, priority in (("Transcode:12345", "0"), ("Transcode:x", "0"), ("Transcode:20", "11")):
        answer = await press(person, video, "transcode", template=template, priority=priority)
        assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert (await press(person, video, "transcode", template="Other:20")).status_code == 400
    text = (await person.get(page_of(video))).text
    assert "Processing" in text and "waits" in text


async def test_deleting_asks_once_more(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video("PASS", name="a film")
    text = (await person.get(page_of(video, "delete"))).text
    assert "a film" in text and "whoever watches it now is cut off" in text
    answer = await person.post(page_of(video, "delete"), page_of(video, "delete"))
    assert (
        answer.headers["location"] == f"{paths.MEDIA}?app={video.sub_app_id}&about={video.file_id}&said=video_deleted"
    )
    assert (await person.get(page_of(video))).status_code == 404
    assert await actions(desk, video) == [("admin", "DeleteMedia", "")]
    assert f"The video {video.file_id} was deleted." in (await person.get(answer.headers["location"])).text


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
async def test_only_administrators_change_anything(desk: Desk, role: str) -> None:
    person, video = await desk.signed_in(role), await desk.video("PASS")
    csrf = await person.token(paths.HOME)
    for part in ("transcode", "publish", "withdraw", "delete"):
        answer = await person.post(paths.HOME, page_of(video, part), csrf=csrf, template="Transcode:20", source="0")
        assert answer.status_code == 403
        assert f'action="{page_of(video, part)}"' not in (await person.get(page_of(video))).text
    assert (await person.get(page_of(video, "delete"))).status_code == 403
    assert "uploader" not in (await person.get(paths.MEDIA)).text
    assert await actions(desk, video) == [] and await desk.db.fetch_one("select from publication") is not None


async def test_forms_of_others_change_nothing(desk: Desk) -> None:
    """T23."""
    person, video = await desk.signed_in("admin"), await desk.video("PASS")
    for part in ("transcode", "publish", "withdraw", "delete"):
        foreign = await press(person, video, part, headers={"origin": "https://evil.example"})
        forged = await press(person, video, part, csrf="0" * 64)
        assert (foreign.status_code, forged.status_code) == (403, 403)
    assert await actions(desk, video) == []


async def test_an_application_that_is_off_is_left_as_it_is(desk: Desk) -> None:
    person, video = await desk.signed_in("admin"), await desk.video("PASS")
    await desk.db.execute("update sub_app set status = 'Off'")
    answer = await press(person, video, "withdraw")
    assert answer.status_code == 409 and "is Off" in answer.text
    assert await actions(desk, video) == []


async def test_texts_of_others_do_nothing(desk: Desk) -> None:
    """T23: in names, descriptions, tags, and what was typed."""
    person, video = await desk.signed_in("admin"), await desk.video("PASS")
    for text in (text.replace("\0", "") for text in HOSTILE):
        await desk.db.execute("update media set name = %s, description = %s, tags = %s", [text, text, [text]])
        found = paths.with_query(paths.MEDIA, q=text[:100], tag=text[:32])
        answers = [await person.get(path) for path in (page_of(video), page_of(video, "delete"), paths.MEDIA, found)]
        for answer in answers:
            assert answer.status_code == 200
            page = Page(answer.text)
            allowed = TAGS | {"option", "select", "optgroup", "pre", "hr", "h3"}
            assert {tag for tag, _ in page.tags} <= allowed, {tag for tag, _ in page.tags} - allowed
            for _, attrs in page.tags:
                assert not any(name.startswith("on") or name == "style" for name in attrs)
                assert all((attrs.get(name) or "/").startswith(("/", "#")) for name in ("href", "src", "action"))
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.text)
        assert plain(text) in Page(answers[0].text).text


def presets(kind: str) -> list[Template[Any]]:
    return [
        Template(definition=number, name=one.name, comment="", preset=True, settings=one.settings)
        for number, one in choices.KINDS[kind][1].presets.items()
    ]


@pytest.mark.parametrize(
    ("changed", "fit", "larger", "groups"),
    [
        ({}, {10, 20, 30, 220, 1100}, {40, 70}, ["mp4", "hls", "flv", "sound", "ImageSprite", "larger"]),
        ({"width": 720, "height": 1280}, {30}, {40}, ["mp4", "hls", "flv", "sound", "ImageSprite", "larger"]),
        ({"width": 640, "height": 360, "rotate": 90}, {20}, {30}, None),
        ({"width": 160, "height": 120, "audio": []}, {100800}, {10, 20, 30}, None),
        ({"video": [], "width": 0, "height": 0}, {1100}, set(), ["sound"]),
    ],
)
def test_templates_that_fit(changed: dict[str, Any], fit: set[int], larger: set[int], groups: list[str] | None) -> None:
    sound = {"codec": "aac", "bitrate": 64000, "sampling_rate": 44100, "channels": 2}
    source = msgspec.convert(metadata(1) | {"audio": [sound]} | changed, MediaMetadata)
    found = choices.groups({kind: presets(kind) for kind in ("Transcode", "ImageSprite")}, source)
    by_name = {group.name: {one.definition for one in group.choices} for group in found}
    too_large = by_name.pop(choices.LARGER, set())
    assert fit <= set().union(*by_name.values()) - too_large
    assert larger <= too_large
    if groups:
        assert [group.name for group in found] == groups
    if not source.audio:
        assert "sound" not in by_name
