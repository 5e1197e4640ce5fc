"""The stages of the COS signature, against values of the official SDK and by hand."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcloud_cos.cos_auth import CosS3Auth

from minivod.cos import signature
from minivod.cos.errors import AccessDenied, CosError, RequestTimeTooSkewed, SignatureDoesNotMatch
from minivod.cos.signature import Claim, Signed

SECRET = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"


def official(method: str, path: str, params: dict[str, str], headers: dict[str, str], host: str) -> str:
    """The Authorization header that the official SDK would send."""
    config: Any = SimpleNamespace(
        _secret_id="AKIDexample", _secret_key=SECRET, _anonymous=False, _sign_params=True, _sign_host=True
    )
    request = SimpleNamespace(method=method, headers=dict(headers), url=f"http://{host}{path}")
    CosS3Auth(config, path, params)(request)
    return str(request.headers["Authorization"])


def test_stages() -> None:
    """Every stage of the example in COS's documentation of its signature."""
    window = "1557989151;1557996351"
    headers = {
        "Date": "Thu, 16 May 2019 06:45:51 GMT",
        "Host": "examplebucket-1250000000.cos.ap-beijing.myqcloud.com",
        "Content-Type": "text/plain",
        "Content-Length": "13",
        "Content-MD5": "mQ/fVh815F3k6TAUm8m0eg==",
        "x-cos-acl": "private",
        "x-cos-grant-read": 'uin="100000000011"',
    }
    key = signature.sign_key(SECRET, window)
    assert key == "eb2519b498b02ac213cb1f3d1a3d27a3b3c9bc5f"
    formatted = signature.format_string("PUT", "/exampleobject(腾讯云)", [], headers.items())
    assert formatted.startswith("put\n/exampleobject(腾讯云)\n\ncontent-length=13&content-md5=mQ%2FfVh815F3k6TAUm8m0eg")
    to_sign = signature.string_to_sign(window, formatted)
    assert to_sign == f"sha1\n{window}\n8b2751e77f43a0995d6e9eb9477f4b685cca4172\n"
    assert signature.signature(key, to_sign) == "3b8851a11a569213c17ba8fa7dcf2abec6935172"


@pytest.mark.parametrize(
    ("method", "path", "params", "headers"),
    [
        ("PUT", "/vod_upload/1/a.mp4", {}, {}),
        ("GET", "/", {"uploads": "", "prefix": "vod_upload/1/a b", "max-uploads": "1000"}, {}),
        ("PUT", "/vod_upload/视频.mp4", {"partNumber": "7", "uploadId": "a/b+c=="}, {"Content-MD5": "a+b/c=="}),
        ("POST", "/k", {"uploadId": "x"}, {"x-cos-meta-name": "a b;c=d&e", "content-type": "application/xml"}),
    ],
)
@pytest.mark.parametrize("port", ["", ":9050"])
def test_the_official_sdk_is_understood(
    method: str, path: str, params: dict[str, str], headers: dict[str, str], port: str
) -> None:
    claim = signature.parse_authorization(official(method, path, params, headers, f"vod.example{port}"))
    sent = [(name.lower(), value) for name, value in headers.items()] + [("host", f"vod.example{port}")]
    signed = Signed(method, path, list(params.items()), sent)
    signature.verify(claim, signed, SECRET)
    for wrong in (
        Signed("DELETE", path, signed.params, signed.headers),
        Signed(method, path + "x", signed.params, signed.headers),
        Signed(method, path, signed.params, [("host", "other.example")]),
    ):
        with pytest.raises(SignatureDoesNotMatch):
            signature.verify(claim, wrong, SECRET)
    with pytest.raises(SignatureDoesNotMatch):
        signature.verify(claim, signed, SECRET[:-1])


@pytest.mark.parametrize("signed_host", ["127.0.0.1", "127.0.0.1:9050"])
def test_host_with_and_without_port(signed_host: str) -> None:
    claim = make_claim(headers=[("host", signed_host)])
    signature.verify(claim, Signed("PUT", "/k", [], [("host", "127.0.0.1:9050")]), SECRET)
    with pytest.raises(SignatureDoesNotMatch):
        signature.verify(claim, Signed("PUT", "/k", [], [("host", "127.0.0.2:9050")]), SECRET)


def test_host_of_ipv6() -> None:
    for signed_host in ("::1", "[::1]", "[::1]:9050"):
        claim = make_claim(headers=[("host", signed_host)])
        signature.verify(claim, Signed("PUT", "/k", [], [("host", "[::1]:9050")]), SECRET)


def make_claim(headers: list[tuple[str, str]]) -> Claim:
    formatted = signature.format_string("PUT", "/k", [], headers)
    to_sign = signature.string_to_sign("1;2", formatted)
    found = signature.signature(signature.sign_key(SECRET, "1;2"), to_sign)
    return Claim("AKID", "1;2", "1;2", tuple(name for name, _ in headers), (), found)


def test_a_signed_name_must_be_there_once() -> None:
    claim = make_claim(headers=[("content-md5", "x")])
    signature.verify(claim, Signed("PUT", "/k", [], [("content-md5", "x")]), SECRET)
    for headers in ([], [("content-md5", "x"), ("content-md5", "x")]):
        with pytest.raises(SignatureDoesNotMatch, match="exactly once"):
            signature.verify(claim, Signed("PUT", "/k", [], headers), SECRET)


def test_the_mismatch_shows_what_the_server_signed() -> None:
    claim = make_claim(headers=[])
    with pytest.raises(SignatureDoesNotMatch) as refused:
        signature.verify(claim, Signed("PUT", "/other", [], []), SECRET)
    assert refused.value.details["FormatString"] == "put\n/other\n\n\n"
    assert SECRET not in str(refused.value.details)


@pytest.mark.parametrize(
    ("now", "fine"), [(1000 - 301, False), (1000 - 299, True), (1500, True), (2000, True), (2001, False)]
)
def test_time_windows(now: float, fine: bool) -> None:
    for claim in (
        Claim("a", "1000;2000", "0;9000", (), (), ""),
        Claim("a", "0;9000", "1000;2000", (), (), ""),
    ):
        if fine:
            signature.check_time(claim, now)
        else:
            with pytest.raises(RequestTimeTooSkewed, match="by the server's clock"):
                signature.check_time(claim, now)


GOOD = "q-sign-algorithm=sha1&q-ak=A&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=" + (
    "a" * 40
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "TC3-HMAC-SHA256 Credential=x",
        GOOD.replace("sha1", "md5"),
        GOOD.replace("q-ak=A&", ""),
        GOOD + "&q-ak=B",
        GOOD + "&extra=1",
        GOOD.replace("1;2", "1", 1),
        GOOD.replace("1;2", "-1;2", 1),
        GOOD.replace("1;2", "１;2", 1),
        GOOD.replace("a" * 40, "A" * 40),
        GOOD.replace("a" * 40, "a" * 41),
        GOOD + "x" * 5000,
    ],
)
def test_malformed_claims(text: str) -> None:
    assert signature.parse_authorization(GOOD).secret_id == "A"
    with pytest.raises(AccessDenied):
        signature.parse_authorization(text)


@given(st.text(max_size=300))
def test_no_text_is_a_claim_by_accident(text: str) -> None:
    with pytest.raises(AccessDenied):
        signature.parse_authorization(text)


@given(st.lists(st.tuples(st.text(), st.text())), st.lists(st.tuples(st.text(), st.text())), st.text())
def test_no_request_breaks_verification(
    params: list[tuple[str, str]], headers: list[tuple[str, str]], path: str
) -> None:
    claim = Claim("A", "1;2", "1;2", tuple(name for name, _ in headers), tuple(name for name, _ in params), "a" * 40)
    with pytest.raises(CosError):
        signature.verify(claim, Signed("PUT", path, params, headers), SECRET)
