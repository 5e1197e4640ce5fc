"""Transcripts: Chinese phrases are found by their sound, and what sounds otherwise is not."""

import pytest

from minivod.review import words
from minivod.review.normalise import normalise
from minivod.review.spoken import SpokenMatcher


@pytest.fixture(scope="module")
def matcher() -> SpokenMatcher:
    lists = words.load()
    return SpokenMatcher(lists.phrases, lists.exceptions)


def labels(matcher: SpokenMatcher, text: str) -> dict[str, tuple[str, bool]]:
    return {match.phrase.label: (match.disguise, match.certain) for match in matcher.find(normalise(text))}


@pytest.mark.parametrize(
    ("heard", "phrase"),
    [
        ("他說城人視頻", "成人视频"),
        ("这里有成仁试频", "成人视频"),
        ("怎么制做诈弹", "制作炸弹"),
        ("颠复正府", "颠覆政府"),
        ("五装起义", "武装起义"),
    ],
)
def test_other_characters_of_the_same_sound(matcher: SpokenMatcher, heard: str, phrase: str) -> None:
    found = labels(matcher, heard)
    assert found.get(phrase) == ("homophones", False)


def test_the_phrase_itself_is_no_disguise(matcher: SpokenMatcher) -> None:
    assert labels(matcher, "颠覆政府")["颠覆政府"][0] == ""
    assert "sex videos" in labels(matcher, "Watch free sex videos, now.")


@pytest.mark.parametrize(
    "heard",
    [
        "成人食品安全",  # other tones, and a word of its own
        "今天天气很好,我们去公园玩",
        "他约跑步的朋友",  # two syllables say too little
        "颠簸着进府",
        "chengren shipin",  # nobody says Latin letters
    ],
)
def test_what_sounds_otherwise(matcher: SpokenMatcher, heard: str) -> None:
    assert labels(matcher, heard) == {}
