"""From a Call to the key that signed it: who is calling?"""

import hmac
from collections.abc import Awaitable, Callable

from minivod import errors, ids, secret_ids
from minivod.api import signature_v1, signature_v3
from minivod.api.memory import ShortMemory
from minivod.api.request import Call, OldSignature
from minivod.api.signature_v3 import Authorization
from minivod.clock import Clock
from minivod.errors import shorten
from minivod.store.accounts import AccessKey

WINDOW = 300
"""Seconds by which a timestamp may differ from the server's clock."""
_NO_KEY = AccessKey("", 0, "0" * 32, enabled=False, account_enabled=False)
"""Signs nothing; with it an unknown SecretId costs the time of a known one (T5)."""

FindKey = Callable[[str], Awaitable[AccessKey | None]]


class Authenticator:
    """Checks timestamp, signature, key and token of calls."""

    def __init__(
        self, find_key: FindKey, clock: Clock, *, strict: bool = False, allow_unsigned_payload: bool = True
    ) -> None:
        """Checks with the keys that `find_key` knows.

        Args:
            find_key: looks a SecretId up; it is asked at most once a second for each.
            clock: the server's.
            strict: refuse TC3 calls that do not sign X-TC-Action.
            allow_unsigned_payload: accept calls whose body is not signed.
        """
        self._clock = clock
        self._strict = strict
        self._allow_unsigned_payload = allow_unsigned_payload
        self._keys: ShortMemory[str, AccessKey | None] = ShortMemory(find_key, clock)

    async def authenticate(self, call: Call) -> AccessKey:
        """The key that signed the call.

        Raises:
            InvalidAuthorization, NoSuchProduct, SignatureExpire, InvalidSecretId, SecretIdNotFound,
            SignatureFailure, TokenFailure: as contract.md §1.5 lists them.
            InvalidVodUser: the key's account is disabled.
        """
        credentials = call.credentials
        if isinstance(credentials, Authorization):
            self._check_scope(call, credentials)
        self._check_timestamp(call)
        key = await self.key_of(credentials.secret_id, lambda secret_key: is_signed_by(call, secret_key))
        self._check_token(call, key)
        check_account(key)
        return key

    async def key_of(self, secret_id: str, is_signed_by: Callable[[str], bool]) -> AccessKey:
        """The key of that SecretId, if it is enabled and made the signature.

        Args:
            secret_id: as the caller sent it.
            is_signed_by: whether that SecretKey made the signature; takes the same time for every wrong one.

        Raises:
            InvalidSecretId, SecretIdNotFound, SignatureFailure: as contract.md §1.5 lists them.
        """
        if not ids.SECRET_ID.fullmatch(secret_id):
            raise errors.InvalidSecretId(f"SecretId {secret_ids.shown(secret_id)}: {secret_ids.fault(secret_id)}")
        key = await self._keys.get(secret_id)
        valid = is_signed_by((key or _NO_KEY).secret_key)
        if key is None or not key.enabled:
            raise errors.SecretIdNotFound(f"SecretId {shorten(secret_id)} does not exist or is disabled")
        if not valid:
            raise errors.SignatureFailure
        return key

    def _check_scope(self, call: Call, credentials: Authorization) -> None:
        if credentials.service != signature_v3.SERVICE and credentials.service not in signature_v3.services(
            call.http.headers.get("host", "")
        ):
            raise errors.NoSuchProduct(
                f"the request is signed for the product {signature_v3.shown_service(credentials.service)}; this server "
                f"is {signature_v3.SERVICE}"
            )
        if credentials.date != signature_v3.date_of(call.timestamp):
            raise errors.InvalidAuthorization(
                f"the date of Credential is {credentials.date}; it must be the UTC day of X-TC-Timestamp, "
                f"{signature_v3.date_of(call.timestamp)}"
            )
        if self._strict and "x-tc-action" not in credentials.signed_headers:
            raise errors.InvalidAuthorization(
                "SignedHeaders lacks x-tc-action, which this server requires (setting strict_signature)"
            )
        if is_unsigned(call) and not self._allow_unsigned_payload:
            raise errors.InvalidAuthorization(
                f"X-TC-Content-SHA256 is {signature_v3.UNSIGNED_PAYLOAD}, which this server refuses "
                "(setting allow_unsigned_payload)"
            )

    def _check_timestamp(self, call: Call) -> None:
        difference = call.timestamp - self._clock.now()
        if abs(difference) > WINDOW:
            where = "behind" if difference < 0 else "ahead of"
            raise errors.SignatureExpire(
                f"the timestamp {call.timestamp} is {abs(difference):.0f} s {where} the server's clock; {WINDOW} s are "
                "accepted"
            )

    def _check_token(self, call: Call, key: AccessKey) -> None:
        """A temporary key is nothing without its token; a permanent one has none."""
        expected, given = (signature_v3.to_bytes(token) for token in (key.token or "", call.token))
        if not hmac.compare_digest(expected, given):
            need = "the token of this temporary key is missing or wrong" if key.token else "this key has no token"
            raise errors.TokenFailure(need)
        if key.expires_at is not None and key.expires_at.timestamp() <= self._clock.now():
            raise errors.TokenFailure(f"the temporary key expired at {key.expires_at.isoformat()}")


def check_account(key: AccessKey) -> None:
    """Raises InvalidVodUser when the key's account is disabled."""
    if not key.account_enabled:
        raise errors.InvalidVodUser(f"the account {key.app_id} is disabled")


def is_unsigned(call: Call) -> bool:
    """Whether the caller says that the body is not part of the signature."""
    return call.http.headers.get("x-tc-content-sha256") == signature_v3.UNSIGNED_PAYLOAD


def is_signed_by(call: Call, secret_key: str) -> bool:
    """Whether that SecretKey made the call's signature; takes the same time for every wrong one."""
    credentials = call.credentials
    if isinstance(credentials, OldSignature):
        return _is_old_signed_by(call, credentials, secret_key)
    http = call.http
    query = http.query.decode("utf-8", "surrogateescape")
    hashed = signature_v3.payload_hash(http.body, unsigned=is_unsigned(call))
    key = signature_v3.signing_key(secret_key, credentials.date, credentials.service)
    given = credentials.signature.encode()
    for headers in signature_v3.signed_variants(credentials, http.headers):
        canonical = signature_v3.canonical_request(http.method, query, headers, hashed)
        text = signature_v3.string_to_sign(call.timestamp_text, credentials.date, credentials.service, canonical)
        if hmac.compare_digest(signature_v3.sign(key, text).encode(), given):
            return True
    return False


def _is_old_signed_by(call: Call, credentials: OldSignature, secret_key: str) -> bool:
    given = signature_v3.to_bytes(credentials.signature)
    for host in signature_v3.hosts(call.http.headers.get("host", "")):
        text = signature_v1.string_to_sign(call.http.method, host, credentials.fields)
        if hmac.compare_digest(signature_v1.sign(secret_key, text, credentials.method).encode(), given):
            return True
    return False
