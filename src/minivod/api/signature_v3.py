"""TC3-HMAC-SHA256 as pure stages: canonical request -> string to sign -> signature (contract.md §1.2)."""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from minivod.api.host_guesses import NGINX_LINE
from minivod.errors import InvalidAuthorization, shorten

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "vod"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
REQUIRED_HEADERS = ("content-type", "host")
_FORM = f"{ALGORITHM} Credential=SecretId/YYYY-MM-DD/{SERVICE}/tc3_request, SignedHeaders=…, Signature=64 hex digits"
SIGNATURE = "Signature="
"""Before the last part of an Authorization header."""
SCOPE = re.compile(
    rf"{ALGORITHM} +Credential=(?P<secret_id>[^/,]*)/(?P<date>\d{{4}}-\d\d-\d\d)/(?P<service>[^/,\s]+)/tc3_request,"
    r" *SignedHeaders=(?P<headers>[!-~]+?), *",
    re.ASCII,
)
DIGEST = re.compile("[0-9a-f]{64}")
SCHEME = re.compile(r"[A-Z0-9]{2,5}-HMAC-[A-Z0-9]{2,8}|HmacSHA(1|256)|SKIP|Basic|Bearer|Digest|Negotiate")
"""Names that may be repeated; what stands there otherwise may be a key that somebody sent as it is (T24)."""
SERVICE_NAME = re.compile(r"[a-z0-9.:_-]{1,64}")
_USUAL = 500
"""Characters of a scope that is worth remembering."""


class Scope(msgspec.Struct, frozen=True):
    """What an Authorization header says of all requests that a caller signs alike on one day."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]


class Authorization(msgspec.Struct, frozen=True):
    """What an Authorization header says: who signed what, for which day (UTC) and service."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(text: str) -> Authorization:
    """Reads an Authorization header.

    Raises:
        InvalidAuthorization: not of the form, another algorithm (also `SKIP`), or `content-type` or `host` unsigned.
    """
    scope, separator, signature = text.strip().rpartition(SIGNATURE)
    if not separator or not DIGEST.fullmatch(signature):
        raise _malformed(text)
    read = _remembered_scope if len(scope) <= _USUAL else _read_scope
    found = read(scope)
    if found is None:
        raise _malformed(text)
    return Authorization(found.secret_id, found.date, found.service, found.signed_headers, signature)


def _malformed(text: str) -> InvalidAuthorization:
    algorithm = text.split(maxsplit=1)[0] if text.strip() else ""
    if algorithm != ALGORITHM:
        named = f"begins with {shorten(algorithm)}" if SCHEME.fullmatch(algorithm) else "names no algorithm"
        return InvalidAuthorization(
            f"Authorization {named}; this server accepts {ALGORITHM}, or the old signature in the parameters Signature "
            "and SignatureMethod"
        )
    return InvalidAuthorization(f"Authorization is malformed; it must be {_FORM}")


def _read_scope(text: str) -> Scope | None:
    """What stands before the signature; None where it has not the form."""
    match = SCOPE.fullmatch(text)
    if match is None:
        return None
    names = tuple(sorted(match["headers"].lower().split(";")))
    for name in REQUIRED_HEADERS:
        if name not in names:
            raise InvalidAuthorization(f"SignedHeaders lacks {name}; content-type and host must be signed")
    if len(set(names)) != len(names) or "" in names:
        raise InvalidAuthorization("SignedHeaders names a header twice or has an empty name")
    return Scope(match["secret_id"], match["date"], match["service"], names)


_remembered_scope = lru_cache(maxsize=1024)(_read_scope)


def date_of(timestamp: int) -> str:
    """The UTC day of a Unix time, as the credential scope writes it."""
    return _day(timestamp // 86_400)


@lru_cache(maxsize=16)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * 86_400, UTC).strftime("%Y-%m-%d")


def payload_hash(body: bytes, *, unsigned: bool = False) -> str:
    """SHA-256 of the body in hex; of the words UNSIGNED-PAYLOAD where the caller did not sign the body."""
    return hashlib.sha256(UNSIGNED_PAYLOAD.encode() if unsigned else body).hexdigest()


def canonical_request(method: str, query: str, headers: Sequence[tuple[str, str]], hashed_payload: str) -> str:
    """The first stage.

    Args:
        method: GET or POST.
        query: the query as it was sent, without `?`; empty for POST.
        headers: the signed ones, name in lower case and trimmed value, sorted by name.
        hashed_payload: from `payload_hash`.
    """
    lines = "".join([f"{name}:{value}\n" for name, value in headers])
    names = ";".join([name for name, _ in headers])
    return f"{method}\n/\n{query}\n{lines}\n{names}\n{hashed_payload}"


def string_to_sign(timestamp: str, date: str, service: str, canonical: str) -> str:
    """The second stage; `timestamp` as it was sent."""
    digest = hashlib.sha256(to_bytes(canonical)).hexdigest()
    return f"{ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"


@lru_cache(maxsize=4096)
def signing_key(secret_key: str, date: str, service: str) -> bytes:
    """The key of a day, derived from the SecretKey in three steps; remembered, because a day has many requests."""
    key = b"TC3" + to_bytes(secret_key)
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, to_bytes(part), "sha256")
    return key


def sign(key: bytes, text: str) -> str:
    """The last stage: the signature of the string to sign."""
    return hmac.digest(key, to_bytes(text), "sha256").hex()


def hosts(host: str) -> tuple[str, ...]:
    """The forms of a Host that clients sign: as sent, and without its port (Node SDK); field.md §0.2."""
    name, colon, port = host.rpartition(":")
    return (host, name) if colon and port.isascii() and port.isdigit() else (host,)


def services(host: str) -> tuple[str, ...]:
    """The services that a request to that Host may be signed for.

    The Node SDK takes the first label of its endpoint, not the product: `127` or `localhost:9050` where the endpoint
    is not called vod. The Host is signed too, so this says nothing new; a host of the reference must be vod's.
    """
    if host.partition(":")[0].endswith(".tencentcloudapi.com"):
        return (SERVICE,)
    return (SERVICE, *(form.partition(".")[0] for form in hosts(host)))


def shown_service(service: str) -> str:
    """The service of a Credential for a message; hidden where it has not the form of one, for it may be a key (T24)."""
    return shorten(service) if SERVICE_NAME.fullmatch(service) else f"… ({len(service)} characters)"


def signed_variants(authorization: Authorization, headers: Mapping[str, str]) -> Iterator[list[tuple[str, str]]]:
    """The ways in which official SDKs write the signed headers of one request.

    The Host with or without its port; values in their own case (Python SDK) or in lower case (documentation).

    Raises:
        InvalidAuthorization: a signed header was not sent.
    """
    values: dict[str, str] = {}
    for name in authorization.signed_headers:
        value = headers.get(name)
        if value is None and name == "host":
            raise InvalidAuthorization(
                "SignedHeaders names host, which did not arrive; a proxy in front of this server must hand it on "
                f"(nginx: `{NGINX_LINE}`)"
            )
        if value is None:
            raise InvalidAuthorization(f"SignedHeaders names {shorten(name)}, which was not sent")
        values[name] = value.strip()
    first = list(values.items())
    yield first  # nearly always the one; the others cost only those who need them
    seen = [first]
    for host in hosts(values["host"]):
        own_case = list((values | {"host": host}).items())
        for variant in (own_case, [(name, value.lower()) for name, value in own_case]):
            if variant not in seen:
                seen.append(variant)
                yield variant


def to_bytes(text: str) -> bytes:
    """The bytes of text that came over the wire, exactly as they came."""
    return text.encode("utf-8", "surrogateescape")
