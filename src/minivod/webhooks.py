"""Standard Webhooks: the headers that sign a request of ours, and when a receiver wants to be asked again.

Standard Webhooks 1.0: `webhook-signature` has a signature for each secret that is valid, HMAC-SHA256 of
`id.timestamp.body`; the id is the same whenever an event is sent, the timestamp is that of the call.
"""

import base64
import hashlib
import hmac
import secrets as random_secrets
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime

PREFIX = "whsec_"
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


def read_retry_after(value: str, now: float) -> float | None:
    """Seconds from `now` (Unix time), by a number of seconds or a date (RFC 9110 §10.2.3); None: it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # the form of asctime names no zone and is UTC (RFC 9110 §5.6.7)
            moment = moment.replace(tzinfo=UTC)
        return max(moment.timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
