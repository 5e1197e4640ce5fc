"""Signatures of callbacks: the headers of Standard Webhooks, and the fields Sign and T of the reference.

Standard Webhooks 1.0: `webhook-signature` has a signature for each secret that is valid, HMAC-SHA256 of
`id.timestamp.body`; the id is the same whenever an event is sent, the timestamp is that of the call. The reference's
own: SignKey of ModifyEventConfig.
"""

import base64
import hashlib
import hmac
import secrets as random_secrets
from collections.abc import Iterable
from typing import Any

PREFIX = "whsec_"
SIGN_SECONDS = 600
"""After which Sign is no longer valid, by T."""
_BYTES = 32


def new_secret() -> str:
    """A secret for Standard Webhooks: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(random_secrets.token_bytes(_BYTES)).decode()


def headers(secrets: Iterable[str], message_id: str, now: int, body: bytes) -> dict[str, str]:
    """The headers that let a receiver verify the body.

    Args:
        secrets: each with the prefix `whsec_`; one signature for each.
        message_id: of the event.
        now: Unix time, seconds.
        body: as it is sent.
    """
    signed = f"{message_id}.{now}.".encode() + body
    signatures = [f"v1,{_signature(secret, signed)}" for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": " ".join(signatures)}


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def reference_fields(sign_key: str, now: int) -> dict[str, Any]:
    """Members of the body: T, when the signature ends (Unix time, seconds), and Sign, the MD5 of SignKey and T."""
    ends = now + SIGN_SECONDS
    digest = hashlib.md5(f"{sign_key}{ends}".encode(), usedforsecurity=False)
    return {"Sign": digest.hexdigest(), "T": ends}
