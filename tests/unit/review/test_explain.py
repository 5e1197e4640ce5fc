"""What `minivod words test` tells of a text."""

import pytest

from minivod.review import words
from minivod.review.explain import FoundPhrase, explain
from minivod.review.policy import Policy


@pytest.fixture(scope="module")
def lists() -> words.WordLists:
    made = words.WordLists()
    made.add("Porn", "bad word\nfoul\n?odd word\n?黄色视频\n=裸聊\n", "ours")
    made.add("Ad", "?call us\n", "theirs")
    return made


def one(text: str, lists: words.WordLists) -> FoundPhrase:
    (found,) = explain(text, lists, Policy()).found
    return found


@pytest.mark.parametrize(
    ("text", "passage", "normalisations"),
    [
        ("a BAD word", "BAD word", []),
        ("a ｂａｄ word", "ｂａｄ word", ["full-width or decorated forms"]),
        ("a b4d word", "b4d word", ["leetspeak"]),
        ("a b\u200bad wörd", "b\u200bad wörd", ["invisible characters", "accents"]),
        ("a bаd wоrd", "bаd wоrd", ["look-alike letters"]),
        ("bad word̶!", "bad word̶", ["combining marks"]),
        ("so fouuuul", "fouuuul", ["repeated or joined letters"]),
        ("so f*ul", "f*ul", ["stars for vowels"]),
        ("b-a-d word", "b-a-d word", ["spaces, symbols or line breaks between"]),
        ("bad\nword", "bad\nword", []),
        ("黃色視頻", "黃色視頻", ["traditional or variant characters"]),
        ("黄 色 视 频", "黄 色 视 频", ["spaces, symbols or line breaks between"]),
        ("黄瑟视频", "黄瑟视频", ["homophones"]),
        ("黃se視頻", "黃se視頻", ["traditional or variant characters", "pinyin"]),
    ],
)
def test_passage_and_normalisations(lists: words.WordLists, text: str, passage: str, normalisations: list[str]) -> None:
    found = one(text, lists)
    assert (found.passage, found.normalisations) == (passage, normalisations)
    assert text[found.start : found.end] == passage


def test_list_words_and_certainty(lists: words.WordLists) -> None:
    found = one("来裸聊吧", lists)
    assert (found.listed, found.entry, found.certainty, found.offered) == ("ours, line 5", "=裸聊", "certain", False)
    assert (found.phrase, found.category, found.tokens) == ("裸聊", "Porn.Ocr", ["裸聊"])
    assert one("黄色视频", lists).certainty == "ambiguous"
    assert one("黄色视频", lists).tokens == ["黄色", "视频"]
    offered = one("免费黄色视频", lists)
    assert (offered.certainty, offered.offered) == ("certain", True)


@pytest.mark.parametrize(
    ("text", "types", "decision"),
    [
        ("fine", {}, "Pass"),
        ("an odd word", {"Porn.Ocr": "review"}, "Rejected"),
        ("an odd word.\n\n黄色视频", {"Porn.Ocr": "block"}, "Rejected"),
        ("an odd word.\n\ncall us", {"Porn.Ocr": "review", "Political.Ocr": "review"}, "Rejected"),
        ("a bad word", {"Porn.Ocr": "block"}, "Rejected"),
    ],
)
def test_what_it_leads_to(lists: words.WordLists, text: str, types: dict[str, str], decision: str) -> None:
    told = explain(text, lists, Policy())
    assert {row.Type: row.Suggestion for row in told.summary if row.Suggestion != "pass"} == types
    assert told.decision == decision


def test_the_policy_of_the_operator_counts(lists: words.WordLists) -> None:
    assert explain("an odd word", lists, Policy.make(on_review="pass")).decision == "Pass"
    assert explain("a bad word", lists, Policy.make(on_review="pass")).decision == "Rejected"


def test_letters_that_are_composed_anew_are_told_as_they_were_compared(lists: words.WordLists) -> None:
    found = one("\u1112\u1161\u11ab bad word", lists)  # a Korean syllable in three letters
    assert found.passage == "bad word"
