"""Chinese phrases are found in every disguise, and harmless text that has the same letters is left alone."""

import random
import time
from pathlib import Path

import pytest

from minivod.review import words
from minivod.review.matching import Matcher
from minivod.review.normalise import normalise


@pytest.fixture(scope="module")
def builtin() -> Matcher:
    return words.load().matcher()


def found(matcher: Matcher, text: str) -> set[tuple[str, bool, str]]:
    return {(match.phrase.label, match.certain, match.disguise) for match in matcher.find(normalise(text))}


@pytest.mark.parametrize(
    ("text", "phrase", "certain", "disguise"),
    [
        ("色晴视频", "色情视频", False, "homophones"),
        ("瑟情视频", "色情视频", False, "homophones"),
        ("咋弹制作", "炸弹制作", False, "homophones"),  # za and zha sound alike to many
        ("免费看瑟情视频", "色情视频", True, "homophones"),  # it is offered
        ("成人shipin", "成人视频", False, "pinyin"),
        ("黄se视频", "黄色视频", False, "pinyin"),
        ("裸liao", "裸聊", False, "pinyin"),
        ("黄se小说全集", "黄色小说", False, "pinyin"),  # 小说全集 is a word, and its 小说 is that of the phrase
        ("sèqíng shìpín", "色情视频", False, "pinyin"),
        ("ChengRenShiPin", "成人视频", False, "pinyin"),
        ("成r视频", "成人视频", False, "initials"),
        ("黄色sp", "黄色视频", False, "initials"),
        ("黄瑟s频", "黄色视频", False, "homophones and initials"),
        ("裸l聊", "裸聊", True, "letters between"),
        ("约pao炮吗", "约炮", True, "letters between"),
        ("成r人s视频", "成人视频", False, "letters between"),
        ("裸x聊", "裸聊", False, "another letter between"),  # x may mean something
        ("裸-x-聊 加微信", "裸聊", True, "another letter between"),
        ("成x人x视x频", "成人视频", False, "another letter between"),
        ("招女票", "招嫖", True, "split characters"),
        ("约 火 包", "约炮", True, "split characters"),
        ("約火包", "约炮", True, "split characters"),
        ("色忄青直播", "色情直播", True, "split characters"),
        ("氵敫情视频", "激情视频", False, "split characters"),
        ("成人礻见步页", "成人视频", False, "split characters"),  # the phrase itself is ambiguous
    ],
)
def test_finds(builtin: Matcher, text: str, phrase: str, certain: bool, disguise: str) -> None:
    assert (phrase, certain, disguise) in found(builtin, text)


@pytest.mark.parametrize(
    "text",
    [
        "成人食品",  # 食品 is a word
        "黄s频",
        "约x炮兵",  # no letter of 炮
        "裸l",
        "裸3聊 裸 x 聊",
        "成人A视频",  # it stands between words
        "赤裸x聊天",
        "h色sp",  # of four characters, half must be there as they are
        "杀身成仁视频里",
        "周末约跑",  # two characters do not sound alike by chance only
        "男女票价",
        "招女票务员",
        "iPhone SE情况",
        "成人SPA",
        "成人sp2",
        "黄pianist",
        "警方打击se情网站",
        "约\n火\n包",
        "约   火包",
        "Luo Zhao and Liao Luo",
    ],
)
def test_leaves_alone(builtin: Matcher, text: str) -> None:
    assert found(builtin, text) == set()


def test_an_operators_phrases_are_found_in_disguise_too(tmp_path: Path) -> None:
    (tmp_path / "Ad.txt").write_text("加微信\n?代开发票\n", encoding="utf-8")
    matcher = words.load(tmp_path).matcher()
    assert ("加微信", False, "homophones") in found(matcher, "加薇信")
    assert ("加微信", True, "") in found(matcher, "加微信")
    assert ("代开发票", False, "split characters") in found(matcher, "亻弋开发票")


LONG = 2 * 1024**2
"""Characters of a text that nobody would write."""


@pytest.mark.parametrize("unit", ["\u200b", " \n"], ids=["invisible", "lines"])
def test_megabytes_of_nothing_take_seconds(builtin: Matcher, unit: str) -> None:
    begun = time.process_time()
    assert builtin.find(normalise(unit * (LONG // len(unit)))) == []
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("unit", ["p", "约", "节约炮弹", "黄瑟视频 porn 约火包 "])
def test_time_grows_with_the_length_alone(builtin: Matcher, unit: str) -> None:
    """Ten times as long takes about ten times as long, not a hundred times: so megabytes take what they must."""
    taken = []
    for length in (2_000, 20_000):
        text = normalise(unit * (length // len(unit)))
        begun = time.process_time()
        assert len(builtin.find(text)) <= 3 * 1_000
        taken.append(time.process_time() - begun)
    assert taken[1] < 40 * taken[0] + 0.5


def test_what_stands_behind_a_long_text_is_found(builtin: Matcher) -> None:
    noise = "".join(random.Random(8).choices("的一是在了有和人这中大为上个国", k=10_000))
    match = builtin.find(f"{noise}。裸聊。{noise}")[-1]
    assert (match.phrase.label, match.start) == ("裸聊", 10_001)


def test_a_phrase_is_found_wherever_a_long_text_is_divided(builtin: Matcher) -> None:
    for length in range(4090, 4098):
        (match,) = builtin.find(" " * length + "裸聊" + " " * 5000)
        assert match.start == length
