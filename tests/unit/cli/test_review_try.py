"""`minivod review try-service` as it is typed, against services that answer, refuse, or are not there."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image as Picture
from typer.testing import CliRunner, Result

from minivod.cli import app
from minivod.webhooks import new_secret

from ... import tls
from ..callbacks.receivers import Behaviour, answer, close, hang, receiver
from ..review.wechat_stub import APPID, OPENID, PICTURE_PATH, SECRET, error, wechat_stub

HTTP_SECRET = new_secret()
FOUND = {"category": "Terrorism", "confidence": 91.5, "start": 0, "end": 0, "label": "a flag\x1b[31m"}
FINDS = answer("200 OK", body=msgspec.json.encode({"version": 1, "service": "judge 2", "findings": [FOUND]}))


async def typed(*arguments: str, url: str = "", code: int = 0, **more: str) -> Result:
    env = {
        "MINIVOD_REVIEW_HTTP_URL": url, "MINIVOD_REVIEW_HTTP_SECRET": HTTP_SECRET,
        "MINIVOD_REVIEW_HTTP_CATEGORIES": "Terrorism", "MINIVOD_REVIEW_SERVICE_NETWORKS": "127.0.0.1/32",
        **{f"MINIVOD_{name.upper()}": value for name, value in more.items()},
    }  # fmt: skip
    done = await asyncio.to_thread(CliRunner().invoke, app, ["review", "try-service", *arguments], env=env)
    assert done.exit_code == code, (done.output, done.stderr, done.exception)
    assert not any(secret in done.output + done.stderr for secret in (HTTP_SECRET, SECRET, "hunter2"))
    return done


async def test_what_it_answers_is_shown(tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    Picture.new("RGB", (64, 48), "red").save(picture)
    async with receiver(FINDS) as there:
        told = await typed("http", "--text", "a word", "--picture", str(picture), url=there.url)
    [call] = there.received
    assert [frame["text"] for frame in call.content["frames"]] == ["a word"]
    call.verify(HTTP_SECRET)
    first, second = told.stdout.splitlines()
    assert first.startswith("✓ http answered in ") and first.endswith(" s (judge 2): found")
    assert second == "    Terrorism, confidence 91.5: a flag\\u001b[31m"


WRONG: dict[str, tuple[Behaviour, str]] = {
    "signature": (answer("401 No"), "compare review_http_secret"),
    "path": (answer("404 No"), "there is nothing at the path of the URL"),
    "redirect": (answer("301 No", "Location: https://x.example/"), "redirects are not followed"),
    "broken": (answer("502 No"), "something in front of it does not reach it"),
    "closed": (close, "broke the connection off"),
    "garbage": (answer("200 OK", body=b"<html>"), "no answer of the contract"),
    "silent": (hang, "took longer than"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_told_after_one_call(name: str) -> None:
    behaviour, words = WRONG[name]
    async with receiver(behaviour) as there:
        more = {"review_service_timeout": "3"} if name == "silent" else {}
        told = await typed("http", url=there.url, code=1, **more)
    assert told.stdout.startswith("✗ http, after ") and words in told.stdout
    assert "review_service_away" not in told.output
    assert len(there.received) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "http://name.invalid/",
            "the name name.invalid has no address, or none that this server calls (setting review",
        ),
        ("http://127.0.0.1:1/", "cannot be reached"),
    ],
)
async def test_where_it_cannot_be_reached_the_reason_is_told(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # whoever knows names here may be slow
    assert words in (await typed("http", url=url, code=1)).stdout


async def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.make(tmp_path, "127.0.0.1").server)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    told = (await typed("http", url=f"https://127.0.0.1:{port}/", code=1)).stdout
    server.close()
    assert "has a certificate that is not accepted" in told and "SSL_CERT_FILE" in told


@pytest.mark.parametrize(
    ("arguments", "more", "words"),
    [
        (["http"], {}, "the setting review_http_url is empty"),
        (["wechat-text"], {"review_wechat_appid": APPID, "review_wechat_secret": "x"}, "review_wechat_openid is empty"),
        (["judge"], {}, "there are http, wechat, wechat-text"),
        (["http"], {"url": "https://x.example/", "review_http_secret": "hunter2"}, "review_http_secret must be"),
        (["http", "--picture", "/no/such"], {"url": "https://x.example/"}, "/no/such cannot be read: No such file"),
        (["http", "--picture", __file__], {"url": "https://x.example/"}, "cannot be decoded"),
    ],
)
async def test_what_is_asked_wrongly_is_told(arguments: list[str], more: dict[str, Any], words: str) -> None:
    assert words in (await typed(*arguments, code=2, **more)).stderr


async def test_wechat_is_asked_for_a_token_and_about_text() -> None:
    async with wechat_stub() as stub:
        given: dict[str, Any] = {
            "review_wechat_appid": APPID, "review_wechat_secret": SECRET, "review_wechat_openid": OPENID,
            "review_wechat_url": stub.url,
        }  # fmt: skip
        stub.verdicts["hello"] = ("review", 10001)
        told = await typed("wechat-text", "--text", "hello", **given)
        assert told.stdout.splitlines()[1] == "    Ad.Ocr, confidence 80: hello (WeChat: advertising)"
        assert "nothing was found" in (await typed("wechat", **given)).stdout
        wrong = await typed("wechat", code=1, **given | {"review_wechat_secret": "hunter2"})
        assert "no access token: errcode 40125: the AppSecret is wrong" in wrong.stdout
        stub.stubborn[PICTURE_PATH] = error(45009)
        assert "the quota of calls is used up" in (await typed("wechat", code=1, **given)).stdout
        assert len(stub.calls(PICTURE_PATH)) == 2


async def test_an_address_that_is_not_called_is_a_wrong_setting() -> None:
    told = await typed("http", url="http://10.0.0.1/", code=2)
    assert "an address that is not public (setting review_service_networks)" in told.stderr
