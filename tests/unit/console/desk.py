"""The console's pages in this process, with people who sign in as browsers do, and videos in every state."""

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from argon2 import PasswordHasher
from psycopg.types.json import Jsonb

from minivod.actions import Services
from minivod.clock import Clock
from minivod.console import paths
from minivod.console.passwords import Passwords
from minivod.console.site import make_site
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.publishing.preflight import Preflight
from minivod.settings import Settings
from minivod.store import accounts, console_users
from minivod.store.bell import EventBell
from minivod.store.console_users import ROLES
from minivod.store.database import Database
from minivod.store.event_reader import EventReader
from minivod.store.publications import Publications
from minivod.store.task_reader import TaskReader

from ..playback.stage import Stage, Video

PASSWORD = "a horse that reads the paper"
HOST = "https://vod.example"
JPEG = b"\xff\xd8\xff\xe0 of a finding"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_SEEN = re.compile(r'name="(seen)" value="([^"]+)"')


class Person:
    """A browser: it keeps cookies, and sends forms with the token of the page they are on."""

    def __init__(self, app: Any, base_url: str = HOST, **headers: str) -> None:
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)
        self.base_url = base_url

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def token(self, path: str) -> str:
        found = _TOKEN.search((await self.get(path)).text)
        assert found is not None, path
        return found[1]

    async def post(self, page: str, path: str, headers: Any = None, **fields: Any) -> httpx.Response:
        """Sends a form of that page."""
        return await self.send(path, await self.form(page) | fields, headers)

    async def form(self, page: str) -> dict[str, str]:
        """What the forms of that page hold by themselves, as it is now."""
        text = (await self.get(page)).text
        token = _TOKEN.search(text)
        assert token is not None, page
        return {"csrf": token[1], **dict(_SEEN.findall(text))}

    async def send(self, path: str, fields: dict[str, Any], headers: Any = None) -> httpx.Response:
        """Sends a form, perhaps of a page that was opened long ago."""
        return await self.client.post(path, data=fields, headers={"origin": self.base_url, **(headers or {})})

    async def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        return await self.post(paths.LOGIN, paths.LOGIN, name=name, password=password, **fields)


@dataclass
class Desk:
    """The console and what it shows."""

    stage: Stage
    services: Services
    app: Any

    @property
    def db(self) -> Database:
        return self.stage.db

    def person(self, base_url: str = HOST, **headers: str) -> Person:
        return Person(self.app, base_url, **headers)

    async def signed_in(self, role: str, **headers: str) -> Person:
        """Somebody of that role, which is the name too."""
        person = self.person(**headers)
        assert (await person.sign_in(role)).status_code == 303
        return person

    async def video(self, state: str = "NONE", **options: Any) -> Video:
        """A video whose original has an MD5, as the API tells it."""
        return await self.stage.video(state, **{"md5": uuid.uuid4().hex} | options)

    async def rejected(self, text: str = "forbidden words", name: str = "a clip", **more: Any) -> Video:
        """A rejected video with findings, of which the first has evidence; every text of others is that one."""
        video = await self.stage.video("REJECTED", name=name)
        prefix = f"evidence/{video.file_id}"
        await self.stage.objects.put_bytes(f"{prefix}/0001.jpg", JPEG)
        record = {
            "decision": "Rejected", "message": text, "samples_seen": 9, "samples_inspected": 4, "seconds": {},
            "summary": [{"Type": "Porn.Ocr", "Suggestion": "block", "Confidence": 97.25}], "covered": ["Porn.Ocr"],
            "uncovered": {"Terrorism": text}, "partly": {"Porn.Asr": text}, "evidence_prefix": prefix, "definition": 0,
            "digest": "", "subject": "", "second_looks": 2, "heard": 61.0,
            "findings": [finding(text, 1, 2.5, "0001"), finding(text, 3, 4, "")],
        } | more  # fmt: skip
        await self.db.execute("update review_record set record = %s where file_id = %s", [Jsonb(record), video.file_id])
        return video


def finding(text: str, start: float, end: float, evidence: str) -> dict[str, Any]:
    return {
        "category": "Porn.Ocr", "label": text, "confidence": 97.25, "start": start, "end": end, "detector": text,
        "evidence": evidence, "samples": 3, "certainty": "ambiguous", "disguise": text,
        "opinions": {"first": 99.0, text: 95.0},
    }  # fmt: skip


@asynccontextmanager
async def open_desk(database_url: str, home: Path, **settings: Any) -> AsyncIterator[Desk]:
    """The console on an empty database, with a user for each role."""
    chosen = Settings(data_dir=str(home), **settings)
    db = await Database(database_url).open()
    objects = Objects(chosen.objects_url())
    async with db.transaction() as connection:
        app_id = await accounts.create_account(connection)
    services = Services(
        settings=chosen, clock=Clock(), database=db, objects=objects, sandbox=Sandbox.from_settings(chosen),
        publications=Publications(db, Preflight.from_settings(chosen).accepts), tasks=TaskReader(db),
        event_bell=EventBell(database_url), event_reader=EventReader(db), public_url=HOST,
    )  # fmt: skip
    passwords = Passwords(QUICK)
    for role in ROLES:
        assert await console_users.add(db, role, role, passwords.hash(PASSWORD))
    try:
        yield Desk(Stage(db, objects, home, app_id), services, make_site(services, passwords))
    finally:
        await db.close()


def with_settings(desk: Desk, **changed: Any) -> Services:
    """The services of the desk under other settings."""
    return msgspec.structs.replace(desk.services, settings=msgspec.structs.replace(desk.services.settings, **changed))
