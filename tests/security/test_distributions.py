"""Who may play what: every distribution with every state of a video, every kind of file and every route (T22, T21)."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from minivod.media.sandbox import run_trusted
from minivod.media.tools import ffmpeg_path
from minivod.playback.files import Files
from minivod.playback.psign import ContentInfo, UrlAccessInfo
from minivod.playback.rules import Asked
from minivod.store import accounts, applications, decisions
from minivod.store.bell import WithdrawalBell
from minivod.store.database import Database
from minivod.store.playable_reader import PlayableReader
from minivod.store.playables import Address
from minivod.store.results import ADAPTIVE, TRANSCODE

from ..databases import Databases
from ..unit.playback.stage import (
    COVER,
    RAW_COVER,
    SAID,
    SAY_YES,
    SOURCE,
    SUBTITLE,
    VIDEO,
    Answer,
    Made,
    Stage,
    Video,
    linked,
    open_stage,
    sign,
)
from ..waiting import PATIENCE, until
from .test_results_unreachable import KINDS as REVIEWED_KINDS

DISTRIBUTIONS = ("published", "signed", "open")
STATES = ("NONE", "RUNNING", "REJECTED", "FAILED", "PASS", "WITHDRAWN", "EXPIRED", "FORBIDDEN", *SAID)
REFUSED = {"REJECTED", "WITHDRAWN", "EXPIRED", "FORBIDDEN", *SAID} - {*SAY_YES}
STANDS = {"PASS", *SAY_YES}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    **REVIEWED_KINDS,
    "changed": (TRANSCODE, {"whole": False}),
    "of another source": (ADAPTIVE, {"source_key": "vod_upload/1/other.mp4"}),
}
ASKED: list[tuple[str, dict[str, str]]] = [
    ("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"}), ("GET", {"If-None-Match": "*"}),
    ("GET", {"Origin": "https://app.example"}),
]  # fmt: skip
NOBODY = "5285485487985271487"
NGINX = "/internal"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class World:
    """Servers on one database, also with other ways of delivery, and an application of each distribution."""

    stage: Stage
    nginx: Stage
    redirect: Stage
    applications: dict[str, int]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    root = tmp_path_factory.mktemp("world") / "objects"
    with databases.lent() as url:
        async with (
            open_stage(url, root) as stage,
            open_stage(url, root, by_nginx=NGINX) as nginx,
            open_stage(url, root, by_redirect=300) as redirect,
        ):
            redirect.objects.signed_url = presigned  # type: ignore[method-assign]
            yield World(stage, nginx, redirect, {one: await stage.application(one) for one in DISTRIBUTIONS})


async def presigned(key: str, method: str, lifetime: float) -> str:
    """In place of an object store that can sign."""
    return f"https://store.example/{key}?method={method}&lifetime={lifetime:g}"


def plays(distribution: str, state: str, kind: str) -> bool:
    """The rule in one place: what stands plays; where not only that plays, all that was not refused."""
    if distribution == "published":
        return state in STANDS and kind not in ("changed", "of another source")
    return state not in REFUSED


def contents(video: Video, made: dict[str, Made], distribution: str, state: str) -> dict[str, dict[str, bytes]]:
    """Every file of the video by its address, with what it holds, by its kind."""
    published = state in STANDS
    files = {
        "video": {video.url: VIDEO if published else SOURCE},
        "cover": {video.cover_url: COVER if published else RAW_COVER},
        "subtitle": {video.subtitle_url: SUBTITLE},
    }
    return files | {kind: {one.url(name): one.content(name) for name in one.files} for kind, one in made.items()}


def holds(answer: Answer, content: bytes) -> bool:
    return content[:12] in answer.body or b"/internal" in repr(answer.headers).encode()


REWRITTEN = (".m3u8", "sprite.vtt")
"""What is another text for each link, and never sent by others."""


async def check(world: World, url: str, content: bytes, *, playing: bool, signed: bool, everywhere: bool) -> None:
    """One address with a signature and without; `everywhere`: on both servers, in every way of asking."""
    target, rewritten = linked(url) if signed else url, signed and url.endswith(REWRITTEN)
    for method, headers in ASKED if everywhere else ASKED[:1]:
        answer = await world.stage.get(target, method=method, headers=headers)
        if not playing:
            assert answer.status == 404 and not holds(answer, content), (url, method)
        elif method == "GET" and not headers:
            assert answer.status == 200 and (rewritten or answer.body == content), url
        else:
            assert answer.status in (200, 206, 304), (url, method)
        if signed:
            unsigned = await world.stage.get(url, method=method, headers=headers)
            assert unsigned.status == 403 and not holds(unsigned, content), (url, method)
    if everywhere:
        answer = await world.nginx.get(target)
        assert answer.status == (200 if playing else 404)
        assert (answer.header("x-accel-redirect") or "").startswith(NGINX) == (playing and not rewritten)
        answer = await world.redirect.get(target)
        by_store = playing and not url.endswith(REWRITTEN)
        assert answer.status == (302 if by_store else 200 if playing else 404)
        assert (answer.header("location") or "").startswith("https://store.example/") == by_store
        for server in (world.nginx, world.redirect):
            assert not signed or (await server.get(url)).status == 403


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
async def test_the_matrix(world: World, distribution: str, state: str) -> None:
    stage, signed = world.stage, distribution == "signed"
    video = await stage.video(state, sub_app_id=world.applications[distribution])
    made = {
        kind: await stage.result(video, named, 100 + number, **options)
        for number, (kind, (named, options)) in enumerate(KINDS.items())
        if state not in SAID or kind == "adaptive"
    }
    for kind, files in contents(video, made, distribution, state).items():
        playing = plays(distribution, state, kind)
        for url, content in list(files.items())[: None if playing else 1]:
            everywhere = kind in ("video", "HLS") and url == next(iter(files))
            await check(world, url, content, playing=playing, signed=signed, everywhere=everywhere)
    for name in ("v.f9.mp4", "source.mp4", "f0.m3u8", "adp.9/master.m3u8", "adp.102/no.ts", "subtitles/no.vtt"):
        url = f"{video.folder}/{name}"
        assert (await stage.get(linked(url) if signed else url)).status == 404, name
    await check_play_info(stage, video, distribution, playing=plays(distribution, state, "video"))


async def check_play_info(stage: Stage, video: Video, distribution: str, *, playing: bool) -> None:
    """Play-info tells of what plays and of nothing else, and its links do."""
    later = int(time.time()) + 600
    for form in (None, ContentInfo("RawAdaptive", rawAdaptiveDefinition=102)):
        psign = await sign(stage, video, form, expireTimeStamp=later)
        answer = await stage.get(f"{video.play_info}?psign={psign}")
        told = msgspec.json.decode(answer.body)
        assert (told["code"] == 0) == playing, told
        if not playing:
            assert told["code"] == 404 and b"media" not in answer.body.replace(b"x-media", b"")
            continue
        urls = [part for part in answer.body.decode().split('"') if part.startswith("https://vod.example/media/")]
        assert len(urls) >= 2
        for url in urls:
            reached = await stage.get(url.removeprefix("https://vod.example/media"))
            assert reached.status == 200 and reached.body, url
    if distribution == "signed":
        assert msgspec.json.decode((await stage.get(video.play_info)).body)["code"] == 403


async def test_links_of_play_info(world: World) -> None:
    """They have the limits of the psign, in all URLs alike; what nothing would keep is refused."""
    stage, later = world.stage, int(time.time()) + 600

    async def told(distribution: str, **claims: Any) -> tuple[int, str, list[str]]:
        video = await stage.video("NONE", sub_app_id=world.applications[distribution])
        await stage.result(video, "ImageSprite", 10)
        form = ContentInfo("Original", imageSpriteDefinition=10)
        answer = await stage.get(f"{video.play_info}?psign={await sign(stage, video, form, **claims)}")
        body = msgspec.json.decode(answer.body)
        urls = [part for part in answer.body.decode().split('"') if part.startswith("https://")]
        return body["code"], body["message"], urls

    limits = UrlAccessInfo(t=f"{later:x}", exper=30, rlimit=2, us="u")
    code, _, urls = await told("signed", urlAccessInfo=limits)
    assert code == 0 and len(urls) == 4
    assert {f"t={later:08x}&exper=30&rlimit=2&us=u~30~2" in url for url in urls} == {True}
    code, _, urls = await told("signed", expireTimeStamp=later)
    assert code == 0 and len({url.partition("&sign=")[0].partition("?")[2] for url in urls}) == 1
    code, message, urls = await told("signed")
    assert (code, urls) == (403, []) and "neither urlAccessInfo.t nor expireTimeStamp" in message
    code, message, _ = await told("signed", urlAccessInfo=UrlAccessInfo(t="1ffffffff"))
    assert code == 403 and "8 hexadecimal digits" in message
    for distribution in ("open", "signed"):
        code, message, urls = await told(distribution, urlAccessInfo=UrlAccessInfo(exper=30))
        assert (code, urls) == (403, []), distribution
    assert (
        "the distribution of this application is open" in (await told("open", urlAccessInfo=UrlAccessInfo(rlimit=1)))[1]
    )


@pytest.mark.parametrize("distribution", ["signed", "open"])
async def test_what_was_refused_stays_refused(world: World, distribution: str) -> None:
    """Also while it is looked at again, and when its publication is deleted; a publication that stands lifts it."""
    stage, application = world.stage, world.applications[distribution]

    async def status(video: Video) -> int:
        return (await stage.get(linked(video.url))).status

    for state in ("REJECTED", "WITHDRAWN"):
        video = await stage.video(state, sub_app_id=application)
        await stage._accept(video)
        assert await status(video) == 404, state
        await stage.withdraw(video)
        assert await status(video) == 404, state
        await stage._decide(video, "FAILED")
        assert await status(video) == 404, state
        await stage.withdraw(video)
        await stage._decide(video, "PASS")
        assert await status(video) == 200


@pytest.mark.parametrize("distribution", ["signed", "open"])
async def test_the_word_of_an_operator_counts_without_a_publication(world: World, distribution: str) -> None:
    """For the video, for the same bytes uploaded anew, and for nobody else; taken back, the video plays again."""
    stage, application, md5 = world.stage, world.applications[distribution], f"{time.time_ns():032x}"
    video = await stage.video("NONE", sub_app_id=application, md5=md5)
    other = await stage.video("NONE", sub_app_id=application)
    twin = await stage.video("RUNNING", sub_app_id=application, md5=md5)
    stranger = await stage.video("NONE", sub_app_id=world.applications["open"], md5=md5)

    async def playing() -> list[bool]:
        asked = [video, twin, other] + ([stranger] if distribution == "signed" else [])
        return [(await stage.get(linked(one.url))).status == 200 for one in asked]

    assert all(await playing())
    await stage.say(video, "reject")
    assert await playing() == [False, False, True, True][: len(await playing())]
    await stage.say(video, "reset")
    assert all(await playing())


@pytest.mark.parametrize("distribution", ["signed", "open"])
async def test_accounts_applications_and_deletions(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, distribution: str
) -> None:
    with databases.lent() as url:
        async with open_stage(url, tmp_path_factory.mktemp("own") / "objects") as stage:
            video = await stage.video("NONE", sub_app_id=await stage.application(distribution))
            targets = [linked(video.url), linked(video.cover_url), linked(video.subtitle_url)]

            async def statuses() -> set[int]:
                return {(await stage.get(target)).status for target in targets}

            assert await statuses() == {200}
            await accounts.set_account_enabled(stage.db, stage.app_id, enabled=False)
            assert await statuses() == {404}
            await accounts.set_account_enabled(stage.db, stage.app_id, enabled=True)
            for status, expected in (("Off", 404), ("Destroying", 404), ("Destroyed", 404), ("On", 200)):
                async with stage.db.transaction() as connection:
                    await applications.set_status(connection, video.sub_app_id, status)
                assert await statuses() == {expected}
            deleted = await stage.video("DELETED", sub_app_id=video.sub_app_id)
            assert (await stage.get(linked(deleted.url))).status == 404
            await stage.distribute(video.sub_app_id, "published")
            assert await statuses() == {404}


async def test_every_wrong_signature_is_answered_alike(world: World) -> None:
    """Whatever is wrong, whatever the state, and whether there is such a file: nobody without a key learns anything."""
    stage, application = world.stage, world.applications["signed"]
    answers = set()
    videos = [await stage.video(state, sub_app_id=application) for state in ("NONE", "PASS", "REJECTED", "FORBIDDEN")]
    for video, other in zip(videos, videos[1:] + videos[:1], strict=True):
        good, elsewhere = linked(video.url), linked(other.url)
        for url in (
            video.url, f"{video.url}?sign=", linked(video.url, lifetime=-301), linked(video.url, key="x" * 20),
            f"{video.url}?{elsewhere.partition('?')[2]}", good + "0", good + "&t=ffffffff", good.replace("?t=", "?t=f"),
            good.replace("/f0.mp4", "/adp.10/0.ts"), f"{video.folder}/adp.10/master.m3u8", f"{video.folder}/v.f10.mp4",
            good + "&exper=1", good + "&rlimit=0", f"{video.cover_url}?{elsewhere.partition('?')[2]}",
        ):  # fmt: skip
            answers.add(await stage.get(url))
    assert len(answers) == 1
    assert answers.pop().status == 403


async def test_links_of_another_application(world: World) -> None:
    stage = world.stage
    mine = await stage.video("NONE", sub_app_id=world.applications["signed"])
    async with stage.db.transaction() as connection:
        stranger = (await accounts.create_sub_app(connection, stage.app_id, "other")).sub_app_id
    await stage.distribute(stranger, "signed")
    await stage.db.execute("update sub_app set url_key = 'another-key' where sub_app_id = %s", [stranger])
    theirs = await stage.video("NONE", sub_app_id=stranger)
    assert (await stage.get(linked(mine.url, key="another-key"))).status == 403
    assert (await stage.get(linked(theirs.url))).status == 403
    assert (await stage.get(linked(theirs.url, key="another-key"))).status == 200


async def test_a_link_leads_to_its_directory_and_no_other(world: World) -> None:
    stage = world.stage
    video = await stage.video("NONE", sub_app_id=world.applications["signed"])
    made = await stage.result(video, ADAPTIVE, 10)
    query = linked(video.url).partition("?")[2]
    assert (await stage.get(f"{video.cover_url}?{query}")).status == 200
    assert (await stage.get(f"{made.url('master.m3u8')}?{query}")).status == 403
    with_path = linked(f"/media{video.url}")  # as the setting public_url of this server has it
    assert (await stage.get(f"{video.url}?{with_path.partition('?')[2]}")).status == 200
    assert (await stage.get(f"{video.url}?{linked(f'/other{video.url}').partition('?')[2]}")).status == 403


async def test_a_playlist_leads_to_all_that_it_names(world: World) -> None:
    """Files in folders below it, too: each name has the signature of its own directory, and nothing else is in it."""
    stage = world.stage
    video = await stage.video("NONE", sub_app_id=world.applications["signed"])
    text = b'#EXTM3U\n#EXT-X-MAP:URI="0-init.mp4"\n#EXTINF:4,\n0-0.m4s\n#EXTINF:4,\nlow/0.ts\n#EXT-X-ENDLIST\n'
    made = await stage.result(video, ADAPTIVE, 10, content=text)
    answer = await stage.get(linked(made.url("0.m3u8")))
    assert answer.header("content-type") == "application/vnd.apple.mpegurl"
    assert answer.header("cache-control") == "private, no-cache"
    names = [line for line in answer.body.decode().replace('"', "\n").splitlines() if "?" in line]
    assert len(names) == 3
    for name in names:
        url = f"{made.url('0.m3u8').rpartition('/')[0]}/{name}"
        assert (await stage.get(url)).status == 200, name
        assert (await stage.get(url.partition("?")[0])).status == 403
    again = await stage.get(linked(made.url("0.m3u8")), headers={"Range": "bytes=0-3"})
    assert again.status == 200
    tag = answer.header("etag") or ""
    same = linked(made.url("0.m3u8"), us="u")
    first = await stage.get(same)
    assert first.header("etag") != tag
    assert (await stage.get(same, headers={"If-None-Match": first.header("etag") or ""})).status == 304


async def test_caches_may_keep_what_anybody_may_have(world: World) -> None:
    stage = world.stage
    for distribution, expected in (("signed", "private, no-cache"), ("open", "no-cache"), ("published", "no-cache")):
        for server in (stage, world.nginx):
            video = await stage.video("PASS", sub_app_id=world.applications[distribution])
            answer = await server.get(linked(video.url))
            assert answer.header("cache-control") == expected
            assert "Referer" not in (answer.header("vary") or "")
    refused = await stage.get(video.url.replace(video.directory, "0" * 32))
    assert refused.header("cache-control") == "no-store"


WHITE = {"Status": "Enabled", "AuthType": "White", "Referers": ["*.example.com"], "BlankRefererAllowed": "No"}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
async def test_referers(world: World, distribution: str) -> None:
    """For all files in every distribution; what does not play is not there for anybody."""
    stage = world.stage
    application = await stage.application(distribution, WHITE)
    video, refused = [await stage.video(state, sub_app_id=application) for state in ("PASS", "REJECTED")]
    good, bad = {"Referer": "https://www.example.com/a"}, {"Referer": "https://evil.test/"}
    for target in (video.url, video.cover_url, video.subtitle_url):
        for server in (stage, world.nginx):
            answer = await server.get(linked(target), headers=good | {"Origin": "https://www.example.com"})
            assert answer.status == 200 and "Referer" in (answer.header("vary") or "")
            for headers in (bad, {}, {"Referer": ""}):
                denied = await server.get(linked(target), headers=headers)
                assert (denied.status, denied.body) == (403, b"403 Forbidden\n")
    assert {(await stage.get(linked(refused.url), headers=one)).status for one in (good, bad, {})} == {404}
    await stage.distribute(application, distribution, WHITE | {"BlankRefererAllowed": "Yes"})
    assert (await stage.get(linked(video.url))).status == 200
    await stage.distribute(application, distribution, WHITE | {"AuthType": "Black"})
    assert [(await stage.get(linked(video.url), headers=one)).status for one in (good, bad)] == [403, 200]
    await stage.distribute(application, distribution)
    assert (await stage.get(linked(video.url), headers=bad)).status == 200


async def test_few_addresses_play_a_link_for_few(world: World) -> None:
    """Over all files of the video that the same members lead to, and however many ask at the same time."""
    stage = world.stage
    video = await stage.video("NONE", sub_app_id=world.applications["signed"])
    url = linked(video.url, rlimit=3)
    cover = url.replace("/f0.mp4", f"/{video.file_id}.jpg")

    async def status(address: str, target: str = url) -> int:
        return (await stage.get(target, headers={"X-Forwarded-For": address})).status

    addresses = [f"192.0.2.{number}" for number in range(12)]
    statuses = await asyncio.gather(*(status(address) for address in addresses))
    assert sorted(statuses) == [200] * 3 + [403] * 9
    admitted = [address for address, one in zip(addresses, statuses, strict=True) if one == 200]
    for address in addresses:
        assert await status(address, cover) == (200 if address in admitted else 403)
    assert await status("192.0.2.99", linked(video.url, rlimit=3)) == 200
    told = await stage.get(url, headers={"X-Forwarded-For": "192.0.2.99"})
    assert b"rlimit: 3 other addresses" in told.body
    network = linked(video.url, rlimit=1)
    for address, expected in (("2001:db8::1", 200), ("2001:db8::ffff", 200), ("2001:db8:0:1::1", 403),
                              ("::ffff:192.0.2.1", 403)):  # fmt: skip
        assert await status(address, network) == expected


async def test_a_try_out_of_hls_ends(world: World) -> None:
    """The playlist is cut, and segments behind it are refused to whoever guesses their names."""
    stage = world.stage
    video = await stage.video("NONE", sub_app_id=world.applications["signed"])
    text = b"#EXTM3U\n" + b"".join(b"#EXTINF:4.0,\n%d.ts\n" % one for one in range(3)) + b"#EXT-X-ENDLIST\n"
    made = await stage.result(video, TRANSCODE, 10, files=["index.m3u8", "0.ts", "1.ts", "2.ts"], content=text)
    query = linked(made.url("index.m3u8"), exper=9).partition("?")[2]
    told = (await stage.get(f"{made.url('index.m3u8')}?{query}")).body.decode()
    assert [line.partition("?")[0] for line in told.splitlines() if "?" in line] == ["0.ts", "1.ts"]
    statuses = [(await stage.get(f"{made.url(f'{one}.ts')}?{query}")).status for one in range(3)]
    assert statuses == [200, 200, 403]
    short = await stage.get(linked(made.url("index.m3u8"), exper=2))
    assert short.status == 403 and b"the first segment is longer than 2 s" in short.body
    whole = linked(made.url("2.ts"))
    assert (await stage.get(whole)).status == 200
    assert (await stage.get(linked(video.cover_url, exper=1))).status == 200


async def test_a_real_player_follows_a_signed_link(world: World, tmp_path: Path) -> None:
    """It gets a playlist of segments in fMP4 by one link, all of it or the first seconds."""
    stage, place = world.stage, tmp_path / "hls"
    place.mkdir()
    made_by = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-t", "4", "-c:v", "libx264", "-g", "10"]
    named: list[str | Path] = [
        "-hls_segment_type",
        "fmp4",
        "-hls_time",
        "1",
        "-hls_playlist_type",
        "vod",
        place / "index.m3u8",
    ]
    done = await asyncio.to_thread(
        run_trusted, [ffmpeg_path(), "-v", "error", *made_by, "-f", "hls", *named], timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in place.iterdir())
    video = await stage.video("NONE", sub_app_id=world.applications["signed"])
    made = await stage.result(video, TRANSCODE, 10, files=["index.m3u8", *(one for one in names if one[0] != "x")])
    for name in names:
        await stage.objects.put_file(made.key(name), place / name)
    for exper, frames in ((0, 40), (2, 20)):
        url = f"http://127.0.0.1:{stage.port}{linked(made.url('index.m3u8'), exper=exper)}"
        played = ["-v", "error", "-i", url, "-map", "0:v", "-f", "framecrc", "-"]
        done = await asyncio.to_thread(run_trusted, [ffmpeg_path(), *played], timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        assert sum(not line.startswith(b"#") for line in done.stdout.splitlines()) == frames


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
async def test_a_request_asks_the_database_once(
    world: World, monkeypatch: pytest.MonkeyPatch, distribution: str
) -> None:
    """Whatever the rules; a limit of addresses costs one more for an address that is known."""
    stage = world.stage
    application = await stage.application(distribution, WHITE | {"BlankRefererAllowed": "Yes"})
    video = await stage.video("PASS", sub_app_id=application)
    limited = linked(video.url, rlimit=2)
    assert (await stage.get(limited)).status == 200
    asked: list[str] = []
    fetch_all, fetch_one = Database.fetch_all, Database.fetch_one

    async def count_all(db: Database, query: Any, params: Any = None) -> Any:
        asked.append(query)
        return await fetch_all(db, query, params)

    async def count_one(db: Database, query: Any, params: Any = None) -> Any:
        asked.append(query)
        return await fetch_one(db, query, params)

    monkeypatch.setattr(Database, "fetch_all", count_all)
    monkeypatch.setattr(Database, "fetch_one", count_one)
    assert (await stage.get(linked(video.url))).status == 200
    assert len(asked) == 1
    assert (await stage.get(limited)).status == 200
    assert len(asked) == (3 if distribution == "signed" else 2)


@pytest.mark.parametrize("how", ["rejected by review", "rejected by a person", "withdrawn"])
async def test_streams_hear_of_a_refusal_at_once(databases: Databases, how: str, tmp_path: Path) -> None:
    """Also of a video that was never published."""
    with databases.lent() as url:
        async with open_stage(url, tmp_path / "objects") as stage, WithdrawalBell(url) as bell:
            await stage.distribute(stage.app_id, "open")
            state = {"rejected by review": "RUNNING", "rejected by a person": "NONE", "withdrawn": "PASS"}[how]
            video, heard, ready = await stage.video(state), asyncio.Event(), asyncio.Event()
            with bell.calling(video.file_id, heard.set), bell.calling(NOBODY, ready.set):

                async def listens() -> bool:
                    await stage.db.execute("select pg_notify('minivod_withdrawal', %s)", [NOBODY])
                    return ready.is_set()

                await until(listens, "it listens")
                heard.clear()  # what came before is through
                if how == "rejected by review":
                    await stage.db.execute("update publication set state = 'REJECTED'")
                elif how == "withdrawn":
                    await stage.withdraw(video)
                else:
                    await stage.say(video, "reject")
                await asyncio.wait_for(heard.wait(), PATIENCE)
            assert (await stage.get(video.url)).status == 404


@pytest.mark.parametrize("change", ["published", "key", "referers"])
async def test_new_rules_reach_streams(world: World, change: str) -> None:
    """What a stream asks again is all that its begin was asked, but for the time."""
    stage = world.stage
    application = await stage.application("signed")
    video = await stage.video("NONE", sub_app_id=application)
    files = Files(PlayableReader(stage.db), stage.objects, None, None, None)  # type: ignore[arg-type]
    url = linked(video.url, lifetime=-299)
    query = [tuple(one.split("=")) for one in url.partition("?")[2].split("&")]
    asked = Asked([f"{video.folder}/"], query, [], time.time())  # type: ignore[arg-type]
    address = Address(stage.app_id, video.file_id)
    assert await files._stands(address, video.source_key, asked)
    if change == "published":
        await stage.distribute(application, "published")
    elif change == "key":
        await stage.db.execute("update sub_app set url_key = 'another-key' where sub_app_id = %s", [application])
    else:
        await stage.distribute(application, "signed", WHITE)
    assert not await files._stands(address, video.source_key, asked)


async def test_who_said_what_is_found_as_elsewhere(world: World) -> None:
    """The query of playback and `decisions.standing` must agree on the word that holds."""
    stage, application = world.stage, world.applications["open"]
    for words in (["reject"], ["reject", "reset"], ["reject", "reset", "reject"]):
        video = await stage.video("NONE", sub_app_id=application)
        for what in words:
            await stage.say(video, what)
        async with stage.db.transaction() as connection:
            standing = await decisions.standing(connection, application, video.file_id, {})
        rejected = standing is not None and standing.word == "reject"
        assert ((await stage.get(video.url)).status == 404) == rejected
