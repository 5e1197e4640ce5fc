"""A server's objects in a life of random events: uploads, publications, deletions, failures, and time that passes."""

import asyncio
import base64
import hashlib
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import psycopg

from minivod import ids
from minivod.clock import Clock
from minivod.cos.cleanup import remove_expired_uploads
from minivod.cos.endpoint import CosEndpoint
from minivod.jobs.janitor import delete_doomed
from minivod.media.probe import MediaMetadata, VideoStream
from minivod.objects import NoSuchObject
from minivod.processing.removal import remove_expired
from minivod.publishing import word
from minivod.publishing.decision import Decision
from minivod.review.model import Finding, ReviewRecord, ReviewResult
from minivod.store import kept, tasks, uploads
from minivod.store.database import Connection, Database
from minivod.store.publications import KIND
from minivod.store.tasks import Outcome, Task
from minivod.store.uploads import Upload
from minivod.tasking.conclude import conclude
from minivod.tasking.kind import AttemptLost, Kinds

from ..unit.cos.signing import signed, target
from ..unit.publishing.stage import Announcing
from ..unit.templates.samples import png
from ..waiting import PATIENCE
from ..wire.wire import Wire

PART = 1024 * 1024
REFERENCES = {
    ("uploaded_object", "stored_key"),
    ("multipart_part", "part_key"),
    ("media", "object_key"),
    ("media", "cover_key"),
    ("publication", "object_key"),
    ("publication", "cover_key"),
    ("kept_publication", "object_key"),
    ("kept_publication", "cover_key"),
    ("template", "object_key"),
    ("subtitle", "object_key"),
    ("preview", "object_key"),
}
"""Every column that names an object in the store; thumbnails are named in the JSON of review_record."""
HLS = ["index.m3u8", "0.ts", "low/1.ts"]
LEADS = {
    "slow put": ("apply", "begin_slow_put", "end_slow_put"),
    "multipart": ("apply", "begin_multipart", "put_part", "end_multipart"),
    "PASS": ("commit", "publish"), "REJECTED": ("commit", "publish"),
    "approve: PASS": ("apply", "put", "commit", "publish", "say"), "reject: REJECTED": ("publish", "say"),
    "deleted": ("clean",), "ModifyMediaInfo": ("modify",), "CreateWatermarkTemplate": ("watermark",),
    "ModifyWatermarkTemplate": ("watermark",), "DeleteWatermarkTemplate": ("watermark",),
}  # fmt: skip
"""What has to be done for something to happen, where it is not called like it."""
FILES = (
    "select prefix || '/' || name as key from media_result, unnest(files) as name",
    "select left(object_key, -length(files[1])) || name as key from publication, unnest(files) as name",
    "select left(object_key, -length(files[1])) || name as key from kept_publication, unnest(files) as name",
)
"""Queries for the objects that rows name by several columns."""

_TRANSACTION = Database.transaction


async def referred(db: Database) -> set[str]:
    """The objects that a row refers to."""
    named = [f"select {column} as key from {table} where {column} is not null" for table, column in sorted(REFERENCES)]
    found = {row["key"] for row in await db.fetch_all(" union all ".join([*named, *FILES]))}
    for row in await db.fetch_all("select record from review_record"):
        record = row["record"]
        found |= {f"{record['evidence_prefix']}/{finding['evidence']}.jpg" for finding in record["findings"]}
    return found


def metadata() -> MediaMetadata:
    """A probe's answer."""
    video = VideoStream(codec="h264", codec_tag="avc1", bitrate=1, width=64, height=48, fps=25.0, dynamic_range="SDR")
    return MediaMetadata(
        container="mp4", size=1000, duration=4.0, bitrate=2000, width=64, height=48, rotate=0, video=[video], audio=[],
        md5="0" * 32, audio_duration=0.0, video_duration=4.0, faststart=True,
    )  # fmt: skip


def review(decision: Any) -> ReviewResult:
    """A review that kept one picture."""
    found = Finding(category="Porn", label="x", confidence=90.0, start=0.0, end=1.0, detector="d", evidence="t1")
    record = ReviewRecord(
        decision=decision, message="m", summary=[], findings=[found], covered=[], uncovered={}, samples_seen=1,
        samples_inspected=1, seconds={},
    )  # fmt: skip
    return ReviewResult(record=record, thumbnails={"t1": b"a picture"})


@dataclass
class Life:
    """The server, and what has happened to it so far."""

    wire: Wire
    http: httpx.AsyncClient
    random: random.Random
    video: Path
    sessions: list[Upload] = field(default_factory=list)
    multiparts: list[tuple[Upload, str, dict[int, str]]] = field(default_factory=list)
    slow: list[tuple[asyncio.Event, asyncio.Task[httpx.Response]]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    faults: float = 0.0

    @property
    def db(self) -> Database:
        return self.wire.db

    def tally(self, what: str) -> None:
        """Counts something that worked."""
        self.done[what] = self.done.get(what, 0) + 1

    @asynccontextmanager
    async def transaction(self, database: Database) -> AsyncIterator[Connection]:
        """In place of `Database.transaction`: the connection breaks now and then, before the commit or after it."""
        kind = self.random.random()
        async with _TRANSACTION(database) as connection:
            yield connection
            if kind < self.faults / 2:
                raise psycopg.OperationalError("broken before the commit")
        if kind < self.faults:
            raise psycopg.OperationalError("broken after the commit")

    # Uploads

    async def apply(self) -> None:
        told = {"MediaType": "mp4", "MediaName": "v", "CoverType": self.random.choice(["", "", "jpg"])}
        if self.random.random() < 0.2:
            told["ExpireTime"] = "2999-01-01T00:00:00Z"
        answer = await self.wire.call("ApplyUpload", told)
        assert answer.code == "OK", answer
        lifetime = f"{self.random.choice([1, 12, 100])} hours"
        await self.db.execute(
            "update upload set expires_at = now() + %s::interval where session_key = %s",
            [lifetime, answer["VodSessionKey"]],
        )
        found = await uploads.find_by_session_key(self.db, self.wire.key.app_id, answer["VodSessionKey"])
        assert found is not None
        self.sessions.append(found)

    def session(self) -> Upload | None:
        return self.random.choice(self.sessions[-4:]) if self.sessions else None

    def key_of(self, session: Upload) -> str:
        return self.random.choice([session.media_key, session.cover_key or session.media_key])

    async def ask(
        self, session: Upload, method: str, key: str, params: dict[str, str] | None = None, **how: Any
    ) -> httpx.Response:
        headers = signed(session, method, f"/{key}", params) | how.pop("headers", {})
        answer = await self.http.request(method, target(f"/{key}", params), headers=headers, **how)
        assert answer.status_code < 500 or self.faults, answer.text
        assert answer.status_code != 500, answer.text
        return answer

    async def put(self) -> None:
        if session := self.session():
            content = self.random.randbytes(1000)
            broken: dict[str, str] = self.random.choice(
                [{}, {}, {}, {"content-length": "2000"}, {"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}]
            )
            answer = await self.ask(session, "PUT", self.key_of(session), content=content, headers=broken)
            assert not (broken and answer.status_code == 200)
            if answer.status_code == 200:
                assert answer.headers["etag"] == f'"{hashlib.md5(content).hexdigest()}"'
                self.tally("put")

    async def begin_slow_put(self) -> None:
        """A PUT whose last bytes come when the janitor has been there many times."""
        session = self.session()
        if session is None or len(self.slow) > 3:
            return
        go = asyncio.Event()

        async def content() -> AsyncIterator[bytes]:
            yield b"x" * 500
            await go.wait()
            yield b"x" * 500

        sending = self.ask(session, "PUT", self.key_of(session), content=content(), headers={"content-length": "1000"})
        self.slow.append((go, asyncio.create_task(sending)))

    async def end_slow_put(self) -> None:
        if self.slow:
            go, sending = self.slow.pop(0)
            go.set()
            if (await sending).status_code == 200:
                self.tally("slow put")

    async def begin_multipart(self) -> None:
        if session := self.session():
            answer = await self.ask(session, "POST", session.media_key, {"uploads": ""})
            if answer.status_code == 200:
                upload_id = ElementTree.fromstring(answer.text).findtext("UploadId") or ""
                self.multiparts.append((session, upload_id, {}))

    async def put_part(self) -> None:
        if self.multiparts:
            session, upload_id, have = self.random.choice(self.multiparts[-3:])
            number = self.random.choice([1, 2])
            params = {"partNumber": str(number), "uploadId": upload_id}
            answer = await self.ask(session, "PUT", session.media_key, params, content=self.random.randbytes(PART))
            if answer.status_code == 200:
                have[number] = answer.headers["etag"]

    async def end_multipart(self) -> None:
        if not self.multiparts:
            return
        session, upload_id, have = self.random.choice(self.multiparts[-3:])
        if self.random.random() < 0.2:
            await self.ask(session, "DELETE", session.media_key, {"uploadId": upload_id})
            return
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{have[number]}</ETag></Part>" for number in sorted(have)
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        answers = await asyncio.gather(
            *(
                self.ask(session, "POST", session.media_key, {"uploadId": upload_id}, content=body)
                for _ in range(self.random.choice([1, 2]))
            )
        )
        if any(answer.status_code == 200 for answer in answers):
            self.tally("multipart")

    async def commit(self) -> None:
        if session := self.session():
            for answer in await asyncio.gather(
                *(
                    self.wire.call("CommitUpload", {"VodSessionKey": session.session_key})
                    for _ in range(self.random.choice([1, 2]))
                )
            ):
                assert answer.code != "InternalError" or self.faults, answer
                if answer.code == "OK":
                    self.tally("commit")

    # Videos

    async def file_id(self) -> str | None:
        rows = await self.db.fetch_all("select file_id from media order by created_at desc limit 4")
        return str(self.random.choice(rows)["file_id"]) if rows else None

    async def publish(self) -> None:
        """Accepts, and runs one to three attempts, of which one at most can count."""
        file_id = await self.file_id()
        if file_id is None:
            return
        answer = await self.wire.call("WeChatMiniProgramPublish", {"FileId": file_id})
        if answer.code != "OK":
            return
        attempts = []
        for _ in range(self.random.choice([1, 1, 2, 3])):
            owner = uuid.uuid4()
            with suppress(psycopg.OperationalError):
                if task := await tasks.claim(self.db, answer["TaskId"], owner, 0):
                    attempts.append(self.attempt(task, owner))
        self.random.shuffle(attempts)
        await asyncio.gather(*attempts)

    async def attempt(self, task: Task, owner: uuid.UUID) -> None:
        state = self.random.choice(["PASS", "PASS", "REJECTED", "FAILED"])
        stored = state != "FAILED"
        result = {"PASS": "Pass", "REJECTED": "Rejected", "FAILED": "Failed"}[state]
        decision = Decision(
            outcome=Outcome(message="m", result=result),
            state=state,
            files=dict.fromkeys(self.random.choice([[""], HLS]), self.video) if stored else {},
            cover=self.video if stored and self.random.random() < 0.5 else None,
            metadata=metadata(),
            kept_for=self.random.choice([0, 5 * 3600]),
            review=None if state == "FAILED" else review(result),
        )
        with suppress(AttemptLost, psycopg.OperationalError):
            await conclude(
                self.db, self.wire.services.objects, Kinds(single={KIND: Announcing()}), task, owner, decision
            )
            self.tally(state)

    async def say(self) -> None:
        """An operator's word, or two at once."""
        if (file_id := await self.file_id()) is None:
            return
        by, where = word.Operator(name="ann", reason="because"), (self.db, self.wire.key.app_id, file_id)
        words = {
            "approve": lambda: word.approve(*where, by),
            "reject": lambda: word.reject(*where, by, seconds=self.random.choice([0, 5 * 3600])),
            "reset": lambda: word.reset(*where, by, seconds=5 * 3600),
        }
        for name in self.random.sample(sorted(words), self.random.choice([1, 2])):
            with suppress(word.CannotSay, psycopg.OperationalError):
                said = await words[name]()
                if said.before != said.after:
                    self.tally(f"{name}: {said.after}")

    async def delete(self) -> None:
        if file_id := await self.file_id():
            kinds = ["OriginalFiles", "TranscodeFiles", "WechatMiniProgramPublishFiles"]
            chosen = self.random.choice([[], [self.random.choice(kinds)], self.random.sample(kinds, 2)])
            parts = [{"Type": kind, "Definition": 0} for kind in chosen]
            answer = await self.wire.call("DeleteMedia", {"FileId": file_id, "DeleteParts": parts})
            if answer.code == "OK":
                self.tally("delete")

    async def transcode(self) -> None:
        """A transcode of several files, as its table has it."""
        if file_id := await self.file_id():
            prefix = f"made/{file_id}/{ids.new_directory()}"
            for name in HLS:
                await self.wire.services.objects.put_bytes(f"{prefix}/{name}", b"part of a transcode")
            added = await self.db.execute(
                """insert into media_result (file_id, sub_app_id, kind, definition, task_id, prefix, files, entry,
                                             whole, source_key)
                   select file_id, sub_app_id, 'Transcode', 10, 'a task', %s, %s, %s, true, 'its source'
                     from media where file_id = %s for key share on conflict do nothing""",
                [prefix, HLS, HLS[0], file_id],
            )
            if not added:
                for name in HLS:
                    await self.wire.services.objects.delete(f"{prefix}/{name}")

    async def watermark(self) -> None:
        """A watermark with a picture is made, gets another picture, or is deleted."""
        picture = {"ImageTemplate": {"ImageContent": base64.b64encode(png()).decode()}}
        listed = await self.wire.call("DescribeWatermarkTemplates")
        known = [one["Definition"] for one in listed.get("WatermarkTemplateSet", [])]
        choices: list[tuple[str, dict[str, Any]]] = [("CreateWatermarkTemplate", {"Type": "image", **picture})]
        if known:
            definition = {"Definition": self.random.choice(known)}
            choices += [("ModifyWatermarkTemplate", definition | picture), ("DeleteWatermarkTemplate", definition)]
        name, parameters = self.random.choice(choices)
        if (await self.wire.call(name, parameters)).code == "OK":
            self.tally(name)

    async def modify(self) -> None:
        """A video gets another cover and a subtitle, and loses those that it had."""
        file_id = await self.file_id()
        if file_id is None:
            return
        written = {"Name": "a", "Language": "zh", "Format": "vtt", "Content": base64.b64encode(b"WEBVTT").decode()}
        cover = {"CoverData": base64.b64encode(png()).decode()}
        choices: list[dict[str, Any]] = [
            cover, {"AddSubtitles": [written, written]}, {"ClearSubtitles": 1},
            {**cover, "AddSubtitles": [written], "ClassId": 404},
        ]  # fmt: skip
        if (await self.wire.call("ModifyMediaInfo", {"FileId": file_id, **self.random.choice(choices)})).code == "OK":
            self.tally("ModifyMediaInfo")

    # Time

    async def pass_time(self, hours: int) -> None:
        """What lies in the future comes nearer."""
        for statement in (
            "update doomed_object set after = after - make_interval(hours => %s)",
            "update kept_publication set expires_at = expires_at - make_interval(hours => %s)",
            "update upload set expires_at = expires_at - make_interval(hours => %s)",
        ):
            await self.db.execute(statement, [hours])
        if self.random.random() < 0.1:
            await self.db.execute(
                """update media set expires_at = now() where file_id = (
                       select file_id from media where expires_at is not null limit 1)"""
            )

    async def clean(self) -> None:
        """A round of the janitor, as far as it is about objects."""
        objects = self.wire.services.objects
        with suppress(psycopg.OperationalError):
            await remove_expired_uploads(self.db, objects)
        with suppress(psycopg.OperationalError):
            await kept.expire(self.db)
        with suppress(psycopg.OperationalError):
            if await remove_expired(self.db, "http://x"):
                self.tally("expired")
        with suppress(psycopg.OperationalError):
            if await delete_doomed(self.db, objects):
                self.tally("deleted")

    # What must hold

    async def referred(self) -> set[str]:
        """The objects that a row refers to."""
        return await referred(self.db)

    async def stored(self) -> set[str]:
        """The objects that there are."""
        return {entry.key async for entry in self.wire.services.objects.entries()}

    async def step(self, missing: Collection[str] = ()) -> None:
        """A few things at once; what leads to something that has not happened yet is done more often."""
        choices: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.apply, 4), (self.put, 10), (self.begin_slow_put, 1), (self.end_slow_put, 1),
            (self.begin_multipart, 2), (self.put_part, 6), (self.end_multipart, 3), (self.commit, 6),
            (self.publish, 10), (self.say, 6), (self.delete, 1), (self.transcode, 1), (self.watermark, 3),
            (self.modify, 3), (self.clean, 2),
        ]  # fmt: skip
        hurry = {name for what in missing for name in LEADS.get(what, (what,))}
        weights = [10 * weight if one.__name__ in hurry else weight for one, weight in choices]
        chosen = self.random.choices([one for one, _ in choices], weights, k=4)
        await asyncio.gather(*(one() for one in chosen))
        if self.random.random() < 0.1:
            await self.pass_time(self.random.choice([1, 5, 30]))

    async def end(self) -> None:
        """Everything comes to its end, and a month passes."""
        self.faults = 0.0
        while self.slow:
            await self.end_slow_put()
        for _ in range(3):
            await self.pass_time(24 * 10)
            await self.clean()


@asynccontextmanager
async def begin(wire: Wire, seed: int, directory: Path) -> AsyncIterator[Life]:
    """A life on that endpoint."""
    video = directory / "video.mp4"
    video.write_bytes(b"published " * 100)
    endpoint = CosEndpoint(wire.db, wire.services.objects, Clock(), max_size=10**8)
    transport = httpx.ASGITransport(app=endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://vod.test", timeout=PATIENCE) as http:
        life = Life(wire, http, random.Random(seed), video)
        try:
            yield life
        finally:
            for go, sending in life.slow:
                go.set()
                with suppress(AssertionError, NoSuchObject):
                    await sending
