"""What a request expects of the object that is there: whichever way it is written."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from xml.etree import ElementTree

import httpx
import pytest
from qcloud_cos.cos_exception import CosServiceError

from minivod.jobs.janitor import delete_doomed
from minivod.store.uploads import Upload

from .conftest import CosServer
from .signing import ask, code_of, signed
from .test_form import BOUNDARY, form, post

FIRST, SECOND = b"first" * 1000, b"second" * 1000
ETAG = f'"{hashlib.md5(FIRST).hexdigest()}"'
OTHER = f'"{hashlib.md5(SECOND).hexdigest()}"'
LONG_AGO, LATER = "Thu, 01 Jan 2015 00:00:00 GMT", "Sat, 01 Jan 2095 00:00:00 GMT"
END = f"--{BOUNDARY}--\r\n"
FORBID = {"x-cos-forbid-overwrite": "true"}

Write = Callable[[CosServer, Upload, bytes, dict[str, str]], Awaitable[httpx.Response]]


async def put(cos: CosServer, session: Upload, content: bytes, headers: dict[str, str]) -> httpx.Response:
    return await ask(cos, session, "PUT", f"/{session.media_key}", content=content, headers=headers)


async def in_parts(cos: CosServer, session: Upload, content: bytes, headers: dict[str, str]) -> httpx.Response:
    params, body = await parts_of(cos, session, content)
    return await ask(cos, session, "POST", f"/{session.media_key}", params=params, content=body, headers=headers)


async def parts_of(cos: CosServer, session: Upload, content: bytes) -> tuple[dict[str, str], bytes]:
    """One part, and how it is completed."""
    path = f"/{session.media_key}"
    begun = await ask(cos, session, "POST", path, params={"uploads": ""})
    params = {"uploadId": ElementTree.fromstring(begun.content).findtext("UploadId") or ""}
    part = await ask(cos, session, "PUT", path, params={"partNumber": "1", **params}, content=content)
    listed = f"<Part><PartNumber>1</PartNumber><ETag>{part.headers['etag']}</ETag></Part>"
    return params, f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()


async def by_form(cos: CosServer, session: Upload, content: bytes, headers: dict[str, str]) -> httpx.Response:
    return await post(cos, session, form(session.media_key, content), **headers)


async def by_field_of_form(cos: CosServer, session: Upload, content: bytes, headers: dict[str, str]) -> httpx.Response:
    return await post(cos, session, form(session.media_key, content, b"", END, **headers))


@pytest.mark.parametrize("write", [put, in_parts, by_form, by_field_of_form])
async def test_what_must_not_be_overwritten(cos: CosServer, write: Write) -> None:
    session = await cos.session()
    assert (await write(cos, session, FIRST, FORBID)).is_success
    refused = await write(cos, session, SECOND, FORBID)
    assert (refused.status_code, code_of(refused)) == (409, "FileAlreadyExists")
    assert await cos.content(session) == FIRST
    assert (await write(cos, session, SECOND, {"x-cos-forbid-overwrite": "false"})).is_success
    assert await cos.content(session) == SECOND
    assert code_of(await write(cos, session, FIRST, {"x-cos-forbid-overwrite": "maybe"})) == "InvalidArgument"


async def test_of_several_at_once_that_forbid_it_one_is_written(cos: CosServer) -> None:
    session = await cos.session()
    contents = [bytes([number]) * 300_000 for number in range(6)]
    answers = await asyncio.gather(*(put(cos, session, content, FORBID) for content in contents))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    (written,) = [content for content, answer in zip(contents, answers, strict=True) if answer.status_code == 200]
    assert await cos.content(session) == written
    await delete_doomed(cos.db, cos.objects)
    assert len(cos.files()) == 1


async def test_a_completion_that_is_repeated_has_not_found_another_object(cos: CosServer) -> None:
    session = await cos.session()
    params, body = await parts_of(cos, session, FIRST)
    for _ in range(2):
        answers = await asyncio.gather(
            *(
                ask(cos, session, "POST", f"/{session.media_key}", params=params, content=body, headers=FORBID)
                for _ in range(4)
            )
        )
        assert {answer.status_code for answer in answers} == {200}
    assert await cos.content(session) == FIRST


@pytest.mark.parametrize("write", [put, in_parts, by_form])
@pytest.mark.parametrize(
    ("headers", "holds"),
    [
        ({"if-match": "{etag}"}, True),
        ({"if-match": "*"}, True),
        ({"if-match": OTHER}, False),
        ({"if-none-match": "*"}, False),
        ({"if-none-match": "{etag}"}, False),
        ({"if-none-match": OTHER}, True),
        ({"if-unmodified-since": LATER}, True),
        ({"if-unmodified-since": LONG_AGO}, False),
        ({"if-modified-since": LATER}, True),  # only a reader asks that
    ],
)
async def test_conditions_of_writers(cos: CosServer, write: Write, headers: dict[str, str], holds: bool) -> None:
    session = await cos.session()
    etag = (await write(cos, session, FIRST, {})).headers.get("etag")
    if etag is None:
        etag = (await ask(cos, session, "HEAD", f"/{session.media_key}")).headers["etag"]
    sent = {name: value.replace("{etag}", etag) for name, value in headers.items()}
    answer = await write(cos, session, SECOND, sent)
    assert (answer.is_success, await cos.content(session)) == (holds, SECOND if holds else FIRST)
    assert holds or (answer.status_code, code_of(answer)) == (412, "PreconditionFailed")


async def test_a_writer_that_expects_an_object_where_there_is_none(cos: CosServer) -> None:
    session = await cos.session()
    assert code_of(await put(cos, session, FIRST, {"if-match": "*"})) == "PreconditionFailed"
    assert await cos.content(session) is None
    assert (await put(cos, session, FIRST, {"if-none-match": "*", "if-unmodified-since": LONG_AGO})).is_success


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": ETAG}, 200),
        ({"if-match": OTHER}, 412),
        ({"if-none-match": ETAG}, 304),
        ({"if-none-match": OTHER}, 200),
        ({"if-modified-since": LATER}, 304),
        ({"if-modified-since": LONG_AGO}, 200),
        ({"if-unmodified-since": LONG_AGO}, 412),
        ({"if-unmodified-since": LATER}, 200),
        (FORBID, 200),
    ],
)
async def test_conditions_of_readers(cos: CosServer, headers: dict[str, str], status: int) -> None:
    session = await cos.session()
    await put(cos, session, FIRST, {})
    answer = await ask(cos, session, "HEAD", f"/{session.media_key}", headers=headers)
    assert (answer.status_code, answer.content) == (status, b"")
    if status != 412:
        assert answer.headers["etag"] == ETAG
    if status == 200:
        assert answer.headers["content-length"] == str(len(FIRST))


async def test_a_condition_that_was_sent_twice_is_refused(cos: CosServer) -> None:
    session = await cos.session()
    assert (await put(cos, session, FIRST, {})).is_success
    async with httpx.AsyncClient() as http:
        given = [*signed(session, "PUT", f"/{session.media_key}").items(), ("If-Match", ETAG), ("If-Match", "*")]
        answer = await http.put(f"http://{cos.address}/{session.media_key}", headers=given, content=SECOND)
    assert code_of(answer) == "InvalidArgument"
    assert await cos.content(session) == FIRST


async def test_the_official_client_is_told(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)

    def put_once(content: bytes) -> str:
        answer = client.put_object(
            Bucket="b-1", Key=session.media_key, Body=content, Metadata={"x-cos-forbid-overwrite": "true"}
        )
        return str(answer["ETag"])

    assert await asyncio.to_thread(put_once, FIRST) == ETAG
    with pytest.raises(CosServiceError) as caught:
        await asyncio.to_thread(put_once, SECOND)
    assert (caught.value.get_status_code(), caught.value.get_error_code()) == (409, "FileAlreadyExists")
    named = {"Bucket": "b-1", "Key": session.media_key}
    assert (await asyncio.to_thread(client.head_object, IfMatch=ETAG, **named))["ETag"] == ETAG
    with pytest.raises(CosServiceError) as caught:
        await asyncio.to_thread(client.head_object, IfMatch=OTHER, **named)
    assert caught.value.get_status_code() == 412
    assert "Content-Length" not in await asyncio.to_thread(client.head_object, IfNoneMatch=ETAG, **named)  # 304
