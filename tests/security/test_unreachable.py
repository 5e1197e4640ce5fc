"""T22: what is not published cannot be fetched, on any route, and nobody can tell why (a matrix of both)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from starlette.routing import Route

from minivod import ids
from minivod.clock import Clock
from minivod.health import Health
from minivod.objects import Objects
from minivod.playback.psign import create_psign
from minivod.playback.routes import routes
from minivod.store import accounts, applications, templates, uploads
from minivod.store.database import Database
from minivod.store.uploads import Upload, UploadDetails
from minivod.urls import watermark_key, watermark_url

from ..databases import Databases
from ..unit.cos.signing import authorization
from ..unit.playback.stage import COVER, SAID, SAY_YES, SOURCE, SUBTITLE, VIDEO, Answer, Stage, Video, open_stage

UNREACHABLE = (
    *("NONE", "RUNNING", "REJECTED", "FAILED", "WITHDRAWN", "DELETED", "EXPIRED", "FORBIDDEN"),
    *(state for state in SAID if state not in SAY_YES),
)
ROUTES = {
    "/healthz", "/readyz", "/metrics",  # of no tenant
    "/getplayinfo/v4/{app_id}/{file_id}", "/{app_id}/{directory}/{file_id}/{name}",  # in `routes_of`
    "/{app_id}/{directory}/{file_id}/{folder}/{name:rest}",  # in test_results_unreachable.py
    "/watermark/{app_id}/{file_id}/{name}",  # in `test_pictures_of_watermarks`
}  # fmt: skip
"""All that pages have, and where it is denied."""
pytestmark = pytest.mark.asyncio(loop_scope="module")
NOBODY = "5285485487985271487"


async def test_every_route_is_known(database_url: str, tmp_path: Path) -> None:
    database, objects = Database(database_url), Objects(tmp_path.as_uri())
    pages = routes(database, objects, Clock(), public_url="", require_psign=False, cors_origins=["*"])
    paths = {route.path for route in (*Health(database, objects).routes(), *pages) if isinstance(route, Route)}
    assert paths == ROUTES


async def psign(stage: Stage, video: Video, file_id: str | None = None) -> str:
    key = await stage.play_key(video.sub_app_id)
    return create_psign(key, app_id=video.app_id, file_id=file_id or video.file_id)


async def routes_of(stage: Stage, video: Video) -> list[tuple[str, str]]:
    """Every address under which a video could be had, beside one of the same form for a video that never was."""
    folder, nobody = video.folder, video.folder.replace(video.file_id, NOBODY)
    names = ["f0.mp4", "v.f10.mp4", "v.f100030.mp4", "cover.jpg", "source.mp4", "f0.m3u8"]
    pairs = [(f"{folder}/{name}", f"{nobody}/{name}") for name in names]
    pairs += [(video.cover_url, f"{nobody}/{NOBODY}.jpg")]
    for name in ("zh-1.vtt", "zh-1", "zh-2.vtt", "../f0.mp4"):
        pairs += [(f"{folder}/subtitles/{name}", f"{nobody}/subtitles/{name}")]
    info, info_nobody = video.play_info, video.play_info.replace(video.file_id, NOBODY)
    pairs += [(info, info_nobody), (f"{info}?psign=x.y.z", f"{info_nobody}?psign=x.y.z")]
    pairs += [(f"{info}?psign={await psign(stage, video)}", f"{info_nobody}?psign={await psign(stage, video, NOBODY)}")]
    return pairs


def holds_nothing(answer: Answer) -> bool:
    """Whether no byte of any file, nor where it lies, is in the answer."""
    told = answer.body + repr(answer.headers).encode()
    return not any(
        secret in told for secret in (SOURCE[:20], VIDEO[:20], COVER, SUBTITLE, b"published/", b"vod_upload/", b"http")
    )


ASKED = [
    (method, headers)
    for method in ("GET", "HEAD", "OPTIONS", "POST")
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"Origin": "https://app.example"})
]


@pytest.mark.parametrize("state", UNREACHABLE)
async def test_every_state_on_every_route(stage: Stage, state: str) -> None:
    video = await stage.video(state)
    for target, of_nobody in await routes_of(stage, video):
        asked = [
            stage.get(one, method=method, headers=headers) for method, headers in ASKED for one in (target, of_nobody)
        ]
        answers = await asyncio.gather(*asked)
        for (method, _), answer, nothing in zip(ASKED, answers[::2], answers[1::2], strict=True):
            assert answer == nothing, (target, method)
            assert holds_nothing(answer)
            if method == "GET" and not target.startswith("/getplayinfo"):
                assert answer.status == 404
            if method == "GET" and target.startswith("/getplayinfo"):
                assert b'"code":40' in answer.body and b"media" not in answer.body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A stage that requires psign."""
    with databases.lent() as url:
        async with open_stage(url, tmp_path_factory.mktemp("strict") / "objects", require_psign=True) as opened:
            yield opened


@pytest.mark.parametrize("state", UNREACHABLE)
async def test_every_state_where_psign_is_required(strict: Stage, state: str) -> None:
    video = await strict.video(state)
    for target, of_nobody in await routes_of(strict, video):
        answer = await strict.get(target)
        assert answer == await strict.get(of_nobody)
        assert holds_nothing(answer)


async def test_without_a_key_a_published_video_that_requires_psign_is_like_none(strict: Stage) -> None:
    video = await strict.video()
    for query in ("", "?psign=", "?psign=x.y.z", f"?psign={create_psign('x' * 32, app_id=1, file_id='1')}"):
        published = await strict.get(video.play_info + query)
        assert published == await strict.get(video.play_info.replace(video.file_id, NOBODY) + query)
        assert published == await strict.get(video.play_info.replace(str(video.app_id), "1299999999") + query)


@pytest.mark.parametrize("state", ["PASS", "APPROVED BY A PERSON"])
async def test_the_published_video_is_reachable(stage: Stage, state: str) -> None:
    """The other side of the matrix: the addresses that it denies do work."""
    video = await stage.video(state)
    targets = [target for target, _ in await routes_of(stage, video)]
    reachable = [target for target in targets if not holds_nothing(await stage.get(target))]
    assert reachable == [video.url, video.cover_url, video.subtitle_url, video.play_info, targets[-1]]
    assert SOURCE[:20] not in (await stage.get(video.url)).body


async def test_a_disabled_account_publishes_nothing(own_stage: Stage) -> None:
    stage = own_stage
    video = await stage.video()
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=False)
    for target, of_nobody in await routes_of(stage, video):
        assert await stage.get(target) == await stage.get(of_nobody)
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=True)
    assert (await stage.get(video.url)).body == VIDEO


@pytest.mark.parametrize("status", ["Off", "Destroying", "Destroyed"])
async def test_an_application_that_is_not_on_publishes_nothing(own_stage: Stage, status: str) -> None:
    stage = own_stage
    video = await stage.video()
    async with stage.db.transaction() as connection:
        await applications.set_status(connection, video.sub_app_id, status)
    for target, of_nobody in await routes_of(stage, video):
        assert await stage.get(target) == await stage.get(of_nobody)
    async with stage.db.transaction() as connection:
        await applications.set_status(connection, video.sub_app_id, "On")
    assert (await stage.get(video.url)).body == VIDEO


@pytest.mark.parametrize("state", ["PASS", "REJECTED", "RUNNING", "REJECTED BY A PERSON", "APPROVED BY A PERSON"])
async def test_forbidden_in_every_state_and_as_before_when_recovered(stage: Stage, state: str) -> None:
    """A ban and what it ends: neither a review nor a person lets a forbidden video play, and no recovery a rejected."""
    video = await stage.video(state)
    targets = [target for target, _ in await routes_of(stage, video)]
    before = [await stage.get(target) for target in targets]
    for _ in range(2):  # to say it twice changes nothing
        await stage.forbid(video)
        for target, of_nobody in await routes_of(stage, video):
            assert await stage.get(target) == await stage.get(of_nobody), target
    await stage.forbid(video, forbidden=False)
    assert [await stage.get(target) for target in targets] == before


async def test_what_is_said_of_a_forbidden_video_counts_from_its_recovery_on(stage: Stage) -> None:
    approved, rejected = await stage.video("REJECTED"), await stage.video()
    for video, what in ((approved, "approve"), (rejected, "reject")):
        await stage.forbid(video)
        await stage.say(video, what)
        assert (await stage.get(video.url)).status == 404
        await stage.forbid(video, forbidden=False)
    assert [(await stage.get(video.url)).status for video in (approved, rejected)] == [200, 404]


async def test_every_part_of_the_address_must_fit(stage: Stage) -> None:
    video, other = await stage.video(), await stage.video()
    async with stage.db.transaction() as connection:
        stranger = await accounts.create_account(connection)
    unknown = await stage.get(video.url.replace(video.file_id, NOBODY))
    app, directory, file_id = str(video.app_id), video.directory, video.file_id
    for target in (
        video.url.replace(app, str(stranger)),
        video.url.replace(app, f"0{app}"),
        video.url.replace(app, f"+{app}"),
        video.url.replace(app, "9" * 5000),
        video.url.replace(directory, other.directory),
        video.url.replace(directory, directory.upper()),
        video.url.replace(directory, directory[:-1]),
        video.url.replace(directory, f"{directory}0"),
        video.url.replace(directory, "%00"),
        video.url.replace(directory, "*"),
        video.url.replace(directory, "%ff%fe"),
        video.url.replace(file_id, other.file_id),
        video.url.replace(file_id, f"0{file_id}"),
        video.url.replace(file_id, f"{file_id}%00"),
        video.url.replace(file_id, f"{file_id}%0A"),
        video.url.replace("f0.mp4", f"{other.file_id}.jpg"),
    ):
        assert await stage.get(target) == unknown, target
    info = await stage.get(video.play_info.replace(file_id, NOBODY))
    for target in (
        video.play_info.replace(app, str(stranger)),
        video.play_info.replace(app, "9" * 5000),
        video.play_info.replace(app, f"0{app}"),
        video.play_info.replace(file_id, f"{file_id}%00"),
        video.play_info.replace(file_id, f"{file_id}'--"),
    ):
        assert await stage.get(target) == info, target


TRICKS: dict[str, Callable[[str], str]] = {
    "doubled slash": lambda url: "/" + url,
    "inner doubled slash": lambda url: url.replace("/f0", "//f0"),
    "slash at the end": lambda url: url + "/",
    "dot at the end": lambda url: url + ".",
    "upper case": lambda url: url.replace("f0.mp4", "F0.MP4"),
    "one dot": lambda url: url.replace("/f0", "/./f0"),
    "two dots": lambda url: url.replace("/f0", "/x/../f0"),
    "encoded dots": lambda url: url.replace("/f0", "/x/%2e%2e/f0"),
    "out of the root": lambda _: "/../../../../etc/passwd",
    "encoded out of the root": lambda _: "/1/%2e%2e%2f%2e%2e%2f/2/%2e%2e%2fetc%2fpasswd",
    "backslash": lambda url: url.replace("/f0", "\\f0"),
    "NUL": lambda url: url + "%00",
    "line feed": lambda url: url + "%0a",
    "semicolon": lambda url: url + ";x=1",
    "other extension": lambda url: url + ".jpg",
    "absolute form": lambda url: "http://other.example" + url.replace("f0", "f1"),
    "full width": lambda url: url.replace("f0", "%EF%BD%86%EF%BC%90"),
}


@pytest.mark.parametrize("state", ["PASS", "REJECTED"])
@pytest.mark.parametrize("trick", TRICKS)
async def test_tricks_with_paths(stage: Stage, trick: str, state: str) -> None:
    answer = await stage.get(TRICKS[trick]((await stage.video(state)).url))
    assert answer.status == 404
    assert holds_nothing(answer)


async def test_an_encoded_address_is_the_same_address(stage: Stage) -> None:
    for state, status in (("PASS", 200), ("REJECTED", 404)):
        video = await stage.video(state)
        assert (await stage.get(video.url.replace("f0.mp4", "%660%2Emp4"))).status == status


async def test_objects_cannot_be_asked_for_by_their_names(own_stage: Stage) -> None:
    stage = own_stage
    video, refused = await stage.video(), await stage.video("REJECTED")
    for key in (*stage.keys, video.source_key, refused.source_key):
        for target in (f"/{key}", f"/objects/{key}", f"/1/2/3/{key}", f"/{stage.app_id}/{key}"):
            answer = await stage.get(target)
            assert answer.status in (403, 404), target
            assert not any(secret in answer.body for secret in (SOURCE[:20], VIDEO[:20]))


async def test_pictures_of_watermarks(own_stage: Stage) -> None:
    """Whoever has the address gets the picture, of no other account, and nothing else of the store."""
    stage = own_stage
    video, refused, other = await stage.video(), await stage.video("REJECTED"), ids.new_token()
    key = watermark_key(stage.app_id, f"{ids.new_token()}.png")
    await stage.objects.put_bytes(key, COVER)
    async with stage.db.transaction() as connection:
        stranger = await accounts.create_account(connection)
        await templates.create(
            connection, sub_app_id=stage.app_id, kind="Watermark", definition=1000, name="", comment="", body={},
            object_key=key,
        )  # fmt: skip
    url = watermark_url("", stage.app_id, key)
    unknown = await stage.get(url.replace(".png", "0.png"))
    assert unknown.status == 404 and (await stage.get(url)).body == COVER
    folder, name = url.rsplit("/", 1)
    for target in (
        url.replace(f"/{stage.app_id}/", f"/{stranger}/", 1),
        f"/watermark/{stranger}/{stranger}/{name}",
        f"{folder}/..%2f..%2f{video.source_key}",
        f"{folder}/%2e%2e%2f%2e%2e%2f{stage.keys[0]}",
        *(f"{folder}/{one.rsplit('/', 1)[1]}" for one in (*stage.keys, video.source_key, refused.source_key)),
        f"{folder}/{other}.png",
        f"{folder}/*.png",
    ):
        assert (await stage.get(target)) == unknown, target
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=False)
    assert await stage.get(url) == unknown
    await accounts.set_account_enabled(stage.db, stage.app_id, enabled=True)
    await stage.db.execute("delete from template where object_key = %s", [key])
    assert await stage.get(url) == unknown


async def new_session(stage: Stage, lifetime: float = 3600.0) -> Upload:
    """An upload session with the video uploaded."""
    new = Upload(
        session_key=ids.new_token(), sub_app_id=stage.app_id, secret_id=ids.new_secret_id(),
        secret_key=ids.new_secret_key(), token=ids.new_token(), media_key=f"vod_upload/{ids.new_directory()}/v.mp4",
        cover_key=None, media_type="mp4", cover_type=None, details=UploadDetails(name="clip"),
    )  # fmt: skip
    await uploads.create(stage.db, new, lifetime)
    stored = f"vod_upload/{ids.new_directory()}/stored.mp4"
    await stage.objects.put_bytes(stored, SOURCE)
    async with stage.db.transaction() as connection:
        await uploads.place(
            connection,
            uploads.UploadedObject(
                object_key=new.media_key, session_key=new.session_key, stored_key=stored, size=len(SOURCE),
                etag="0" * 32, crc64="0",
            ),
        )  # fmt: skip
    return new


async def as_it_is(stage: Stage, session: Upload) -> None:
    """The session stays open."""


async def committed(stage: Stage, session: Upload) -> None:
    video = await stage.video("NONE")
    async with stage.db.transaction() as connection:
        await uploads.commit(connection, session.session_key, video.file_id)


async def expired(stage: Stage, session: Upload) -> None:
    await stage.db.execute(
        "update upload set expires_at = now() - interval '1 second' where session_key = %s", [session.session_key]
    )


@pytest.mark.parametrize("end", [as_it_is, committed, expired])
async def test_an_upload_cannot_be_read_back(own_stage: Stage, end: Callable[[Stage, Upload], Awaitable[None]]) -> None:
    stage = own_stage
    session = await new_session(stage)
    await end(stage, session)
    path = f"/{session.media_key}"
    signed = authorization(session, "GET", path)
    token = {"x-cos-security-token": session.token}
    past = (int(time.time()) - 600, int(time.time()) - 60)
    for target, headers in (
        (path, {"Authorization": signed} | token),
        (path, {"Authorization": signed, "Range": "bytes=0-9"} | token),
        (path, {"Authorization": authorization(session, "GET", path, window=past)} | token),
        (path, {}),
        (f"{path}?{signed}&{urlencode(token)}", {}),
    ):
        answer = await stage.get(target, headers=headers)
        assert 400 <= answer.status < 500, target
        assert SOURCE[:20] not in answer.body


async def test_a_withdrawal_counts_for_whoever_asks_after_it(stage: Stage) -> None:
    """Thirty readers at once while publications come and go: never a byte after the withdrawal has returned."""
    video = await stage.video()
    gone = False
    late: list[Answer] = []

    async def reader() -> None:
        for _ in range(10):
            begun_after = gone
            answer = await stage.get(video.url)
            if begun_after and answer.status != 404:
                late.append(answer)

    async def withdraw() -> None:
        nonlocal gone
        await asyncio.sleep(0.05)
        await stage.withdraw(video)
        gone = True

    await asyncio.gather(*(reader() for _ in range(30)), withdraw())
    assert late == []
    assert (await stage.get(video.url)).status == 404
