"""The official COS client against the real endpoint: whole objects, multipart, resume."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crcmod
import pytest
from qcloud_cos import CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from minivod.store import multipart_uploads

from ...waiting import PATIENCE
from .conftest import CosServer, Serve

MIB = 1024 * 1024


def crc64(content: bytes) -> str:
    return str(crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)(content))


async def call(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Calls the client in a thread."""
    return await asyncio.to_thread(function, *args, **named)


async def test_put_object(cos: CosServer) -> None:
    session = await cos.session()
    content = os.urandom(3 * MIB)
    answer = await call(
        cos.client(session).put_object, Bucket="b-1", Key=session.media_key, Body=content, EnableMD5=True
    )
    assert answer["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert answer["x-cos-hash-crc64ecma"] == crc64(content)
    assert await cos.content(session) == content


async def test_small_files_are_told_by_the_same_names(cos: CosServer, tmp_path: Path) -> None:
    """The client hands the headers to its caller as a plain dict, in which the case of a name counts."""
    session = await cos.session()
    client = cos.client(session)
    source = tmp_path / "small.mp4"
    source.write_bytes(os.urandom(1000))
    etag = f'"{hashlib.md5(source.read_bytes()).hexdigest()}"'
    named = {"Bucket": "b-1", "Key": session.media_key}
    with source.open("rb") as opened:
        for answer in (
            await call(client.upload_file, LocalFilePath=str(source), **named),
            await call(client.put_object_from_local_file, LocalFilePath=str(source), **named),
            await call(client.upload_file_from_buffer, Body=opened, **named),
            await call(client.put_object, Body=source.read_bytes(), **named),
        ):
            assert answer["ETag"] == etag
            assert answer["x-cos-hash-crc64ecma"] == crc64(source.read_bytes())
            assert answer["x-cos-request-id"]
            assert answer["Content-Length"] == "0"
            assert answer["Connection"] == "keep-alive"
            assert answer["Date"].endswith(" GMT")
    assert await cos.content(session) == source.read_bytes()


async def test_upload_from_a_buffer_in_parts(cos: CosServer, tmp_path: Path) -> None:
    """The client itself reads the ETags of the parts out of such a dict."""
    session = await cos.session()
    source = tmp_path / "video.mp4"
    source.write_bytes(os.urandom(3 * MIB + 5))
    with source.open("rb") as opened:
        answer = await call(
            cos.client(session).upload_file_from_buffer, Bucket="b-1", Key=session.media_key, Body=opened, PartSize=1
        )
    assert answer["ETag"].endswith('-4"')
    assert await cos.content(session) == source.read_bytes()


async def test_what_the_calls_of_a_multipart_upload_return(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    assert begun.keys() >= {"Bucket", "Key", "UploadId"}
    assert begun["Key"] == session.media_key
    part = await call(client.upload_part, "b-1", session.media_key, b"x" * 10, 1, begun["UploadId"])
    assert part["ETag"] == f'"{hashlib.md5(b"x" * 10).hexdigest()}"'
    assert part["x-cos-hash-crc64ecma"] == crc64(b"x" * 10)  # the SDK for Go takes nothing less
    uploads = await call(client.list_multipart_uploads, "b-1", Prefix=session.media_key)
    assert [upload["UploadId"] for upload in uploads["Upload"]] == [begun["UploadId"]]
    listed = await call(client.list_parts, "b-1", session.media_key, begun["UploadId"])
    assert [(found["PartNumber"], found["ETag"]) for found in listed["Part"]] == [("1", part["ETag"])]
    chosen = {"Part": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = await call(client.complete_multipart_upload, "b-1", session.media_key, begun["UploadId"], chosen)
    assert done["ETag"].endswith('-1"')
    assert done["Key"] == session.media_key
    assert done["Location"].endswith(session.media_key)
    assert done["x-cos-hash-crc64ecma"] == crc64(b"x" * 10)


async def test_put_again_replaces_and_dooms_the_first(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    for content in (b"first", b"second"):
        await call(client.put_object, Bucket="b-1", Key=session.media_key, Body=content)
    assert await cos.content(session) == b"second"
    doomed = await cos.db.fetch_all("select object_key from doomed_object where after <= now()")
    assert len(doomed) == 1


async def test_upload_file_in_parts(cos: CosServer, tmp_path: Path) -> None:
    session = await cos.session()
    source = tmp_path / "video.mp4"
    source.write_bytes(os.urandom(7 * MIB + 12345))
    seen: list[int] = []
    answer = await call(
        cos.client(session).upload_file,
        Bucket="b-1",
        Key=session.media_key,
        LocalFilePath=str(source),
        progress_callback=lambda consumed, total: seen.append(consumed),
    )
    parts = [source.read_bytes()[at : at + MIB] for at in range(0, source.stat().st_size, MIB)]
    composite = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert answer["ETag"] == f'"{composite}-8"'
    assert answer["x-cos-hash-crc64ecma"] == crc64(source.read_bytes())
    assert await cos.content(session) == source.read_bytes()
    assert max(seen) == source.stat().st_size
    assert await multipart_uploads.find_all(cos.db, session.session_key) == []


async def test_resume_after_a_restart_sends_only_what_is_missing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await serve()
    session = await first.session()
    content = os.urandom(6 * MIB)
    source = tmp_path / "video.mp4"
    source.write_bytes(content)
    client = first.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    for number in (1, 2, 4):
        part = content[(number - 1) * MIB : number * MIB]
        await call(client.upload_part, "b-1", session.media_key, part, number, begun["UploadId"])

    second = await serve()  # a new server on the same database and directory
    sent: list[int] = []
    original = CosS3Client.upload_part

    def counting(self: CosS3Client, bucket: str, key: str, body: bytes, number: int, *rest: Any, **named: Any) -> Any:
        sent.append(number)
        return original(self, bucket, key, body, number, *rest, **named)

    monkeypatch.setattr(CosS3Client, "upload_part", counting)
    await call(second.client(session).upload_file, Bucket="b-1", Key=session.media_key, LocalFilePath=str(source))
    assert sorted(sent) == [3, 5, 6]
    assert await second.content(session) == content


async def test_parts_are_listed_in_pages(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    for number in (5, 1, 3):
        await call(client.upload_part, "b-1", session.media_key, bytes([number]) * 10, number, begun["UploadId"])
    page = await call(client.list_parts, "b-1", session.media_key, begun["UploadId"], MaxParts=2)
    assert [part["PartNumber"] for part in page["Part"]] == ["1", "3"]
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == ("true", "3")
    rest = await call(client.list_parts, "b-1", session.media_key, begun["UploadId"], PartNumberMarker=3)
    assert [(part["PartNumber"], part["Size"]) for part in rest["Part"]] == [("5", "10")]
    assert rest["Part"][0]["ETag"] == f'"{hashlib.md5(bytes([5]) * 10).hexdigest()}"'
    assert rest["IsTruncated"] == "false"


async def test_abort(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    await call(client.upload_part, "b-1", session.media_key, b"x" * 10, 1, begun["UploadId"])
    await call(client.abort_multipart_upload, "b-1", session.media_key, begun["UploadId"])
    with pytest.raises(CosServiceError) as refused:
        await call(client.list_parts, "b-1", session.media_key, begun["UploadId"])
    assert refused.value.get_error_code() == "NoSuchUpload"
    assert len(await cos.db.fetch_all("select 1 from doomed_object where after <= now()")) == 1


async def test_complete_twice_gets_the_same_answer(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    part = await call(client.upload_part, "b-1", session.media_key, b"x" * 10, 1, begun["UploadId"])
    listed = {"Part": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    answers = [
        await call(client.complete_multipart_upload, "b-1", session.media_key, begun["UploadId"], listed)
        for _ in range(2)
    ]
    assert answers[0]["ETag"] == answers[1]["ETag"]
    assert await cos.content(session) == b"x" * 10


async def test_a_part_sent_again_replaces_the_first(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    for content in (b"first", b"second"):
        part = await call(client.upload_part, "b-1", session.media_key, content, 1, begun["UploadId"])
    listed = {"Part": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    await call(client.complete_multipart_upload, "b-1", session.media_key, begun["UploadId"], listed)
    assert await cos.content(session) == b"second"


@pytest.mark.parametrize(
    ("sizes", "listed", "code"),
    [
        ([MIB, 10], [(2, 2), (1, 1)], "InvalidPartOrder"),
        ([MIB, 10], [(1, 1), (1, 1)], "InvalidPartOrder"),
        ([MIB, 10], [(1, 1), (3, 2)], "InvalidPart"),
        ([MIB, 10], [(1, 2), (2, 1)], "InvalidPart"),
        ([10, 10], [(1, 1), (2, 2)], "EntityTooSmall"),
    ],
)
async def test_a_wrong_list_of_parts(
    cos: CosServer, sizes: list[int], listed: list[tuple[int, int]], code: str
) -> None:
    session = await cos.session()
    client = cos.client(session)
    begun = await call(client.create_multipart_upload, Bucket="b-1", Key=session.media_key)
    etags = {}
    for number, size in enumerate(sizes, start=1):
        part = await call(client.upload_part, "b-1", session.media_key, os.urandom(size), number, begun["UploadId"])
        etags[number] = part["ETag"]
    wanted = {"Part": [{"PartNumber": number, "ETag": etags[of]} for number, of in listed]}
    with pytest.raises(CosServiceError) as refused:
        await call(client.complete_multipart_upload, "b-1", session.media_key, begun["UploadId"], wanted)
    assert refused.value.get_error_code() == code
    assert await cos.content(session) is None


async def test_head_object(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    with pytest.raises(CosServiceError) as absent:
        await call(client.head_object, "b-1", session.media_key)
    assert absent.value.get_status_code() == 404
    await call(client.put_object, Bucket="b-1", Key=session.media_key, Body=b"x" * 1000)
    found = await call(client.head_object, "b-1", session.media_key)
    assert found["Content-Length"] == "1000"
    assert int(found.get("Content-Length", 0)) == 1000
    assert found["Content-Type"] == "video/mp4"
    assert found["Last-Modified"].endswith(" GMT")
    assert found["x-cos-hash-crc64ecma"] == crc64(b"x" * 1000)
    assert await call(client.object_exists, "b-1", session.media_key)
    assert found["ETag"] == f'"{hashlib.md5(b"x" * 1000).hexdigest()}"'


@pytest.mark.parametrize("sign_host", [True, False])
async def test_presigned_put(cos: CosServer, sign_host: bool) -> None:
    import httpx

    session = await cos.session()
    url = cos.client(session).get_presigned_url(
        "b-1",
        session.media_key,
        "PUT",
        Params={"x-cos-security-token": session.token},
        SignHost=sign_host,
    )
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        answer = await http.put(url, content=b"presigned")
        assert answer.status_code == 200, answer.text
        assert (await http.get(url)).status_code == 403
    assert await cos.content(session) == b"presigned"


async def test_reading_back_is_refused(cos: CosServer) -> None:
    session = await cos.session()
    client = cos.client(session)
    await call(client.put_object, Bucket="b-1", Key=session.media_key, Body=b"x")
    for forbidden in (
        lambda: client.get_object("b-1", session.media_key),
        lambda: client.get_object_acl("b-1", session.media_key),
        lambda: client.delete_object("b-1", session.media_key),
        lambda: client.put_object_acl("b-1", session.media_key, ACL="public-read"),
        lambda: client.list_objects("b-1"),
        lambda: client.copy_object(
            "b-1", session.media_key, {"Bucket": "b-1", "Key": "vod_upload/x", "Region": "local"}
        ),
    ):
        with pytest.raises(CosServiceError) as refused:
            await call(forbidden)
        assert refused.value.get_status_code() == 405, refused.value
    assert await cos.content(session) == b"x"
