"""The kind of task that pulls: real files from a real server, through the sandbox, into database and object store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from minivod import ids
from minivod.egress import Egress
from minivod.ingest.pull import Pulling
from minivod.media.sandbox import Limits, Sandbox
from minivod.media.workspace import job_directory
from minivod.processing.removal import abort
from minivod.settings import Settings
from minivod.store import media, pulls, quotas
from minivod.store.media import Media
from minivod.store.pulls import PULL, PullRequest
from minivod.store.tasks import Task
from minivod.store.uploads import UploadDetails
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import AttemptLost, Conclusion, Kinds, Run
from minivod.tasking.laps import Laps
from minivod.wire.pull_task import Asked, PullUploadTask, pull_task

from ...origin import Origin, Shop, origin
from ...waiting import until
from ..media.streams import ffmpeg
from ..publishing.stage import Stage, open_stage
from ..templates.samples import png

SETTINGS = Settings(egress_networks=["127.0.0.1/32"], egress_ports=["1-65535"])
BASE = "http://vod.example"
_CODED = "-c:v libx264 -preset ultrafast -g 5 -pix_fmt yuv420p -c:a aac -b:a 32k"


@dataclass(frozen=True)
class Clips:
    """A video of two seconds, and what HLS makes of it: segments of MPEG-TS, and parts of one fragmented MP4."""

    files: dict[str, bytes]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    place = tmp_path_factory.mktemp("clips")
    mp4 = place / "clip.mp4"
    ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=5 -f lavfi -i sine -t 2", _CODED, mp4)
    hls = "-c copy -f hls -hls_time 1 -hls_playlist_type vod"
    (place / "ts").mkdir()
    ffmpeg("-i", mp4, hls, place / "ts" / "index.m3u8")
    (place / "fmp4").mkdir()
    ffmpeg("-i", mp4, hls, "-hls_segment_type fmp4 -hls_flags single_file", place / "fmp4" / "index.m3u8")
    files = {f"/{path.relative_to(place)}": path.read_bytes() for path in place.rglob("*") if path.is_file()}
    files["/cover.png"] = png(size=(40, 30))
    files["/page.html"] = b"<html>planted-in-a-foreign-answer</html>"
    files["/master.m3u8"] = (
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nts/index.m3u8\n"
    )
    return Clips(files)


@dataclass
class Yard:
    """A stage with a source beside it, and a worker's way through a task."""

    stage: Stage
    shop: Shop
    source: Origin
    home: Path
    sandbox: Sandbox
    places: ExitStack

    async def accept(self, path: str, *, cover: str = "", media_type: str = "", **details: Any) -> str:
        """What PullUpload does; the TaskId."""
        told = Asked(
            app_id=self.stage.app_id,
            media_url=self.source.url(path=path),
            cover_url=cover and self.source.url(path=cover),
            media_type=media_type,
            details=UploadDetails(session_context="mine", **details),
            session_context="mine",
            session_id="s",
        )
        request = PullRequest(
            task_id=ids.new_task_id(self.stage.app_id, PULL), sub_app_id=self.stage.app_id, app_id=self.stage.app_id,
            file_id=ids.new_file_id(), priority=3, params=msgspec.to_builtins(told),
        )  # fmt: skip
        async with self.stage.db.transaction() as connection:
            await pulls.accept(connection, request)
        return request.task_id

    def kind(self, **limits: Any) -> Pulling:
        async def pause(_: float) -> None:
            pass

        values = {"most": 10**7, "seconds": 30.0} | limits
        return Pulling(egress=Egress(SETTINGS), sandbox=self.sandbox, base=BASE, pause=pause, **values)

    async def attempt(self, task: Task, kind: Pulling, progress: list[float] | None = None) -> Conclusion:
        """Its files are gone at the end, as a worker's are when it is concluded."""
        told: list[float] = [] if progress is None else progress
        place = self.places.enter_context(job_directory(self.home, "attempt"))
        return await kind.attempt(Run(task=task, work=place, on_progress=told.append, laps=Laps("fetch")))

    async def conclude(self, task: Task, owner: UUID, end: Conclusion, kind: Pulling) -> Task:
        return await conclude(self.stage.db, self.stage.objects, Kinds(single={PULL: kind}), task, owner, end)

    async def run(self, task_id: str, progress: list[float] | None = None, **limits: Any) -> Task:
        task, owner = await self.stage.claim(task_id)
        kind = self.kind(**limits)
        return await self.conclude(task, owner, await self.attempt(task, kind, progress), kind)

    async def pull(self, path: str, **more: Any) -> Task:
        return await self.run(await self.accept(path, **more))

    async def media(self, task: Task) -> Media | None:
        return (await media.find(self.stage.db, self.stage.app_id, [task.file_id])).get(task.file_id)

    async def told(self, task: Task) -> PullUploadTask:
        return pull_task(BASE, task, await self.media(task))


@pytest.fixture
async def yard(database_url: str, open_directory: Path, clips: Clips) -> AsyncIterator[Yard]:
    home = open_directory / f"pull-{uuid4().hex}"
    shop = Shop(dict(clips.files))
    async with open_stage(database_url, home / "objects") as stage, origin(shop) as source:
        with ExitStack() as places:
            yield Yard(stage, shop, source, home, Sandbox(Limits()), places)


async def test_a_video_with_a_cover_and_everything_that_was_said(yard: Yard) -> None:
    yard.shop.breaks = [30, 1000]  # of the cover and of the video
    progress: list[float] = []
    details: dict[str, Any] = {"name": "mine", "source_context": "from", "storage_region": "ap-x", "publish": 0}
    task = await yard.run(await yard.accept("/clip.mp4", cover="/cover.png?sign=x", **details), progress)
    told, found = await yard.told(task), await yard.media(task)
    assert (told.Status, told.ErrCode, told.Message, told.Progress) == ("FINISH", 0, "", 100)
    assert (told.FileId, told.SessionContext, told.SessionId) == (task.file_id, "mine", "s")
    assert found is not None and found.object_key is not None and found.cover_key is not None
    assert (found.name, found.media_type, found.cover_type, found.source_context) == ("mine", "mp4", "png", "from")
    for key, path in ((found.object_key, "/clip.mp4"), (found.cover_key, "/cover.png")):
        assert b"".join([piece async for piece in yard.stage.objects.get_range(key)]) == yard.shop.files[path]
    assert found.metadata["width"] == 128 and len(found.metadata["md5"]) == 32
    assert told.MediaBasicInfo is not None and told.MediaBasicInfo.SourceInfo.SourceType == "Upload"
    assert told.FileUrl == told.MediaBasicInfo.MediaUrl and told.FileUrl.startswith(BASE)
    assert progress == sorted(progress) and 0.9 < progress[-1] < 1
    rows = await yard.stage.db.fetch_all("select * from task where kind <> 'pull'")
    begun = {row["kind"]: row for row in rows}
    assert begun["procedurev2"]["task_id"] == told.ProcedureTaskId
    assert (begun["procedurev2"]["priority"], begun["procedurev2"]["params"]["session_context"]) == (3, "mine")
    assert begun["wechat-mini-program-publish"]["file_id"] == task.file_id
    events = await yard.stage.events()
    assert msgspec.to_builtins(told) in events
    assert await yard.stage.keys("pulled") == sorted([found.object_key, found.cover_key])


async def test_type_and_name_come_from_the_content_and_the_url(yard: Yard) -> None:
    yard.shop.files["/视频 1.php"] = yard.shop.files["/clip.mp4"]
    yard.shop.files["/%E8%A7%86%E9%A2%91%201.php"] = yard.shop.files["/clip.mp4"]
    found = await yard.media(await yard.pull("/%E8%A7%86%E9%A2%91%201.php?x=1"))
    assert found is not None and (found.name, found.media_type) == ("视频 1", "mp4")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/ts/index.m3u8", "m3u8"), ("/fmp4/index.m3u8", ""), ("/master.m3u8", "m3u8"), ("/ts/index.m3u8", "mp4")],
)
async def test_a_stream_of_hls_becomes_one_file(yard: Yard, path: str, media_type: str) -> None:
    """Whatever was said: the first line tells."""
    yard.shop.breaks = [10_000_000, 100]  # the playlist comes whole, what follows breaks off
    task = await yard.pull(path, media_type=media_type)
    found = await yard.media(task)
    assert (task.message, found is not None) == ("", True)
    assert found is not None and (found.media_type, found.metadata["container"]) == ("mp4", "mp4")
    assert 1.9 < found.metadata["duration"] < 2.3
    assert (len(found.metadata["video"]), len(found.metadata["audio"])) == (1, 1)
    assert found.name in ("index", "master")


async def failed(yard: Yard, path: str, **more: Any) -> tuple[int, str, str]:
    """ErrCode, ErrCodeExt and Message of a pull that fails, and leaves nothing."""
    task = await yard.pull(path, **more)
    assert await yard.media(task) is None and await yard.stage.keys("pulled") == []
    told = await yard.told(task)
    assert (told.FileId, told.FileUrl, told.MediaBasicInfo, told.Status) == ("", "", None, "FINISH")
    event = (await yard.stage.events())[-1]
    assert event == msgspec.to_builtins(told)
    assert "planted" not in str(event) and "token" not in told.Message
    return task.err_code, task.err_code_ext, task.message


FAILURES: dict[str, tuple[str, dict[str, Any], int, str, str]] = {
    "absent": ("/absent.mp4?token=x", {}, 60000, "SourceFileError.DownloadNotAccessible", "answered 404 Not Found"),
    "a page": ("/page.html", {}, 60000, "SourceFileError.ContentMalformed", "MediaUrl gives cannot be taken"),
    "a picture": ("/cover.png", {}, 60000, "SourceFileError.ContentMalformed", "not of a known video"),
    "no cover": ("/clip.mp4", {"cover": "/absent.png"}, 60000, "SourceFileError.DownloadNotAccessible", "absent.png"),
    "a video as cover": ("/clip.mp4", {"cover": "/clip.mp4"}, 60000, "SourceFileError", "what CoverUrl gives"),
    "no playlist": ("/clip.mp4", {"media_type": "m3u8"}, 60000, "SourceFileError.ContentMalformed", "no HLS playlist"),
    "a playlist of absent segments": (
        "/lost.m3u8", {}, 60000, "SourceFileError.DownloadNotAccessible", "/absent.ts answered 404"
    ),
    "a playlist of what is inside": ("/inside.m3u8", {}, 40000, "InvalidInput", "not public"),
    "a playlist of files": ("/local.m3u8", {}, 40000, "InvalidInput", "part 1 of 1 of the HLS stream"),
    "a live playlist": ("/live.m3u8", {}, 60000, "SourceFileError.ContentUnsupported", "live streams"),
    "masters without end": ("/nested.m3u8", {}, 60000, "SourceFileError.ContentUnsupported", "master playlists again"),
    "segments that are no video": ("/pages.m3u8", {}, 60000, "SourceFileError.ContentMalformed", "do not make a video"),
}  # fmt: skip
_LIST, _END = b"#EXTM3U\n#EXTINF:1,\n", b"\n#EXT-X-ENDLIST\n"
PLAYLISTS = {
    "/lost.m3u8": _LIST + b"absent.ts" + _END,
    "/inside.m3u8": _LIST + b"http://169.254.169.254/latest/meta-data/" + _END,
    "/local.m3u8": _LIST + b"file:///etc/passwd" + _END,
    "/live.m3u8": _LIST + b"a.ts\n",
    "/nested.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nnested.m3u8\n",
    "/pages.m3u8": _LIST + b"page.html" + _END,
}


async def test_what_cannot_be_pulled_is_told(yard: Yard) -> None:
    yard.shop.files |= PLAYLISTS
    for case, (path, more, code, name, words) in FAILURES.items():
        told = await failed(yard, path, **more)
        assert told[:2] == (code, name) and words in told[2], (case, told)
    assert len(await yard.stage.events()) == len(FAILURES)


async def test_sizes_are_bounded_over_all_segments(yard: Yard) -> None:
    size = sum(len(body) for path, body in yard.shop.files.items() if path.endswith(".ts"))
    task = await yard.run(await yard.accept("/ts/index.m3u8"), most=size - 1)
    assert task.err_code == 60000 and "bytes that are taken" in task.message


async def test_a_second_attempt_begins_anew_and_the_first_one_changes_nothing(yard: Yard) -> None:
    """A worker that was given up for dead had fetched everything; another one did so too, and was faster."""
    task_id, kind = await yard.accept("/clip.mp4"), yard.kind()
    first, first_owner = await yard.stage.claim(task_id)
    end = await yard.attempt(first, kind)
    second = await yard.run(task_id)
    with pytest.raises(AttemptLost):
        await yard.conclude(first, first_owner, end, kind)
    found = await yard.media(second)
    assert found is not None and second.err_code == 0
    assert len(await yard.stage.events()) == 1
    doomed = await yard.stage.db.fetch_all("select object_key from doomed_object where after <= now()")
    left = set(await yard.stage.keys("pulled")) - {row["object_key"] for row in doomed}
    assert left == {found.object_key}


async def test_an_aborted_pull_leaves_nothing(yard: Yard) -> None:
    task_id, kind = await yard.accept("/clip.mp4"), yard.kind()
    task, owner = await yard.stage.claim(task_id)
    end = await yard.attempt(task, kind)
    async with yard.stage.db.transaction() as connection:
        assert await abort(connection, BASE, yard.stage.app_id, task_id) is not None
    with pytest.raises(AttemptLost):
        await yard.conclude(task, owner, end, kind)
    ended = await yard.stage.task(task_id)
    assert (ended.err_code_ext, await yard.media(ended)) == ("Cancelled", None)
    [event] = await yard.stage.events()
    assert event == msgspec.to_builtins(await yard.told(ended)) and "ManageTask" in event["Message"]
    async with yard.stage.db.transaction() as connection:
        assert await abort(connection, BASE, yard.stage.app_id, task_id) is None


async def test_a_pull_that_ends_while_it_is_aborted_is_not_told_to_be_aborted(yard: Yard) -> None:
    """Whoever comes first: the other one waits for the row of the task, as there is no video to be held."""
    task_id, kind = await yard.accept("/clip.mp4"), yard.kind()
    task, owner = await yard.stage.claim(task_id)
    end = await yard.attempt(task, kind)
    async with yard.stage.db.transaction() as connection:
        await connection.execute("select 1 from task where task_id = %s for update", [task_id])
        finishing = asyncio.create_task(yard.conclude(task, owner, end, kind))
        await _waits(yard)
        aborting = asyncio.create_task(_abort(yard, task_id))
        await _waits(yard, 2)
    results = await asyncio.gather(finishing, aborting, return_exceptions=True)
    ended = await yard.stage.task(task_id)
    if ended.err_code == 0:
        assert results[1] is None and await yard.media(ended) is not None
    else:
        assert isinstance(results[0], AttemptLost) and results[1] is not None and await yard.media(ended) is None


async def _abort(yard: Yard, task_id: str) -> Task | None:
    async with yard.stage.db.transaction() as connection:
        return await abort(connection, BASE, yard.stage.app_id, task_id)


async def _waits(yard: Yard, number: int = 1) -> None:
    """Until so many connections wait for a lock."""
    query = "select count(*) as number from pg_stat_activity where wait_event_type = 'Lock' and datname = %s"
    name = await yard.stage.db.fetch_one("select current_database() as name")

    async def waiting() -> bool:
        found = await yard.stage.db.fetch_one(query, [(name or {})["name"]])
        return bool(found and found["number"] >= number)

    await until(waiting, f"{number} wait for a lock")


async def test_what_does_not_fit_into_the_quota(yard: Yard) -> None:
    """Its size is known when it is there: the task fails, says why, and leaves nothing."""
    asked: list[tuple[int, int]] = []

    async def room(sub_app_id: int, size: int) -> str:
        asked.append((sub_app_id, size))
        return "no room"

    task = await yard.run(await yard.accept("/clip.mp4"), room=room)
    assert (task.err_code_ext, task.message) == ("InvalidInput.Quota", "no room")
    [(sub_app_id, size)] = asked
    assert sub_app_id == yard.stage.app_id and size > 0
    assert await yard.media(task) is None
    assert await yard.stage.keys("pulled") == []


async def test_the_quota_of_the_application(yard: Yard) -> None:
    kind = Pulling.from_settings(SETTINGS, BASE, yard.stage.db)
    assert await kind.room(yard.stage.app_id, 10**15) == ""
    await quotas.change(yard.stage.db, yard.stage.app_id, {"bytes": 100})
    assert await kind.room(yard.stage.app_id, 100) == ""
    assert "stores 0 bytes; 101 more would be over its quota of 100" in await kind.room(yard.stage.app_id, 101)
