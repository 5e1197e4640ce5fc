"""Words of Chinese text: what divides a phrase, and what only goes on around it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from minivod.review import segments


@pytest.mark.parametrize(
    ("before", "phrase", "after", "divided"),
    [
        ("节", "约炮", "弹", True),
        ("睫", "毛片", "", True),
        ("女", "性爱直播", "", True),
        ("同城", "约炮", "", False),
        ("美女", "性爱直播", "", False),
        ("女星", "裸照", "片", False),  # goes on
        ("", "裸照", "度计", True),
        ("索尼", "av女优", "选", True),
        ("", "约泡", "泡浴", True),
        ("", "色情网", "站大全", False),
        ("", "黄片", "片源", False),
        ("金", "黄色视频", "", False),  # has more in front
        ("", "成人视频", "", False),
    ],
)
def test_divided(before: str, phrase: str, after: str, divided: bool) -> None:
    assert (segments.divided(before, phrase, after) >= segments.SURE) is divided


def test_whole() -> None:
    assert segments.whole("一条", "黄色视频线", "")
    assert not segments.whole("", "黄色视频线", "路")


def test_words_and_borders() -> None:
    assert segments.words_of("推翻政府的人") == ("推翻", "政府", "的", "人")
    assert segments.begins_with_verb("推翻政府")
    assert not segments.begins_with_verb("成人视频")
    assert segments.words_of("成人视频") == ("成人", "视频")
    assert segments.words_of("约炮") == ("约炮",)
    assert segments.borders(("成人", "视频", "网")) == {2, 4}
    assert segments.borders(("黄片",)) == frozenset()


def test_threads_share_one_dictionary() -> None:
    segments._load.cache_clear()
    start = threading.Barrier(4)

    def read(text: str) -> list[str]:
        start.wait()
        return segments.reading(text)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, ["节约炮弹"] * 4)) == [["节约", "炮弹"]] * 4
    assert segments._load.cache_info().misses == 1
