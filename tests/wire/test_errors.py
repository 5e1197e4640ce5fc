"""Every common error code that can occur is provoked through the wire (contract.md §1.5)."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from minivod import errors, ids
from minivod.api import captured, diagnosis, failures, registry
from minivod.api.endpoint import ApiEndpoint
from minivod.api.request import HttpRequest
from minivod.store import accounts

from ..unit.api import signer
from ..waiting import PATIENCE
from .conftest import OpenWire
from .wire import Wire

UNKNOWN_TASK = {"TaskId": "1250000065-procedurev2-0t0"}
WAYS: dict[str, dict[str, Any]] = {
    "tc3 post": {},
    "tc3 get": {"http_method": "GET"},
    "sha1 post": {"sign_method": "HmacSHA1"},
    "sha256 post": {"sign_method": "HmacSHA256"},
    "sha256 get": {"sign_method": "HmacSHA256", "http_method": "GET"},
    "multipart": {"options": {"IsMultipart": True}},
    "unsigned payload": {"unsigned": True},
}


def by_hand(wire: Wire, **how: Any) -> HttpRequest:
    chosen: dict[str, Any] = {"now": int(time.time()), **wire.credentials} | how
    return signer.v3(chosen.pop("body", b'{"TaskId": "x"}'), **chosen)


def old(wire: Wire, **how: Any) -> HttpRequest:
    key: dict[str, Any] = {"SecretId": wire.key.secret_id, "secret_key": wire.key.secret_key}
    return signer.v1({"TaskId": "x"}, **({"now": int(time.time())} | key | how))


async def test_every_way_to_call_reaches_the_action(wire: Wire) -> None:
    for way in WAYS.values():
        answer = await wire.call("DescribeTaskDetail", UNKNOWN_TASK, **way)
        assert answer.code == "ResourceNotFound"
        assert "procedurev2-0t0" in answer.message
        answer = await wire.call("DescribeMediaInfos", {"FileIds": [ids.new_file_id()]}, **way)
        assert answer.code == "OK"
        assert len(answer["NotExistFileIdSet"]) == 1


async def test_signature_failure(wire: Wire) -> None:
    for way in WAYS.values():
        answer = await wire.call("PullEvents", {"ExtInfo": "x"}, **way, secret_key="x" * 32)
        assert answer.code == "AuthFailure.SignatureFailure"
        assert answer.message == errors.SignatureFailure.__doc__


async def test_signature_expire(wire: Wire) -> None:
    for way in WAYS.values():
        for skew in (-301, 301 + PATIENCE):  # what is ahead of the clock comes nearer on its way to the server
            answer = await wire.call("PullEvents", {"ExtInfo": "x"}, **way, now=time.time() + skew)
            assert answer.code == "AuthFailure.SignatureExpire"


async def test_secret_id(wire: Wire) -> None:
    for way in WAYS.values():
        answer = await wire.call("PullEvents", {"ExtInfo": "x"}, **way, secret_id=ids.new_secret_id())
        assert answer.code == "AuthFailure.SecretIdNotFound"
        answer = await wire.call("PullEvents", {"ExtInfo": "x"}, **way, secret_id="nobody")
        assert answer.code == "AuthFailure.InvalidSecretId"


async def test_token(wire: Wire) -> None:
    for way in WAYS.values():
        async with wire.db.transaction() as connection:
            expires = datetime.now(UTC) + timedelta(seconds=60)
            key = await accounts.create_key(connection, wire.key.app_id, expires_at=expires)
            past = await accounts.create_key(connection, wire.key.app_id, expires_at=datetime.now(UTC))
        how = {"secret_id": key.secret_id, "secret_key": key.secret_key} | way
        assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK, **how, token=key.token)).code == "ResourceNotFound"
        for wrong in (None, "x"):
            assert (
                await wire.call("DescribeTaskDetail", UNKNOWN_TASK, **how, token=wrong)
            ).code == "AuthFailure.TokenFailure"
        how |= {"secret_id": past.secret_id, "secret_key": past.secret_key, "token": past.token}
        assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK, **how)).code == "AuthFailure.TokenFailure"


async def test_a_disabled_key_is_refused_within_a_second(wire: Wire) -> None:
    assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK)).code == "ResourceNotFound"
    await accounts.set_key_enabled(wire.db, wire.key.secret_id, enabled=False)
    await asyncio.sleep(1.0)
    assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK)).code == "AuthFailure.SecretIdNotFound"


async def test_a_disabled_account(wire: Wire) -> None:
    await accounts.set_account_enabled(wire.db, wire.key.app_id, enabled=False)
    assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK)).code == "FailedOperation.InvalidVodUser"


TC3_CASES: list[tuple[dict[str, Any], str]] = [
    ({"headers": {"authorization": "SKIP"}}, "AuthFailure.InvalidAuthorization"),
    ({"headers": {"authorization": "TC3-HMAC-SHA256 x"}}, "AuthFailure.InvalidAuthorization"),
    ({"headers": {"authorization": "AWS4-HMAC-SHA256 x"}}, "AuthFailure.InvalidAuthorization"),
    ({"signed": ("host",)}, "AuthFailure.InvalidAuthorization"),
    ({"signed": ("content-type", "host", "x-none")}, "AuthFailure.InvalidAuthorization"),
    ({"date": "2020-01-01"}, "AuthFailure.InvalidAuthorization"),
    ({"service": "cvm"}, "NoSuchProduct"),
    ({"sign_as": {"host": "127.0.0.1:1"}}, "AuthFailure.SignatureFailure"),
    ({"sign_as": {"host": "127.0.0.1"}}, "ResourceNotFound"),
    ({"headers": {"x-tc-action": ""}}, "MissingParameter"),
    ({"headers": {"x-tc-timestamp": ""}}, "MissingParameter"),
    ({"headers": {"x-tc-timestamp": "soon"}}, "InvalidParameterValue"),
    ({"headers": {"x-tc-version": ""}}, "MissingParameter"),
    ({"headers": {"x-tc-version": "2017-03-12"}}, "NoSuchVersion"),
    ({"headers": {"x-tc-region": "?"}}, "UnsupportedRegion"),
    ({"headers": {"x-tc-region": "eu-frankfurt"}}, "ResourceNotFound"),
    ({"headers": {"x-tc-language": "en-US"}}, "ResourceNotFound"),
    ({"headers": {"x-tc-language": "tlh"}}, "InvalidParameterValue"),
    ({"headers": {"content-encoding": "gzip"}}, "InvalidRequest"),
    ({"headers": {"content-type": "text/xml"}}, "InvalidRequest"),
    ({"headers": {"x-tc-action": "MakeCoffee"}}, "InvalidAction"),
    ({"headers": {"x-tc-action": "EditMedia"}}, "InvalidAction"),
    ({"body": b'{"TaskId":'}, "InvalidRequest"),
    ({"body": b"[1]"}, "InvalidRequest"),
    ({"body": b'{"TaskId":"\xff"}'}, "InvalidRequest"),
    ({"body": b'{"TaskId":NaN}'}, "InvalidRequest"),
    ({"body": b'{"TaskId":' + b"[" * 100 + b"]" * 100 + b"}"}, "InvalidRequest"),
    ({"body": b'{"TaskId":"x","TaskId":"x"}'}, "InvalidParameter"),
    ({"body": b'{"TaskId":"a\\u0000b"}'}, "InvalidParameterValue"),
    ({"body": b'{"TaskId":"\\ud800"}'}, "InvalidParameterValue"),
    ({"body": b""}, "MissingParameter"),
    ({"body": b"{}"}, "MissingParameter"),
    ({"body": b'{"TaskId":null}'}, "MissingParameter"),
    ({"body": b'{"TaskId":"x","SubAppId":null}'}, "ResourceNotFound"),
    ({"body": b'{"TaskId":"x","taskid":"x"}'}, "UnknownParameter"),
    ({"body": b'{"TaskId":1}'}, "InvalidParameter"),
    ({"body": b'{"TaskId":"x","SubAppId":"1"}'}, "InvalidParameter"),
    ({"body": b'{"TaskId":"x","SubAppId":1}'}, "InvalidParameterValue.SubAppId"),
    ({"body": b'{"TaskId":"x","SubAppId":' + b"9" * 30 + b"}"}, "InvalidParameterValue.SubAppId"),
    ({"action": "DescribeMediaInfos", "body": b'{"FileIds":[]}'}, "InvalidParameterValue.FileIds"),
]


async def test_tc3_requests_by_hand(wire: Wire) -> None:
    for how, code in TC3_CASES:
        answer = await wire.send(by_hand(wire, **how))
        assert answer.code == code, how
        assert len(answer.message) < 500


OLD_CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "ResourceNotFound"),
    ({"sign_host": "127.0.0.1"}, "ResourceNotFound"),
    ({"sign_host": "127.0.0.1:1"}, "AuthFailure.SignatureFailure"),
    ({"without": "SignatureMethod"}, "ResourceNotFound"),
    ({"without": "Action"}, "MissingParameter"),
    ({"without": "Nonce"}, "MissingParameter"),
    ({"without": "Signature"}, "MissingParameter"),
    ({"Nonce": "x"}, "InvalidParameterValue"),
    ({"SignatureMethod": "HmacMD5"}, "AuthFailure.InvalidAuthorization"),
    ({"Signature": "AAAA"}, "AuthFailure.SignatureFailure"),
    ({"Action": "MakeCoffee"}, "InvalidAction"),
    ({"SubAppId": "x"}, "InvalidParameter"),
    ({"SubAppId": "9" * 30}, "InvalidParameterValue.SubAppId"),
    ({"Filters.0": "x"}, "UnknownParameter"),
    ({"method": "GET"}, "ResourceNotFound"),
]


async def test_old_signatures_by_hand(wire: Wire) -> None:
    for how, code in OLD_CASES:
        assert (await wire.send(old(wire, **how))).code == code, how


async def test_an_action_that_is_not_built_says_so(wire: Wire) -> None:
    answer = await wire.call("EditMedia")
    assert answer.code == "InvalidAction"
    assert "EditMedia belongs to the API but is not built" in answer.message


async def test_other_methods(wire: Wire) -> None:
    for method in ("PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get"):
        assert (await wire.send(HttpRequest(method, "/", b"", {}))).code == "UnsupportedProtocol"


async def test_duplicate_headers(wire: Wire) -> None:
    for name in (b"authorization", b"host", b"content-type", b"x-tc-action", b"x-tc-token"):
        http = by_hand(wire, headers={"x-tc-token": ""})
        answer = await wire.send(http, headers=[(name, b"x")])
        assert answer.code == "AuthFailure.InvalidAuthorization"


async def test_sizes(wire: Wire) -> None:
    padding = b" " * (10 * 2**20)
    just = by_hand(wire, body=(b'{"TaskId":"x"}' + padding)[: 10 * 2**20])
    assert (await wire.send(just)).code == "ResourceNotFound"
    assert (await wire.send(by_hand(wire, body=b'{"TaskId":"x"}' + padding))).code == "RequestSizeLimitExceeded"
    big = await wire.call("DescribeTaskDetail", {"TaskId": "x" * 2**20}, sign_method="HmacSHA256")
    assert big.code == "RequestSizeLimitExceeded"
    for how in ({}, {"sign_method": "HmacSHA256"}):
        long = await wire.call("DescribeTaskDetail", {"TaskId": "x" * 33_000}, http_method="GET", **how)
        assert long.code == "RequestSizeLimitExceeded"


async def test_frequency(wire_with: OpenWire) -> None:
    async with wire_with(rate_limit=7) as wire:
        answers = await asyncio.gather(*(wire.call("DescribeTaskDetail", UNKNOWN_TASK) for _ in range(20)))
        assert sum(answer.code == "ResourceNotFound" for answer in answers) == 7
        refused = next(answer for answer in answers if answer.code != "ResourceNotFound")
        assert refused.code == "RequestLimitExceeded"
        assert "DescribeTaskDetail more than 7 times a second" in refused.message
        # decided before the body is decoded, and by account and action; a busy machine may be a second later here
        garbled = await asyncio.gather(*(wire.json("DescribeTaskDetail", b"not JSON") for _ in range(20)))
        assert [answer.code for answer in garbled].count("RequestLimitExceeded") >= 20 - 7
        assert (await wire.call("DescribeMediaInfos", {"FileIds": [ids.new_file_id()]})).code == "OK"


async def test_the_default_is_100_a_second(wire_with: OpenWire) -> None:
    async with wire_with() as wire:
        requests = [wire.request("DescribeTaskDetail", UNKNOWN_TASK) for _ in range(150)]
        codes = [answer.code for answer in await asyncio.gather(*map(wire.send, requests))]
        assert 100 <= codes.count("ResourceNotFound") <= 120
        assert codes.count("RequestLimitExceeded") >= 30


async def test_permissions(wire: Wire) -> None:
    async with wire.db.transaction() as connection:
        second = await accounts.create_sub_app(connection, wire.key.app_id, "second")
        foreign_account = await accounts.create_account(connection)
        limited = await accounts.create_key(
            connection, wire.key.app_id, sub_app_ids=[second.sub_app_id], actions=["DescribeTaskDetail"]
        )
    how = {"secret_id": limited.secret_id, "secret_key": limited.secret_key}

    async def code(action: str, sub_app_id: int | None) -> str:
        params = UNKNOWN_TASK | ({} if sub_app_id is None else {"SubAppId": sub_app_id})
        return (
            await wire.call(action, params if action == "DescribeTaskDetail" else {"SubAppId": sub_app_id}, **how)
        ).code

    assert await code("DescribeTaskDetail", second.sub_app_id) == "ResourceNotFound"
    assert await code("DescribeTaskDetail", None) == "UnauthorizedOperation"
    assert await code("DescribeTaskDetail", wire.key.app_id) == "UnauthorizedOperation"
    assert await code("DescribeTaskDetail", foreign_account) == "InvalidParameterValue.SubAppId"
    assert await code("PullEvents", second.sub_app_id) == "AuthFailure.UnauthorizedOperation"


async def test_settings(wire_with: OpenWire) -> None:
    async with wire_with(require_sub_app_id=True, strict_signature=True, allow_unsigned_payload=False) as wire:
        names = ("content-type", "host", "x-tc-action")
        missing = await wire.send(by_hand(wire, signed=names))
        assert missing.code == "MissingParameter"
        assert "SubAppId" in missing.message
        assert str(wire.key.app_id) in missing.message
        assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK)).code == "AuthFailure.InvalidAuthorization"
        unsigned = by_hand(wire, signed=names, headers={"x-tc-content-sha256": "UNSIGNED-PAYLOAD"})
        assert (await wire.send(unsigned)).code == "AuthFailure.InvalidAuthorization"


class Nothing(msgspec.Struct):
    pass


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ZeroDivisionError("the secret inner state"), "InternalError"),
        (psycopg.OperationalError("the secret address"), "ServiceUnavailable"),
        (errors.ResourceInUse(), "ResourceInUse"),
    ],
)
async def test_failures_of_the_server_tell_nothing(wire: Wire, failure: Exception, code: str) -> None:
    async def run(*_: Any) -> Nothing:
        raise failure

    actions = registry.discover()
    broken = msgspec.structs.replace(actions["DescribeTaskDetail"], run=run)
    wire.endpoint = ApiEndpoint(wire.services, {"DescribeTaskDetail": broken})
    answer = await wire.call("DescribeTaskDetail", UNKNOWN_TASK)
    assert answer.code == code
    assert "secret" not in str(answer)


async def test_a_database_that_is_down(wire: Wire) -> None:
    await wire.db.close()
    assert (await wire.call("DescribeTaskDetail", UNKNOWN_TASK)).code == "ServiceUnavailable"


async def test_failed_signatures_are_kept_under_their_request_id(wire: Wire) -> None:
    answer = await wire.call("PullEvents", secret_key="x" * 32)
    wire.endpoint.failures.wait()
    directory = wire.endpoint.failures.directory
    record = failures.load(directory, answer["RequestId"])
    assert record is not None
    assert record.code == "AuthFailure.SignatureFailure"
    answer = await wire.call("DescribeTaskDetail", UNKNOWN_TASK)
    assert failures.load(directory, answer["RequestId"]) is None


async def test_the_doctor_explains_a_failure_by_its_request_id(wire: Wire) -> None:
    answer = await wire.send(by_hand(wire, secret_key=wire.key.secret_key + "\n"))  # the Python SDK refuses such keys
    assert answer.code == "AuthFailure.SignatureFailure"
    wire.endpoint.failures.wait()
    record = failures.load(wire.endpoint.failures.directory, answer["RequestId"])
    assert record is not None
    secret_id = captured.secret_id_of(captured.restore(record, None))
    assert secret_id is not None
    found = diagnosis.diagnose_record(record, diagnosis.Known(key=await accounts.find_key(wire.db, secret_id)))
    assert found.causes == ["the client uses a SecretKey with a line feed at its end"]
