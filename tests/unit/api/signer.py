"""Requests as clients make them: by the official SDK's signer, and by hand where no SDK would make them."""

import time
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from minivod.api import request, signature_v1, signature_v3
from minivod.api.request import HttpRequest

SECRET_ID = "AKID" + "0123456789abcdefABCDEFzyxwvuts98"
SECRET_KEY = "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"
NOW = 1_700_000_000
HOST = "127.0.0.1:9050"


class Client(AbstractClient):  # type: ignore[misc]
    """The base of the SDK's clients, as its vod client fills it in."""

    _apiVersion = "2018-07-17"  # noqa: N815 - the SDK's name
    _service = "vod"


def by_sdk(
    action: str,
    params: dict[str, Any],
    *,
    http_method: str = "POST",
    sign_method: str = "TC3-HMAC-SHA256",
    now: float = NOW,
    host: str = HOST,
    secret_id: str = SECRET_ID,
    secret_key: str = SECRET_KEY,
    token: str | None = None,
    unsigned: bool = False,
    options: dict[str, Any] | None = None,
    language: str = "en-US",
) -> HttpRequest:
    """The request that the official Python SDK would send; `language` is zh-CN where its user chooses none."""
    http = HttpProfile(protocol="http", endpoint=host, reqMethod=http_method)
    profile = ClientProfile(sign_method, http, language)
    profile.unsignedPayload = unsigned
    client = Client(Credential(secret_id, secret_key, token), "ap-guangzhou", profile)
    sent = RequestInternal(host, http_method, "/", header={})
    with patch.object(time, "time", return_value=now):
        client._build_req_inter(action, params, sent, options or {})
    return as_http(http_method, {"Host": host, **sent.header}, sent.data or "")


def as_http(method: str, headers: dict[str, str], data: str | bytes) -> HttpRequest:
    raw = data.encode() if isinstance(data, str) else data
    lines = [(name.lower().encode(), value.encode(errors="surrogateescape")) for name, value in headers.items()]
    query, body = (raw, b"") if method == "GET" else (b"", raw)
    http = request.read_head(method, "/", query, lines)
    http.body = body
    return http


def v3(
    body: bytes = b"{}",
    *,
    action: str = "DescribeTaskDetail",
    method: str = "POST",
    query: str = "",
    now: int = NOW,
    secret_id: str = SECRET_ID,
    secret_key: str = SECRET_KEY,
    date: str | None = None,
    service: str = "vod",
    signed: tuple[str, ...] = ("content-type", "host"),
    sign_as: dict[str, str] | None = None,
    hashed: str | None = None,
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    """A TC3 request by hand; `sign_as` replaces values in what is signed, `headers` in what is sent."""
    date = date or signature_v3.date_of(now)
    sent = {
        "host": HOST,
        "content-type": "application/json",
        "x-tc-action": action,
        "x-tc-version": "2018-07-17",
        "x-tc-timestamp": str(now),
    } | (headers or {})
    values = {name: (sign_as or {}).get(name, sent.get(name, "")) for name in signed}
    canonical = signature_v3.canonical_request(
        method, query, sorted(values.items()), hashed or signature_v3.payload_hash(body)
    )
    text = signature_v3.string_to_sign(str(now), date, service, canonical)
    signature = signature_v3.sign(signature_v3.signing_key(secret_key, date, service), text)
    sent.setdefault(
        "authorization",
        f"TC3-HMAC-SHA256 Credential={secret_id}/{date}/{service}/tc3_request, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}",
    )
    http = as_http("POST", sent, body)
    http.method, http.query = method, query.encode()
    return http


def v1(
    params: dict[str, str] | None = None,
    *,
    method: str = "POST",
    host: str = HOST,
    sign_host: str | None = None,
    secret_key: str = SECRET_KEY,
    now: int = NOW,
    without: str = "",
    **common: str,
) -> HttpRequest:
    """An old-signature request by hand; `common` replaces common parameters, `without` leaves one out."""
    fields = {
        "Action": "DescribeTaskDetail",
        "Version": "2018-07-17",
        "Timestamp": str(now),
        "Nonce": "4711",
        "SecretId": SECRET_ID,
        "SignatureMethod": "HmacSHA256",
        **(params or {}),
        **common,
    }
    fields.pop(without, None)
    if "Signature" not in fields:
        text = signature_v1.string_to_sign(method, sign_host or host, fields.items())
        algorithm = fields.get("SignatureMethod", "HmacSHA1")
        fields["Signature"] = signature_v1.sign(
            secret_key, text, algorithm if algorithm in signature_v1.METHODS else "HmacSHA1"
        )
    if without == "Signature":
        del fields["Signature"]
    return as_http(method, {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields))
