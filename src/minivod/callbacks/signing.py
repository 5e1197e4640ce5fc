"""The reference's own signature of callbacks: the fields Sign and T, by SignKey of ModifyEventConfig."""

import hashlib
from typing import Any

SIGN_SECONDS = 600
"""After which Sign is no longer valid, by T."""


def reference_fields(sign_key: str, now: int) -> dict[str, Any]:
    """Members of the body: T, when the signature ends (Unix time, seconds), and Sign, the MD5 of SignKey and T."""
    ends = now + SIGN_SECONDS
    digest = hashlib.md5(f"{sign_key}{ends}".encode(), usedforsecurity=False)
    return {"Sign": digest.hexdigest(), "T": ends}
