"""Texts in their plain form: simplified characters stay, what else they are written as becomes them."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minivod.review.normalise import normalise

_TRADITIONAL_TOO = dict(zip("乾吒夥後徵拚捱摺於榘菸薹袷醣麴麽", "干咤伙后征拼挨折于矩烟苔夹糖曲么", strict=True))
"""Of GB 2312, for names and the like, but everywhere else the traditional form of another character."""


def _gb2312(first: int, last: int) -> Iterator[str]:
    for row in range(first, last + 1):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes([row, cell]).decode("gb2312")
            except UnicodeDecodeError:  # a few places are empty
                continue


@pytest.mark.parametrize(("first", "last", "count"), [(0xB0, 0xD7, 3755), (0xD8, 0xF7, 3008)])
def test_simplified_text_stays_as_it_is(first: int, last: int, count: int) -> None:
    characters = "".join(_gb2312(first, last))
    assert len(characters) == count
    changed = {a: b for a, b in zip(characters, normalise(characters), strict=True) if a != b}
    assert changed == {a: b for a, b in _TRADITIONAL_TOO.items() if a in characters}


@pytest.mark.parametrize(
    ("written", "simplified"),
    [
        ("推飜政府", "推翻政府"),
        ("槪敍研愼甁郞襃晄萠", "概叙研慎瓶郎褒晃萌"),
        ("滬", "沪"),
        ("濾", "滤"),
        ("緒衛並餅併", "绪卫并饼并"),
        ("緖衞竝餠倂", "绪卫并饼并"),
        ("手槍子彈爆炸後", "手枪子弹爆炸后"),
        ("藝術", "艺术"),
        ("爆弾販売", "爆弹贩卖"),
        ("無修正", "无修正"),
    ],
)
def test_other_forms_become_the_simplified_one(written: str, simplified: str) -> None:
    assert normalise(written) == simplified


@pytest.mark.parametrize(("one", "other"), [("芸", "艺"), ("予", "豫"), ("欠", "缺"), ("沪", "滤"), ("浜", "滨")])
def test_characters_of_different_meaning_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
