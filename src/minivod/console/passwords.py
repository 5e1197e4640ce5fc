"""Passwords of the console's users: what one must be, and its hash by Argon2id (RFC 9106)."""

import unicodedata
from asyncio import Semaphore, to_thread

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from minivod.store import console_users
from minivod.store.database import Database

SHORTEST, LONGEST = 12, 1000
"""Characters."""
LONGEST_NAME = 64
_AT_ONCE = 2
"""Hashes that are made at a time: each takes 64 MiB and a processor for some hundredths of a second."""


class Unfit(ValueError):
    """A name or a password cannot be taken; the message says what it must be."""


def checked_name(name: str) -> str:
    """The name of a user in its normal form; raises Unfit."""
    name = unicodedata.normalize("NFC", name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip() or "  " in name:
        raise Unfit(f"the name must be 1 to {LONGEST_NAME} printable characters, without spaces at its ends")
    return name


def checked_password(password: str) -> str:
    """The password in its normal form; raises Unfit."""
    password = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unfit(f"the password must have {SHORTEST} to {LONGEST} characters")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in password):
        raise Unfit("the password must be text in UTF-8, without NUL characters")
    if len(set(password)) < SHORTEST // 3:
        raise Unfit("the password repeats too few characters; a sentence of several words is a good one")
    return password


class Passwords:
    """Hashes passwords and compares them, in threads, and in the same time whether or not there is such a user."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Args: hasher: with which parameters; default those of RFC 9106 for little memory."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("nobody has this password")
        self._slots = Semaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash of a checked password; takes its time."""
        return self._hasher.hash(password)

    async def verify(self, db: Database, name: str, password: str) -> str | None:
        """The hash of the user's password if this is it and the user may sign in; None otherwise."""
        name, password = (unicodedata.normalize("NFC", text) for text in (name, password))
        known = await console_users.secret(db, name) if name.isprintable() else None
        async with self._slots:
            right = await to_thread(self._matches, known.password_hash if known else self._nobodys, password)
        if known is None or not right or not known.enabled:
            return None
        if not self._hasher.check_needs_rehash(known.password_hash):
            return known.password_hash
        async with self._slots:
            newer = await to_thread(self._hasher.hash, password)
        await console_users.set_hash(db, name, known.password_hash, newer)
        return newer

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
