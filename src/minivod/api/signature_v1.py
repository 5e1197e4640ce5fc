"""The old signature, HmacSHA1 and HmacSHA256, as pure stages: string to sign -> signature (contract.md §1.3)."""

import base64
import hmac
from collections.abc import Iterable
from typing import Final

METHODS: Final = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}
DEFAULT_METHOD: Final = "HmacSHA1"


def string_to_sign(method: str, host: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The first stage.

    Args:
        method: GET or POST.
        host: of the endpoint.
        parameters: every one but Signature, decoded: values are signed without URL encoding.
    """
    return f"{method}{host}/?" + "&".join([f"{name}={value}" for name, value in sorted(parameters)])


def sign(secret_key: str, text: str, signature_method: str) -> str:
    """The second stage: base64 of the HMAC; `signature_method` is one of METHODS."""
    digest = hmac.digest(
        secret_key.encode("utf-8", "surrogateescape"),
        text.encode("utf-8", "surrogateescape"),
        METHODS[signature_method],
    )
    return base64.b64encode(digest).decode()
