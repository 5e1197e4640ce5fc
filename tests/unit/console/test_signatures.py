"""The signature doctor: of kept and of pasted requests, whatever browsers made of their lines; no secret is shown."""

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from minivod import errors, ids
from minivod.api import failures, host_guesses
from minivod.api.failures import describe
from minivod.api.request import HttpRequest
from minivod.console import paths
from minivod.console.pages.signatures import readings

from ..api import signer
from .desk import Desk, Person

BODY = json.dumps({"TaskId": "x", "SubAppId": 1}, indent=2).encode()
"""With line feeds, which a form turns into CR LF."""
PATH = paths.SIGNATURES
TOKEN = "t" * 40


@pytest.fixture
async def admin(desk: Desk) -> Person:
    await desk.db.execute(
        "insert into access_key (secret_id, app_id, secret_key) values (%s, %s, %s)",
        [signer.SECRET_ID, desk.stage.app_id, signer.SECRET_KEY],
    )
    return await desk.signed_in("admin")


def pasted(http: HttpRequest, *, length: bool = False) -> str:
    """As one would copy it out of a tool."""
    lines = [f"{name}: {value}" for name, value in http.headers.items() if name != "content-length"]
    if length:
        lines.append(f"Content-Length: {len(http.body)}")
    target = f"/?{http.query.decode()}" if http.query else "/"
    return "\n".join([f"{http.method} {target} HTTP/1.1", *lines, "", http.body.decode()])


async def examined(person: Person, text: str, **fields: str) -> str:
    answer = await person.post(PATH, PATH, request=text.replace("\n", "\r\n"), **{"at": str(signer.NOW), **fields})
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
async def test_it_is_for_administrators(desk: Desk, role: str) -> None:
    person = await desk.signed_in(role)
    assert (await person.get(PATH)).status_code == 403
    assert (await person.get(f"{PATH}/{ids.new_request_id()}")).status_code == 403
    assert (await person.post(paths.HOME, PATH, request="x")).status_code == 403
    assert PATH not in (await person.get(paths.HOME)).text


async def test_a_right_one(admin: Person) -> None:
    """Line ends are what the signature or the length says they were."""
    for body in (BODY, BODY + b"\n", BODY.replace(b"\n", b"\r\n"), b"{}", b""):
        for length in (False, True):
            told = await examined(admin, pasted(signer.v3(body), length=length))
            assert "The signature is right and nothing else" in told, (body, length)


async def test_an_address(admin: Person) -> None:
    http = signer.v1(method="GET")
    url = f"http://{signer.HOST}/?{http.query.decode()}"
    assert "The signature is right and nothing else" in await examined(admin, f"  {url}\n")
    wrong = await examined(admin, url.replace("Nonce=4711", "Nonce=4712"))
    assert "The signature is wrong:" in wrong and "GET127.0.0.1:9050/?Action" in wrong


async def test_mistakes_are_named(admin: Person) -> None:
    assert "derived its key for the service 'cvm'" in await examined(
        admin, pasted(signer.v3(BODY, service="cvm", headers={"authorization": forged()}))
    )
    told = await examined(admin, pasted(signer.v3(BODY, secret_key=signer.SECRET_KEY + "\n")))
    assert "uses a SecretKey with a line feed at its end" in told
    assert "POST\n/\n\ncontent-type:application/json" in told, "the canonical request, line by line"


async def test_causes_are_told_in_chinese(desk: Desk, admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_guesses, "_LAST_PORT", 1000)  # what is tried is the business of other tests
    chinese = await desk.signed_in("admin", **{"accept-language": "zh-CN"})
    for http in (
        signer.v3(BODY, service="cvm", headers={"authorization": ""}),
        signer.v3(BODY, secret_key=signer.SECRET_KEY + "\n"),
        signer.v3(BODY, secret_id=signer.SECRET_KEY, secret_key=signer.SECRET_ID),
        signer.v3(BODY, sign_as={"host": "127.0.0.1:9051"}),
        signer.v3(BODY, secret_key="other"),
        signer.v3(BODY, secret_id="AKID" + "0" * 32),
    ):
        told = await examined(chinese, pasted(http), at=str(signer.NOW - 1000))
        causes = re.findall(r"<bdi>(.*?)</bdi></li>", told, re.DOTALL)
        assert causes and all(re.search(r"[\u4e00-\u9fff]", cause) for cause in causes), causes


def forged() -> str:
    """Signed for another service than it names."""
    other = signer.v3(BODY, service="cvm").headers["authorization"]
    return other.replace("/cvm/", "/vod/")


async def test_an_old_one_and_its_time(admin: Person) -> None:
    text = pasted(signer.v3(BODY))
    assert "clock is" in await examined(admin, text, at="")
    assert "the caller's clock is 1000 s ahead of" in await examined(admin, text, at=str(signer.NOW - 1000))


async def test_a_host_that_a_proxy_changed(admin: Person) -> None:
    http = signer.v3(BODY, sign_as={"host": "api.example:8443"})
    assert "api.example:8443" in await examined(admin, pasted(http), called="api.example:8443")


async def test_no_secret_is_shown(admin: Person) -> None:
    swapped = signer.v3(BODY, secret_id=signer.SECRET_KEY, secret_key=signer.SECRET_ID)
    told = await examined(admin, pasted(swapped))
    assert f"swapped: the request names the SecretKey of {signer.SECRET_ID}" in told
    with_token = signer.v3(BODY, headers={"x-tc-token": TOKEN}, signed=("content-type", "host", "x-tc-token"))
    for text in (told, await examined(admin, pasted(with_token)), await examined(admin, f"hello {signer.SECRET_KEY}")):
        assert signer.SECRET_KEY not in text and TOKEN not in text


NO_REQUESTS: tuple[dict[str, str], ...] = (
    {"request": ""}, {"request": signer.SECRET_KEY}, {"request": "http://"}, {"request": "https://a b/"},
    {"request": "http://[/"}, {"request": "POST / HTTP/1.1\nno header"}, {"request": "GET /", "at": "soon"},
    {"request": "GET /", "at": "nan"}, {"request": "GET /", "called": "a" * 301},
)  # fmt: skip


async def test_what_is_no_request(admin: Person) -> None:
    for fields in NO_REQUESTS:
        answer: httpx.Response = await admin.post(PATH, PATH, **fields)
        assert answer.status_code == 400 and 'role="alert"' in answer.text, fields
        assert signer.SECRET_KEY not in answer.text, "nothing that was pasted comes back"


async def test_a_request_that_cannot_be_checked(admin: Person) -> None:
    assert "The request cannot be checked:" in await examined(admin, "POST / HTTP/1.1\nHost: x\n\n{}")


async def test_kept_ones(desk: Desk, admin: Person) -> None:
    directory = Path(desk.services.settings.data_dir) / failures.DIRECTORY
    assert "No refused request is kept." in (await admin.get(PATH)).text
    directory.mkdir()
    request_id = ids.new_request_id()
    http = signer.v3(BODY, secret_key=signer.SECRET_KEY.lower(), headers={"x-tc-token": TOKEN, "cookie": "a=hunter2"})
    record = describe(request_id, http, errors.SignatureFailure(), signer.NOW)
    (directory / f"{request_id}.json").write_bytes(msgspec.json.encode(record))
    (directory / "broken.json").write_text("{")
    text = (await admin.get(PATH)).text
    assert re.findall(r'href="(/console/signatures/[^"]+)"', text) == [f"{PATH}/{request_id}"]
    assert f"{datetime.fromtimestamp(signer.NOW, UTC):%Y-%m-%d %H:%M:%S}" in text
    told = html.unescape((await admin.get(f"{PATH}/{request_id}")).text)
    assert "uses a SecretKey in lower case" in told and "AuthFailure.SignatureFailure" in told
    assert TOKEN not in told and "hunter2" not in told and signer.SECRET_KEY.lower() not in told
    for other in (ids.new_request_id(), "broken", "..%2fbroken", "x"):
        assert (await admin.get(f"{PATH}/{other}")).status_code == 404


def test_readings_are_few_and_differ() -> None:
    found = [one.body for one in readings("POST / HTTP/1.1\r\nHost: x\r\n\r\na\r\nb\r\n")]
    assert found == [b"a\nb\n", b"a\nb", b"a\r\nb\r\n", b"a\r\nb"]
    first = next(readings("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na\r\nb\r\n"))
    assert first.body in (b"a\nb\n", b"a\r\nb")
