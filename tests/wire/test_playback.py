"""Playback over TCP: published files with ranges and conditions, play-info, CORS."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import structlog.testing

from minivod.clock import FixedClock
from minivod.objects import LocalFile
from minivod.playback import stream
from minivod.playback.psign import create_psign
from minivod.store import accounts
from minivod.store.bell import WithdrawalBell

from ..unit.playback.stage import COVER, VIDEO, Answer, Stage, open_stage
from ..waiting import PATIENCE, until

OpenStage = Callable[..., AbstractAsyncContextManager[Stage]]
MIB = 1024 * 1024


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path / "objects") as opened:
        yield opened


@pytest.fixture
def stage_with(database_url: str, tmp_path: Path) -> OpenStage:
    def with_settings(**settings: Any) -> AbstractAsyncContextManager[Stage]:
        return open_stage(database_url, tmp_path / "objects", **settings)

    return with_settings


# --- files -----------------------------------------------------------------------------------------------


async def test_the_whole_file_and_its_head(stage: Stage) -> None:
    video = await stage.video()
    whole = await stage.get(video.url)
    assert (whole.status, whole.body) == (200, VIDEO)
    assert whole.header("content-length") == str(len(VIDEO))
    assert whole.header("content-type") == "video/mp4"
    assert whole.header("accept-ranges") == "bytes"
    assert whole.header("cache-control") == "no-cache"
    assert whole.header("x-content-type-options") == "nosniff"
    assert (whole.header("etag") or "").startswith('"')
    assert (whole.header("last-modified") or "").endswith(" GMT")
    head = await stage.get(video.url, method="HEAD", headers={"Range": "bytes=0-0"})
    assert head == Answer(200, whole.headers, b"")


async def test_the_etag_does_not_name_the_object(stage: Stage) -> None:
    etag = (await stage.get((await stage.video()).url)).header("etag")
    assert etag is not None and not any(etag.strip('"') in key or key in etag for key in stage.keys)


async def test_the_cover(stage: Stage) -> None:
    video = await stage.video()
    answer = await stage.get(video.cover_url)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, COVER, "image/jpeg")
    assert (await stage.get(video.cover_url, headers={"Range": "bytes=1-2"})).body == COVER[1:3]
    bare = await stage.video(cover=False)
    assert (await stage.get(bare.cover_url)).status == 404


async def test_the_result_of_a_template_has_its_own_name_only(stage: Stage) -> None:
    video = await stage.video(definition=100030)
    assert (await stage.get(f"{video.folder}/v.f100030.mp4")).body == VIDEO
    for name in ("f0.mp4", "v.f0.mp4", "v.f100010.mp4", "v.f0100030.mp4", "V.F100030.MP4"):
        assert (await stage.get(f"{video.folder}/{name}")).status == 404
    info = json.loads((await stage.get(video.play_info)).body)["media"]
    assert (info["audioVideoType"], "originalInfo" in info) == ("Transcode", False)
    assert info["transcodeInfo"]["url"] == f"https://vod.example/media{video.folder}/v.f100030.mp4"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=-7", len(VIDEO) - 7, None), ("bytes=9000-", 9000, None)],
)
async def test_a_range(stage: Stage, asked: str, start: int, end: int | None) -> None:
    video = await stage.video()
    answer = await stage.get(video.url, headers={"Range": asked})
    assert (answer.status, answer.body) == (206, VIDEO[start:end])
    last = (len(VIDEO) if end is None else end) - 1
    assert answer.header("content-range") == f"bytes {start}-{last}/{len(VIDEO)}"
    assert answer.header("content-length") == str(last + 1 - start)
    assert answer.header("etag") == (await stage.get(video.url)).header("etag")


async def test_a_range_outside_the_file(stage: Stage) -> None:
    answer = await stage.get((await stage.video()).url, headers={"Range": f"bytes={len(VIDEO)}-"})
    assert (answer.status, answer.body) == (416, b"")
    assert answer.header("content-range") == f"bytes */{len(VIDEO)}"


async def test_several_ranges_are_answered_with_the_whole_file(stage: Stage) -> None:
    answer = await stage.get((await stage.video()).url, headers={"Range": "bytes=0-1,5-6"})
    assert (answer.status, answer.body) == (200, VIDEO)


async def test_conditions(stage: Stage) -> None:
    video = await stage.video()
    first = await stage.get(video.url)
    etag, modified = first.header("etag") or "", first.header("last-modified") or ""
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        fresh = await stage.get(video.url, headers=headers)
        assert (fresh.status, fresh.body, fresh.header("etag")) == (304, b"", etag)
        assert fresh.header("cache-control") == "no-cache"
        assert fresh.header("content-length") is None
    part = {"Range": "bytes=0-9"}
    assert (await stage.get(video.url, headers=part | {"If-Range": etag})).status == 206
    assert (await stage.get(video.url, headers=part | {"If-Range": '"other"'})).status == 200
    assert (await stage.get(video.url, headers={"If-Match": '"other"'})).status == 412
    assert (await stage.get(video.url, headers={"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"})).status == 412


async def test_a_second_publication_is_another_file(stage: Stage) -> None:
    video = await stage.video()
    etag = (await stage.get(video.url)).header("etag") or ""
    await stage.publish_again(video, content=b"the second file")
    again = await stage.get(video.url, headers={"If-None-Match": etag, "Range": "bytes=0-3", "If-Range": etag})
    assert (again.status, again.body) == (200, b"the second file")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"])
async def test_other_methods(stage: Stage, method: str) -> None:
    video = await stage.video()
    answers = [await stage.get(target, method=method) for target in (video.url, video.play_info)]
    answers.append(await stage.get(video.url.replace(video.file_id, "5285485487985271487"), method=method))
    assert {answer.status for answer in answers} <= {405, 400}  # httptools itself refuses what is no method
    assert len({(answer.status, answer.headers, answer.body) for answer in answers}) == 1


async def test_options(stage: Stage) -> None:
    answer = await stage.get((await stage.video()).url, method="OPTIONS")
    assert (answer.status, answer.header("allow")) == (204, "GET, HEAD, OPTIONS")


async def test_a_lost_object_is_logged_and_not_found(stage: Stage) -> None:
    video = await stage.video()
    await stage.objects.delete(stage.keys[-1])
    lost, unknown = await stage.get(video.url), await stage.get(video.url.replace("/f0", "/f1"))
    assert lost == unknown


async def test_another_object_store(stage_with: OpenStage) -> None:
    async with stage_with(storage_url="memory:///") as stage:
        video = await stage.video(content=VIDEO * 500)
        assert (await stage.get(video.url)).body == VIDEO * 500
        assert (await stage.get(video.url, headers={"Range": "bytes=-5"})).body == VIDEO[-5:]
        assert (await stage.get(video.cover_url)).body == COVER
        await stage.objects.delete(stage.keys[-1])
        assert (await stage.get(video.url)).status == 404


async def test_requests_are_logged(stage: Stage) -> None:
    video = await stage.video()
    with structlog.testing.capture_logs() as lines:
        await stage.get(video.url, headers={"Range": "bytes=0-1"})
        await stage.get(f"/getplayinfo/v4/{'9' * 5000}/1?psign=secret")
    seen = [line for line in lines if line["event"] == "playback_request"]
    assert [(line["file_id"], line["status"], line["range"]) for line in seen] == [
        (video.file_id, 206, "bytes=0-1"),
        ("1", 200, ""),
    ]
    assert max(len(str(line)) for line in lines) < 1000
    assert all(line["request_id"] for line in lines)
    assert "psign=" not in str(lines)


# --- streams ---------------------------------------------------------------------------------------------


async def test_a_withdrawn_publication_ends_the_stream(stage: Stage) -> None:
    content = bytes(64 * MIB)
    video = await stage.video(content=content)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(f"GET {video.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert f"Content-Length: {len(content)}".encode() in head
    got = len(await reader.readexactly(MIB))
    await stage.withdraw(video)
    while piece := await reader.read(MIB):
        got += len(piece)
    writer.close()
    assert got < 16 * MIB  # what was in buffers, and at most what lies between two questions
    assert (await stage.get(video.url)).status == 404


@pytest.mark.parametrize(("kind", "end"), [("published", "reject"), ("result", "reject"), ("result", "forbid")])
async def test_a_rejection_ends_streams_that_nobody_reads(
    database_url: str, stage_with: OpenStage, kind: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte is sent that could bring the question about, and it is not asked by time: the bell does it."""
    monkeypatch.setattr(stream, "ASK_AGAIN_SECONDS", 3600)
    monkeypatch.setattr(stream, "FIRST_ASK_SECONDS", 3600)
    async with WithdrawalBell(database_url) as bell, stage_with(bell=bell) as stage:
        video = await stage.video(content=bytes(64 * MIB))
        made = await stage.result(video, "Transcode", 10, content=bytes(64 * MIB))
        url = video.url if kind == "published" else made.urls["video.mp4"]
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port, limit=MIB)
        writer.write(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        with structlog.testing.capture_logs() as logs:

            async def ended() -> bool:
                return any(line["event"] == "stream_ended_early" for line in logs)

            begun = time.monotonic()
            await (stage.forbid(video) if end == "forbid" else stage.say(video, "reject"))
            await until(ended, "the stream ends")
            assert time.monotonic() - begun < 10  # some hundredths of a second; the machine may be busy
        writer.close()
        assert (await stage.get(url)).status == 404


async def test_a_client_that_leaves_is_not_read_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    video = await stage.video(content=bytes(64 * MIB))
    read, ended = 0, asyncio.Event()
    original = LocalFile.bring

    async def counted(self: LocalFile, offset: int, count: int) -> None:
        nonlocal read
        read += count
        await original(self, offset, count)

    def closed(self: LocalFile, *_: object) -> None:
        original_exit(self)
        ended.set()

    original_exit = LocalFile.__exit__
    monkeypatch.setattr(LocalFile, "bring", counted)
    monkeypatch.setattr(LocalFile, "__exit__", closed)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(f"GET {video.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    await asyncio.wait_for(ended.wait(), PATIENCE)
    assert read < 32 * MIB


async def test_streams_do_not_hold_up_the_others(stage: Stage) -> None:
    """Four downloads of a large sparse file at once; meanwhile the loop answers."""
    size = 256 * MIB
    video = await stage.video(content=b"")
    path = stage.root / stage.keys[-1]
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(size)
    await stage.db.execute(
        "update publication set metadata = jsonb_set(metadata, '{size}', %s::text::jsonb) where file_id = %s",
        [str(size), video.file_id],
    )
    lag, stop = 0.0, asyncio.Event()

    async def download() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port, limit=4 * MIB)
        writer.write(f"GET {video.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        got = 0
        while got < size:
            got += len(await reader.read(4 * MIB))
        writer.close()
        return got

    async def watch() -> None:
        nonlocal lag
        while not stop.is_set():
            begun = time.thread_time()  # what the loop itself does between two turns, not what the machine does
            await asyncio.sleep(0.005)
            lag = max(lag, time.thread_time() - begun)

    watching = asyncio.create_task(watch())
    begun = time.perf_counter()
    assert await asyncio.gather(*(download() for _ in range(4))) == [size] * 4
    print(f"{4 * size / MIB / (time.perf_counter() - begun):.0f} MiB/s, greatest lag {lag * 1000:.0f} ms")
    stop.set()
    await watching
    assert lag < 0.5


async def test_one_connection_carries_many_requests(stage: Stage) -> None:
    video = await stage.video()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stage.port}", timeout=PATIENCE) as client:
        for start in range(50):
            answer = await client.get(video.url, headers={"Range": f"bytes={start}-{start + 9}"})
            assert (answer.status_code, answer.content) == (206, VIDEO[start : start + 10])
            assert (await client.head(video.url)).status_code == 200


async def test_ranges_in_one_piece_are_answered_in_order(stage: Stage) -> None:
    """Also of a file that is withdrawn between two of them, on the same connection."""
    video = await stage.video()
    starts = [0, 700, 3, 9000]
    asked = [f"GET {video.url} HTTP/1.1\r\nHost: x\r\nRange: bytes={at}-{at + 99}\r\n\r\n" for at in starts]
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write("".join(asked).encode())
    for at in starts:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert head.startswith(b"HTTP/1.1 206 ") and f"bytes {at}-{at + 99}/{len(VIDEO)}".encode() in head
        assert await asyncio.wait_for(reader.readexactly(100), PATIENCE) == VIDEO[at : at + 100]
    await stage.withdraw(video)
    writer.write(asked[0].encode())
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).startswith(b"HTTP/1.1 404 ")
    writer.close()


async def test_many_at_once_get_theirs_and_a_withdrawal_only_ends_its_own(stage: Stage) -> None:
    """Requests share a question to the database and an open file, and nothing else."""
    kept, gone = await stage.video(content=VIDEO * 100), await stage.video(content=VIDEO[::-1] * 100)
    answers = await asyncio.gather(*(stage.get(video.url) for video in [kept, gone] * 8))
    assert [answer.body for answer in answers] == [VIDEO * 100, VIDEO[::-1] * 100] * 8
    await stage.withdraw(gone)
    answers = await asyncio.gather(*(stage.get(video.url) for video in [kept, gone] * 8))
    assert [answer.status for answer in answers] == [200, 404] * 8


# --- CORS ------------------------------------------------------------------------------------------------


async def test_any_origin_by_default(stage: Stage) -> None:
    video = await stage.video()
    for target in (video.url, video.cover_url, video.play_info, "/1/2/3/4"):
        answer = await stage.get(target, headers={"Origin": "https://app.example"})
        assert answer.header("access-control-allow-origin") == "*"
        for name in ("Content-Range", "ETag", "Content-Length", "Accept-Ranges"):
            assert name in (answer.header("access-control-expose-headers") or "")
        assert (await stage.get(target)).header("access-control-allow-origin") is None


async def test_chosen_origins(stage_with: OpenStage) -> None:
    async with stage_with(cors_origins=["https://app.example"]) as stage:
        video = await stage.video()
        good = await stage.get(video.url, headers={"Origin": "https://app.example"})
        assert good.header("access-control-allow-origin") == "https://app.example"
        assert good.header("vary") == "Origin"
        other = await stage.get(video.url, headers={"Origin": "https://evil.example"})
        assert other.header("access-control-allow-origin") is None


async def test_preflight(stage: Stage) -> None:
    video = await stage.video()
    ask = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range",
    }
    answer = await stage.get(video.url, method="OPTIONS", headers=ask)
    assert (answer.status, answer.header("access-control-allow-headers")) == (200, "range")
    assert await stage.get(video.url.replace(video.file_id, "5285485487985271487"), method="OPTIONS", headers=ask) == (
        answer
    )
    refused = await stage.get(video.url, method="OPTIONS", headers=ask | {"Access-Control-Request-Method": "DELETE"})
    assert refused.status == 400


# --- play-info -------------------------------------------------------------------------------------------


async def test_play_info(stage: Stage) -> None:
    video = await stage.video(name="<img onerror> 视频")
    answer = await stage.get(f"{video.play_info}?subversion=1&context=abc")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert answer.header("cache-control") == "no-store"
    info = json.loads(answer.body)
    assert (info["code"], info["message"], info["version"], info["context"]) == (0, "", 4, "abc")
    assert info["media"]["basicInfo"] == {
        "name": "<img onerror> 视频",
        "size": len(VIDEO),
        "duration": 5,
        "description": "",
        "coverUrl": f"https://vod.example/media{video.cover_url}",
    }
    assert info["media"]["audioVideoType"] == "Original"
    assert info["media"]["originalInfo"]["url"] == f"https://vod.example/media{video.url}"
    assert set(info["media"]) == {"basicInfo", "audioVideoType", "originalInfo"}
    bare = await stage.video(cover=False)
    assert json.loads((await stage.get(bare.play_info)).body)["media"]["basicInfo"]["coverUrl"] == ""


async def test_what_players_read_is_there(stage: Stage) -> None:
    """The members, with their types, that the vendor's Android, iOS and Flutter players take from version 4."""
    info = json.loads((await stage.get((await stage.video()).play_info)).body)
    assert isinstance(info["code"], int) and isinstance(info["version"], int)
    assert isinstance(info["message"], str) and isinstance(info["requestId"], str)
    basic = info["media"]["basicInfo"]
    assert [type(basic[name]) for name in ("name", "description", "coverUrl", "duration")] == [str, str, str, int]
    assert isinstance(info["media"]["originalInfo"]["url"], str)


async def code(stage: Stage, target: str) -> tuple[int, str]:
    answer = await stage.get(target)
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    told = json.loads(answer.body)
    assert (told["code"] == 0) == ("media" in told) == (told["message"] == "")
    return told["code"], told["message"]


async def test_psign(stage_with: OpenStage) -> None:
    clock = FixedClock(1_800_000_000)
    async with stage_with(clock=clock, require_psign=True) as stage:
        video = await stage.video()
        key = await stage.play_key()
        signature = create_psign(key, app_id=video.app_id, file_id=video.file_id, lifetime=60, now=clock.now())
        assert await code(stage, f"{video.play_info}?psign={signature}") == (0, "")
        for psign in ("", "?psign="):
            assert (await code(stage, video.play_info + psign))[0] == 403
        assert (await code(stage, f"{video.play_info}?psign={signature}&psign={signature}"))[0] == 400
        assert (await code(stage, f"{video.play_info}?psign={signature[:-3]}abc"))[0] == 403
        other = await stage.video()
        assert (await code(stage, f"{other.play_info}?psign={signature}"))[0] == 403
        clock.advance(360)
        assert (await code(stage, f"{video.play_info}?psign={signature}"))[0] == 0
        clock.advance(1)
        assert await code(stage, f"{video.play_info}?psign={signature}") == (
            403,
            "psign has expired: expireTimeStamp was 301 s ago",
        )


async def test_a_psign_that_is_given_must_be_valid(stage: Stage) -> None:
    video = await stage.video()
    assert (await code(stage, video.play_info))[0] == 0
    assert (await code(stage, f"{video.play_info}?psign=nonsense"))[0] == 403


async def test_a_psign_for_another_form(stage: Stage) -> None:
    video = await stage.video()
    signature = create_psign(await stage.play_key(), app_id=video.app_id, file_id=video.file_id, definition=10)
    refused = await code(stage, f"{video.play_info}?psign={signature}")
    assert refused == (
        404,
        "psign asks for contentInfo.audioVideoType Transcode with transcodeDefinition 10; published is Original",
    )
    transcoded = await stage.video(definition=10)
    signature = create_psign(await stage.play_key(), app_id=video.app_id, file_id=transcoded.file_id, definition=10)
    assert (await code(stage, f"{transcoded.play_info}?psign={signature}"))[0] == 0


async def test_applications_of_an_account(stage: Stage) -> None:
    async with stage.db.transaction() as connection:
        sub_app = await accounts.create_sub_app(connection, stage.app_id, "second")
    video = await stage.video(sub_app_id=sub_app.sub_app_id)
    default, own = await stage.play_key(), sub_app.play_key
    by_sub_app = f"/getplayinfo/v4/{sub_app.sub_app_id}/{video.file_id}"
    assert (await code(stage, video.play_info))[0] == 0
    assert (await code(stage, by_sub_app))[0] == 0  # the reference's players are given the SubAppId
    for target, app_id in ((video.play_info, stage.app_id), (by_sub_app, sub_app.sub_app_id)):
        good = create_psign(own, app_id=app_id, file_id=video.file_id)
        assert (await code(stage, f"{target}?psign={good}"))[0] == 0
        foreign = create_psign(default, app_id=app_id, file_id=video.file_id)
        assert (await code(stage, f"{target}?psign={foreign}"))[0] in (403, 404)


async def test_without_a_database(stage: Stage) -> None:
    video = await stage.video()
    await stage.db.close()
    for target in (video.url, video.play_info):
        answer = await stage.get(target)
        assert (answer.status, answer.header("retry-after"), answer.body) == (503, "5", b"")
