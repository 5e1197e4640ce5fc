"""`minivod doctor signature`: every common mistake is recognised, from a capture and from a record."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from minivod import errors
from minivod.api import captured, host_guesses, request, signature_v1, signature_v3
from minivod.api.authentication import Authenticator
from minivod.api.captured import CaptureError, parse_capture
from minivod.api.diagnosis import Diagnosis, Known, diagnose, diagnose_record
from minivod.api.failures import describe
from minivod.api.host_guesses import NGINX_LINE
from minivod.api.request import HttpRequest, read_fields
from minivod.clock import FixedClock
from minivod.store.accounts import AccessKey

from . import signer

BODY = b'{"TaskId": "x", "SubAppId": 1}'
NAMES = ("content-type", "host", "x-tc-action")


@pytest.fixture(autouse=True)
def _few_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are tried in tests/e2e/test_proxy_host.py."""
    monkeypatch.setattr(host_guesses, "_LAST_PORT", 1000)


def key(**changes: Any) -> AccessKey:
    values: dict[str, Any] = {"enabled": True, "account_enabled": True} | changes
    return AccessKey(signer.SECRET_ID, 1250000065, signer.SECRET_KEY, **values)


def known(**changes: Any) -> Known:
    return Known(key=key(), **changes)


def sent_body(signed: bytes, sent: bytes) -> HttpRequest:
    http = signer.v3(signed)
    http.body = sent
    return http


def v3_from(change: Callable[[str], str]) -> HttpRequest:
    """Signed over a canonical request that was changed."""
    http = signer.v3(BODY)
    headers = [("content-type", "application/json"), ("host", signer.HOST)]
    canonical = change(signature_v3.canonical_request("POST", "", headers, signature_v3.payload_hash(BODY)))
    text = signature_v3.string_to_sign(str(signer.NOW), "2023-11-14", "vod", canonical)
    return resigned(http, signature_v3.sign(signature_v3.signing_key(signer.SECRET_KEY, "2023-11-14", "vod"), text))


def resigned(http: HttpRequest, signature: str) -> HttpRequest:
    http.headers["authorization"] = http.headers["authorization"][:-64] + signature
    return http


def keyed(date: str, service: str) -> HttpRequest:
    other = signer.v3(BODY, date=date, service=service).headers["authorization"]
    http = signer.v3(BODY)
    text = signature_v3.string_to_sign(
        str(signer.NOW),
        date,
        service,
        signature_v3.canonical_request(
            "POST",
            "",
            [("content-type", "application/json"), ("host", signer.HOST)],
            signature_v3.payload_hash(BODY),
        ),
    )
    assert other.endswith(signature_v3.sign(signature_v3.signing_key(signer.SECRET_KEY, date, service), text))
    return resigned(http, other[-64:])


MISTAKES: dict[str, tuple[Callable[[], HttpRequest], str]] = {
    "key with line feed": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY + "\n"), "line feed at its end"),
    "key with space": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY + " "), "space at its end"),
    "key in quotes": (lambda: signer.v3(BODY, secret_key=f'"{signer.SECRET_KEY}"'), "double quotes"),
    "no-break space": (
        lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY + "\u00a0"),
        "with a no-break space at its",
    ),
    "zero-width space": (lambda: signer.v1(secret_key=signer.SECRET_KEY + "\u200b"), "with a zero-width space at its"),
    "comma": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY + ","), "with a comma at its end"),
    "half of the quotes": (
        lambda: signer.v3(BODY, secret_key='"' + signer.SECRET_KEY),
        "double quote at its beginning",
    ),
    "typographic quotes": (lambda: signer.v3(BODY, secret_key=f"“{signer.SECRET_KEY}”"), "in typographic quotes"),
    "capitals": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY.upper()), "SecretKey in upper case"),
    "no key": (lambda: signer.v3(BODY, secret_key="None"), "a word for nothing"),
    "key cut off": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY[:-1]), "last letter is missing"),
    "key twice": (lambda: signer.v3(BODY, secret_key=signer.SECRET_KEY * 2), "pasted twice"),
    "SecretId as key": (lambda: signer.v3(BODY, secret_key=signer.SECRET_ID), "uses the SecretId as the SecretKey too"),
    "empty key": (lambda: signer.v3(BODY, secret_key=""), "empty SecretKey"),
    "reference host": (lambda: signer.v3(BODY, sign_as={"host": "vod.tencentcloudapi.com"}), "set the endpoint"),
    "other port": (lambda: signer.v3(BODY, sign_as={"host": "127.0.0.1:443"}), "the port in Host differs"),
    "proxy": (
        lambda: signer.v3(BODY, sign_as={"host": "vod.corp"}, headers={"x-forwarded-host": "vod.corp"}),
        "a proxy in front of this server must hand the Host on",
    ),
    "charset": (
        lambda: signer.v3(BODY, sign_as={"content-type": "application/json; charset=utf-8"}),
        "signed the Content-Type 'application/json; charset=utf-8', but sent 'application/json'",
    ),
    "content type in capitals": (
        lambda: signer.v3(BODY, sign_as={"content-type": "APPLICATION/JSON"}),
        "signed the Content-Type 'APPLICATION/JSON'",
    ),
    "body with line feed": (lambda: sent_body(BODY + b"\n", BODY), "with a line feed at its end"),
    "body stripped": (lambda: sent_body(BODY, BODY + b"  "), "without white space around it"),
    "body compacted": (lambda: sent_body(b'{"TaskId":"x","SubAppId":1}', BODY), "the same JSON written otherwise"),
    "body sorted": (lambda: sent_body(b'{"SubAppId": 1, "TaskId": "x"}', BODY), "the same JSON written otherwise"),
    "body added": (lambda: sent_body(b"", BODY), "signed an empty body"),
    "unsigned without header": (
        lambda: signer.v3(BODY, hashed=signature_v3.payload_hash(b"", unsigned=True)),
        "signed UNSIGNED-PAYLOAD without the header",
    ),
    "wrong method": (lambda: _method("GET"), "signed the method GET, but sent POST"),
    "other service in key": (lambda: keyed("2023-11-14", "cvm"), "derived its key for the service 'cvm'"),
    "local date in key": (lambda: keyed("2023-11-15", "vod"), "another day than the UTC day"),
    "no empty line": (
        lambda: v3_from(lambda text: text.replace("\n\ncontent-type;", "\ncontent-type;")),
        "left out the",
    ),
    "line feed at end": (lambda: v3_from(lambda text: text + "\n"), "ended the canonical request with a line feed"),
    "no path": (lambda: v3_from(lambda text: text.replace("\n/\n", "\n\n", 1)), "wrote an empty path"),
    "sorted query": (lambda: _query("A=2&Z=1", "Z=1&A=2"), "sorted the query"),
    "decoded query": (lambda: _query("A=x y", "A=x%20y"), "signed the decoded query"),
    "no query": (lambda: _query("", "A=1"), "left the query out"),
    "old: key with line feed": (lambda: signer.v1(secret_key=signer.SECRET_KEY + "\n"), "line feed at its end"),
    "old: encoded values": (lambda: _encoded(), "signed URL-encoded values"),
    "old: reference host": (lambda: signer.v1(sign_host="vod.tencentcloudapi.com"), "set the endpoint"),
    "old: wrong method": (lambda: _old_method(), "signed the method GET, but sent POST"),
    "old: other algorithm": (lambda: _old_algorithm(), "signed with HmacSHA1, but says HmacSHA256"),
    "old: plus became a space": (lambda: _unencoded_plus(), "each + in it arrived as a space"),
}


def _method(signed: str) -> HttpRequest:
    http = signer.v3(BODY, method=signed)
    http.method = "POST"
    return http


def _query(signed: str, sent: str) -> HttpRequest:
    http = signer.v3(b"", method="GET", query=signed)
    http.query = sent.encode()
    return http


def _encoded() -> HttpRequest:
    good = signer.v1({"TaskId": "a%20b%2F"})
    fields = dict(parse_fields(good))
    return signer.v1({"TaskId": "a b/"}, Signature=fields["Signature"])


def parse_fields(http: HttpRequest) -> list[tuple[str, str]]:
    return read_fields(http.body or http.query)


def _old_method() -> HttpRequest:
    return signer.v1(Signature=dict(parse_fields(signer.v1(method="GET")))["Signature"])


def _old_algorithm() -> HttpRequest:
    fields = [(name, value) for name, value in parse_fields(signer.v1()) if name != "Signature"]
    text = signature_v1.string_to_sign("POST", signer.HOST, fields)
    return signer.v1(Signature=signature_v1.sign(signer.SECRET_KEY, text, "HmacSHA1"))


def _unencoded_plus() -> HttpRequest:
    for number in range(200):
        http = signer.v1({"TaskId": str(number)})
        if b"%2B" in http.body:
            http.body = http.body.replace(b"%2B", b"+")
            return http
    raise AssertionError("no signature with a plus")


@pytest.mark.parametrize("name", list(MISTAKES))
def test_mistakes_are_named(name: str) -> None:
    make, words = MISTAKES[name]
    found = diagnose(make(), known(), now=signer.NOW)
    assert found.verdict == "mismatch"
    assert words in found.causes[0]
    assert len(found.causes) <= 2


RECORDED = [name for name in MISTAKES if not name.startswith("body") or name == "body added"]


@pytest.mark.parametrize("name", RECORDED)
def test_mistakes_are_named_from_a_record_too(name: str) -> None:
    make, words = MISTAKES[name]
    record = describe("id", make(), errors.SignatureFailure(), signer.NOW)
    found = diagnose_record(record, known())
    assert found.verdict == "mismatch"
    assert words in found.causes[0]


@pytest.mark.parametrize("sign_method", ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"])
@pytest.mark.parametrize("http_method", ["POST", "GET"])
def test_what_is_right_is_called_valid(sign_method: str, http_method: str) -> None:
    temporary = key(token="t+/=", expires_at=datetime.fromtimestamp(signer.NOW + 60, UTC))
    http = signer.by_sdk("X", {"A": "视"}, sign_method=sign_method, http_method=http_method, token="t+/=")
    assert diagnose(http, Known(key=temporary), now=signer.NOW).verdict == "valid"
    record = describe("id", http, errors.SignatureFailure(), signer.NOW)
    assert (
        diagnose_record(record, Known(key=temporary)).verdict == "valid"
    )  # it has no token; the key's own is put in its place
    record = describe("id", http, errors.TokenFailure("the words of the server"), signer.NOW)
    assert diagnose_record(record, Known(key=temporary)).causes == ["the words of the server"]


@pytest.mark.parametrize(
    ("http", "access_key", "settings", "verdict", "words"),
    [
        (signer.v3(), key(), {"now": signer.NOW + 1000}, "refused", "1000 s behind"),
        (signer.v3(), key(), {"now": signer.NOW - 1000}, "refused", "1000 s ahead of"),
        (signer.v3(service="cvm"), key(), {}, "refused", "service 'cvm'; it must be 'vod'"),
        (
            signer.v3(date="2023-11-15"),
            key(),
            {},
            "refused",
            "date 2023-11-15; the UTC day of the timestamp is 2023-11-14",
        ),
        (signer.v3(), key(), {"strict": True}, "refused", "strict_signature"),
        (signer.by_sdk("X", {}, unsigned=True), key(), {"allow_unsigned_payload": False}, "refused", "allow_unsigned"),
        (signer.v3(), key(enabled=False), {}, "refused", f"the key {signer.SECRET_ID} is disabled"),
        (signer.v3(), key(account_enabled=False), {}, "refused", "account 1250000065 is disabled"),
        (signer.v3(), key(token="t"), {}, "refused", "has no token"),
        (signer.by_sdk("X", {}, token="u"), key(token="t"), {}, "refused", "not the one"),
        (signer.by_sdk("X", {}, token="u"), key(), {}, "refused", "permanent"),
        (signer.v3(), key(expires_at=datetime.fromtimestamp(signer.NOW, UTC)), {}, "refused", "expired"),
        (signer.v3(), None, {}, "mismatch", "does not exist here"),
        (signer.v3(secret_id="AKIDx"), None, {}, "mismatch", "form of a key"),
        (signer.v3(secret_key="entirely different"), key(), {}, "mismatch", "no common mistake explains it"),
        (signer.v1(secret_key="entirely different"), key(), {}, "mismatch", "no common mistake explains it"),
        (signer.by_sdk("X", {}, options={"SkipSign": True}), key(), {}, "unreadable", "SKIP"),
        (signer.v1(without="Nonce"), key(), {}, "unreadable", "Nonce"),
    ],
)
def test_other_causes(
    http: HttpRequest, access_key: AccessKey | None, settings: dict[str, Any], verdict: str, words: str
) -> None:
    now = settings.get("now", signer.NOW)
    others = {name: value for name, value in settings.items() if name != "now"}
    found = diagnose(http, Known(key=access_key, **others), now=now)
    assert found.verdict == verdict
    assert any(words in cause for cause in found.causes)


SWAPPED = {
    "TC3": signer.v3(BODY, secret_id=signer.SECRET_KEY, secret_key=signer.SECRET_ID),
    "TC3 of the query": signer.by_sdk(
        "X", {"A": "x"}, http_method="GET", secret_id=signer.SECRET_KEY, secret_key=signer.SECRET_ID
    ),
    "old, form": signer.v1(SecretId=signer.SECRET_KEY, secret_key=signer.SECRET_ID),
    "old, query": signer.v1(SecretId=signer.SECRET_KEY, secret_key=signer.SECRET_ID, method="GET"),
    "old, form, with a blank": signer.v1(SecretId=signer.SECRET_KEY + " ", secret_key=signer.SECRET_ID),
}


@pytest.mark.parametrize("name", list(SWAPPED))
def test_swapped_keys_are_named_and_not_shown(name: str) -> None:
    """By the keys of the server, also from a record, which does not have the SecretKey; without them by its form."""
    http = SWAPPED[name]
    assert captured.secret_id_of(http) == ""
    record = describe("id", http, errors.InvalidSecretId("x"), signer.NOW)
    assert signer.SECRET_KEY not in repr(record)
    for others, words in (
        ([key()], f"swapped: the request names the SecretKey of {signer.SECRET_ID}"),
        ([], "swapped"),
    ):
        swapped = Known(key=None, others=others)
        for found in (diagnose(http, swapped, now=signer.NOW), diagnose_record(record, swapped)):
            assert found.verdict == "mismatch"
            assert words in found.causes[0]
            assert signer.SECRET_KEY not in found.render()


@pytest.mark.parametrize("http", [signer.v3(BODY, secret_key="s" * 32), signer.v1(secret_key="s" * 32)])
def test_the_secret_key_of_another_key(http: HttpRequest) -> None:
    other = msgspec.structs.replace(key(), secret_id="AKID" + "2" * 32, secret_key="s" * 32)
    found = diagnose(http, known(others=[other]), now=signer.NOW)
    assert found.causes == [f"the client uses the SecretKey of {other.secret_id}, which is another key of this server"]
    assert other.secret_key not in found.render()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{signer.SECRET_ID} ", "has a space at its end"),
        (f" {signer.SECRET_ID}", "has a space at its beginning"),
        (f'"{signer.SECRET_ID}"', "has a double quote"),
        (f"'{signer.SECRET_ID}'", "has a single quote"),
    ],
)
def test_what_surrounds_a_secret_id_is_named(text: str, words: str) -> None:
    for http in (signer.v3(BODY, secret_id=text), signer.v1(SecretId=text), signer.v1(SecretId=text, method="GET")):
        assert captured.secret_id_of(http) == signer.SECRET_ID
        record = describe("id", http, errors.InvalidSecretId("x"), signer.NOW)
        for found in (diagnose(http, known(), now=signer.NOW), diagnose_record(record, known())):
            assert found.verdict == "refused"
            assert words in found.causes[0]
            assert len(found.causes) == 1


@pytest.mark.parametrize(("text", "words"), [("", "is empty"), ("\n", "is empty"), ("AKID?", "form of a key")])
def test_what_is_no_secret_id_is_named(text: str, words: str) -> None:
    for http in (signer.v3(BODY, secret_id=text.strip()), signer.v1(SecretId=text)):
        found = diagnose(http, Known(key=None), now=signer.NOW)
        assert words in found.causes[0]
        assert "no common mistake" not in found.render()


FORWARDED = [
    ("vod.corp:8443", {"host": "vod.corp"}, (), "drops the port"),
    ("vod.corp:8443", {"host": "minivod:9050"}, ("vod.corp:8443",), "hand the Host on"),
    ("vod.corp", {"host": "minivod:9050"}, ("vod.corp:8443",), "hand the Host on"),
    ("vod.corp:8443", {"host": "minivod:9050", "x-forwarded-host": "vod.corp:8443"}, (), "hand the Host on"),
    ("vod.corp:8443", {"host": "x", "x-forwarded-host": "vod.corp, y", "x-forwarded-port": "8443, 80"}, (), "hand the"),
    ("vod.corp:8443", {"host": "minivod:9050", "x-forwarded-host": "vod.corp"}, (), "hand the Host on"),
    ("vod.corp:8443", {"host": "minivod:9050", "forwarded": 'for=10.0.0.1;host="vod.corp:8443"'}, (), "hand the Host"),
    ("[::1]:8443", {"host": "[::1]"}, (), "drops the port"),
    ("vod.corp:443", {"host": "vod.corp"}, (), "leaves the usual port out of Host"),
    ("vod.corp:443", {"host": "vod.corp"}, (), NGINX_LINE),
    ("vod.corp:80", {"host": "vod.corp"}, ("vod.corp:80",), NGINX_LINE),
    ("vod.corp:8080", {"host": "vod.corp:80"}, ("vod.corp:8080",), "$host:$server_port"),
    ("[::1]:327", {"host": "[::1]:80"}, (), NGINX_LINE),
    ("127.0.0.1:327", {"host": "127.0.0.1:9050"}, (), "as with `proxy_pass` alone"),
    ("localhost:327", {"host": "127.0.0.1:9050"}, (), "hand the Host on"),
    ("localhost:327", {"host": "minivod"}, (), "hand the Host on"),
    ("127.0.0.1:327", {"host": "10.0.0.7:9050"}, (), "hand the Host on"),
    ("vod.corp:327", {"host": "vod.corp:9050"}, (), NGINX_LINE),
    ("vod.corp:327", {"host": "vod.corp:9050", "x-real-ip": "10.0.0.1"}, (), "$host:$server_port"),
    ("VOD.CORP:9050", {"host": "vod.corp:9050"}, (), "upper and lower case"),
    ("Vod.Corp", {"host": "vod.corp"}, (), "upper and lower case"),
    ("vOd.corp:8443", {"host": "vod.corp"}, ("vOd.corp:8443",), "upper and lower case"),
    ("vod.corp.:9050", {"host": "vod.corp:9050"}, (), "dot at the end"),
    ("vod.corp:9050", {"host": "vod.corp.:9050"}, (), "dot at the end"),
    ("vod.corp.", {"host": "vod.corp"}, (), "dot at the end"),
    ("::1:9050", {"host": "[::1]:9050"}, (), "the same IPv6 address"),
    ("::1", {"host": "[::1]:9050"}, (), "the same IPv6 address"),
    ("[0:0:0:0:0:0:0:1]:9050", {"host": "[::1]:9050"}, (), "the same IPv6 address"),
    ("[2001:db8::a]:9050", {"host": "[2001:DB8:0::A]:9050"}, (), "the same IPv6 address"),
    ("http://vod.corp:9050", {"host": "vod.corp:9050"}, (), "sign the host alone"),
    ("https://vod.corp", {"host": "vod.corp"}, (), "sign the host alone"),
    ("vod.corp:9050/", {"host": "vod.corp:9050"}, (), "sign the host alone"),
    ("c.corp:8443", {"host": "m:1", "x-forwarded-host": "a.corp,b.corp:1 , c.corp:8443"}, (), "hand the Host on"),
    ("b.corp", {"host": "m:1", "x-forwarded-host": "a.corp, b.corp:1"}, (), "hand the Host on"),
    ("c.corp", {"host": "m:1", "forwarded": "for=1.1.1.1;host=a.corp, host=c.corp"}, (), "hand the Host on"),
]


@pytest.mark.parametrize(("signed", "sent", "hosts", "words"), FORWARDED)
def test_a_host_that_a_proxy_changed(signed: str, sent: dict[str, str], hosts: tuple[str, ...], words: str) -> None:
    old = signer.v1(host=sent["host"], sign_host=signed)
    old.headers.update(sent)
    for http in (signer.v3(BODY, sign_as={"host": signed}, headers=sent), old):
        with pytest.raises(errors.SignatureFailure):
            accept(http)
        for found in (
            diagnose(http, known(hosts=hosts), now=signer.NOW),
            diagnose_record(describe("id", http, errors.SignatureFailure(), signer.NOW), known(hosts=hosts)),
        ):
            assert f"signed the host {signed!r}, but {sent['host']!r} arrived" in found.causes[0]
            assert words in found.causes[0]
            assert len(found.causes) == 1


def accept(http: HttpRequest) -> None:
    """As the server does."""

    async def find(_: str) -> AccessKey:
        return key()

    asyncio.run(Authenticator(find, FixedClock(signer.NOW)).authenticate(request.parse(http)))


def test_a_host_in_capitals_is_signed_as_it_is_sent_by_the_old_signature() -> None:
    http = signer.v1(host="VOD.Corp:9050", sign_host="vod.corp:9050")
    (cause,) = diagnose(http, known(), now=signer.NOW).causes
    assert "upper and lower case" in cause


def test_a_list_of_forwarded_hosts_without_end_is_not_tried_to_its_end() -> None:
    names = ",".join(f"h{number}.corp" for number in range(3000))
    sent = {"host": "m:1", "x-forwarded-host": names, "x-forwarded-port": ",".join(map(str, range(1, 3000)))}
    assert len(list(host_guesses.usual(sent, ()))) < 1000


def test_a_host_that_nothing_explains() -> None:
    sent = {"host": "minivod:9050", "x-forwarded-for": "10.0.0.1"}
    http = signer.v3(BODY, sign_as={"host": "elsewhere:8443"}, headers=sent)
    found = diagnose(http, known(), now=signer.NOW)
    assert "The request arrived with the Host 'minivod:9050'" in found.causes[0]
    assert "--called" in found.causes[0]
    assert "arrived with" not in diagnose(http, known(hosts=("minivod:9050",)), now=signer.NOW).causes[0]
    http = signer.v3(BODY, sign_as={"host": "elsewhere:8443"}, headers={"host": "minivod:9050"})
    assert "--called" in diagnose(http, known(), now=signer.NOW).causes[0]  # a plain proxy_pass adds no header


def test_other_secrets_are_not_shown_either() -> None:
    http = signer.v1({"SecretKey": "planted"}, Signature="planted")
    query = signer.v3(b"", method="GET", query="SecretKey=planted&Token=planted", secret_key="x")
    token = signer.v3(headers={"x-tc-token": "planted"}, signed=(*NAMES, "x-tc-token"), secret_key="x")
    for one in (http, query, token):
        assert "planted" not in diagnose(one, known(), now=signer.NOW).render()


def test_the_texts_of_this_server_are_shown() -> None:
    found = diagnose(signer.v3(BODY, secret_key="x"), known(), now=signer.NOW)
    text = found.render()
    assert f"  | host:{signer.HOST}\n" in text
    assert "  | 2023-11-14/vod/tc3_request\n" in text
    assert signature_v3.payload_hash(BODY) in text
    assert signer.SECRET_KEY not in text
    expected = signer.v3(BODY).headers["authorization"][-64:]
    assert expected not in text


def test_a_token_is_not_shown_nor_control_characters() -> None:
    http = signer.by_sdk("X", {"A": "\x1b[31m"}, sign_method="HmacSHA256", token="planted", secret_key="x")
    text = diagnose(http, known(), now=signer.NOW).render()
    assert "planted" not in text
    assert "\x1b" not in text
    assert "Token=[redacted]" in text


CAPTURE = b"POST / HTTP/1.1\r\nHost: 127.0.0.1:9050\r\nContent-Type: application/json\r\n%s\r\n\r\n%s"


def test_a_capture_is_read() -> None:
    http = signer.v3(BODY)
    head = "\r\n".join(f"{name.title()}:  {value}" for name, value in http.headers.items())
    for raw in (
        f"POST / HTTP/1.1\r\n{head}\r\n\r\n".encode() + BODY,
        f"POST http://127.0.0.1:9050/ HTTP/1.1\n{head}\n\n".replace("\r", "").encode() + BODY,
        f"POST / HTTP/1.1\r\nContent-Length: {len(BODY)}\r\n{head}\r\n\r\n".encode() + BODY + b"\n",
        f"POST / HTTP/1.1\r\nContent-Length: {'9' * 5000}\r\n{head}\r\n\r\n".encode() + BODY,
    ):
        read = parse_capture(raw)
        assert read.body == BODY
        assert captured.secret_id_of(read) == signer.SECRET_ID
        assert diagnose(read, known(), now=signer.NOW).verdict == "valid"
    get = parse_capture(b"GET /?A=1&B=2 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (get.method, get.path, get.query, get.body) == ("GET", "/", b"A=1&B=2", b"")


@pytest.mark.parametrize("raw", [b"", b"hello", b"{}", b"POST / HTTP/1.1\r\nno header here\r\n\r\n", b"\xff \xff\n\n"])
def test_what_is_no_capture_is_refused(raw: bytes) -> None:
    with pytest.raises(CaptureError):
        parse_capture(raw)


def test_a_request_that_cannot_be_read_has_no_secret_id() -> None:
    assert captured.secret_id_of(parse_capture(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")) is None


def test_diagnosis_without_causes_renders() -> None:
    assert "nothing else is wrong" in Diagnosis(verdict="valid", causes=[]).render()
