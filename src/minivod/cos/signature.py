"""The COS request signature: its stages as pure functions (contract.md §4).

    q-sign-algorithm=sha1&q-ak=ID&q-sign-time=A;B&q-key-time=A;B&q-header-list=…&q-url-param-list=…&q-signature=…

in the Authorization header, or as query parameters of a presigned URL.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from minivod.cos.errors import AccessDenied, RequestTimeTooSkewed, SignatureDoesNotMatch

SKEW = 300
"""Seconds by which a signature may lie in the future: the caller's clock may be ahead."""

_FIELDS = frozenset(
    {"q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list", "q-signature"}
)
_TIME = re.compile(r"([0-9]{1,12});([0-9]{1,12})", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{40}")
_LONGEST = 4096


@dataclass(frozen=True)
class Claim:
    """What a request says of its own signature; the lists hold names in lower case, as they were signed."""

    secret_id: str
    sign_time: str
    key_time: str
    headers: tuple[str, ...]
    params: tuple[str, ...]
    signature: str


@dataclass(frozen=True)
class Signed:
    """The parts of a request that can be signed: decoded path, decoded query, headers by lower-case name."""

    method: str
    path: str
    params: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]


def parse(fields: Sequence[tuple[str, str]]) -> Claim:
    """The claim of a signature's fields.

    Raises:
        AccessDenied: a field is missing, doubled or malformed.
    """
    given = dict(fields)
    if len(given) != len(fields) or given.keys() != _FIELDS:
        raise AccessDenied(f"the signature must have the fields {', '.join(sorted(_FIELDS))}, each once")
    if given["q-sign-algorithm"] != "sha1":
        raise AccessDenied("q-sign-algorithm must be sha1")
    for name in ("q-sign-time", "q-key-time"):
        if not _TIME.fullmatch(given[name]):
            raise AccessDenied(f"{name} must be two Unix times, start;end")
    if not _SIGNATURE.fullmatch(given["q-signature"]):
        raise AccessDenied("q-signature must be 40 hexadecimal digits")
    return Claim(
        secret_id=given["q-ak"],
        sign_time=given["q-sign-time"],
        key_time=given["q-key-time"],
        headers=_names(given["q-header-list"]),
        params=_names(given["q-url-param-list"]),
        signature=given["q-signature"],
    )


def parse_authorization(text: str) -> Claim:
    """The claim of an Authorization header; raises like `parse`."""
    if len(text) > _LONGEST:
        raise AccessDenied("the Authorization header is too long")
    return parse([(name, value) for name, _, value in (field.partition("=") for field in text.strip().split("&"))])


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split(";")) if text else ()


def is_field(name: str) -> bool:
    """Whether a query parameter is a part of a signature."""
    return name in _FIELDS


def sign_key(secret_key: str, key_time: str) -> str:
    """SignKey: hex HMAC-SHA1 of the key's time window."""
    return _hmac_sha1(secret_key, key_time)


def format_string(method: str, path: str, params: Iterable[tuple[str, str]], headers: Iterable[tuple[str, str]]) -> str:
    """FormatString: what of the request is signed."""
    return f"{method.lower()}\n{path}\n{_join(params)}\n{_join(headers)}\n"


def string_to_sign(sign_time: str, formatted: str) -> str:
    """StringToSign: the time window and the digest of the FormatString."""
    digest = hashlib.sha1(formatted.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    return f"sha1\n{sign_time}\n{digest}\n"


def signature(key: str, to_sign: str) -> str:
    """Signature: hex HMAC-SHA1 of the StringToSign with the SignKey."""
    return _hmac_sha1(key, to_sign)


def _hmac_sha1(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


def encode_name(name: str) -> str:
    """The name of a header or parameter as the signature lists it."""
    return _encode(name).lower()


def _encode(text: str) -> str:
    return quote(text, safe="-_.~", errors="surrogateescape")


def _join(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = [(encode_name(name), _encode(value)) for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def check_time(claim: Claim, now: float) -> None:
    """Both time windows must be open.

    Raises:
        RequestTimeTooSkewed: one is not; the message says by how much.
    """
    for name, window in (("q-sign-time", claim.sign_time), ("q-key-time", claim.key_time)):
        start, end = map(int, window.split(";"))
        if now > end:
            raise RequestTimeTooSkewed(f"{name} ended {now - end:.0f} s ago by the server's clock")
        if now < start - SKEW:
            raise RequestTimeTooSkewed(f"{name} begins in {start - now:.0f} s by the server's clock")


def verify(claim: Claim, signed: Signed, secret_key: str) -> None:
    """The claim's signature must be that of the request.

    SDKs sign `host` with the port or without it: both are tried, nothing else (field.md §0.2, T3).

    Raises:
        SignatureDoesNotMatch: it is another; the error tells FormatString and StringToSign.
    """
    key = sign_key(secret_key, claim.key_time)
    params = _select(signed.params, claim.params, "query parameter")
    headers = dict(_select(signed.headers, claim.headers, "header"))
    matched, shown = False, ("", "")
    for host in _hosts(headers):
        chosen = {**headers, "host": host} if host is not None else headers
        formatted = format_string(signed.method, signed.path, params, chosen.items())
        to_sign = string_to_sign(claim.sign_time, formatted)
        matched |= hmac.compare_digest(signature(key, to_sign), claim.signature)
        shown = (formatted, to_sign)
    if not matched:
        raise SignatureDoesNotMatch(FormatString=shown[0], StringToSign=shown[1])


def _select(pairs: Sequence[tuple[str, str]], names: Sequence[str], what: str) -> list[tuple[str, str]]:
    """The pairs that were signed; every name of the list must be there once."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in pairs:
        found.setdefault(encode_name(name), []).append((name, value))
    if len(set(names)) != len(names):
        raise SignatureDoesNotMatch(f"a {what} is listed twice as signed")
    for name in names:
        if len(found.get(name, ())) != 1:
            raise SignatureDoesNotMatch(f"the signed {what} {name[:64]!r} is not in the request exactly once")
    return [found[name][0] for name in names]


def _hosts(headers: Mapping[str, str]) -> list[str | None]:
    """The values that `host` may have been signed with; [None] where it was not signed."""
    host = headers.get("host")
    if host is None:
        return [None]
    bare = re.sub(r":[0-9]*$", "", host) if not host.endswith("]") else host
    return list(dict.fromkeys([bare.strip("[]"), bare, host]))
