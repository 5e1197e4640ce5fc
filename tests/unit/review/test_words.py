"""Word lists: the built-in ones are sound, the operator's are added, and mistakes are named."""

import re
from pathlib import Path

import pytest

from minivod.review import words
from minivod.review.normalise import normalise


def test_every_builtin_phrase_finds_itself() -> None:
    lists = words.load()
    matcher = lists.matcher()
    for phrase in lists.phrases:
        assert phrase in {match.phrase for match in matcher.find(normalise(phrase.label))}, phrase.text


def test_there_is_a_builtin_list_for_each_category_of_the_reference() -> None:
    assert words.load().categories == {"Porn.Ocr", "Terrorism.Ocr", "Political.Ocr"}


def test_the_operators_lists_are_added(tmp_path: Path) -> None:
    (tmp_path / "Ad.txt").write_text("\ufeff# ours\n\n  加微信  \n!加微信支付\n", encoding="utf-8")
    (tmp_path / ".hidden").write_text("no list")
    lists = words.load(tmp_path)
    assert "Ad.Ocr" in lists.categories
    assert [phrase.text for phrase in lists.phrases if phrase.category == "Ad.Ocr"] == ["加微信"]
    assert lists.matcher().find("请加微信支付") == []


def test_a_line_may_stand_for_several_phrases() -> None:
    lists = words.WordLists()
    lists.add("Ad", "?[big|tiny] [bargain|bargains]\n!my [big|small|] bargain\n[one] [two]\n", "ours")
    assert [phrase.label for phrase in lists.phrases] == [
        *("big bargain", "big bargains", "tiny bargain", "tiny bargains"),
        "[one] [two]",
    ]
    assert [phrase.text for phrase in lists.exceptions] == ["my big bargain", "my small bargain", "my  bargain"]
    assert [phrase.ambiguous for phrase in lists.phrases] == [True] * 4 + [False]


def test_the_operator_says_how_certain_a_builtin_phrase_is(tmp_path: Path) -> None:
    (tmp_path / "Porn.txt").write_text("裸聊\n? 援交妹\n= milf\n", encoding="utf-8")
    known = {phrase.label: phrase for phrase in words.load(tmp_path).phrases}
    assert (known["裸聊"].weighed, known["裸聊"].ambiguous) == (False, False)
    assert (known["援交妹"].weighed, known["援交妹"].ambiguous) == (True, True)
    assert (known["milf"].weighed, known["milf"].ambiguous) == (True, False)
    assert known["milf"].source == f"{tmp_path / 'Porn.txt'}, line 3"


def escaped(message: str) -> str:
    return ".*".join(map(re.escape, message.split(".*")))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("porn.txt", b"x y", "porn.txt is no word list; lists are named Porn.txt"),
        ("Porn.md", b"x y", "Porn.md is no word list"),
        ("Ad.txt", "好\n\xe9".encode("latin-1", "replace"), "Ad.txt, line 2: not UTF-8"),
        ("Ad.txt", b"fine\n***\n", "Ad.txt, line 2: a phrase needs a letter or digit"),
        ("Ad.txt", b"w" * 101, "Ad.txt, line 1: a phrase needs"),
        ("Ad.txt", b"!", "Ad.txt, line 1: a phrase needs"),
        ("Ad.txt", b"?", "Ad.txt, line 1: a phrase needs"),
        ("Ad.txt", b"??a", "Ad.txt, line 1: '??a' begins with marks that make no sense together"),
        ("Ad.txt", b"a\n?=a", "Ad.txt, line 2: '?=a' begins with marks"),
        ("Ad.txt", b"!=a", "Ad.txt, line 1: '!=a' begins with marks"),
        ("Ad.txt", b"!!a", "Ad.txt, line 1: '!!a' begins with marks"),
        ("Ad.txt", b"a\nb\n?a", "Ad.txt, line 3: '?a' contradicts 'a' of .*Ad.txt, line 1"),
        ("Ad.txt", b"=a\n?a", "Ad.txt, line 2: '?a' contradicts '=a' of .*Ad.txt, line 1"),
        ("Ad.txt", b"a [b|c", "Ad.txt, line 1: | divides alternatives"),
        ("Ad.txt", b"a\n[b|%]", "Ad.txt, line 2: a phrase needs"),
        ("Ad.txt", b"x" + b"[a|b]" * 10, "Ad.txt, line 1: stands for more than 1000 phrases"),
    ],
)
def test_a_faulty_list_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(words.WordListError, match=escaped(message)):
        words.load(tmp_path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(words.WordListError, match=r"word_lists_dir names .*/nowhere, which cannot be read"):
        words.load(tmp_path / "nowhere")


def test_the_guides_list_means_what_it_says() -> None:
    """The example of docs/review.md."""
    guide = (Path(__file__).parents[3] / "docs" / "review.md").read_text(encoding="utf-8")
    lists = words.WordLists()
    lists.add("Ad", guide.partition("```text\n")[2].partition("```")[0], "the guide")
    matcher = lists.matcher()
    for text, found in (
        ("Megacasinos", True),
        ("请加微信", True),
        ("Casino Royale", False),
        ("a comment", False),
        ("a free bonus", True),
        ("Free. Bonus track", False),
        ("a free bonus disc", False),
    ):
        assert bool(matcher.find(normalise(text))) is found, text
