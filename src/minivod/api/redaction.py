"""What of a request may be kept in files or shown on a terminal: everything but what is, or may be, a secret (T24)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from minivod import secret_ids
from minivod.api import signature_v3

REDACTED = "[redacted]"

_SECRET = re.compile(
    "token|secret|passw|cookie|authorization|api-?key|sign-?key|encrypted-?key|notification-?url", re.IGNORECASE
)
"""In names of headers and parameters. Whoever knows a NotificationUrl, with its query, can call it."""
_ADDRESS = re.compile("referer|ur[il]$")
"""In names of headers that hold an address, with its query and the token in it."""
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9A-Za-z+ /]{27}=|[0-9A-Za-z+ /]{43}=|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
"""Of HmacSHA1 and HmacSHA256, in base64 or, by mistake, in hex; an unencoded `+` arrives as a space."""


def headers(sent: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request, names in lower case."""
    return {name: header(name, value) for name, value in sent.items()}


def header(name: str, value: str) -> str:
    """The value of a header."""
    if name == "authorization":
        return authorization(value)
    return REDACTED if _ADDRESS.search(name) else parameter(name, value)


def authorization(text: str) -> str:
    """An Authorization header; one that cannot be read keeps nothing but the name of its algorithm."""
    scope, _, signature = text.strip().rpartition(signature_v3.SIGNATURE)
    match = signature_v3.SCOPE.fullmatch(scope)
    if match is None or not signature_v3.DIGEST.fullmatch(signature):
        first = text.split(maxsplit=1)[0] if text.strip() else ""
        return f"{first} {REDACTED}" if signature_v3.SCHEME.fullmatch(first) else REDACTED
    return "".join(
        (
            scope[: match.start("secret_id")],
            secret_ids.hidden(match["secret_id"]),
            scope[match.end("secret_id") : match.start("service")],
            service(match["service"]),
            scope[match.end("service") :],
            signature_v3.SIGNATURE,
            signature,
        )
    )


def fields(encoded: str) -> str:
    """A query or a form, still encoded; what is harmless stays as it was sent."""
    return "&".join([_field(piece) for piece in encoded.split("&")]) if encoded else ""


def _field(piece: str) -> str:
    name, equals, value = piece.partition("=")
    if not equals or not _NAME.fullmatch(unquote_plus(name)):
        return REDACTED  # no parameter: perhaps a key alone, or JSON that came as a form
    decoded = unquote_plus(value, errors="surrogateescape")
    kept = parameter(unquote_plus(name), decoded)
    if kept == decoded:
        return piece
    return f"{name}={kept if kept == REDACTED else quote(kept, safe='', errors='surrogateescape')}"


def parameter(name: str, value: str) -> str:
    """The value of a parameter or a header, decoded."""
    plain = re.sub("[^a-z]", "", name.lower())
    if plain.endswith("secretid"):
        return secret_ids.hidden(value)
    if plain == "signature":
        return signature(value)
    return REDACTED if _SECRET.search(name) and value else value


def tree(name: str, value: Any) -> Any:
    """The value of a parameter, decoded, at any depth; what a list holds has the name of the list."""
    if isinstance(value, Mapping):
        return {inner: tree(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [tree(name, one) for one in value]
    return parameter(name, value) if isinstance(value, str) else value


def service(text: str) -> str:
    """The service of a Credential."""
    return text if signature_v3.SERVICE_NAME.fullmatch(text) else REDACTED


def signature(text: str) -> str:
    """A signature of either way; a text that cannot be one may be a key."""
    return text if _SIGNATURE.fullmatch(text) else REDACTED
