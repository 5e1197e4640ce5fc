"""Nothing secret gets into answers, logs or records of failed requests (T24)."""

import base64
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
import structlog
import structlog.testing

from minivod.api import captured, diagnosis, failures, registry
from minivod.api.endpoint import ApiEndpoint
from minivod.api.request import HttpRequest
from minivod.logs import redact
from minivod.store import accounts

from ..unit.api import signer
from .conftest import OpenWire
from .wire import Wire


async def run(*_: Any) -> Any:
    raise ZeroDivisionError


async def test_secrets_stay_secret(wire_with: OpenWire, capsys: pytest.CaptureFixture[str]) -> None:
    async with wire_with(rate_limit=0) as wire:
        async with wire.db.transaction() as connection:
            expires = datetime.now(UTC) + timedelta(seconds=60)
            wire.key = await accounts.create_key(connection, wire.key.app_id, expires_at=expires)
        actions = registry.discover()
        broken = msgspec.structs.replace(actions["PullEvents"], run=run)
        wire.endpoint = ApiEndpoint(wire.services, {**actions, "PullEvents": broken})
        answers = []
        with structlog.testing.capture_logs() as lines:
            for how in ({}, {"sign_method": "HmacSHA256"}, {"sign_method": "HmacSHA1", "http_method": "GET"}):
                for token in (wire.key.token, f"{wire.key.token}x"):
                    for secret_key in (wire.key.secret_key, f"{wire.key.secret_key}x"):
                        for action in ("PullEvents", "DescribeTaskDetail"):
                            options: dict[str, Any] = {"token": token, "secret_key": secret_key} | how
                            answers.append(await wire.call(action, {}, **options))
        assert {answer.code for answer in answers} == {
            "InternalError",
            "MissingParameter",
            "AuthFailure.SignatureFailure",
            "AuthFailure.TokenFailure",
        }
        formatted = [structlog.processors.format_exc_info(None, "", redact(None, "", line)) for line in lines]
        assert any("ZeroDivisionError" in str(line) for line in formatted)
        wire.endpoint.failures.wait()
        files = list(wire.endpoint.failures.directory.iterdir())
        assert len(files) == 18
        captured = capsys.readouterr()
        everything = [str(answers), str(formatted), captured.out, captured.err, *(path.read_text() for path in files)]
        assert wire.key.token is not None
        for secret in (wire.key.secret_key, wire.key.token):
            assert not any(secret in text for text in everything)
        assert all(answer["RequestId"] in captured.err for answer in answers)


def wrong_requests(secret_id: str, secret_key: str) -> list[HttpRequest]:
    """The SecretKey where it does not belong, in all ways of calling; what the key signs does not matter."""
    now = int(time.time())
    found = []
    for text in (secret_key, f"{secret_key} ", f'"{secret_key}"', f"{secret_id}:{secret_key}", f"AKID{secret_key}x"):
        swapped: dict[str, Any] = {"secret_id": text, "secret_key": secret_id, "now": now}
        found += [
            signer.v3(**swapped),
            signer.v3(b"", method="GET", query="TaskId=x", **swapped),
            signer.v3(headers={"content-type": "multipart/form-data; boundary=x"}, **swapped),
            signer.v3(service="cvm", **swapped),
            signer.v3(date="2020-01-01", **swapped),
            signer.v3(signed=("content-type", "host", "x-not-sent"), **swapped),
            signer.v3(signed=("host",), **swapped),
            signer.v3(secret_id=text, now=now - 1000),
            signer.v3(service=text.strip(), secret_id=secret_id, now=now),
            signer.v3(headers={"authorization": text}, now=now),
            signer.v3(headers={"authorization": f"TC3-HMAC-SHA256 {text}"}, now=now),
            signer.v3(headers={"authorization": f"Bearer {text}"}, now=now),
            signer.v3(headers={"authorization": f"{text} {secret_id}"}, now=now),
            signer.v3(headers={"authorization": f"q-sign-algorithm=sha1&q-ak={text}"}, now=now),
            signer.v3(headers={"x-secret-key": text, "cookie": text, "x-tc-token": text}, secret_key="x", now=now),
            signer.v3(b"", method="GET", query=f"SecretKey={quote(text)}", secret_key="x", now=now),
            signer.v1(method="DELETE", SecretId=text, now=now),
        ]
        for method in ("GET", "POST"):
            for algorithm in ("HmacSHA1", "HmacSHA256", "TC3"):
                found.append(signer.v1(method=method, SecretId=text, SignatureMethod=algorithm, now=now))
            found += [
                signer.v1(method=method, SecretId=text, now=now - 1000),
                signer.v1(method=method, Signature=text, now=now),
                signer.v1({"SecretKey": text}, method=method, now=now),
                signer.v1({"SignKey": text}, method=method, now=now),
                signer.v1({"UrlSignatureAuthPolicy.EncryptedKey": text}, method=method, now=now),
                signer.v1({"NotificationUrl": f"http://a.example/?of={text}"}, method=method, now=now),
                signer.v1({"secret_key": text, "SecretID": text}, method=method, now=now),
                signer.v1(method=method, Token=text, now=now),
            ]
    plain = {"SecretId": secret_id, "SecretKey": secret_key}
    for kind, data in (("application/json", str(plain)), ("application/x-www-form-urlencoded", urlencode(plain))):
        found.append(signer.as_http("POST", {"Host": signer.HOST, "Content-Type": kind}, data))
    found.append(signer.as_http("POST", {"Host": signer.HOST, "Content-Type": "text/plain"}, secret_key))
    return found


def everything_in(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


async def test_a_secret_key_in_the_wrong_place_is_neither_told_nor_kept(
    wire: Wire, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In answers, log lines, and every file below the data directory."""
    key = wire.key
    wire.endpoint.failures = failures.FailedSignatures(
        wire.endpoint.failures.directory, wire.services.clock, keep=1000, per_second=1000
    )
    requests = wrong_requests(key.secret_id, key.secret_key)
    with structlog.testing.capture_logs() as lines:
        answers = [await wire.send(http) for http in requests]
    assert all(answer.code != "OK" for answer in answers)
    assert sum(answer.code == "AuthFailure.InvalidSecretId" for answer in answers) >= 40
    wire.endpoint.failures.wait()
    kept = list(wire.endpoint.failures.directory.iterdir())
    assert len(kept) > 80
    written = everything_in(tmp_path)
    assert len(written) >= len(kept)
    captured = capsys.readouterr()
    told = [str(answers).encode(), str(lines).encode(), captured.out.encode(), captured.err.encode(), *written]
    secret = key.secret_key.encode()
    for form in (secret, base64.b64encode(secret).rstrip(b"="), secret[:12], secret[-12:]):
        leaks = [text for text in told if form in text]
        assert not leaks


async def test_the_doctor_tells_no_secret_key_of_what_was_kept(wire: Wire) -> None:
    key = wire.key
    for http in wrong_requests(key.secret_id, key.secret_key):
        for others in ([key], []):
            known = diagnosis.Known(key=key if captured.secret_id_of(http) else None, others=others)
            text = diagnosis.diagnose(http, known, now=time.time()).render()
            assert key.secret_key[:12] not in text
            assert key.secret_key[-12:] not in text
