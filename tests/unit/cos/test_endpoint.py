"""The endpoint over real sockets: whose key may do what, what the headers announce, races, the end of sessions."""

import asyncio
import base64
import hashlib
import time
from xml.etree import ElementTree

import httpx
import pytest

from minivod.cos.cleanup import remove_expired_uploads
from minivod.jobs.janitor import delete_doomed
from minivod.store import uploads

from ...waiting import PATIENCE
from .conftest import CosServer, Serve
from .signing import ask, authorization, code_of, signed


async def test_put(cos: CosServer) -> None:
    session = await cos.session()
    answer = await ask(cos, session, "PUT", f"/{session.media_key}", content=b"hello")
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{hashlib.md5(b"hello").hexdigest()}"')
    assert await cos.content(session) == b"hello"


async def test_unsigned_requests_are_refused(cos: CosServer) -> None:
    session = await cos.session()
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        answer = await http.put(f"/{session.media_key}", content=b"x")
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")


async def test_a_key_may_write_its_own_objects_alone(cos: CosServer) -> None:
    mine, other = await cos.session(cover=True), await cos.session()
    for path in (
        other.media_key,
        mine.media_key + "x",
        mine.media_key.rpartition("/")[0],
        "vod_upload/x",
        "../etc/passwd",
        "vod_upload/../../etc/passwd",
        f"{mine.media_key}/../{other.media_key}",
        f"/{mine.media_key}",
    ):
        for method, params in (("PUT", None), ("POST", {"uploads": ""}), ("HEAD", None)):
            answer = await ask(cos, mine, method, f"/{path}", params=params, content=b"x")
            assert answer.status_code == 403, (path, answer.text)
    assert mine.cover_key is not None
    assert (await ask(cos, mine, "PUT", f"/{mine.cover_key}", content=b"x")).status_code == 200
    assert await cos.content(other) is None
    assert len(cos.files()) == 1


async def test_another_sessions_multipart_upload_cannot_be_touched(cos: CosServer) -> None:
    mine, other = await cos.session(), await cos.session()
    begun = await ask(cos, other, "POST", f"/{other.media_key}", params={"uploads": ""})
    upload_id = ElementTree.fromstring(begun.content).findtext("UploadId") or ""
    for method, params in (
        ("PUT", {"partNumber": "1", "uploadId": upload_id}),
        ("GET", {"uploadId": upload_id}),
        ("DELETE", {"uploadId": upload_id}),
        ("GET", {"uploadId": upload_id + "\0"}),
        ("GET", {"uploadId": "é"}),
    ):
        answer = await ask(cos, mine, method, f"/{mine.media_key}", params=params, content=b"x")
        assert (answer.status_code, code_of(answer)) == (404, "NoSuchUpload")
    listed = await ask(cos, mine, "GET", "/", params={"uploads": ""})
    assert upload_id not in listed.text
    assert upload_id in (await ask(cos, other, "GET", "/", params={"uploads": ""})).text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x-cos-security-token": "wrong"}, "InvalidToken"),
        ({"x-cos-security-token": ""}, "InvalidToken"),
        ({"authorization": "q-sign-algorithm=sha1"}, "AccessDenied"),
    ],
)
async def test_wrong_credentials(cos: CosServer, change: dict[str, str], code: str) -> None:
    session = await cos.session()
    answer = await ask(cos, session, "PUT", f"/{session.media_key}", content=b"x", headers=change)
    assert (answer.status_code, code_of(answer)) == (403, code)
    assert cos.files() == []


async def test_wrong_signatures(cos: CosServer) -> None:
    session = await cos.session()
    path, now = f"/{session.media_key}", int(time.time())
    unknown = await cos.session()
    await cos.db.execute("delete from upload where session_key = %s", [unknown.session_key])
    for text, code in (
        (authorization(session, "PUT", path, secret_key="x" * 32), "SignatureDoesNotMatch"),
        (authorization(session, "GET", path), "SignatureDoesNotMatch"),
        (authorization(session, "PUT", path + "x"), "SignatureDoesNotMatch"),
        (authorization(unknown, "PUT", path), "InvalidAccessKeyId"),
        (authorization(unknown, "PUT", path).replace(unknown.secret_id, "%00"), "InvalidAccessKeyId"),
        (authorization(session, "PUT", path, window=(now - 900, now - 5)), "RequestTimeTooSkewed"),
        (authorization(session, "PUT", path, window=(now + 900, now + 1000)), "RequestTimeTooSkewed"),
    ):
        answer = await ask(cos, session, "PUT", path, content=b"x", headers={"authorization": text})
        assert (answer.status_code, code_of(answer)) == (403, code)
    assert cos.files() == []


async def test_operands_must_be_signed(cos: CosServer) -> None:
    """Nobody may turn a captured PUT of the object into something else by adding to its query."""
    session = await cos.session()
    path = f"/{session.media_key}"
    async with httpx.AsyncClient(base_url=f"http://{cos.address}", timeout=PATIENCE) as http:
        answer = await http.post(f"{path}?uploads=", headers=signed(session, "POST", path))
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")


async def test_announced_digest_and_length(cos: CosServer) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    right = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert (await ask(cos, session, "PUT", path, content=b"hello", headers={"content-md5": right})).status_code == 200
    for header, code in (
        (wrong, "BadDigest"),
        ("abc", "InvalidDigest"),
        ("YWJj", "InvalidDigest"),
        ("é", "InvalidDigest"),
    ):
        answer = await ask(
            cos,
            session,
            "PUT",
            path,
            content=b"hello",
            headers={"content-md5": header.encode()},  # type: ignore[dict-item]
        )
        assert (answer.status_code, code_of(answer)) == (400, code)
    assert await cos.content(session) == b"hello"
    assert len(cos.files()) == 1


async def test_too_large(serve: Serve) -> None:
    cos = await serve(max_size=1000)
    session = await cos.session()
    path = f"/{session.media_key}"

    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 100

    for content in (b"x" * 1001, endless()):  # with Content-Length, and in chunks
        answer = await ask(cos, session, "PUT", path, content=content)  # type: ignore[arg-type]
        assert (answer.status_code, code_of(answer)) == (400, "EntityTooLarge")
    assert (await ask(cos, session, "PUT", path, content=b"x" * 1000)).status_code == 200
    assert len(cos.files()) == 1


async def test_parts_of_a_session_are_bounded(serve: Serve) -> None:
    cos = await serve(max_size=1000)
    session = await cos.session()
    path = f"/{session.media_key}"
    begun = await ask(cos, session, "POST", path, params={"uploads": ""})
    upload_id = ElementTree.fromstring(begun.content).findtext("UploadId") or ""
    codes = []
    for number in ("1", "2", "3"):
        answer = await ask(
            cos, session, "PUT", path, params={"partNumber": number, "uploadId": upload_id}, content=b"x" * 999
        )
        codes.append(200 if answer.status_code == 200 else code_of(answer))
    assert codes == [200, 200, "EntityTooLarge"]
    for number in ("0", "10001", "x", "-1", "１", "1" * 30):
        answer = await ask(
            cos, session, "PUT", path, params={"partNumber": number, "uploadId": upload_id}, content=b"x"
        )
        assert code_of(answer) == "InvalidArgument"
    for _ in range(15):
        assert (await ask(cos, session, "POST", path, params={"uploads": ""})).status_code == 200
    assert code_of(await ask(cos, session, "POST", path, params={"uploads": ""})) == "LimitExceeded"


async def test_after_the_end_of_a_session(cos: CosServer) -> None:
    expired, committed = await cos.session(lifetime=0.001), await cos.session()
    async with cos.db.transaction() as connection:
        await uploads.commit(connection, committed.session_key, "1234567890123456789")
    await asyncio.sleep(1.1)
    for session in (expired, committed):
        answer = await ask(cos, session, "PUT", f"/{session.media_key}", content=b"x")
        assert (answer.status_code, code_of(answer)) == (403, "ExpiredToken")
    assert cos.files() == []


async def test_errors_escape_what_the_caller_sent(cos: CosServer) -> None:
    session = await cos.session()
    path = "/<script>&\"'\x01"
    answer = await ask(cos, session, "PUT", path, content=b"x")
    assert code_of(answer) == "AccessDenied"
    assert b"<script>" not in answer.content


async def test_unknown_operations(cos: CosServer) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    for method, where, params in (
        ("PATCH", path, None),
        ("GET", path, None),
        ("DELETE", path, None),
        ("PUT", path, {"acl": ""}),
        ("PUT", path, {"partNumber": "1"}),
        ("POST", path, {"append": "", "position": "0"}),
        ("POST", path, None),
        ("GET", "/", None),
        ("GET", "/", {"prefix": ""}),
        ("DELETE", "/", None),
        ("PUT", "/", None),
        ("POST", "/", {"delete": ""}),
    ):
        answer = await ask(cos, session, method, where, params=params, content=b"x")
        assert (answer.status_code, code_of(answer)) == (405, "MethodNotAllowed"), (method, where, params)
    assert cos.files() == []


async def test_a_large_part_list_is_refused(cos: CosServer) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    begun = await ask(cos, session, "POST", path, params={"uploads": ""})
    params = {"uploadId": ElementTree.fromstring(begun.content).findtext("UploadId") or ""}
    for content, code in ((b"<a>" * 1_000_000, "EntityTooLarge"), (b"<a>", "MalformedXML"), (b"", "MalformedXML")):
        assert code_of(await ask(cos, session, "POST", path, params=params, content=content)) == code


async def test_expired_uploads_are_cleaned_up(cos: CosServer) -> None:
    session, kept = await cos.session(), await cos.session()
    path = f"/{session.media_key}"
    begun = await ask(cos, session, "POST", path, params={"uploads": ""})
    upload_id = ElementTree.fromstring(begun.content).findtext("UploadId") or ""
    await ask(cos, session, "PUT", path, params={"partNumber": "1", "uploadId": upload_id}, content=b"x" * 10)
    await ask(cos, session, "PUT", path, content=b"whole")
    await ask(cos, kept, "PUT", f"/{kept.media_key}", content=b"kept")
    assert await remove_expired_uploads(cos.db, cos.objects) == 0
    await cos.db.execute("update upload set expires_at = now() where session_key = %s", [session.session_key])
    assert await remove_expired_uploads(cos.db, cos.objects) == 1
    assert await delete_doomed(cos.db, cos.objects) == 2
    assert len(cos.files()) == 1
    assert await cos.content(kept) == b"kept"
    assert await cos.db.fetch_all("select 1 from multipart_part") == []
    answer = await ask(cos, session, "PUT", path, content=b"x")
    assert code_of(answer) == "InvalidAccessKeyId"


async def test_a_secret_key_in_place_of_the_secret_id_is_not_repeated(
    cos: CosServer, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await cos.session()
    path, planted = f"/{session.media_key}", "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"
    for text, words in (
        (planted, "swapped"),
        (f"{planted} ", "a space at its end"),
        (session.secret_id + " ", "a space"),
    ):
        signed_by = authorization(session, "PUT", path).replace(session.secret_id, text)
        presigned = dict(map(split_once, signed_by.split("&")))
        async with httpx.AsyncClient(base_url=f"http://{cos.address}") as http:
            by_header = await http.put(path, content=b"x", headers={"authorization": signed_by})
            by_query = await http.put(path, content=b"x", params=presigned)
        for answer in (by_header, by_query):
            assert code_of(answer) == "InvalidAccessKeyId"
            assert words in answer.text
            assert planted[:12] not in answer.text
    captured = capsys.readouterr()
    assert planted[:12] not in captured.out + captured.err


def split_once(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


async def test_committed_sessions_are_remembered_for_a_week(cos: CosServer) -> None:
    session = await cos.session()
    await ask(cos, session, "PUT", f"/{session.media_key}", content=b"x")
    async with cos.db.transaction() as connection:
        await uploads.commit(connection, session.session_key, "1234567890123456789")
    for days, removed in ((6, 0), (8, 1)):
        await cos.db.execute("update upload set expires_at = now() - make_interval(days => %s)", [days])
        assert await remove_expired_uploads(cos.db, cos.objects) == removed
    await delete_doomed(cos.db, cos.objects)
    assert len(cos.files()) == 1  # it belongs to the video now


async def test_concurrent_puts_leave_one_whole_object(cos: CosServer) -> None:
    session = await cos.session()
    contents = [bytes([number]) * 300_000 for number in range(8)]
    answers = await asyncio.gather(
        *(ask(cos, session, "PUT", f"/{session.media_key}", content=content) for content in contents)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert await cos.content(session) in contents
    await delete_doomed(cos.db, cos.objects)
    assert len(cos.files()) == 1


async def test_concurrent_completes_make_one_object(cos: CosServer) -> None:
    session = await cos.session()
    path = f"/{session.media_key}"
    begun = await ask(cos, session, "POST", path, params={"uploads": ""})
    params = {"uploadId": ElementTree.fromstring(begun.content).findtext("UploadId") or ""}
    part = await ask(cos, session, "PUT", path, params={"partNumber": "1", **params}, content=b"x" * 2_000_000)
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{part.headers['etag']}</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    answers = await asyncio.gather(*(ask(cos, session, "POST", path, params=params, content=body) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert await cos.content(session) == b"x" * 2_000_000
    await delete_doomed(cos.db, cos.objects)
    assert len(cos.files()) == 1
