"""The endpoint in process with real parts, signatures made apart from the code under test, and a page that calls."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from minivod.actions import CallContext
from minivod.clock import FixedClock
from minivod.settings import Settings
from minivod.store.accounts import AccessKey
from minivod.store.database import Database
from minivod.ugc.endpoint import UgcEndpoint, with_cors

from ..actions.conftest import make_call
from ..actions.test_commit_upload import put

ORIGIN = "https://page.example"
_numbers = itertools.count(1)


def sign(secret_key: str, original: bytes) -> str:
    """As the documentation of signatures says."""
    mac = hmac.new(secret_key.encode(), original, hashlib.sha1).digest()
    return base64.b64encode(mac + original).decode()


class Answer(dict[str, Any]):
    """An answer, which has three members."""

    @property
    def code(self) -> int:
        return int(self["code"])

    @property
    def message(self) -> str:
        return str(self["message"])

    @property
    def data(self) -> dict[str, Any]:
        got: dict[str, Any] = self["data"]
        return got


@dataclass
class Page:
    """Who holds signatures, and calls."""

    endpoint: UgcEndpoint
    call: CallContext
    clock: FixedClock

    @property
    def db(self) -> Database:
        return self.call.services.database

    @property
    def key(self) -> AccessKey:
        return self.call.key

    def signature(self, key: AccessKey | None = None, **members: Any) -> str:
        """A good one, but for what is given; None takes a member away."""
        key, now = key or self.key, int(self.clock.now())
        said = {"secretId": key.secret_id, "currentTimeStamp": now, "expireTime": now + 600, "random": next(_numbers)}
        said |= members
        original = urlencode({name: value for name, value in said.items() if value is not None})
        return sign(key.secret_key, original.encode())

    async def send(
        self,
        body: bytes,
        query: str = "Action=ApplyUploadUGC",
        method: str = "POST",
        headers: Sequence[tuple[str, str]] = (),
        endpoint: UgcEndpoint | None = None,
    ) -> Answer:
        """Calls, and holds the answer to its form."""
        start, sent = await self.raw(body, query, method, headers, endpoint)
        assert start["status"] == 200
        assert dict(start["headers"])[b"content-type"] == b"application/json"
        answer = Answer(json.loads(sent["body"]))
        assert list(answer) == ["code", "message", "data"]
        assert isinstance(answer.data, dict)
        assert bool(answer.message) == bool(answer.code)
        assert answer.data == {} or answer.code == 0
        return answer

    async def raw(
        self,
        body: bytes,
        query: str = "Action=ApplyUploadUGC",
        method: str = "POST",
        headers: Sequence[tuple[str, str]] = (),
        endpoint: UgcEndpoint | None = None,
    ) -> list[Any]:
        """Calls as a page of another origin does; the messages that the server was given."""
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        lines = [("origin", ORIGIN), ("content-length", str(len(body))), *headers]
        scope = {
            "type": "http",
            "method": method,
            "path": "/v3/index.php",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in lines],
            "client": ("127.0.0.1", 1),
            "scheme": "https",
        }
        await with_cors(endpoint or self.endpoint, [ORIGIN])(scope, receive, send)
        return sent

    async def ask(self, action: str, /, endpoint: UgcEndpoint | None = None, **members: Any) -> Answer:
        """Calls with these members; a signature is made, unless there is one."""
        told = {"signature": self.signature()} | members
        return await self.send(json.dumps(told).encode(), f"Action={action}UploadUGC", endpoint=endpoint)

    async def apply(self, **members: Any) -> Answer:
        """As the uploader for the Web applies."""
        told: dict[str, Any] = {"videoName": "clip", "videoType": "mp4", "videoSize": 1000, "uploadFromWeb": True}
        return await self.ask("Apply", **told | members)

    async def upload(self, applied: Answer, content: bytes, cover: bytes | None = None) -> None:
        """Puts the bytes where they belong."""
        for what, bytes_ in (("video", content), ("cover", cover)):
            if bytes_ is not None:
                key = applied.data[what]["storagePath"].removeprefix("/")
                await put(self.call, applied.data["vodSessionKey"], key, bytes_)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    tmp_path.chmod(0o711)  # the tools' user has to pass
    return tmp_path


@pytest.fixture
async def page(database_url: str, data_dir: Path) -> AsyncIterator[Page]:
    db = await Database(database_url).open()
    yield await open_page(db, Settings(data_dir=str(data_dir), rate_limit=0), database_url)
    await db.close()


async def open_page(db: Database, settings: Settings, database_url: str) -> Page:
    """A page whose key is of a new account."""
    call, clock = await make_call(db, settings, database_url), FixedClock(float(int(time.time())))
    services = msgspec.structs.replace(
        call.services, clock=clock, public_url="http://vod.example:9050", https_url="https://vod.example:9443"
    )
    return Page(UgcEndpoint(services), msgspec.structs.replace(call, services=services), clock)
