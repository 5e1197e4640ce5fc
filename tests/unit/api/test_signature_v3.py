"""Every stage of TC3 against frozen vectors, and the whole against the official SDK's signer."""

import pytest

from minivod import errors
from minivod.api import request, signature_v3
from minivod.api.authentication import is_signed_by

from . import signer

BODY = b'{"TaskId": "1250000065-procedurev2-b1b2"}'
HASHED = "5f8d93bc655637cad60686bcf208c037631d40342784b4ac330b73a79eb0ea58"
CANONICAL = "POST\n/\n\ncontent-type:application/json\nhost:127.0.0.1:9050\n\ncontent-type;host\n" + HASHED
STRING_TO_SIGN = (
    "TC3-HMAC-SHA256\n1700000000\n2023-11-14/vod/tc3_request\n"
    "053fa537cba2418d7560e3ce15edaf7cfbeea70f164f84ac0cc0001f18f66f49"
)
KEY = "8144d86c9c8eba5f82dcc6ef4eadc720f897a17276191ba3fd3c18aefd9a9b33"
SIGNATURE = "2f620f392930053bea545ca5d509af98a578511c25cdcd8bac042944924dcd2c"
HEADERS = [("content-type", "application/json"), ("host", "127.0.0.1:9050")]


def test_payload_hash() -> None:
    assert signature_v3.payload_hash(BODY) == HASHED
    assert signature_v3.payload_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_unsigned_payload_hashes_the_words() -> None:
    unsigned = signature_v3.payload_hash(BODY, unsigned=True)
    assert unsigned == signature_v3.payload_hash(b"UNSIGNED-PAYLOAD")


def test_canonical_request() -> None:
    assert signature_v3.canonical_request("POST", "", HEADERS, HASHED) == CANONICAL


def test_canonical_request_of_a_get_has_the_query_as_sent() -> None:
    text = signature_v3.canonical_request("GET", "B=2&A=%20", HEADERS, HASHED)
    assert text.split("\n")[:3] == ["GET", "/", "B=2&A=%20"]


def test_string_to_sign() -> None:
    assert signature_v3.string_to_sign("1700000000", "2023-11-14", "vod", CANONICAL) == STRING_TO_SIGN


def test_signing_key() -> None:
    assert signature_v3.signing_key(signer.SECRET_KEY, "2023-11-14", "vod").hex() == KEY


def test_signature() -> None:
    assert signature_v3.sign(bytes.fromhex(KEY), STRING_TO_SIGN) == SIGNATURE


@pytest.mark.parametrize(
    ("timestamp", "date"), [(1_700_000_000, "2023-11-14"), (1_700_006_399, "2023-11-14"), (1_700_006_400, "2023-11-15")]
)
def test_date_is_the_utc_day(timestamp: int, date: str) -> None:
    assert signature_v3.date_of(timestamp) == date


@pytest.mark.parametrize("http_method", ["POST", "GET"])
@pytest.mark.parametrize("unsigned", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1:9050", "vod.example.com", "[::1]:9050"])
def test_the_official_sdk_signs_the_same(http_method: str, unsigned: bool, host: str) -> None:
    params = {"TaskId": "x", "DeleteParts": [{"Type": "视频 +&=", "Definition": 1}]}
    http = signer.by_sdk("DeleteMedia", params, http_method=http_method, unsigned=unsigned, host=host)
    assert is_signed_by(request.parse(http), signer.SECRET_KEY)
    assert not is_signed_by(request.parse(http), signer.SECRET_KEY + "x")


def test_the_official_sdk_signs_multipart_the_same() -> None:
    http = signer.by_sdk("DescribeTaskDetail", {"TaskId": "x"}, options={"IsMultipart": True})
    assert request.parse(http).encoding == "multipart"
    assert is_signed_by(request.parse(http), signer.SECRET_KEY)


def test_the_frozen_vector_is_what_the_sdk_sends() -> None:
    http = signer.by_sdk("DescribeTaskDetail", {"TaskId": "1250000065-procedurev2-b1b2"})
    assert http.body == BODY
    assert http.headers["authorization"].endswith(f"Signature={SIGNATURE}")


@pytest.mark.parametrize(
    ("sign_as", "accepted"),
    [
        ({"host": "127.0.0.1"}, True),  # the Node SDK
        ({"host": "127.0.0.1:80"}, False),
        ({"host": "127.0.0.1:9051"}, False),
        ({"host": "vod.tencentcloudapi.com"}, False),
        ({"host": ""}, False),
        ({"content-type": "application/json; charset=utf-8"}, False),
    ],
)
def test_host_is_as_sent_or_without_its_port_and_nothing_else(sign_as: dict[str, str], accepted: bool) -> None:
    call = request.parse(signer.v3(sign_as=sign_as))
    assert is_signed_by(call, signer.SECRET_KEY) is accepted


def test_forwarded_host_means_nothing() -> None:
    http = signer.v3(sign_as={"host": "evil.example"}, headers={"x-forwarded-host": "evil.example"})
    assert not is_signed_by(request.parse(http), signer.SECRET_KEY)


@pytest.mark.parametrize("signed_as", ["DescribeTaskDetail", "describetaskdetail"])
def test_values_may_be_signed_as_sent_or_in_lower_case(signed_as: str) -> None:
    names = ("content-type", "host", "x-tc-action")
    http = signer.v3(signed=names, sign_as={"x-tc-action": signed_as})
    assert is_signed_by(request.parse(http), signer.SECRET_KEY)


def test_values_are_trimmed() -> None:
    http = signer.v3(
        headers={"x-extra": "  a b "}, signed=("content-type", "host", "x-extra"), sign_as={"x-extra": "a b"}
    )
    assert is_signed_by(request.parse(http), signer.SECRET_KEY)


def test_every_flipped_bit_of_signature_and_body_is_refused() -> None:
    http = signer.v3(BODY)
    good, start = http.headers["authorization"], http.headers["authorization"].index("Signature=")
    for position in range(start, len(good)):
        for bit in range(7):
            http.headers["authorization"] = good[:position] + chr(ord(good[position]) ^ 1 << bit) + good[position + 1 :]
            try:
                assert not is_signed_by(request.parse(http), signer.SECRET_KEY)
            except errors.WireError:
                continue
    http.headers["authorization"] = good
    for position in range(len(BODY)):
        for bit in range(8):
            body = bytearray(BODY)
            body[position] ^= 1 << bit
            http.body = bytes(body)
            assert not is_signed_by(request.parse(http), signer.SECRET_KEY)


GOOD = "TC3-HMAC-SHA256 Credential=A/2023-11-14/vod/tc3_request, SignedHeaders=content-type;host, Signature=" + "a" * 64


def test_authorization_is_read() -> None:
    read = signature_v3.parse_authorization(GOOD)
    assert read == signature_v3.Authorization("A", "2023-11-14", "vod", ("content-type", "host"), "a" * 64)


@pytest.mark.parametrize("more", ["", ";x-" + "y" * 1000])
def test_what_is_remembered_of_an_authorization_is_not_its_signature(more: str) -> None:
    first, second = (
        GOOD.replace(";host", ";host" + more),
        GOOD.replace("a" * 64, "b" * 64).replace(";host", ";host" + more),
    )
    for text, signature in ((first, "a" * 64), (second, "b" * 64), (first, "a" * 64)):
        assert signature_v3.parse_authorization(text).signature == signature
    with pytest.raises(errors.InvalidAuthorization):
        signature_v3.parse_authorization(first[:-1] + "g")


@pytest.mark.parametrize(
    "text",
    [
        "", "SKIP", "skip", "Bearer x", "TC3-HMAC-SHA256", "TC2-HMAC-SHA256" + GOOD[15:], GOOD[:-1], GOOD + "a",
        GOOD.replace("tc3_request", "tc2_request"), GOOD.replace("2023-11-14", "20231114"), GOOD.upper(),
        GOOD.replace("content-type;host", "host"), GOOD.replace("content-type;host", "content-type"),
        GOOD.replace(";host", ";host;host"), GOOD.replace(";host", ";host;"),
        GOOD.replace("content-type;host", ""), GOOD.replace("Signature=", "Sig="), GOOD + ", Signature=" + "b" * 64,
        GOOD.replace("a" * 64, "A" * 64), GOOD.replace("/vod/", "//"),
    ],
)  # fmt: skip
def test_malformed_authorization_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidAuthorization):
        signature_v3.parse_authorization(text)
