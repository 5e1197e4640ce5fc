"""What browsers ask before they upload, and what their scripts may read of the answers (Fetch, CORS protocol)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.vod.v20180717 import models

from .served import Served, serve

HERE = "https://app.example"
UPLOAD_HEADERS = "authorization,content-md5,content-type,x-cos-security-token,x-cos-meta-any"


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(database_url, tmp_path, cors_origins=[HERE]) as running:
        yield running


async def preflight(served: Served, target: str, method: str, origin: str = HERE) -> httpx.Response:
    async with httpx.AsyncClient(base_url=served.url) as http:
        return await http.options(
            target,
            headers={
                "origin": origin,
                "access-control-request-method": method,
                "access-control-request-headers": UPLOAD_HEADERS,
            },
        )


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("PUT", "/vod_upload/1/a/b.mp4"),
        ("PUT", "/vod_upload/1/a/b.mp4?partNumber=1&uploadId=x"),
        ("POST", "/vod_upload/1/a/b.mp4?uploads"),
        ("POST", "/vod_upload/1/a/b.mp4?uploadId=x"),
        ("GET", "/vod_upload/1/a/b.mp4?uploadId=x"),
        ("HEAD", "/vod_upload/1/a/b.mp4"),
        ("DELETE", "/vod_upload/1/a/b.mp4?uploadId=x"),
        ("GET", "/?uploads&prefix=vod_upload%2F1"),
        ("GET", "/?uploads=&prefix=vod_upload%2F1"),
    ],
)
async def test_each_request_of_an_upload_is_allowed(served: Served, method: str, target: str) -> None:
    answer = await preflight(served, target, method)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == HERE
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed >= set(UPLOAD_HEADERS.split(","))
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("target", ["/vod_upload/1/a/b.mp4", "/?uploads"])
async def test_other_origins_and_other_methods_are_not(served: Served, target: str) -> None:
    for answer in (
        await preflight(served, target, "PUT", origin="https://evil.example"),
        await preflight(served, target, "PUT", origin=f"{HERE}.evil.example"),
    ):
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers
    assert (await preflight(served, target, "PATCH")).status_code == 400


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("PUT", "/vod_upload/1/a/b.mp4"),
        ("GET", "/?uploads"),
        ("POST", "/v3/index.php?Action=ApplyUploadUGC"),
        ("GET", "/getplayinfo/v4/1400000000/5285485487985271487"),
        ("GET", "/1400000000/abc/5285485487985271487/f0.mp4"),
    ],
)
async def test_a_public_page_and_a_server_in_the_users_own_network(served: Served, method: str, target: str) -> None:
    """Chromium asks for that in the same preflight (Private Network Access), and a refusal would refuse all of it."""
    asked = {
        "origin": HERE,
        "access-control-request-method": method,
        "access-control-request-private-network": "true",
    }
    async with httpx.AsyncClient(base_url=served.url) as http:
        answer = await http.options(target, headers=asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-private-network"] == "true"
        answer = await http.options(target, headers=asked | {"origin": "https://evil.example"})
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers


async def test_the_api_is_not_for_scripts_of_other_origins(served: Served) -> None:
    answer = await preflight(served, "/", "POST")
    assert "access-control-allow-origin" not in answer.headers


async def test_an_upload_and_what_the_script_reads_of_it(served: Served) -> None:
    request = models.ApplyUploadRequest()
    request.MediaType = "mp4"
    applied = await asyncio.to_thread(served.sdk().ApplyUpload, request)
    temporary = applied.TempCertificate
    client = CosS3Client(
        CosConfig(
            Region="local",
            SecretId=temporary.SecretId,
            SecretKey=temporary.SecretKey,
            Token=temporary.Token,
            Domain=f"127.0.0.1:{served.port}",
            Scheme="http",
        )
    )
    url = client.get_presigned_url(
        "b-1", applied.MediaStoragePath, "PUT", Params={"x-cos-security-token": temporary.Token}
    )
    async with httpx.AsyncClient() as http:
        done = await http.put(url, content=b"video", headers={"origin": HERE})
        assert done.status_code == 200, done.text
        refused = await http.put(url.replace("vod_upload/", "vod_upload/x"), content=b"", headers={"origin": HERE})
        assert refused.status_code == 403
    assert done.headers["etag"] == f'"{hashlib.md5(b"video").hexdigest()}"'
    for answer in (done, refused):
        assert answer.headers["access-control-allow-origin"] == HERE
        exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert exposed >= {"etag", "x-cos-request-id"}
        assert answer.headers["x-cos-request-id"]
        assert "access-control-allow-credentials" not in answer.headers
