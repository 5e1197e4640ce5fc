"""Makes and recognises the identifiers of the wire (contract.md §3): none can be guessed."""

import re
import secrets
import string

FILE_ID = re.compile(r"[1-9][0-9]{15,18}")
SECRET_ID = re.compile(r"AKID[0-9A-Za-z]{32}")
_ALPHANUMERIC = string.ascii_letters + string.digits


def is_number(text: str, digits: int = 18) -> bool:
    """Whether a text is a number of at most so many ASCII digits; 18 fit into 64 bits.

    `int` reads other scripts' digits too, and raises for thousands of digits.
    """
    return text.isascii() and text.isdigit() and len(text) <= digits


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def new_app_id() -> int:
    """An account's AppId: ten digits."""
    return 1_300_000_000 + secrets.randbelow(90_000_000)


def new_file_id() -> str:
    """A FileId: 19 decimal digits, some 61 random bits, below 2**63."""
    return str(10**18 + secrets.randbelow(2**63 - 10**18))


def new_task_id(app_id: int, kind: str) -> str:
    """A TaskId `<AppId>-<kind>-<32 hex digits>t0`."""
    return f"{app_id}-{kind}-{secrets.token_hex(16)}t0"


def new_request_id() -> str:
    """A RequestId: a random UUID (version 4); the class of the standard library takes three times as long."""
    digits = secrets.token_hex(16)
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_secret_id() -> str:
    """A SecretId: `AKID` and 32 letters or digits."""
    return "AKID" + _random_text(32)


def new_secret_key() -> str:
    """A SecretKey: 32 letters or digits, some 190 random bits."""
    return _random_text(32)


def new_url_key() -> str:
    """A key that signs links, or psign: 32 letters or digits."""
    return _random_text(32)


def new_token() -> str:
    """An opaque token: session keys, tokens of temporary keys; 43 letters or digits, 256 random bits.

    A dash in front would be read as an option where a command line gives the token on, as tccli's does.
    """
    return _random_text(43)


def new_directory() -> str:
    """The unguessable part of a media URL: 24 hex digits."""
    return secrets.token_hex(12)


def is_file_id(text: str) -> bool:
    """Whether the text has the form of a FileId (it need not exist)."""
    return FILE_ID.fullmatch(text) is not None
