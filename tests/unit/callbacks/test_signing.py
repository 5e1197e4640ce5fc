"""Signatures of callbacks, as the PyPI package of Standard Webhooks and the reference verify them (T16)."""

import hashlib
import time

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from minivod import webhooks
from minivod.callbacks import signing

BODY = '{"EventType":"FileDeleted","名":"\\u0000é"}'.encode()


def test_a_receiver_can_verify() -> None:
    secret, now = webhooks.new_secret(), int(time.time())
    headers = webhooks.headers([secret], "evt_1", now, BODY)
    assert Webhook(secret).verify(BODY, headers)["EventType"] == "FileDeleted"
    assert headers["webhook-id"] == "evt_1" and headers["webhook-timestamp"] == str(now)


def test_while_a_secret_is_rotated_both_verify() -> None:
    new, old, other = (webhooks.new_secret() for _ in range(3))
    headers = webhooks.headers([new, old], "evt_1", int(time.time()), BODY)
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(other).verify(BODY, headers)


@pytest.mark.parametrize(
    ("changed", "later", "body", "message"),
    [
        ({}, 0, BODY + b" ", "No matching"),
        ({"webhook-id": "evt_2"}, 0, BODY, "No matching"),
        ({}, -10, BODY, "No matching"),
        ({}, -1000, BODY, "too old"),
        ({}, 1000, BODY, "too new"),
        ({"webhook-signature": "v1,AAAA"}, 0, BODY, "No matching"),
    ],
)
def test_what_was_changed_or_is_stale_does_not_verify(
    changed: dict[str, str], later: int, body: bytes, message: str
) -> None:
    """`later`: seconds by which the time that is told differs from the one that was signed."""
    secret, now = webhooks.new_secret(), int(time.time())
    headers = webhooks.headers([secret], "evt_1", now, BODY) | {"webhook-timestamp": str(now + later)} | changed
    with pytest.raises(WebhookVerificationError, match=message):
        Webhook(secret).verify(body, headers)


def test_the_vector_of_the_specification() -> None:
    """Of the reference libraries' own tests: secret, id, time and body with the signature that belongs to them."""
    secret, message_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = webhooks.headers([secret], message_id, 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_long_and_new() -> None:
    secrets = {webhooks.new_secret() for _ in range(10)}
    assert len(secrets) == 10
    assert all(secret.startswith("whsec_") and len(secret) == 6 + 44 for secret in secrets)


def test_the_signature_of_the_reference() -> None:
    fields = signing.reference_fields("mysignkey", 1_700_000_000)
    assert fields == {"T": 1_700_000_600, "Sign": hashlib.md5(b"mysignkey1700000600").hexdigest()}
