"""What callers are told when the server's own parts fail, and that no input makes the server fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minivod.cos.endpoint import CosEndpoint, as_cos_error, is_cos_request
from minivod.cos.errors import CosError, InternalError
from minivod.objects import StoreFull
from minivod.store import doomed, uploads
from minivod.store.database import Connection, Database
from minivod.store.uploads import Upload

from ...waiting import PATIENCE
from .conftest import CosServer
from .signing import signed


async def put(cos: CosServer, path: str, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        return await http.put(path, content=b"x" * 1000, headers=headers)


async def test_a_full_disk(cos: CosServer, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await cos.session()

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("no space left")

    monkeypatch.setattr(cos.objects, "put_stream", full)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 507
    assert b"<Code>InsufficientStorage</Code>" in answer.content
    assert await cos.content(session) is None
    assert await cos.db.fetch_all("select 1 from doomed_object") == []


async def test_the_database_is_away(cos: CosServer, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await cos.session()

    async def away(*_: object) -> None:
        raise psycopg.OperationalError("connection refused to 10.0.0.7")

    monkeypatch.setattr(uploads, "find_by_secret_id", away)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 503
    assert b"<Code>ServiceUnavailable</Code>" in answer.content
    assert b"10.0.0.7" not in answer.content


async def test_a_crash_tells_nothing_of_the_server(cos: CosServer, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await cos.session()

    async def crash(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(uploads, "find_by_secret_id", crash)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 500
    assert b"<Code>InternalError</Code>" in answer.content
    assert b"secret detail" not in answer.content


async def a_day_later(cos: CosServer) -> None:
    """What the janitor does then."""
    await cos.db.execute("update doomed_object set after = after - interval '2 days'")
    while await doomed.delete_next(cos.db, cos.objects.delete):
        pass


async def test_a_failure_of_the_last_transaction_leaves_nothing_for_long(
    cos: CosServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await cos.session()

    async def away(*_: object) -> None:
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr(uploads, "place", away)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 503
    await a_day_later(cos)
    assert cos.files() == []


async def test_an_error_of_ours_in_the_last_transaction_leaves_nothing(
    cos: CosServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await cos.session()

    async def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(uploads, "place", crash)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 500
    assert cos.files() == []
    assert await cos.db.fetch_all("select 1 from doomed_object") == []


async def test_an_object_whose_commit_was_not_confirmed_is_kept(
    cos: CosServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T18: the connection may break between the commit and its answer; the row refers to the object by then."""
    session = await cos.session()

    @asynccontextmanager
    async def confirmation_lost(database: Database) -> AsyncIterator[Connection]:
        async with transaction(database) as connection:
            yield connection
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    transaction = Database.transaction
    monkeypatch.setattr(Database, "transaction", confirmation_lost)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 503
    monkeypatch.undo()
    await a_day_later(cos)
    assert await cos.content(session) == b"x" * 1000


async def test_an_object_that_was_given_up_meanwhile_does_not_count(
    cos: CosServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that was stopped for days: the janitor has been there before it."""
    session = await cos.session()
    lock = uploads.lock

    async def late(connection: Connection, session_key: str) -> Upload | None:
        await a_day_later(cos)
        return await lock(connection, session_key)

    monkeypatch.setattr(uploads, "lock", late)
    answer = await put(cos, f"/{session.media_key}", signed(session, "PUT", f"/{session.media_key}"))
    assert answer.status_code == 403
    assert b"<Code>ExpiredToken</Code>" in answer.content
    assert await cos.content(session) is None
    assert cos.files() == []


async def test_an_object_can_be_adopted_as_long_as_its_session_lives(cos: CosServer) -> None:
    session = await cos.session(lifetime=7 * 86400)
    for name, until in (("short", None), ("long", session.expires_at)):
        await doomed.reserve(cos.db, [name], until)
    await cos.db.execute("update doomed_object set after = after - interval '25 hours'")
    while await doomed.delete_next(cos.db, cos.objects.delete):
        pass
    assert [row["object_key"] for row in await cos.db.fetch_all("select * from doomed_object")] == ["long"]


@pytest.mark.parametrize(
    ("path", "query", "authorization", "expected"),
    [
        ("/vod_upload/1/a.mp4", b"", b"", True),
        ("/", b"uploads=", b"q-sign-algorithm=sha1&q-ak=x", True),
        ("/", b"q-sign-algorithm=sha1&q-ak=x", b"", True),
        ("/", b"uploads=", b" q-sign-algorithm=sha1&q-ak=x", True),
        ("/", b"", b"TC3-HMAC-SHA256 Credential=x", False),
        ("/", b"", b"x q-sign-algorithm=sha1", False),
        ("/", b"Action=ApplyUpload", b"", False),
        ("/1300000000/abc/123/f0.mp4", b"", b"", False),
    ],
)
def test_which_requests_are_for_the_object_endpoint(
    path: str, query: bytes, authorization: bytes, expected: bool
) -> None:
    headers = [(b"authorization", authorization)] if authorization else []
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": headers}
    assert is_cos_request(scope) is expected


def test_every_error_has_a_message_and_a_status() -> None:
    for kind in CosError.__subclasses__():
        assert kind().message
        assert 400 <= kind.status < 600
    assert isinstance(as_cos_error(ValueError()), InternalError)


text = st.text(max_size=40)


@settings(max_examples=300)
@given(
    method=st.sampled_from(["PUT", "POST", "GET", "DELETE", "HEAD", "PATCH", "X"]),
    path=st.one_of(st.just(None), st.just("/"), text.map(lambda rest: f"/{rest}")),
    params=st.dictionaries(
        st.one_of(
            st.sampled_from(
                ["uploads", "uploadId", "partNumber", "prefix", "max-parts", "part-number-marker", "encoding-type"]
            ),
            text,
        ),
        st.one_of(st.sampled_from(["", "1", "url", "0", "-1", "99999999999"]), text),
        max_size=4,
    ),
    headers=st.dictionaries(
        st.sampled_from(["content-md5", "content-length", "transfer-encoding", "x-cos-copy-source", "host"]),
        st.binary(max_size=20),
        max_size=2,
    ),
    body=st.binary(max_size=200),
)
async def test_no_signed_request_makes_the_server_fail(
    cos: CosServer,
    method: str,
    path: str | None,
    params: dict[str, str],
    headers: dict[str, bytes],
    body: bytes,
) -> None:
    """Whatever the holder of a temporary key sends is answered, and not with a failure of the server."""
    if not hasattr(cos, "fuzzed"):
        cos.fuzzed = await cos.session()  # type: ignore[attr-defined]
    session = cos.fuzzed  # type: ignore[attr-defined]
    path = path if path is not None else f"/{session.media_key}"
    try:
        own = signed(session, method, path, params)
        query = httpx.QueryParams(params)
    except UnicodeEncodeError:
        return
    answered = await ask(
        cos.endpoint, method, path, str(query).encode(), {"content-length": str(len(body)), **own, **headers}, body
    )
    assert 200 <= answered < 500


async def ask(endpoint: CosEndpoint, method: str, path: str, query: bytes, headers: dict[str, Any], body: bytes) -> int:
    """The status of a request that goes to the application directly, so that no client refuses to send it."""
    raw = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()]
    seen = SimpleNamespace(status=0)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
    await asyncio.wait_for(endpoint(scope, receive, send), PATIENCE)
    return int(seen.status)
