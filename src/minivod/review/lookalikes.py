"""Letters that look like Latin ones, and radicals that look like characters: the confusables of Unicode (UTS #39)."""

import importlib.resources
import json
import unicodedata
from functools import cache

_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_RADICALS = range(0x2E80, 0x2FE0)
_RARE = dict(
    zip(
        "祼躶臝"
        "砲礮粧擧囘嬭彊慙晳暱汚躰軆輭鉋鑤隣僊裠帬徧廻穽堦塲煖煗覩妬媿婬滛婣嬾姧姙袴絝袵襍鬦鬬鬪鬭勦剳鎗"
        "銲燄氊痲蔴賍賸毬氷凖痺瘉愬憇懽讙驩咲脗舩荅荳菓蝯諠讁豓踁躭遯邨酧醻盋鑪閙阬阯隄韮顋餧饍鵞麁麤鼈齩",
        "裸裸裸"
        "炮炮妆举回奶强惭皙昵污体体软刨刨邻仙裙裙遍回阱阶场暖暖睹妒愧淫淫姻懒奸妊裤裤衽杂斗斗斗斗剿札枪"
        "焊焰毡麻麻赃剩球冰准痹愈诉憩欢欢欢笑吻船答豆果猿喧谪艳胫耽遁村酬酬钵炉闹坑址堤韭腮喂膳鹅粗粗鳖咬",
        strict=True,
    )
)
"""Characters that are hardly seen but in the place of another one.

Most are variants that the Chinese tables of standard characters (1955, 2013) name; no converter of traditional text
knows them, for some are right in it: 約砲 is how Taiwan writes 约炮.
"""


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
    return _target(char, _table().get(char, "")) or char


@cache
def _table() -> dict[str, str]:
    """Which single characters each may be taken for. No more is made of them: a text asks for few."""
    file = importlib.resources.files("confusable_homoglyphs").joinpath("confusables.json")
    known = json.loads(file.read_text(encoding="utf-8"))
    return {
        char: "".join(entry["c"] for entry in entries if len(entry["c"]) == 1)
        for char, entries in known.items()
        if len(char) == 1
    }


def _target(char: str, confusable: str) -> str:
    if unicodedata.bidirectional(char) in {"R", "AL"}:
        return ""
    if ord(char) in _RADICALS:
        return next((c for c in confusable if ord(c) not in _RADICALS), "")
    if "CJK" in unicodedata.name(char, "CJK") or not unicodedata.category(char).startswith("L"):
        return ""
    return next((c for c in confusable if c.isascii() and c.isalpha()), "")
