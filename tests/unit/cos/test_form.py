"""Forms, as the uploader for old Mini Programs posts them: the file is taken, and what is no such form is refused."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import httpx

from minivod.store.uploads import Upload

from ...waiting import PATIENCE
from .conftest import CosServer, Serve
from .signing import authorization, code_of

BOUNDARY = "----formdata1"
CONTENT = f"video\r\n--{BOUNDARY[:-1]}\r\n\r\n--".encode() * 50
"""It has what looks like a boundary, and is none."""


def part(name: str, content: bytes, *more: str) -> bytes:
    head = "\r\n".join([f'Content-Disposition: form-data; name="{name}"', *more])
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def form(
    key: str, content: bytes = CONTENT, after: bytes = b"", end: str = f"--{BOUNDARY}--\r\n", **fields: str
) -> bytes:
    """The key, other fields, the file, and its end."""
    named = b"".join(part(name, value.encode()) for name, value in {"key": key, **fields}.items())
    return named + part("file", content, "Content-Type: video/mp4") + after + end.encode()


async def slowly(body: bytes) -> AsyncIterator[bytes]:
    """In pieces that cut everything somewhere."""
    for start in range(0, len(body), 37):
        yield body[start : start + 37]


async def post(
    cos: CosServer, session: Upload, body: bytes | AsyncIterator[bytes], path: str = "/", **headers: str
) -> httpx.Response:
    """POST to the bucket, signed for it, unless the path is another."""
    given = {
        "authorization": authorization(session, "POST", path),
        "x-cos-security-token": session.token,
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        return await http.post("/", headers=given, content=body)


async def test_the_file_of_a_form_is_the_object(cos: CosServer) -> None:
    session = await cos.session(cover=True)
    etag = f'"{hashlib.md5(CONTENT).hexdigest()}"'
    for status in ("200", "201", "204", ""):
        wanted: dict[str, Any] = {"success_action_status": status} if status else {}
        answer = await post(cos, session, slowly(form(session.media_key, Signature="q-sign", **wanted)))
        assert (answer.status_code, answer.headers["etag"]) == (int(status or "204"), etag), answer.text
        if status == "201":
            told = ElementTree.fromstring(answer.content)
            assert (told.findtext("Key"), told.findtext("ETag")) == (session.media_key, etag)
    assert await cos.content(session) == CONTENT
    assert session.cover_key is not None
    assert (await post(cos, session, form(session.cover_key, b""))).status_code == 204


async def test_a_file_has_as_many_bytes_as_an_object_may_have(serve: Serve) -> None:
    cos = await serve(max_size=1000)
    session = await cos.session()
    assert (await post(cos, session, form(session.media_key, b"x" * 1000))).status_code == 204
    for more in (1001, 40_000_000):
        assert code_of(await post(cos, session, form(session.media_key, b"x" * more))) == "EntityTooLarge"
    assert code_of(await post(cos, session, slowly(form(session.media_key, b"x" * 200_000)))) == "EntityTooLarge"
    assert await cos.content(session) == b"x" * 1000
    assert len(cos.files()) == 1


KEY = "{key}"
WRONG = {
    "another key": (form("vod_upload/x/video.mp4"), "AccessDenied"),
    "no key": (form("").replace(b'name="key"', b'name="Key"'), "AccessDenied"),
    "no file": (part("key", b"{key}") + f"--{BOUNDARY}--\r\n".encode(), "InvalidArgument"),
    "no end": (form(KEY, end=""), "IncompleteBody"),
    "half an end": (form(KEY, end=f"--{BOUNDARY}"), "IncompleteBody"),
    "something after the file": (form(KEY, after=part("x", b"")), "InvalidArgument"),
    "two files": (form(KEY, after=part("file", b"other")), "InvalidArgument"),
    "a field twice": (part("key", b"other") + form(KEY), "InvalidArgument"),
    "a part without a name": (form(KEY).replace(b'; name="file"', b""), "InvalidArgument"),
    "a policy": (form(KEY, policy="e30="), "MethodNotAllowed"),
    "a redirect": (form(KEY, success_action_redirect="https://x.example/"), "MethodNotAllowed"),
    "another status": (form(KEY, success_action_status="302"), "InvalidArgument"),
    "large fields": (form(KEY, x="y" * 70_000), "EntityTooLarge"),
    "many fields": (b"".join(part(f"x{n}", b"") for n in range(70)) + form(KEY), "InvalidArgument"),
    "a long header": (part("x", b"", "A: " + "b" * 5000) + form(KEY), "InvalidArgument"),
    "no form": (b"video", "InvalidArgument"),
    "nothing": (b"", "IncompleteBody"),
}  # fmt: skip


async def test_what_is_no_such_form_is_refused_and_leaves_nothing(cos: CosServer) -> None:
    session = await cos.session()
    for name, (body, code) in WRONG.items():
        answer = await post(cos, session, body.replace(b"{key}", session.media_key.encode()))
        assert (name, code_of(answer)) == (name, code), answer.text
    for kind in ("", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"):
        assert code_of(await post(cos, session, form(session.media_key), content_type=kind)) == "InvalidArgument"
    assert await cos.content(session) is None
    assert cos.files() == []


async def test_a_form_is_signed_like_every_request(cos: CosServer) -> None:
    session, other = await cos.session(), await cos.session()
    body = form(session.media_key)
    assert code_of(await post(cos, session, body, path=f"/{session.media_key}")) == "SignatureDoesNotMatch"
    assert code_of(await post(cos, session, body, authorization="")) == "AccessDenied"
    assert code_of(await post(cos, session, body, x_cos_security_token="x")) == "InvalidToken"
    assert code_of(await post(cos, other, body)) == "AccessDenied"
    assert code_of(await post(cos, session, body, content_md5="x")) == "InvalidArgument"
    await cos.db.execute("update upload set file_id = '1' where session_key = %s", [session.session_key])
    assert code_of(await post(cos, session, body)) == "ExpiredToken"
    assert cos.files() == []
