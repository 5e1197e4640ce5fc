"""A SecretId as a caller gave it: what is wrong with it, and what of it may be shown (T24).

Who takes one for the other sends the SecretKey where the SecretId belongs. So nothing is repeated or stored whole
that has not the form of a SecretId.
"""

import re
import unicodedata
from collections.abc import Iterator

from minivod.errors import shorten
from minivod.ids import SECRET_ID

FORM = "AKID and 32 letters or digits"

_SECRET_KEY = re.compile(r"[0-9A-Za-z]{32}")
_WITHIN = re.compile(rf"(?<![0-9A-Za-z]){SECRET_ID.pattern}(?![0-9A-Za-z])")
_VARIABLE = re.compile(r"\$\{?\w+\}?|\$\(\w+\)|%\w+%|\{\{?.*\}\}?", re.ASCII)
_QUOTES = "\"'`´‘’“”„«»<>"
_NAMES = {
    " ": "a space",
    "\t": "a tab",
    "\n": "a line feed",
    "\r": "a carriage return",
    "\N{NO-BREAK SPACE}": "a no-break space",
    "\N{ZERO WIDTH NO-BREAK SPACE}": "a byte-order mark",
    '"': "a double quote",
    "'": "a single quote",
}
_TELLING = 4
"""Characters at the beginning that may be shown of any text, so that its owner knows which one it is."""
_LONG_ENOUGH = 16
"""Characters of a text of which its beginning may be shown."""


def bare(text: str) -> str:
    """The text without white space, quotes and invisible characters around it."""
    start, end = 0, len(text)
    while start < end and _surrounds(text[start]):
        start += 1
    while end > start and _surrounds(text[end - 1]):
        end -= 1
    return text[start:end]


def is_presentable(text: str) -> bool:
    """Whether the text may be shown whole: a SecretId, with nothing but white space or quotes around it."""
    return SECRET_ID.fullmatch(bare(text)) is not None


def fault(text: str) -> str:
    """What is wrong with a SecretId, in sentences that call it "it"; empty when it has the right form."""
    return "; ".join([*_around(text), *_inside(bare(text))])


def shown(text: str) -> str:
    """The SecretId for a message; of what is none, its beginning and its length."""
    if not text or is_presentable(text):
        return shorten(text)
    beginning = repr(bare(text)[:_TELLING] + "…") if len(bare(text)) >= _LONG_ENOUGH else "…"
    return f"{beginning} ({len(text)} characters)"


def hidden(text: str) -> str:
    """The SecretId to be stored; what is none keeps its shape, so that `fault` says the same of it.

    Letters and digits become `x`, other characters `?`; white space and quotes stay.
    """
    if is_presentable(text):
        return text
    kept = text.index(bare(text)) + _TELLING if len(bare(text)) >= _LONG_ENOUGH else 0
    return text[:kept] + "".join(map(_veiled, text[kept:]))


def _veiled(char: str) -> str:
    if _surrounds(char):
        return char
    return "x" if char.isascii() and char.isalnum() else "?"


def _surrounds(char: str) -> bool:
    return char.isspace() or char in _QUOTES or unicodedata.category(char) in ("Cc", "Cf")


def _around(text: str) -> Iterator[str]:
    core = bare(text)
    if not core:
        return
    before, _, after = text.partition(core)
    for where, chars in (("beginning", before), ("end", after)):
        if chars:
            names = dict.fromkeys(_NAMES.get(char, f"the character U+{ord(char):04X}") for char in chars)
            yield f"it has {' and '.join(names)} at its {where}"


def _inside(core: str) -> Iterator[str]:
    """What is wrong with the text itself."""
    if not core:
        yield "it is empty"
    elif SECRET_ID.fullmatch(core):
        return
    elif _SECRET_KEY.fullmatch(core):
        yield f"it has the form of a SecretKey: SecretId and SecretKey are probably swapped; a SecretId is {FORM}"
    elif SECRET_ID.fullmatch("".join(core.split())):
        yield "it has white space inside"
    elif SECRET_ID.fullmatch(core[:4].upper() + core[4:]):
        yield "it does not begin with AKID in capitals"
    elif _WITHIN.search(core):
        yield "it has other text before or after it"
    elif _VARIABLE.fullmatch(core):
        yield "it is the name of a variable that was not replaced by its value"
    else:
        yield f"it does not have the form of a key of this server: {FORM}"
