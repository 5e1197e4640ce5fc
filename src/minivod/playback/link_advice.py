"""What is wrong with a signed link, for who has the key: whose it is, and which of the usual mistakes was made."""

import hashlib
import re
import string
from urllib.parse import parse_qsl, urlsplit

from minivod import ids
from minivod.playback.signature import MEMBERS, SIGN, directory_of
from minivod.store import distributions
from minivod.store.database import Database
from minivod.store.distributions import Distribution

_DECIMAL = re.compile(r"[0-9]{10}", re.ASCII)
"""A time in seconds as people write it: two digits longer than it is in hexadecimal."""


async def owner(db: Database, url: str) -> Distribution | None:
    """The application whose video an address names; None: it names none of this server."""
    for part in path_of(url).split("/"):
        if ids.is_file_id(part) and (found := await distributions.find_for_media(db, part)):
            return found
    return None


def path_of(url: str) -> str:
    """The path of an address; empty for what is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def mistake(url: str, key: str) -> str:
    """The mistake that leads to just this signature, if it is one of those that are often made; else empty."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    t, exper, rlimit, us = (given.get(name, "") for name in MEMBERS)
    if _DECIMAL.fullmatch(t):
        return f"{t} is decimal, and in hexadecimal {int(t):08x}"
    directory = directory_of(parts.path)
    right = "".join((key, directory, t, exper, rlimit, us))
    mistakes = {
        "Dir is without its last slash": (directory.rstrip("/"), t, exper, rlimit, us),
        "Dir is without its first slash": (directory.lstrip("/"), t, exper, rlimit, us),
        "Dir has the name of the file": (parts.path, t, exper, rlimit, us),
        "t is written otherwise (capitals) in the address": (directory, t.swapcase(), exper, rlimit, us),
        "t is decimal": (directory, str(int(t, 16)) if _is_hex(t) else t, exper, rlimit, us),
        "us comes before exper and rlimit": (directory, t, us, exper, rlimit),
        "exper and rlimit are in the address alone": (directory, t, "", "", us),
        "us is in the address alone": (directory, t, exper, rlimit, ""),
    }
    for words, members in mistakes.items():
        text = "".join((key, *members))
        digest = hashlib.md5(text.encode(errors="replace"), usedforsecurity=False).hexdigest()
        if text != right and digest == given.get(SIGN, "").lower():  # what is signed right is wrong for another reason
            return words
    return ""


def _is_hex(text: str) -> bool:
    return bool(text) and all(one in string.hexdigits for one in text)
