"""Normalises text so that disguises of a word become the word: full-width, accents, look-alikes, traditional, leet."""

import unicodedata
from functools import cache

import opencc

from minivod.review import lookalikes

_FIRST_EAST_ASIAN = 0x2E80  # from here on decomposition would take characters apart (kana, hangul), not accents

_LOOKALIKES = str.maketrans(
    # Cyrillic, Greek and other letters -> the Latin ones that they look like
    "авекмнорстухіјѕԁԛԝһցп" + "αβγεηικνοπρτυχωϲϳ" + "øłđħŧıæœɑɡɩɴ",
    "abekmhopctyxijsdqwhgn" + "abyenikvonptuxwcj" + "oldhtiaoagin",
)
_LEET = str.maketrans("013457892l@$!|+€(", "oieastbgziasiitec")
LEET_SYMBOLS = "@$€"
"""Count as letters inside words and at their ends."""
LEET_MARKS = "!|+("
"""Count as letters only before another letter, because they also follow words."""

_SQUARED_LETTERS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # starts of A-Z in emoji-like forms that NFKC leaves alone


def normalise(text: str) -> str:
    """The text in lower-case, simplified, Latin-looking form; separators stay (see `matching` for what they mean).

    Characters are converted one by one: the same character always becomes the same, in lists and in frames,
    whatever stands beside it.
    """
    return "".join(map(_plain, unicodedata.normalize("NFKC", text)))


def skeleton(text: str) -> str:
    """Normalised text with leetspeak undone, and letters that it cannot tell apart (i, l, 1) made one."""
    return text.translate(_LEET)


@cache
def _plain(char: str) -> str:
    """In lower case what looks like that: Ν is N, and ν is v."""
    seen = lookalikes.plain(char) if char.isupper() or ord(char) >= _FIRST_EAST_ASIAN else char
    return "".join(lookalikes.plain(plain).casefold() for folded in seen.casefold() for plain in _form(folded))


def _form(char: str) -> str:
    code = ord(char)
    if char.isspace():
        return "\n" if char == "\n" else " "
    if code < 0x7F:
        return char
    if unicodedata.category(char) in {"Cf", "Mn", "Me", "Cc"}:  # zero-width, soft hyphen, combining marks
        return ""
    for start in _SQUARED_LETTERS:
        if start <= code < start + 26:
            return chr(ord("a") + code - start)
    if code < _FIRST_EAST_ASIAN:
        base = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn")
        return base.translate(_LOOKALIKES)
    return _simplified(char)


def _simplified(char: str) -> str:
    """The usual simplified character for one of East Asia; that character itself where it is one already.

    Japanese forms come last, because many look like simplified characters of another meaning: 芸 is 藝 in Japan, and
    stays 芸 here. 飜 is a rare form of 翻, and is only known as what the Japanese form stands for.
    """
    to_simplified, from_japanese, to_japanese = _converters()
    readings = (char, from_japanese.convert(char), to_japanese.convert(char))
    for reading in readings:
        simplified: str = to_simplified.convert(reading)
        if _is_usual(simplified):
            return simplified
    for converter in 2 * (from_japanese, to_simplified):  # twice: a few characters take two steps
        char = converter.convert(char)
    return char


def _is_usual(char: str) -> bool:
    """Whether it is one of the 6,763 characters of GB 2312, in which simplified text is written."""
    try:
        return len(char.encode("gb2312")) > 1
    except UnicodeEncodeError:
        return False


@cache
def _converters() -> tuple[opencc.OpenCC, ...]:
    """Traditional to simplified; Japanese forms (recognition confuses 弾 with 弹) to traditional, and back."""
    return opencc.OpenCC("t2s"), opencc.OpenCC("jp2t"), opencc.OpenCC("t2jp")
