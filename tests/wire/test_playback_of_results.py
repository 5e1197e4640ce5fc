"""Playback of what tasks made: types, ranges, conditions, ways of delivery, and what play-info says of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from minivod.playback.psign import ContentInfo
from minivod.store import publications, results
from minivod.store.results import ADAPTIVE, TRANSCODE

from ..unit.playback.stage import HLS, Answer, Made, Stage, Video, open_stage, sign

BASE = "https://vod.example/media"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


async def read(stage: Stage, made: Made, name: str, method: str = "GET", **headers: str) -> Answer:
    return await stage.get(made.url(name), method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})


TYPES = {
    "m3u8": "application/vnd.apple.mpegurl", "ts": "video/mp2t", "m4s": "video/mp4", "mp4": "video/mp4",
    "vtt": "text/vtt", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "flac": "audio/flac", "ogg": "audio/ogg", "wav": "audio/wav",
    "flv": "video/x-flv", "bin": "application/octet-stream",
}  # fmt: skip


async def test_types(stage: Stage) -> None:
    video = await stage.video()
    made = await stage.result(video, ADAPTIVE, 10, files=[f"a.{ending}" for ending in TYPES])
    for ending, kind in TYPES.items():
        answer = await read(stage, made, f"a.{ending}")
        assert (answer.status, answer.body) == (200, made.content(f"a.{ending}"))
        assert (answer.header("content-type"), answer.header("x-content-type-options")) == (kind, "nosniff")


@pytest.mark.parametrize("ending", ["mp4", "flv", "mp3", "m4a", "flac", "ogg", "wav"])
async def test_a_transcode_of_one_file_has_its_own_ending_only(stage: Stage, ending: str) -> None:
    video = await stage.video()
    made = await stage.result(video, TRANSCODE, 30, files=[f"made.{ending}"])
    assert made.url(f"made.{ending}") == f"{video.folder}/v.f30.{ending}"
    answer = await read(stage, made, f"made.{ending}")
    assert (answer.body, answer.header("content-type")) == (made.content(f"made.{ending}"), TYPES[ending])
    for name in (f"v.f30/made.{ending}", "v.f30", "v.f30.", "v.f30.mkv", f"v.f30.{ending}x", f"v.f31.{ending}"):
        assert (await stage.get(f"{video.folder}/{name}")).status == 404, name


async def test_ranges_heads_conditions_and_origins(stage: Stage) -> None:
    made = await stage.result(await stage.video(), ADAPTIVE, 10)
    name = "low/0.ts"
    content = made.content(name)
    whole = await read(stage, made, name, origin="https://app.example")
    assert whole.header("access-control-allow-origin") == "*"
    assert (whole.header("cache-control"), whole.header("accept-ranges")) == ("no-cache", "bytes")
    part = await read(stage, made, name, range="bytes=3-9")
    assert (part.status, part.body) == (206, content[3:10])
    assert part.header("content-range") == f"bytes 3-9/{len(content)}"
    assert (await read(stage, made, name, range=f"bytes={len(content)}-")).status == 416
    head = await read(stage, made, name, "HEAD")
    assert (head.status, head.header("content-length"), head.body) == (200, str(len(content)), b"")
    etag = whole.header("etag") or ""
    assert (await read(stage, made, name, if_none_match=etag)).status == 304
    assert (await read(stage, made, name, if_modified_since=whole.header("last-modified") or "")).status == 304
    assert (await read(stage, made, name, if_match='"other"')).status == 412
    assert (await read(stage, made, "0.m3u8")).header("etag") != etag
    ask = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    assert (await stage.get(made.url(name), method="OPTIONS", headers=ask)).status == 200
    assert (await read(stage, made, name, "PUT")).status == 405


async def test_a_lost_object_is_like_none(stage: Stage) -> None:
    made = await stage.result(await stage.video(), ADAPTIVE, 10)
    await stage.objects.delete(made.key("0.m3u8"))
    for method in ("GET", "HEAD"):
        assert await read(stage, made, "0.m3u8", method) == await read(stage, made, "9.m3u8", method)


async def test_a_request_asks_the_database_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await stage.result(await stage.video(), ADAPTIVE, 10)
    asked: list[str] = []
    fetch_all, fetch_one = type(stage.db).fetch_all, type(stage.db).fetch_one

    async def counted(db: Any, query: Any, *args: Any) -> Any:
        asked.append(query)
        return await fetch_all(db, query, *args)

    async def counted_one(db: Any, query: Any, *args: Any) -> Any:
        asked.append(query)
        return await fetch_one(db, query, *args)

    monkeypatch.setattr(type(stage.db), "fetch_all", counted)
    monkeypatch.setattr(type(stage.db), "fetch_one", counted_one)
    for name in made.files:
        asked.clear()
        assert (await read(stage, made, name)).status == 200
        assert len(asked) == 1


async def test_published_hls(stage: Stage) -> None:
    video = await stage.video(definition=210, files=HLS, content=b"a part")
    for name, kind in zip(HLS, ("application/vnd.apple.mpegurl", "video/mp2t", "video/mp2t"), strict=True):
        answer = await stage.get(f"{video.folder}/v.f210/{name}")
        assert (answer.status, answer.body, answer.header("content-type")) == (200, b"a part", kind)
    assert (await stage.get(f"{video.folder}/v.f210/1.ts", headers={"Range": "bytes=2-3"})).body == b"pa"
    told = await media_of(stage, video)
    assert told["audioVideoType"] == "Transcode"
    assert told["transcodeInfo"]["url"] == f"{BASE}{video.folder}/v.f210/{HLS[0]}"


async def test_an_nginx_is_told_the_object(database_url: str, tmp_path: Path) -> None:
    async with open_stage(database_url, tmp_path / "objects", by_nginx="/inner") as stage:
        made = await stage.result(await stage.video(), ADAPTIVE, 10)
        for name, kind in (("master.m3u8", "application/vnd.apple.mpegurl"), ("low/0.ts", "video/mp2t")):
            answer = await read(stage, made, name)
            assert answer.header("x-accel-redirect") == f"/inner/{made.key(name)}"
            assert (answer.header("content-type"), answer.body) == (kind, b"")


# --- deletions -----------------------------------------------------------------------------------------------


async def test_deleted_results_leave_the_published_files(stage: Stage) -> None:
    """DeleteMedia of the transcodes: what was published of them is a copy of its own."""
    video = await stage.video(definition=210, files=HLS, content=b"a part")
    await stage.result(video, TRANSCODE, 210, files=HLS)
    ladder = await stage.result(video, ADAPTIVE, 10)
    async with stage.db.transaction() as connection:
        await results.delete(connection, video.sub_app_id, video.file_id, TRANSCODE, 0)
        await results.delete(connection, video.sub_app_id, video.file_id, ADAPTIVE, 0)
    for name in HLS:
        assert (await stage.get(f"{video.folder}/v.f210/{name}")).body == b"a part"
    assert (await read(stage, ladder, "master.m3u8")).status == 404
    assert (await media_of(stage, video))["audioVideoType"] == "Transcode"
    doomed = {row["object_key"] for row in await stage.db.fetch_all("select object_key from doomed_object")}
    assert not doomed & set(stage.keys)


async def test_a_withdrawal_dooms_every_file(stage: Stage) -> None:
    video = await stage.video(definition=210, files=[*HLS, "low/2.ts"])
    async with stage.db.transaction() as connection:
        assert await publications.withdraw(connection, video.sub_app_id, video.file_id) == "PASS"
    doomed = {row["object_key"] for row in await stage.db.fetch_all("select object_key from doomed_object")}
    assert len(stage.keys) == 4 and set(stage.keys) < doomed
    assert all(key.startswith(f"published/{video.file_id}/") for key in doomed) and len(doomed) == 5


# --- play-info -----------------------------------------------------------------------------------------------


async def info(stage: Stage, video: Video, content: ContentInfo | None = None, *, signed: bool = True) -> Any:
    query = f"?psign={await sign(stage, video, content)}" if signed else ""
    return json.loads((await stage.get(video.play_info + query)).body)


async def media_of(stage: Stage, video: Video) -> Any:
    told = await info(stage, video, signed=False)
    assert told["code"] == 0
    return told["media"]


async def test_play_info_of_an_adaptive_result(stage: Stage) -> None:
    video = await stage.video()
    made = await stage.result(video, ADAPTIVE, 10)
    sprite = await stage.result(video, "ImageSprite", 20)
    told = await info(stage, video, ContentInfo("RawAdaptive", rawAdaptiveDefinition=10, imageSpriteDefinition=20))
    assert (told["code"], told["version"]) == (0, 4)
    media = told["media"]
    assert set(media) == {"basicInfo", "audioVideoType", "streamingInfo", "imageSpriteInfo"}
    assert media["audioVideoType"] == "RawAdaptive"
    assert (media["basicInfo"]["size"], media["basicInfo"]["duration"]) == (9000, 5)
    assert media["streamingInfo"] == {
        "plainOutput": {
            "type": "hls",
            "url": f"{BASE}{made.url('master.m3u8')}",
            "subStreams": [
                {"type": "video", "width": 640, "height": 360},
                {"type": "video", "width": 1280, "height": 720},
            ],
        }
    }
    assert media["imageSpriteInfo"] == {
        "imageUrls": [f"{BASE}{sprite.url('0.png')}"],
        "webVttUrl": f"{BASE}{sprite.url('sprite.vtt')}",
    }
    for url in (media["streamingInfo"]["plainOutput"]["url"], media["imageSpriteInfo"]["webVttUrl"]):
        assert (await stage.get(url.removeprefix(BASE))).status == 200


async def test_play_info_of_transcodes(stage: Stage) -> None:
    video = await stage.video()
    for definition, made in (
        (10, await stage.result(video, TRANSCODE, 10)),
        (210, await stage.result(video, TRANSCODE, 210, files=HLS)),
    ):
        told = await info(stage, video, ContentInfo("Transcode", definition))
        assert told["media"]["audioVideoType"] == "Transcode"
        where = told["media"]["transcodeInfo"]
        assert (where["url"], where["definition"]) == (f"{BASE}{made.url(made.files[0])}", definition)
        assert (await stage.get(where["url"].removeprefix(BASE))).body == made.content(made.files[0])
    original = await info(stage, video, ContentInfo("Original"))
    assert original["media"]["originalInfo"]["url"] == f"{BASE}{video.url}"


async def test_sprites_in_play_info(stage: Stage) -> None:
    video = await stage.video()
    assert "imageSpriteInfo" not in await media_of(stage, video)
    await stage.result(video, "ImageSprite", 10, whole=False)
    await stage.result(video, "ImageSprite", 20)
    await stage.result(video, "ImageSprite", 30)
    assert "/sprite.20/" in (await media_of(stage, video))["imageSpriteInfo"]["webVttUrl"]
    assert "/sprite.20/" in (await info(stage, video))["media"]["imageSpriteInfo"]["webVttUrl"]
    for definition, shown in ((None, None), (10, None), (30, "/sprite.30/"), (40, None), (0, None)):
        told = await info(stage, video, ContentInfo("Original", imageSpriteDefinition=definition))
        assert told["code"] == 0
        assert ("imageSpriteInfo" in told["media"]) == (shown is not None), definition
        assert shown is None or shown in told["media"]["imageSpriteInfo"]["webVttUrl"]


REFUSED = {
    "Transcode": ContentInfo("Transcode"),
    "Transcode with transcodeDefinition 11": ContentInfo("Transcode", 11),
    "RawAdaptive": ContentInfo("RawAdaptive"),
    "RawAdaptive ": ContentInfo("RawAdaptive", rawAdaptiveDefinition=0),
    "RawAdaptive with rawAdaptiveDefinition 11": ContentInfo("RawAdaptive", rawAdaptiveDefinition=11),
    f"RawAdaptive with rawAdaptiveDefinition {2**63 - 1}": ContentInfo("RawAdaptive", rawAdaptiveDefinition=2**63 - 1),
    "ProtectedAdaptive": ContentInfo("ProtectedAdaptive", rawAdaptiveDefinition=10),
}


@pytest.mark.parametrize("asked", REFUSED)
async def test_forms_that_do_not_play_are_refused_with_what_is_published(stage: Stage, asked: str) -> None:
    video = await stage.video()
    await stage.result(video, TRANSCODE, 10)
    await stage.result(video, ADAPTIVE, 10)
    told = await info(stage, video, REFUSED[asked])
    assert (told["code"], "media" in told) == (404, False)
    assert told["message"] == f"psign asks for contentInfo.audioVideoType {asked.strip()}; published is Original"


@pytest.mark.parametrize("member", ["transcodeDefinition", "rawAdaptiveDefinition", "imageSpriteDefinition"])
@pytest.mark.parametrize("value", [-1, 2**63])
async def test_numbers_that_are_no_template(stage: Stage, member: str, value: int) -> None:
    told = await info(stage, await stage.video(), ContentInfo("Transcode", **{member: value}))
    assert (told["code"], member in told["message"]) == (403, True)
