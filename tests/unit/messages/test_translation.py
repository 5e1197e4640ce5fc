"""Translations of messages: every template with all kinds of values, what is not known, and the time that it takes."""

import random
import string
import time
from collections.abc import Iterator

import pytest

from minivod.errors import shorten
from minivod.messages import LANGUAGES, translate, translate_members
from minivod.messages.table import PAIRS
from minivod.messages.template import Place, Template, parse

SENTENCES = sorted(PAIRS)
INNER = ("there is no video stream", "its duration is not known", "the file is empty", "none", "beginning", "video")
"""Sentences without places, which stand in others."""
ALPHABETS = (
    string.printable,
    "'\"\\{}()[]; .,:\n\t",
    "中文视频，；：。（）“”",
    "\u202e\u200b\U0001f600é",
    "{name}; it must be {accepted:text}",
)
NASTY = (
    "",
    "'",
    '"',
    "\\",
    "{0}",
    "{fault}",
    "; ",
    ". ",
    ", or ",
    " is 'x'; it must be 1",
    "x" * 5000,
    *SENTENCES[::25],
)


def text_of(dice: random.Random) -> str:
    if dice.random() < 0.4:
        return dice.choice(NASTY)
    return "".join(dice.choices(dice.choice(ALPHABETS), k=dice.choice((1, 5, 40))))


def quoted(dice: random.Random) -> str:
    """A value as messages show those of callers, of any length."""
    return shorten(text_of(dice), 10**6)


def word(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_letters + string.digits + "._-/", k=dice.choice((1, 8, 300)))) + "1"


HELD = {
    "word": word,
    "number": lambda dice: dice.choice(("0", "1920", "-3.25")),
    "url": lambda dice: f"https://{word(dice)}",
    "quoted": quoted,
}


def value(dice: random.Random, place: Place, template: Template) -> tuple[str, str]:
    """What may stand there, in English and in Chinese."""
    if place.kind in HELD:
        one = HELD[place.kind](dice)
        return one, one
    if place.kind == "list":
        items = [dice.choice((quoted, word))(dice) for _ in range(dice.randrange(1, 5))]
        return ", ".join(items), "、".join(items)
    if place.kind in ("term", "known") or (place.kind == "text" and dice.random() < 0.5):
        english = dice.choice(INNER)
        while any(literal in english for literal in template.literals[1:] if literal):
            english = dice.choice(INNER)  # the outer sentence would end in the inner one
        return english, PAIRS[english]
    one = dice.choice((quoted, word))(dice)
    return one, one


def examples(english: str, dice: random.Random) -> tuple[str, str, list[str]]:
    """The sentence with values, in both languages, and the values that must be told as they are."""
    template = parse(english, PAIRS[english])
    places = {part.name: part for part in template.chinese if isinstance(part, Place)}
    values = {
        name: value(dice, places[name], template) if not literal.endswith('"') else (name, name)
        for name, literal in zip(template.names, template.literals, strict=False)
    }
    said = "".join(
        literal + (values[name][0] if name else "")
        for literal, name in zip(template.literals, (*template.names, ""), strict=True)
    )
    told = "".join(values[part.name][1] if isinstance(part, Place) else part for part in template.chinese)
    kept = [one for name, (one, _) in values.items() if places[name].kind in ("", *HELD)]
    return said, told, kept


def squeezed(text: str) -> str:
    """Without blanks: those between Chinese and Latin depend on what stands beside them."""
    return text.replace(" ", "")


@pytest.mark.parametrize("seed", range(6))
def test_every_sentence_with_all_kinds_of_values(seed: int) -> None:
    for english in SENTENCES:
        dice = random.Random(f"{seed} {english}")  # so that a new pair changes nothing for the others
        said, told, kept = examples(english, dice)
        chinese = translate(said, "zh-CN")
        assert squeezed(chinese) == squeezed(told), said
        for one in kept:
            assert one in chinese, said
        assert translate(said, "en-US") == said


def test_what_is_not_known_stays_as_it_is() -> None:
    dice = random.Random(7)
    for unknown in ("", "hello", "Invalid data found when processing input", "已经是中文的句子", *NASTY[:11]):
        assert translate(unknown, "zh-CN") == unknown
    for _ in range(300):
        text = quoted(dice)
        assert translate(text, "zh-CN") == text


def test_a_value_is_not_taken_for_a_sentence() -> None:
    inner = "no; it must be '5'; there is no video stream"
    assert translate(f"the API has no action {shorten(inner)}", "zh-CN") == f"该 API 没有接口 {shorten(inner)}"
    reason = "there is no video stream"
    assert translate(f"Rejected: by an operator: {reason}", "zh-CN").endswith(reason)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (shorten("x" * 100), f"'{'x' * 64}'…（共 100 个字符）"),
        (shorten(["a; b"] * 40), f"{shorten(['a; b'] * 40).partition('…')[0]}…（共 {40 * 8} 个字符）"),
    ],
)
def test_a_value_that_was_cut(english: str, chinese: str) -> None:
    assert translate(f"the API has no action {english}", "zh-CN") == f"该 API 没有接口 {chinese}"


def test_sentences_in_sentences() -> None:
    inner = "the original cannot be read: it is damaged or incomplete (Invalid argument); its duration is not known"
    assert translate(inner, "zh-CN") == "原始视频无法读取：文件损坏或不完整（Invalid argument）；时长未知"
    assert translate("something new; its duration is not known", "zh-CN") == "something new；时长未知"


def test_members_of_answers() -> None:
    tree = {
        "Message": "the account 1 is disabled",
        "Name": "the account 1 is disabled",
        "Steps": [{"Message": "there is no video stream", "ErrCode": 0}, "there is no video stream"],
        "SessionContext": '{"Message": "there is no video stream"}',
    }
    assert translate_members(tree, "en-US") == tree
    assert translate_members(tree, "zh-CN") == {
        **tree,
        "Message": "账号 1 已被禁用",
        "Steps": [{"Message": "没有视频流", "ErrCode": 0}, "there is no video stream"],
    }
    assert LANGUAGES == ("zh-CN", "en-US")


def long_texts(size: int) -> Iterator[str]:
    """Texts on which a careless search would take very long."""
    for piece in ("'", '"', "\\'", "('", "; ", ". ", ", ", " or ", "(", "FileId x: ", "a: ", "it is empty; ", "the "):
        yield piece * (size // len(piece))
    for english in ("the container is {}; it must be {}", "{} is {}; it must be {}", "Rejected: {}", "Name {}"):
        yield english.replace("{}", "x; y is 'z " * (size // 30))


def test_time_grows_with_the_text_alone() -> None:
    """A search that were quadratic would take minutes for these: they are twenty times as long as messages are."""
    for text in long_texts(20_000):
        begun = time.process_time()
        translate(text, "zh-CN")
        assert time.process_time() - begun < 5, text[:40]


@pytest.mark.parametrize("text", ["only what is said in English", "a text in flv", "a film in one piece"])
def test_a_sentence_that_nobody_translated_stays_whole(text: str) -> None:
    assert translate(text, "zh-CN") == text
