"""A server with playback and the object endpoint on one port, and videos in every state of their life on it."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
import uvicorn
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from minivod import ids
from minivod.clock import Clock
from minivod.cos.endpoint import CosEndpoint, is_cos_request
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.playback.delivery import ByNginx, ByRedirect, Delivery
from minivod.playback.plays import Plays
from minivod.playback.previews import Previews
from minivod.playback.psign import ALGORITHM, Claims, ContentInfo
from minivod.playback.routes import routes
from minivod.playback.shortcut import Shortcut
from minivod.playback.signature import make, signed_by
from minivod.publishing import word
from minivod.serving.connection import OPTIONS
from minivod.store import accounts, distributions, kept, media, publications, subtitles, tasks
from minivod.store.bell import WithdrawalBell
from minivod.store.database import Database
from minivod.store.publications import KIND, Publications, PublishRequest
from minivod.store.results import ADAPTIVE, TRANSCODE
from minivod.store.subtitles import Subtitle
from minivod.store.tasks import Task
from minivod.urls import result_url

from ...waiting import PATIENCE

SOURCE = b"source " * 1000
VIDEO = bytes(range(256)) * 40
SUBTITLE = b"WEBVTT\n\n00:00.000 --> 00:01.000\nsaid"
COVER = b"\xff\xd8\xff\xe0 a picture"
RAW_COVER = b"\x89PNG as it was uploaded"
URL_KEY = "24FEQmTzro4V5u3D5epW"

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""A connection to the server."""


@dataclass(frozen=True)
class Answer:
    """An answer as it came, without what differs from request to request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


@dataclass(frozen=True)
class Video:
    """A video of the stage."""

    app_id: int
    sub_app_id: int
    file_id: str
    directory: str
    source_key: str
    cover_key: str | None = None

    @property
    def folder(self) -> str:
        return f"/{self.app_id}/{self.directory}/{self.file_id}"

    @property
    def url(self) -> str:
        return f"{self.folder}/f0.mp4"

    @property
    def cover_url(self) -> str:
        return f"{self.folder}/{self.file_id}.jpg"

    @property
    def subtitle_url(self) -> str:
        return f"{self.folder}/subtitles/zh-1.vtt"

    @property
    def play_info(self) -> str:
        return f"/getplayinfo/v4/{self.app_id}/{self.file_id}"


FILES: dict[str, list[str]] = {
    "Transcode": ["video.mp4"], "AnimatedGraphics": ["moving.webp"], "SnapshotByTimeOffset": ["0.jpg", "1.jpg"],
    "SampleSnapshot": ["0.jpg", "1.jpg"],
    "ImageSprite": ["sprite.vtt", "0.png"],
    "AdaptiveDynamicStreaming": ["master.m3u8", "0.m3u8", "0-init.mp4", "0-0.m4s", "low/0.ts"],
}  # fmt: skip
HLS = ["index.m3u8", "0.ts", "1.ts"]
SAID = {
    "REJECTED BY A PERSON": ("PASS", ["reject"]),
    "REJECTED WHILE RUNNING": ("RUNNING", ["reject"]),
    "APPROVED AND REJECTED": ("REJECTED", ["approve", "reject"]),
    "APPROVED AND RESET": ("REJECTED", ["approve", "reset"]),
    "APPROVED BY A PERSON": ("REJECTED", ["approve"]),
    "REJECTED AND RESET": ("PASS", ["reject", "reset"]),
    "REJECTED AND APPROVED": ("PASS", ["reject", "approve"]),
}
"""States that operators bring about: the one before it, and their words."""
SAY_YES = ("APPROVED BY A PERSON", "REJECTED AND RESET", "REJECTED AND APPROVED")
"""Those of them in which the video plays."""


@dataclass(frozen=True)
class Made:
    """A result of the stage."""

    video: Video
    kind: str
    definition: int
    files: list[str]
    prefix: str

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def content(self, name: str) -> bytes:
        return f"result {self.kind} {self.definition} {self.prefix} {name}".encode() * 20

    def url(self, name: str) -> str:
        alone = self.kind == TRANSCODE and len(self.files) == 1
        return result_url("", self.video, self.kind, self.definition, name, alone=alone)

    @property
    def urls(self) -> dict[str, str]:
        """Where its files are, by their names."""
        return {name: self.url(name) for name in self.files}


@dataclass
class Stage:
    """The running server and what it keeps."""

    db: Database
    objects: Objects
    root: Path
    app_id: int
    port: int = 0
    keys: list[str] = field(default_factory=list)
    plays: Plays | None = None
    _idle: list[Wire] = field(default_factory=list)

    async def video(self, state: str = "PASS", *, sub_app_id: int | None = None, **options: Any) -> Video:
        """A video that was uploaded and is, by the store's own functions, in that state.

        `NONE`, `RUNNING`, `REJECTED`, `FAILED`, `PASS`, `WITHDRAWN`, `DELETED`, `EXPIRED`, `FORBIDDEN` (else as PASS),
        or one of `SAID`.
        """
        if state in SAID:
            new = await self.video(SAID[state][0], sub_app_id=sub_app_id, **options)
            for what in SAID[state][1]:
                await self.say(new, what)
            return new
        file_id, directory = ids.new_file_id(), ids.new_directory()
        new = Video(self.app_id, sub_app_id or self.app_id, file_id, directory, f"vod_upload/{file_id}/source.mp4")
        await self.objects.put_bytes(new.source_key, SOURCE)
        await self.objects.put_bytes(f"vod_upload/{file_id}/cover.png", RAW_COVER)
        async with self.db.transaction() as connection:
            await media.create(
                connection,
                file_id=file_id,
                sub_app_id=new.sub_app_id,
                directory=directory,
                name=options.get("name", "a clip"),
                media_type="mp4",
                object_key=new.source_key,
                cover_key=f"vod_upload/{file_id}/cover.png",
                cover_type="png",
                metadata=metadata(len(SOURCE)) | {"md5": options.get("md5", "")},
                expires_at=datetime.now(UTC) - timedelta(seconds=1) if state == "EXPIRED" else None,
            )
            written = Subtitle(subtitle_id="zh-1", name="中文", language="zh", object_key=f"subtitle/{file_id}/1.vtt")
            await subtitles.add(connection, new.sub_app_id, file_id, written)
        await self.objects.put_bytes(written.object_key, SUBTITLE)
        if state != "NONE":
            await self._decide(new, state, **options)
        if state == "WITHDRAWN":
            await self.withdraw(new)
        if state == "FORBIDDEN":
            await self.forbid(new)
        if state == "DELETED":
            async with self.db.transaction() as connection:
                await media.delete(connection, new.sub_app_id, file_id)
        return new

    async def application(self, distribution: str, referers: dict[str, Any] | None = None) -> int:
        """Another application of the account, whose links are signed by URL_KEY if they are: its SubAppId."""
        async with self.db.transaction() as connection:
            made = await accounts.create_sub_app(connection, self.app_id, distribution)
        await self.distribute(made.sub_app_id, distribution, referers)
        return made.sub_app_id

    async def distribute(self, sub_app_id: int, distribution: str, referers: dict[str, Any] | None = None) -> None:
        """Gives an application another distribution, and another rule for Referers."""
        async with self.db.transaction() as connection:
            before = await distributions.lock(connection, sub_app_id)
            signs = distribution == distributions.SIGNED
            after = distributions.signed(before, URL_KEY) if signs else distributions.unsigned(before, distribution)
            await distributions.save(connection, distributions.with_referers(after, referers))

    async def forbid(self, video: Video, *, forbidden: bool = True) -> None:
        """What ForbidMediaDistribution does; not forbidden: what undoes it."""
        file_ids = {video.file_id}
        assert await media.set_forbidden(self.db, video.sub_app_id, [*file_ids], forbidden=forbidden) == file_ids

    async def say(self, video: Video, what: str) -> word.Said:
        """An operator's word."""
        by, where = word.Operator(name="ann", reason=f"{what}, because"), (self.db, video.sub_app_id, video.file_id)
        if what == "approve":
            return await word.approve(*where, by)
        return await (word.reject if what == "reject" else word.reset)(*where, by, seconds=3600)

    async def _decide(self, video: Video, state: str, **options: Any) -> None:
        definition, files = int(options.get("definition", 0)), list(options.get("files", ()))
        task = await self._accept(video)
        if state == "RUNNING":
            return
        passed = state in ("PASS", "WITHDRAWN", "DELETED", "EXPIRED", "FORBIDDEN")
        attempt = uuid.uuid4().hex
        content: bytes = options.get("content", VIDEO)
        cover = f"published/{video.file_id}/{attempt}.jpg"
        keys = [f"published/{video.file_id}/{attempt}/{name}" for name in files]
        keys = keys or [f"published/{video.file_id}/{attempt}.mp4"]
        key = keys[0]
        if passed or state == "REJECTED":  # what is rejected is kept, to be approved
            self.keys.extend(keys)
            for one in keys:
                await self.objects.put_bytes(one, content)
            await self.objects.put_bytes(cover, COVER)
        async with self.db.transaction() as connection:
            assert await publications.decide(
                connection,
                task,
                state="PASS" if passed else state,
                object_key=key if passed else None,
                cover_key=cover if passed and options.get("cover", True) else None,
                metadata=metadata(len(content)),
                reviewed_source=options.get("reviewed_source", video.source_key) if passed else None,
                files=files if passed else (),
            )
            if state == "REJECTED":
                what = kept.Kept(
                    definition=definition, object_key=key, cover_key=cover, files=files,
                    metadata=metadata(len(content)), reviewed_source=options.get("reviewed_source", video.source_key),
                )  # fmt: skip
                await kept.keep(connection, video.sub_app_id, video.file_id, what, 3600)
            if state != "FAILED":
                await tasks.save_review(connection, task, record("Pass" if passed else "Rejected", definition))
            await connection.execute(
                "update publication set definition = %s where file_id = %s", [definition, video.file_id]
            )

    async def result(self, video: Video, kind: str, definition: int, **options: Any) -> Made:
        """A result of the video, of several files where its kind has them; it need not play."""
        names = options.get("files", FILES[kind])
        made = Made(video, kind, definition, names, f"result/{video.file_id}/{uuid.uuid4().hex}")
        for name in names:
            await self.objects.put_bytes(made.key(name), options.get("content", made.content(name)))
        probed = metadata(7) if kind in (TRANSCODE, ADAPTIVE) else None
        body = {"package": "HLS", "size": 9000, "streams": [
            {"Type": "video", "Width": 640, "Height": 360, "Size": 4000},
            {"Type": "video", "Width": 1280, "Height": 720, "Size": 5000},
        ]}  # fmt: skip
        await self.db.execute(
            """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry, metadata,
                                         whole, source_key, body)
               values (%s, %s, %s, %s, 'a task', %s, %s, %s, %s, %s, %s, %s)""",
            [
                video.file_id, video.sub_app_id, kind, definition, made.prefix, names,
                "" if "Snapshot" in kind else names[0], Jsonb(probed) if probed else None,
                options.get("whole", True), options.get("source_key", video.source_key), Jsonb(body),
            ],
        )  # fmt: skip
        return made

    async def _accept(self, video: Video) -> Task:
        wanted = PublishRequest(
            sub_app_id=video.sub_app_id,
            app_id=video.app_id,
            file_id=video.file_id,
            definition=0,
            task_id=ids.new_task_id(video.app_id, KIND),
        )
        assert (await Publications(self.db, lambda *_: True).accept(wanted)).accepted
        [task] = await tasks.find_many(self.db, [(video.sub_app_id, wanted.task_id)])
        assert task is not None
        return task

    async def publish_again(self, video: Video, **options: Any) -> None:
        """Withdraws, and publishes another attempt's object."""
        await self.withdraw(video)
        await self._decide(video, "PASS", **options)

    async def withdraw(self, video: Video) -> None:
        """What DeleteMedia does to the publication."""
        async with self.db.transaction() as connection:
            await publications.withdraw(connection, video.sub_app_id, video.file_id)

    async def play_key(self, sub_app_id: int | None = None) -> str:
        """The key that signs psign."""
        found = await accounts.find_sub_app(self.db, self.app_id, sub_app_id or self.app_id)
        assert found is not None
        return found.play_key

    async def get(self, target: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        """Sends the target exactly as it is written; no library tidies it up."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        async with asyncio.timeout(PATIENCE):
            if self._idle:
                with suppress(ConnectionError, asyncio.IncompleteReadError):  # it has waited for too long
                    return await self._ask(self._idle.pop(), head, method)
            return await self._ask(await asyncio.open_connection("127.0.0.1", self.port), head, method)

    async def _ask(self, wire: Wire, head: bytes, method: str) -> Answer:
        """In the loop of the server: a library in a thread of its own would cost more than the answer."""
        reader, writer = wire
        try:
            writer.write(head)
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
            status = int(first.split(" ", 2)[1])
            got = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
            body = b""
            if method != "HEAD" and status not in (204, 304):
                body = await reader.readexactly(int(dict(got)["content-length"]))
        except BaseException:
            writer.close()
            raise
        if ("connection", "close") in got:
            writer.close()
        else:
            self._idle.append(wire)
        shown = sorted((name, value) for name, value in got if name != "date")
        return Answer(status, tuple(shown), _REQUEST_ID.sub(b'"requestId":""', body))

    def hang_up(self) -> None:
        """Closes the connections that wait for another request."""
        for _, writer in self._idle:
            writer.close()


def linked(url: str, *, key: str = URL_KEY, lifetime: float = 3600.0, **limits: Any) -> str:
    """The address with a signature."""
    return signed_by(key, make(expires=time.time() + lifetime, **limits), url)


async def sign(stage: Stage, video: Video, content: ContentInfo | None, **more: Any) -> str:
    """A psign that asks for a form of the video."""
    claims = Claims(
        appId=video.app_id, fileId=video.file_id, contentInfo=content, currentTimeStamp=int(time.time()), **more
    )
    return jwt.encode(msgspec.to_builtins(claims), await stage.play_key(video.sub_app_id), ALGORITHM)


_REQUEST_ID = re.compile(rb'"requestId":"[0-9a-f-]{36}"')


def metadata(size: int) -> dict[str, Any]:
    """A probe's answer."""
    video = {
        "codec": "h264", "codec_tag": "avc1", "bitrate": 1_000_000, "width": 1280, "height": 720, "fps": 25.0,
        "dynamic_range": "SDR",
    }  # fmt: skip
    return {
        "container": "mp4", "size": size, "duration": 5.28, "bitrate": 1_205_959, "width": 1280, "height": 720,
        "rotate": 0, "video": [video], "audio": [], "md5": "0" * 32, "audio_duration": 5.28, "video_duration": 5.28,
        "faststart": True,
    }  # fmt: skip


def record(decision: str, definition: int = 0) -> dict[str, Any]:
    """What a review found, as far as it counts here."""
    row = {"Type": "Porn", "Suggestion": "pass" if decision == "Pass" else "block", "Confidence": 50.0}
    return {
        "decision": decision, "message": f"{decision}: it is like that", "summary": [row], "findings": [],
        "covered": ["Porn"], "uncovered": {}, "samples_seen": 1, "samples_inspected": 1, "seconds": {},
        "evidence_prefix": "evidence/none", "definition": definition, "digest": "",
    }  # fmt: skip


def _delivery(objects: Objects, by_nginx: str, by_redirect: float) -> Delivery | None:
    if by_nginx:
        return ByNginx(by_nginx)
    return ByRedirect(objects, Clock(), by_redirect) if by_redirect else None


@asynccontextmanager
async def open_stage(
    database_url: str,
    root: Path,
    *,
    clock: Clock | None = None,
    require_psign: bool = False,
    cors_origins: Sequence[str] = ("*",),
    public_url: str = "https://vod.example/media/",
    storage_url: str = "",
    by_nginx: str = "",
    by_redirect: float = 0,
    bell: WithdrawalBell | None = None,
    sandbox: Sandbox | None = None,
    count: bool = False,
) -> AsyncIterator[Stage]:
    """The server on a free port."""
    db = await Database(database_url).open()
    objects = Objects(storage_url or root.as_uri())
    async with db.transaction() as connection:
        app_id = await accounts.create_account(connection)
    plays = Plays(db, clock or Clock()) if count else None
    playback = Starlette(
        routes=routes(
            db,
            objects,
            clock or Clock(),
            public_url=public_url,
            require_psign=require_psign,
            cors_origins=cors_origins,
            delivery=_delivery(objects, by_nginx, by_redirect),
            bell=bell,
            previews=Previews(db, objects, sandbox, str(root.parent)),
            plays=plays,
        )
    )
    playback.router.redirect_slashes = False
    shortcut = Shortcut(playback)
    cos = CosEndpoint(db, objects, Clock(), max_size=10**6)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (cos if is_cos_request(scope) else shortcut)(scope, receive, send)

    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", **OPTIONS | {"lifespan": "off"})
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        stage = Stage(db, objects, root, app_id, server.servers[0].sockets[0].getsockname()[1], plays=plays)
        yield stage
        stage.hang_up()
    finally:
        server.should_exit = server.force_exit = True
        await task
        await db.close()
