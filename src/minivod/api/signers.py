"""What the doctor is told of the server: the key that a request names, or those that may have been mixed up with it."""

from collections.abc import Sequence

from minivod.api.diagnosis import Known
from minivod.settings import Settings
from minivod.store import accounts
from minivod.store.accounts import AccessKey
from minivod.store.database import Database

_MOST_KEYS = 1000
"""Other keys of which one may have been mixed up with that of the request."""


async def find(db: Database, secret_id: str) -> tuple[AccessKey | None, list[AccessKey]]:
    """The key of a SecretId, empty where the request has none, and the newest others."""
    key = await accounts.find_key(db, secret_id) if secret_id else None
    others = await accounts.newest_keys(db, _MOST_KEYS)
    return key, [other for other in others if key is None or other.secret_id != key.secret_id]


def known(settings: Settings, key: AccessKey | None, others: Sequence[AccessKey], hosts: Sequence[str]) -> Known:
    """All of it, by the settings of the server."""
    return Known(
        key=key,
        others=others,
        hosts=hosts,
        strict=settings.strict_signature,
        allow_unsigned_payload=settings.allow_unsigned_payload,
    )
