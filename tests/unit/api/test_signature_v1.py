"""The stages of the old signature against frozen vectors, and the whole against the official SDK's signer."""

import pytest

from minivod.api import request, signature_v1
from minivod.api.authentication import is_signed_by

from . import signer

FIELDS = [("Version", "2018-07-17"), ("Action", "PullEvents"), ("Text", "a+b &=视"), ("Timestamp", "1700000000")]
STRING_TO_SIGN = "GET127.0.0.1:9050/?Action=PullEvents&Text=a+b &=视&Timestamp=1700000000&Version=2018-07-17"
SIGNATURES = {"HmacSHA1": "EleLGLGradXoKVf/V85xclic5pI=", "HmacSHA256": "JbVl9i8cmljfQ7ov8083dhH2NISY55Wd03upDBAeUz0="}


def test_string_to_sign_is_sorted_and_not_encoded() -> None:
    assert signature_v1.string_to_sign("GET", "127.0.0.1:9050", FIELDS) == STRING_TO_SIGN


def test_names_are_sorted_by_their_bytes() -> None:
    text = signature_v1.string_to_sign("POST", "h", [("a", "1"), ("B", "2"), ("A.10", "3"), ("A.2", "4")])
    assert text == "POSTh/?A.10=3&A.2=4&B=2&a=1"


@pytest.mark.parametrize("method", list(SIGNATURES))
def test_signature(method: str) -> None:
    assert signature_v1.sign(signer.SECRET_KEY, STRING_TO_SIGN, method) == SIGNATURES[method]


@pytest.mark.parametrize("sign_method", ["HmacSHA1", "HmacSHA256"])
@pytest.mark.parametrize("http_method", ["POST", "GET"])
def test_the_official_sdk_signs_the_same(sign_method: str, http_method: str) -> None:
    params = {"FileId": "视 +&=%", "DeleteParts": [{"Type": "OriginalFiles", "Definition": 1}], "Flag": True}
    http = signer.by_sdk("DeleteMedia", params, sign_method=sign_method, http_method=http_method, token="t+k/n=")
    call = request.parse(http)
    assert is_signed_by(call, signer.SECRET_KEY)
    assert not is_signed_by(call, signer.SECRET_KEY + "x")
    assert ("DeleteParts.0.Type", "OriginalFiles") in call.fields
    assert call.token == "t+k/n="


def test_sha1_is_the_default() -> None:
    http = signer.v1(without="SignatureMethod")
    assert is_signed_by(request.parse(http), signer.SECRET_KEY)


@pytest.mark.parametrize(
    ("sign_host", "accepted"), [("127.0.0.1:9050", True), ("127.0.0.1", True), ("127.0.0.1:80", False), ("x", False)]
)
def test_host_is_as_sent_or_without_its_port(sign_host: str, accepted: bool) -> None:
    assert is_signed_by(request.parse(signer.v1(sign_host=sign_host)), signer.SECRET_KEY) is accepted


def test_a_changed_parameter_is_refused() -> None:
    http = signer.v1({"TaskId": "a"})
    http.body = http.body.replace(b"TaskId=a", b"TaskId=b")
    assert not is_signed_by(request.parse(http), signer.SECRET_KEY)


def test_a_signature_that_is_no_base64_is_refused() -> None:
    for signature in ("é", "x", "\0", "=" * 5000):
        assert not is_signed_by(request.parse(signer.v1(Signature=signature)), signer.SECRET_KEY)
