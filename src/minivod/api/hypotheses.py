"""What clients commonly do otherwise when they sign: each a named change whose signature can be compared."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlencode

import msgspec

from minivod.api import host_guesses, key_guesses, signature_v1, signature_v3

_DAY = 86_400
_OTHER_SERVICES = ("cvm", "cos", "mps", "live", "sts", "vod.tencentcloudapi.com", "")
_OTHER_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "multipart/form-data",
)


class SignedV3(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that goes into a TC3 signature; a hypothesis replaces one of it."""

    method: str
    query: str
    headers: dict[str, str]
    hashed_payload: str
    timestamp: str
    date: str
    service: str
    secret_key: str

    def canonical_request(self) -> str:
        """The first stage of this server's computation."""
        return signature_v3.canonical_request(
            self.method, self.query, sorted(self.headers.items()), self.hashed_payload
        )

    def string_to_sign(self, canonical: str | None = None) -> str:
        """The second stage, of another canonical request where one is given."""
        return signature_v3.string_to_sign(
            self.timestamp, self.date, self.service, canonical or self.canonical_request()
        )

    def signature(self, canonical: str | None = None) -> str:
        """The last stage."""
        key = signature_v3.signing_key(self.secret_key, self.date, self.service)
        return signature_v3.sign(key, self.string_to_sign(canonical))


class SignedV1(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that goes into an old signature."""

    method: str
    host: str
    fields: list[tuple[str, str]]
    signature_method: str
    secret_key: str

    def string_to_sign(self) -> str:
        """The first stage of this server's computation."""
        return signature_v1.string_to_sign(self.method, self.host, self.fields)

    def signature(self, text: str | None = None) -> str:
        """The second stage, of another string to sign where one is given."""
        return signature_v1.sign(self.secret_key, text or self.string_to_sign(), self.signature_method)


Hypothesis = tuple[str, Callable[[], str]]
"""In words what the client did, and the signature that it would have made."""
HostHypothesis = tuple[str, Callable[[], str]]
"""A host that the client may have signed, and the signature of it."""
_MARK = "\0host\0"
"""Stands for the host in a text to be signed; no header and no parameter has a zero in it."""


def v3(
    signed: SignedV3, sent: Mapping[str, str], body: bytes | None, hosts: Sequence[str], secret_id: str
) -> Iterator[Hypothesis]:
    """The hypotheses about a TC3 signature.

    Args:
        signed: as this server computes it.
        sent: the headers of the request.
        body: of the request, None where it was not kept.
        hosts: by which clients call the server.
        secret_id: of the key.
    """

    def change(**values: object) -> Callable[[], str]:
        return msgspec.structs.replace(signed, **values).signature

    for words, key in key_guesses.keys(signed.secret_key, secret_id):
        yield words, change(secret_key=key)
    for words, host in host_guesses.usual(sent, hosts):
        yield words, change(headers=signed.headers | {"host": host})
    for content_type in dict.fromkeys([*_OTHER_TYPES, sent.get("content-type", "").upper()]):
        words = f"signed the Content-Type {content_type!r}, but sent {sent.get('content-type', '')!r}"
        yield words, change(headers=signed.headers | {"content-type": content_type})
    for words, hashed in _payloads(signed, body):
        yield words, change(hashed_payload=hashed)
    for words, query in _queries(signed.query):
        yield words, change(query=query)
    method = "GET" if signed.method == "POST" else "POST"
    yield f"signed the method {method}, but sent {signed.method}", change(method=method)
    for service in _OTHER_SERVICES:
        yield f"derived its key for the service {service!r}, not 'vod'", change(service=service)
    for words, date in _dates(signed.timestamp):
        yield words, change(date=date)
    yield from _v3_forms(signed)


def v3_ports(signed: SignedV3, sent: Mapping[str, str], hosts: Sequence[str]) -> Iterator[HostHypothesis]:
    """Every port that a proxy can have dropped; key and text are computed once, for there are many."""
    key = signature_v3.signing_key(signed.secret_key, signed.date, signed.service)
    marked = msgspec.structs.replace(signed, headers=signed.headers | {"host": _MARK}).canonical_request()

    def signature(host: str) -> str:
        return signature_v3.sign(key, signed.string_to_sign(marked.replace(_MARK, host)))

    for host in host_guesses.every_port(sent, hosts):
        yield host, partial(signature, host)


def _v3_forms(signed: SignedV3) -> Iterator[Hypothesis]:
    """Stages that are put together in another way."""
    canonical = signed.canonical_request()
    names = ";".join(sorted(signed.headers))
    yield (
        "left out the empty line between the headers and SignedHeaders in the canonical request",
        lambda: signed.signature(canonical.replace(f"\n\n{names}", f"\n{names}")),
    )
    yield "ended the canonical request with a line feed", lambda: signed.signature(canonical + "\n")
    yield (
        "wrote an empty path, not /, in the canonical request",
        lambda: signed.signature(canonical.replace("\n/\n", "\n\n", 1)),
    )
    yield (
        "hashed in upper-case hex digits",
        lambda: signed.signature(canonical.replace(signed.hashed_payload, signed.hashed_payload.upper())),
    )
    yield "derived its key without the prefix TC3", lambda: _without_prefix(signed)
    yield (
        "signed the canonical request itself, not the string to sign",
        lambda: signature_v3.sign(signature_v3.signing_key(signed.secret_key, signed.date, signed.service), canonical),
    )


def _without_prefix(signed: SignedV3) -> str:
    key = signed.secret_key.encode()
    for part in (signed.date, signed.service, "tc3_request"):
        key = hmac.digest(key, signature_v3.to_bytes(part), "sha256")
    return signature_v3.sign(key, signed.string_to_sign())


def v1_ports(signed: SignedV1, sent: Mapping[str, str], hosts: Sequence[str]) -> Iterator[HostHypothesis]:
    """Every port that a proxy can have dropped."""
    marked = msgspec.structs.replace(signed, host=_MARK).string_to_sign()
    for host in host_guesses.every_port(sent, hosts):
        yield host, partial(signed.signature, marked.replace(_MARK, host))


def v1(signed: SignedV1, sent: Mapping[str, str], hosts: Sequence[str], secret_id: str) -> Iterator[Hypothesis]:
    """The hypotheses about an old signature; `sent` are the headers of the request, the others as in `v3`."""

    def change(**values: object) -> Callable[[], str]:
        return msgspec.structs.replace(signed, **values).signature

    for words, key in key_guesses.keys(signed.secret_key, secret_id):
        yield words, change(secret_key=key)
    for words, host in host_guesses.usual(sent, hosts):
        yield words, change(host=host)
    for encode in (quote, quote_plus, lambda value: quote(value, safe="")):
        encoded = [(name, encode(value)) for name, value in signed.fields]
        yield "signed URL-encoded values; values are signed as they are, then encoded", change(fields=encoded)
    method = "GET" if signed.method == "POST" else "POST"
    yield f"signed the method {method}, but sent {signed.method}", change(method=method)
    for other in signature_v1.METHODS:
        yield f"signed with {other}, but says {signed.signature_method}", change(signature_method=other)
    yield from _v1_forms(signed)


def _v1_forms(signed: SignedV1) -> Iterator[Hypothesis]:
    prefix = f"{signed.method}{signed.host}/?"
    for words, fields in (
        ("did not sort the parameters", signed.fields),
        ("sorted the parameters without regard to case", sorted(signed.fields, key=lambda field: field[0].lower())),
        ("left SignatureMethod out", sorted(field for field in signed.fields if field[0] != "SignatureMethod")),
        ("left out parameters without a value", sorted(field for field in signed.fields if field[1])),
        (
            "signed dots where names have underscores",
            sorted((name.replace("_", "."), text) for name, text in signed.fields),
        ),
    ):
        text = prefix + "&".join(f"{name}={value}" for name, value in fields)
        yield f"{words} in the string to sign", partial(signed.signature, text)
    parameters = signed.string_to_sign().removeprefix(prefix)
    for words, start in (
        ("left the path / out", f"{signed.method}{signed.host}?"),
        ("left the method out", f"{signed.host}/?"),
        ("signed the parameters alone", ""),
    ):
        yield f"{words} in the string to sign", partial(signed.signature, start + parameters)
    yield "wrote the signature in hex, not in base64", lambda: base64.b64decode(signed.signature()).hex()


def _payloads(signed: SignedV3, body: bytes | None) -> Iterator[tuple[str, str]]:
    sha256 = signature_v3.payload_hash
    yield "signed an empty body; the body was added or changed after signing", sha256(b"")
    yield (
        "signed UNSIGNED-PAYLOAD without the header X-TC-Content-SHA256: UNSIGNED-PAYLOAD",
        sha256(b"", unsigned=True),
    )
    yield "signed the body {}, but sent another", sha256(b"{}")
    if body is None:
        return
    yield "signed the body although X-TC-Content-SHA256 says UNSIGNED-PAYLOAD", sha256(body)
    for words, other in (
        ("with a line feed at its end", body + b"\n"),
        ("without white space around it", body.strip()),
        ("with CR LF line ends", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")),
        ("with LF line ends", body.replace(b"\r\n", b"\n")),
    ):
        yield f"signed the body {words}; it was changed after signing", sha256(other)
    yield "wrote a hash of the body that is not SHA-256 but MD5", hashlib.md5(body, usedforsecurity=False).hexdigest()
    for other in _rewritten_json(body):
        yield (
            "signed the same JSON written otherwise (spaces, order or escapes); send the bytes that you sign",
            sha256(other),
        )


def _rewritten_json(body: bytes) -> Iterator[bytes]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for ascii_only in (True, False):
        for separators in ((", ", ": "), (",", ":")):
            for sort in (False, True):
                text = json.dumps(value, ensure_ascii=ascii_only, separators=separators, sort_keys=sort)
                yield text.encode("utf-8", "surrogatepass")


def _queries(query: str) -> Iterator[tuple[str, str]]:
    if not query:
        return
    yield "left the query out of the canonical request", ""
    yield "sorted the query, which is signed as it is sent", "&".join(sorted(query.split("&")))
    yield "signed the decoded query, which is signed as it is sent", unquote_plus(query)
    pairs = parse_qsl(query, keep_blank_values=True)
    yield "encoded the query otherwise than it was sent", urlencode(pairs)
    yield "encoded the query otherwise than it was sent", urlencode(pairs, quote_via=quote)
    yield "encoded the query otherwise than it was sent", urlencode(sorted(pairs), quote_via=quote, safe="-_.~")


def _dates(timestamp: str) -> Iterator[tuple[str, str]]:
    words = "derived its key for another day than the UTC day of the timestamp (a local date?)"
    for shift in (-_DAY, _DAY):
        yield words, signature_v3.date_of(int(timestamp) + shift)
