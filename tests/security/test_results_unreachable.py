"""T22 for what tasks made: it plays if the review has seen what it shows, and only while the publication stands."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest

from minivod.playback.psign import ContentInfo
from minivod.processing.makers import MAKERS
from minivod.processing.step import COVER
from minivod.store import accounts, applications, media, results
from minivod.store.results import ADAPTIVE, TRANSCODE

from ..unit.playback.stage import HLS, SAID, SAY_YES, Made, Stage, Video, sign
from ..waiting import PATIENCE

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "MP4": (TRANSCODE, {}),
    "HLS": (TRANSCODE, {"files": HLS}),
    "adaptive": (ADAPTIVE, {}),
    "sprite": ("ImageSprite", {}),
    "snapshots": ("SnapshotByTimeOffset", {}),
    "samples": ("SampleSnapshot", {}),
    "animated": ("AnimatedGraphics", {}),
}
MADE: dict[str, dict[str, Any]] = {
    "whole": {},
    "changed": {"whole": False},
    "of another source": {"source_key": "vod_upload/1/other.mp4"},
    "changed, of another source": {"whole": False, "source_key": "vod_upload/1/other.mp4"},
}
STATES = ("NONE", "RUNNING", "REJECTED", "FAILED", "PASS", "WITHDRAWN", "EXPIRED", "FORBIDDEN")
pytestmark = pytest.mark.asyncio(loop_scope="module")
NOBODY = "5285485487985271487"
DEFINITION = 100


def secrets(made: Made) -> set[bytes]:
    return {made.content(name)[:20] for name in made.files} | {b"result/", b"adp.", b"sprite.", b"v.f"}


ASKED: list[tuple[str, dict[str, str]]] = [
    ("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-9"}), ("GET", {"If-None-Match": "*"}),
    ("GET", {"Origin": "https://app.example"}), ("OPTIONS", {}), ("POST", {}),
]  # fmt: skip


async def plays(stage: Stage, made: Made) -> set[bool]:
    """Whether its files can be fetched, each in every way; one that cannot is as if the video had never been."""
    seen: set[bool] = set()
    for method, headers in ASKED:
        nothing = next(iter(made.urls.values())).replace(made.video.file_id, NOBODY)
        asked = [stage.get(url, method=method, headers=headers) for url in (nothing, *made.urls.values())]
        unknown, *answers = await asyncio.gather(*asked)  # questions that come together share a query
        for name, answer in zip(made.urls, answers, strict=True):
            if method not in ("GET", "HEAD"):
                assert answer == unknown
                continue
            assert unknown.status == 404
            seen.add(answer != unknown)
            if answer == unknown:
                assert not any(one in answer.body for one in secrets(made))
            elif method == "GET" and not headers:
                assert (answer.status, answer.body) == (200, made.content(name))
    return seen


async def test_every_kind_that_is_made_is_here() -> None:
    """A cover is none of them: it plays with what is published, and in no other way."""
    assert {kind for kind, _ in KINDS.values()} == MAKERS.keys() - {COVER}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
async def test_states_and_kinds(stage: Stage, state: str, kind: str) -> None:
    """The matrix: only a whole result of the reviewed source plays, and only while the publication stands."""
    video = await stage.video(state)
    named, options = KINDS[kind]
    for number, (how, more) in enumerate(MADE.items()):
        made = await stage.result(video, named, DEFINITION + number, **options | more)
        assert await plays(stage, made) == {state == "PASS" and how == "whole"}, how


@pytest.mark.parametrize("state", SAID)
async def test_the_operators_word(stage: Stage, state: str) -> None:
    """It holds for the results of a video as for what was published, and frees nothing that shows something else."""
    video = await stage.video(state)
    for number, (how, more) in enumerate(MADE.items()):
        made = await stage.result(video, ADAPTIVE, DEFINITION + number, **more)
        assert await plays(stage, made) == {state in SAY_YES and how == "whole"}, how
    assert ((await stage.get(video.url)).status == 200) == (state in SAY_YES)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_review_of_the_published_file_alone_frees_nothing_else(stage: Stage, kind: str) -> None:
    named, options = KINDS[kind]
    video = await stage.video(reviewed_source=None)
    assert await plays(stage, await stage.result(video, named, DEFINITION, **options)) == {False}
    assert (await stage.get(video.url)).status == 200


@pytest.mark.parametrize("kind", KINDS)
async def test_accounts_and_deletions(own_stage: Stage, kind: str) -> None:
    stage = own_stage
    named, options = KINDS[kind]
    video = await stage.video()
    made = await stage.result(video, named, DEFINITION, **options)
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=False)
    assert await plays(stage, made) == {False}
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=True)
    for status, playing in (("Off", False), ("Destroying", False), ("Destroyed", False), ("On", True)):
        async with stage.db.transaction() as connection:
            await applications.set_status(connection, video.sub_app_id, status)
        assert await plays(stage, made) == {playing}
    async with stage.db.transaction() as connection:
        await media.delete(connection, video.sub_app_id, video.file_id)
    assert await plays(stage, made) == {False}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_deleted_result(stage: Stage, kind: str) -> None:
    named, options = KINDS[kind]
    video = await stage.video()
    made, other = [await stage.result(video, named, DEFINITION + number, **options) for number in range(2)]
    async with stage.db.transaction() as connection:
        await results.delete(connection, video.sub_app_id, video.file_id, named, DEFINITION)
    assert await plays(stage, made) == {False}
    assert await plays(stage, other) == {True}
    assert (await stage.get(video.url)).status == 200


async def test_the_parts_of_an_address_must_fit(stage: Stage) -> None:
    video, other = await stage.video(), await stage.video()
    made = await stage.result(video, ADAPTIVE, 10)
    foreign = await stage.result(other, ADAPTIVE, 10, files=["master.m3u8", "foreign.m4s"])
    second = await stage.result(video, ADAPTIVE, 20, files=["master.m3u8", "second.m4s"])
    cut = await stage.result(video, ADAPTIVE, 30, files=["master.m3u8", "cut.m4s"], whole=False)
    hls = await stage.result(video, TRANSCODE, 210, files=HLS)
    unknown = await stage.get(f"{video.folder}/f9.mp4")
    assert unknown.status == 404
    segment = made.url("0-0.m4s")
    assert (await stage.get(segment)).status == 200
    async with stage.db.transaction() as connection:
        stranger = await accounts.create_account(connection)
    for target in (
        segment.replace(str(video.app_id), str(stranger)),
        segment.replace(video.directory, other.directory),
        segment.replace(video.file_id, other.file_id),
        segment.replace("adp.10", "adp.20"),
        segment.replace("adp.10", "adp.010"),
        segment.replace("adp.10", "adp.+10"),
        segment.replace("adp.10", "adp.%D9%A1%D9%A0"),
        segment.replace("adp.10", "adp." + "9" * 400),
        segment.replace("adp.10", "adp."),
        segment.replace("adp.10", "ADP.10"),
        segment.replace("adp.10", "adp.10.mp4"),
        segment.replace("adp.10", "sprite.10"),
        segment.replace("adp.10", "v.f10"),
        segment.replace("adp.10", "v.f210"),
        made.url("foreign.m4s"), made.url("second.m4s"), made.url("cut.m4s"), made.url("1.ts"),
        made.url("0-1.m4s"), made.url("0-0.m4"), made.url("0-0.m4ss"), made.url("0-0.M4S"), made.url("ow/0.ts"),
        made.url("low"), made.url("low/"), made.url("low//0.ts"), made.url(""), made.url("%"),
        made.url("_"), made.url("*"),
        f"{video.folder}/adp.10", f"{video.folder}/adp.10.m3u8", f"{video.folder}/v.f210.m3u8",
        f"{video.folder}/v.f210.ts", f"{video.folder}/v.f210",
        cut.url("master.m3u8"), cut.url("cut.m4s"),
        foreign.url("foreign.m4s").replace(other.file_id, video.file_id),
        foreign.url("foreign.m4s").replace(other.folder, video.folder),
        second.url("second.m4s").replace("adp.20", "adp.10"),
        hls.url("0.ts").replace("v.f210", "adp.210"),
    ):  # fmt: skip
        assert await stage.get(target) == unknown, target


TRICKS: dict[str, Callable[[str], str]] = {
    "two dots": lambda url: url.replace("0-0", "../adp.10/0-0"),
    "encoded dots": lambda url: url.replace("0-0", "%2e%2e/adp.10/0-0"),
    "all encoded": lambda url: url.replace("0-0", "%2e%2e%2fadp.10%2f0-0"),
    "encoded twice": lambda url: url.replace("0-0", "%252e%252e%252fadp.10%252f0-0"),
    "to another result": lambda url: url.replace("0-0.m4s", "../adp.20/second.m4s"),
    "to another result, encoded": lambda url: url.replace("0-0.m4s", "%2e%2e%2fadp.20%2fsecond.m4s"),
    "to the cut one": lambda url: url.replace("0-0.m4s", "..%2fadp.30/cut.m4s"),
    "to its object": lambda url: url.replace("0-0.m4s", "{cut}"),
    "absolute": lambda url: url.replace("0-0.m4s", "/etc/passwd"),
    "absolute, encoded": lambda url: url.replace("0-0.m4s", "%2fetc%2fpasswd"),
    "out of the root": lambda url: url.replace("0-0.m4s", "../../../../../../../../etc/passwd"),
    "one dot": lambda url: url.replace("0-0", "./0-0"),
    "slash in front": lambda url: url.replace("0-0", "/0-0"),
    "slash at the end": lambda url: url + "/",
    "backslash": lambda url: url.replace("0-0.m4s", "..%5cadp.20%5csecond.m4s"),
    "NUL": lambda url: url + "%00",
    "NUL inside": lambda url: url.replace("0-0", "0%000"),
    "line feed": lambda url: url + "%0a",
    "no UTF-8": lambda url: url + "%ff%fe",
    "quote": lambda url: url + "'--",
    "semicolon": lambda url: url + ";x=1",
    "long": lambda url: url + "x" * 3000,
    "full width": lambda url: url.replace("0-0", "%EF%BC%90-0"),
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_tricks_with_names(stage: Stage, trick: str) -> None:
    video = await stage.video()
    made = await stage.result(video, ADAPTIVE, 10)
    second = await stage.result(video, ADAPTIVE, 20, files=["master.m3u8", "second.m4s"])
    cut = await stage.result(video, ADAPTIVE, 30, files=["master.m3u8", "cut.m4s"], whole=False)
    target = TRICKS[trick](made.url("0-0.m4s")).replace("{cut}", cut.key("cut.m4s"))
    answer = await stage.get(target)
    assert answer.status == 404, target
    assert not any(one.content(name)[:20] in answer.body for one in (made, second, cut) for name in one.files)


async def test_objects_cannot_be_asked_for_by_their_names(own_stage: Stage) -> None:
    stage = own_stage
    video = await stage.video(files=HLS, definition=210)
    made = await stage.result(video, ADAPTIVE, 10)
    for key in (*stage.keys, *map(made.key, made.files)):
        for target in (
            f"/{key}",
            f"/objects/{key}",
            f"/1/2/3/{key}",
            f"/{stage.app_id}/{key}",
            f"{video.folder}/{key}",
        ):
            assert (await stage.get(target)).status in (403, 404), target


# --- HLS that is published -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [*STATES, *SAID])
async def test_published_hls(stage: Stage, state: str) -> None:
    video = await stage.video(state, definition=210, files=HLS, reviewed_source=None)
    for name in (*HLS, "2.ts", "index.mp4"):
        url = f"{video.folder}/v.f210/{name}"
        answer = await stage.get(url)
        if state in ("PASS", *SAY_YES) and name in HLS:
            assert (answer.status, len(answer.body) > 0) == (200, True)
        else:
            assert answer == await stage.get(url.replace(video.file_id, NOBODY))
    for name in ("f0.mp4", "v.f210.mp4", "v.f210.m3u8", "v.f220/index.m3u8", "adp.210/index.m3u8", "v.f210"):
        assert (await stage.get(f"{video.folder}/{name}")).status == 404


async def test_a_transcode_made_anew_does_not_take_the_place_of_the_published_one(stage: Stage) -> None:
    video = await stage.video(definition=210, files=HLS, content=b"published")
    made = await stage.result(video, TRANSCODE, 210, files=[*HLS, "2.ts"])
    for name in HLS:
        assert (await stage.get(made.url(name))).body == b"published"
    one = await stage.video(definition=10, content=b"published")
    again = await stage.result(one, TRANSCODE, 10)
    assert (await stage.get(again.url("video.mp4"))).body == b"published"


# --- play-info -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("how", MADE)
async def test_play_info_of_results(stage: Stage, state: str, how: str) -> None:
    video = await stage.video(state)
    await stage.result(video, TRANSCODE, 10, **MADE[how])
    await stage.result(video, TRANSCODE, 210, files=HLS, **MADE[how])
    await stage.result(video, ADAPTIVE, 10, **MADE[how])
    await stage.result(video, "ImageSprite", 10, **MADE[how])
    for content in (
        ContentInfo("Transcode", 10, imageSpriteDefinition=10),
        ContentInfo("Transcode", 210),
        ContentInfo("RawAdaptive", rawAdaptiveDefinition=10),
    ):
        answer = await stage.get(f"{video.play_info}?psign={await sign(stage, video, content)}")
        expected = state == "PASS" and how == "whole"
        assert (b'"code":0' in answer.body) == expected
        assert (b"media" in answer.body) == expected
        assert (b"https://" in answer.body) == expected
    plain = await stage.get(video.play_info)
    assert (b"sprite.10" in plain.body) == (state == "PASS" and how == "whole")


# --- withdrawn while open ------------------------------------------------------------------------------------


ENDS = ("withdrawn", "deleted", "forbidden", "disabled", "off", "published anew")


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        *((kind, end) for kind in ("MP4", "HLS", "adaptive") for end in (*ENDS, "made anew")),
        *(("published", end) for end in ENDS),
    ],
)
async def test_a_stream_ends_with_the_publication(own_stage: Stage, kind: str, end: str) -> None:
    stage = own_stage
    size = 64 * 1024 * 1024
    if kind == "published":
        video = await stage.video(definition=210, files=HLS, reviewed_source=None)
        key = next(key for key in stage.keys if key.endswith("/0.ts"))
        url = f"{video.folder}/v.f210/0.ts"
    else:
        video = await stage.video()
        named, options = KINDS[kind]
        made = await stage.result(video, named, DEFINITION, **options)
        name = made.files[-1]
        key, url = made.key(name), made.url(name)
    os.truncate(stage.root / key, size)  # nothing has to be written for it
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    assert head.startswith(b"HTTP/1.1 200")
    if end == "withdrawn":
        await stage.withdraw(video)
    elif end == "forbidden":
        await stage.forbid(video)
    elif end == "disabled":
        await accounts.set_account_enabled(stage.db, stage.app_id, enabled=False)
    elif end == "off":
        async with stage.db.transaction() as connection:
            await applications.set_status(connection, video.sub_app_id, "Off")
    elif end == "published anew":
        await stage.publish_again(video, definition=210, files=HLS, reviewed_source=None)
    else:
        await _delete(stage, video, None if end == "deleted" else KINDS[kind][0])
    received = 0
    while chunk := await asyncio.wait_for(reader.read(1024 * 1024), PATIENCE):
        received += len(chunk)
    writer.close()
    assert received < size


async def _delete(stage: Stage, video: Video, kind: str | None) -> None:
    async with stage.db.transaction() as connection:
        if kind is None:
            await media.delete(connection, video.sub_app_id, video.file_id)
        else:
            await results.delete(connection, video.sub_app_id, video.file_id, kind, DEFINITION)
