"""Letters that look like Latin ones, and radicals that look like characters: the confusables of Unicode (UTS #39)."""

import importlib.resources
import json
import unicodedata
from functools import cache

_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_RADICALS = range(0x2E80, 0x2FE0)
_RARE = {"祼": "裸", "躶": "裸", "臝": "裸"}
"""Characters that are hardly seen but in the place of another one."""


@cache
def plain(char: str) -> str:
    """The Latin letter, or the character, that this one looks like; itself where there is none.

    Letters of scripts that run from right to left are left alone, and so are characters that are in use themselves.
    """
    if char.isascii() or char in _RARE:
        return _RARE.get(char, char)
    name = unicodedata.name(char, "")
    if name.startswith(_SMALL_CAPITAL) and len(name) == len(_SMALL_CAPITAL) + 1:
        return name[-1]
    return _table().get(char, char)


@cache
def _table() -> dict[str, str]:
    file = importlib.resources.files("confusable_homoglyphs").joinpath("confusables.json")
    known = json.loads(file.read_text(encoding="utf-8"))
    found = {char: _target(char, [entry["c"] for entry in entries]) for char, entries in known.items()}
    return {char: target for char, target in found.items() if target}


def _target(char: str, confusable: list[str]) -> str:
    if len(char) != 1 or unicodedata.bidirectional(char) in {"R", "AL"}:
        return ""
    if ord(char) in _RADICALS:
        return next((c for c in confusable if len(c) == 1 and ord(c) not in _RADICALS), "")
    if "CJK" in unicodedata.name(char, "CJK") or not unicodedata.category(char).startswith("L"):
        return ""
    return next((c for c in confusable if len(c) == 1 and c.isascii() and c.isalpha()), "")
