"""The endpoint as HTTP: always 200 and three members, bounded, in the caller's language, for allowed origins."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from minivod.api.gates import Gates
from minivod.api.turns import SHARE
from minivod.settings import Settings
from minivod.store import uploads
from minivod.ugc.endpoint import LARGEST, UgcEndpoint

from ...waiting import until
from .conftest import ORIGIN, Page, open_page


def body(page: Page, **members: Any) -> bytes:
    return json.dumps({"signature": page.signature(), "videoType": "mp4"} | members).encode()


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
async def test_other_methods(page: Page, method: str) -> None:
    answer = await page.send(b"", method=method)
    assert answer == {"code": 10001, "message": f"the method is '{method}'; an upload is asked for by POST", "data": {}}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "Action=",
        "Action=ApplyUpload",
        "action=ApplyUploadUGC",
        "Action=ApplyUploadUGC&Action=CommitUploadUGC",
        "%ff",
    ],
)
async def test_other_actions(page: Page, query: str) -> None:
    answer = await page.send(body(page), query)
    assert answer.code == 10001
    assert "it must be one of PrepareUploadUGC, ApplyUploadUGC, CommitUploadUGC" in answer.message
    assert ("given more than once" in answer.message) == (query.count("Action=") > 1)


@pytest.mark.parametrize(
    "sent",
    [b"[]", b"{", b"\xff", b'{"signature": "a", "signature": "b"}', b"[" * 1000, b'{"signature": NaN}', b'"text"'],
)
async def test_what_is_no_object(page: Page, sent: bytes) -> None:
    assert (await page.send(sent)).code == 10001


async def test_a_body_is_bounded(page: Page) -> None:
    large = body(page, videoName="n" * LARGEST)
    answer = await page.send(large)
    assert (answer.code, answer.message) == (10001, f"the body may have {LARGEST} bytes, this one has more")
    announced = await page.send(b"{}", headers=[("content-length", "99999999999")])
    assert announced.message == "the parameter signature is missing; ApplyUploadUGC requires it", "the first one counts"


async def test_the_longest_signature_fits(page: Page) -> None:
    long = page.signature(sourceContext="源" * 250, sessionContext="会" * 1000, procedure="流" * 100)
    answer = await page.apply(signature=long, videoName="频" * 255)
    assert answer.message.startswith("procedure '流流")


async def test_calls_are_limited_per_account(page: Page, database_url: str, tmp_path: Path) -> None:
    limited = await open_page(page.db, Settings(data_dir=str(tmp_path), rate_limit=2), database_url)
    codes = [(await limited.apply()).code for _ in range(4)]
    assert (codes[:2], set(codes[2:])) == ([0, 0], {10008})
    assert (await limited.ask("Prepare")).code == 0, "another call has a limit of its own"
    assert (await page.apply()).code == 0, "and so has another account"


async def test_messages_are_in_the_callers_language(page: Page, database_url: str, tmp_path: Path) -> None:
    chinese = [("accept-language", "zh-CN,zh;q=0.9,en;q=0.8")]
    answer = await page.send(body(page, videoType="exe"), headers=chinese)
    assert answer.message.startswith("videoType 'exe' 不是媒体类型；可用的类型：")
    missing = await page.send(b'{"signature": ""}', headers=chinese)
    assert missing.message.startswith("signature 有 0 字节")
    settings = Settings(data_dir=str(tmp_path), language="zh-CN", rate_limit=0)
    there = await open_page(page.db, settings, database_url)
    assert (await there.send(b"{}")).message == "缺少参数 signature，ApplyUploadUGC 要求必填"
    english = await there.send(b"{}", headers=[("accept-language", "en-GB")])
    assert english.message == "the parameter signature is missing; ApplyUploadUGC requires it"
    without = await there.apply(signature=there.signature(random=None))
    assert without.message == "缺少参数 random，上传签名必须包含它"


async def test_pages_of_allowed_origins_may_call(page: Page) -> None:
    asks = [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")]
    start, _ = await page.raw(b"", method="OPTIONS", headers=asks)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 200
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["access-control-allow-methods"] == "POST"
    assert "content-type" in headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in headers
    start, _ = await page.raw(body(page))
    assert dict(start["headers"])[b"access-control-allow-origin"] == ORIGIN.encode()


async def test_nothing_internal_is_told(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("secret path /var/lib")

    async def away(*_: object) -> None:
        raise psycopg.OperationalError("connection to server at 10.0.0.5 failed")

    monkeypatch.setattr(uploads, "add", crash)
    crashed = await page.apply()
    assert crashed.code == 10010
    assert crashed.message.startswith("the server could not carry out the request; its log has the reason under")
    assert "secret" not in str(crashed)
    monkeypatch.setattr(uploads, "add", away)
    answer = await page.apply()
    assert (answer.code, "10.0.0.5" in answer.message) == (10009, False)


async def test_who_must_name_an_application(page: Page) -> None:
    settings = msgspec.structs.replace(page.call.services.settings, require_sub_app_id=True)
    strict = UgcEndpoint(msgspec.structs.replace(page.call.services, settings=settings))
    answer = await page.ask("Prepare", strict)
    assert (answer.code, answer.message.startswith("the parameter vodSubAppId is missing")) == (10001, True)
    named = page.signature(vodSubAppId=page.key.app_id)
    assert (await page.ask("Prepare", strict, signature=named)).code == 0


async def test_an_account_that_floods_the_api_waits_for_its_turn_here_too(page: Page) -> None:
    """The endpoints of a process share the turns of an account, which others have beside it."""
    services = page.call.services
    gates = Gates(services)
    endpoint, done = UgcEndpoint(services, gates), asyncio.Event()

    async def hold(app_id: int) -> None:
        async with gates.turns.one(app_id):
            await done.wait()

    holding = [asyncio.create_task(hold(app_id)) for app_id in [page.key.app_id + 1, *[page.key.app_id] * SHARE]]
    asked = asyncio.create_task(page.ask("Apply", endpoint, videoType="mp4"))

    async def waits() -> bool:
        account = gates.turns._busy.get(page.key.app_id)
        return account is not None and len(account.waiting) == 1

    await until(waits, "the call waits")
    assert not asked.done()
    done.set()
    assert (await asked).code == 0
    await asyncio.gather(*holding)
