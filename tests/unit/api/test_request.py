"""The way of calling and the common parameters are read from every kind of request, or refused by name."""

from typing import Any

import pytest

from minivod import errors
from minivod.api import request
from minivod.api.request import HttpRequest, OldSignature
from minivod.api.signature_v3 import Authorization

from . import signer


def parse(http: HttpRequest) -> request.Call:
    request.check_head(http)
    return request.parse(http)


@pytest.mark.parametrize(
    ("http_method", "options", "encoding"),
    [("POST", {}, "json"), ("GET", {}, "fields"), ("POST", {"IsMultipart": True}, "multipart")],
)
def test_tc3(http_method: str, options: dict[str, bool], encoding: str) -> None:
    http = signer.by_sdk(
        "PullEvents", {"ExtInfo": "x"}, http_method=http_method, token="tk", options=options, language="zh-CN"
    )
    call = parse(http)
    assert isinstance(call.credentials, Authorization)
    assert (call.action, call.encoding, call.region) == ("PullEvents", encoding, "ap-guangzhou")
    assert (call.timestamp, call.timestamp_text, call.token, call.language) == (
        signer.NOW,
        str(signer.NOW),
        "tk",
        "zh-CN",
    )
    assert call.fields == ([("ExtInfo", "x")] if http_method == "GET" else [])


@pytest.mark.parametrize("http_method", ["POST", "GET"])
def test_old_signature(http_method: str) -> None:
    http = signer.by_sdk(
        *("PullEvents", {"ExtInfo": "x"}),
        http_method=http_method,
        sign_method="HmacSHA256",
        token="tk",
        language="zh-CN",
    )
    call = parse(http)
    assert isinstance(call.credentials, OldSignature)
    assert (call.action, call.encoding, call.fields) == ("PullEvents", "fields", [("ExtInfo", "x")])
    assert (call.timestamp, call.token, call.language, call.region) == (signer.NOW, "tk", "zh-CN", "ap-guangzhou")
    assert "Signature" not in dict(call.credentials.fields)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", "X" * 1000])
def test_other_methods_are_refused(method: str) -> None:
    with pytest.raises(errors.UnsupportedProtocol, match="GET and POST"):
        parse(HttpRequest(method, "/", b"", {}))


def test_other_paths_are_refused() -> None:
    with pytest.raises(errors.InvalidRequest, match="only path"):
        parse(HttpRequest("POST", "/v3", b"", {}))


@pytest.mark.parametrize("name", ["authorization", "host", "content-type", "x-tc-action", "x-tc-token", "x-tc-new"])
def test_repeated_headers_that_matter_are_refused(name: str) -> None:
    http = request.read_head("POST", "/", b"", [(name.encode(), b"a"), (name.encode(), b"a")])
    with pytest.raises(errors.InvalidAuthorization, match=name):
        request.check_head(http)


def test_repeated_headers_that_are_signed_are_refused() -> None:
    http = signer.v3(signed=("content-type", "host", "x-extra"), headers={"x-extra": "1"})
    http.repeated = frozenset({"x-extra"})
    with pytest.raises(errors.InvalidAuthorization, match="x-extra"):
        parse(http)


def test_other_repeated_headers_are_harmless() -> None:
    request.check_head(request.read_head("POST", "/", b"", [(b"accept", b"a"), (b"accept", b"b")]))


@pytest.mark.parametrize(
    ("header", "value", "error"),
    [
        ("x-tc-action", "", errors.MissingParameter),
        ("x-tc-version", "", errors.MissingParameter),
        ("x-tc-version", "2017-03-12", errors.NoSuchVersion),
        ("x-tc-timestamp", "", errors.MissingParameter),
        ("x-tc-timestamp", "now", errors.InvalidParameterValue),
        ("x-tc-timestamp", "-1", errors.InvalidParameterValue),
        ("x-tc-timestamp", "1700000000.5", errors.InvalidParameterValue),
        ("x-tc-timestamp", "1700000000000", errors.InvalidParameterValue),
        ("x-tc-timestamp", "١٧٠٠٠٠٠٠٠٠", errors.InvalidParameterValue),
        ("x-tc-language", "fr-FR", errors.InvalidParameterValue),
        ("x-tc-region", "somewhere!", errors.UnsupportedRegion),
        ("content-encoding", "gzip", errors.InvalidRequest),
        ("content-type", "text/plain", errors.InvalidRequest),
        ("content-type", "application/x-www-form-urlencoded", errors.InvalidRequest),
        ("content-type", "application/json; charset=gbk", errors.InvalidRequest),
    ],
)
def test_wrong_headers(header: str, value: str, error: type[errors.WireError]) -> None:
    http = signer.v3()
    http.headers[header] = value
    with pytest.raises(error) as raised:
        parse(http)
    assert error is errors.NoSuchVersion or header in raised.value.message.lower()


@pytest.mark.parametrize("name", ["Action", "Version", "Timestamp", "Nonce", "SecretId", "Signature"])
def test_missing_common_parameters_are_named(name: str) -> None:
    with pytest.raises(errors.MissingParameter, match=name):
        parse(signer.v1(without=name))


@pytest.mark.parametrize(
    ("common", "error"),
    [
        ({"Nonce": "x"}, errors.InvalidParameterValue),
        ({"Nonce": "-1"}, errors.InvalidParameterValue),
        ({"SignatureMethod": "MD5"}, errors.InvalidAuthorization),
        ({"Version": "1"}, errors.NoSuchVersion),
        ({"Language": "x"}, errors.InvalidParameterValue),
        ({"Region": "?"}, errors.UnsupportedRegion),
    ],
)
def test_wrong_common_parameters(common: dict[str, Any], error: type[errors.WireError]) -> None:
    with pytest.raises(error):
        parse(signer.v1(**common))


def test_a_json_request_that_is_not_signed_is_told_so() -> None:
    http = signer.v3()
    del http.headers["authorization"]
    with pytest.raises(errors.InvalidAuthorization, match="not signed"):
        parse(http)


def test_parameters_in_two_places_are_refused() -> None:
    http = signer.v3()
    http.query = b"FileId=1"
    with pytest.raises(errors.InvalidRequest, match="query"):
        parse(http)
    http = signer.by_sdk("PullEvents", {}, http_method="GET")
    http.body = b"{}"
    with pytest.raises(errors.InvalidRequest, match="body"):
        parse(http)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"A=1&A=2", errors.InvalidParameter),
        (b"A=1&%41=1", errors.InvalidParameter),
        (b"A=%ff", errors.InvalidRequest),
        (b"\xff=1", errors.InvalidRequest),
        (b"&".join(b"%d=" % i for i in range(6000)), errors.InvalidRequest),
    ],
)
def test_unreadable_fields(text: bytes, error: type[errors.WireError]) -> None:
    with pytest.raises(error):
        request.read_fields(text)


def test_fields_are_decoded() -> None:
    assert request.read_fields(b"A=%E8%A7%86+%2B&B=&C") == [("A", "视 +"), ("B", ""), ("C", "")]
