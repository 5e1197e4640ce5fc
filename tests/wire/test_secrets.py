"""Nothing secret gets into answers, logs or records of failed requests (T24)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import structlog
import structlog.testing

from minivod.api import registry
from minivod.api.endpoint import ApiEndpoint
from minivod.logs import redact
from minivod.store import accounts

from .conftest import OpenWire


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
