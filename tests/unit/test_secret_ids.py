"""Mistyped SecretIds: the mistake is named, and nothing that may be a SecretKey is shown whole."""

import pytest

from minivod import secret_ids

ID = "AKIDq1m40RkSjMBv6MgYYjGhgWuHKCvGPHFK"  # always the same: it is in the names of the tests, which workers compare
KEY = "Gu5t9xGARNpq86cd98joQYCN3Cozk1qA"

MISTAKES = [
    (f"{ID} ", "has a space at its end"),
    (f" {ID}", "has a space at its beginning"),
    (f"{ID}\n", "has a line feed at its end"),
    (f"{ID}\r\n", "has a carriage return and a line feed at its end"),
    (f"\t{ID}", "has a tab at its beginning"),
    (f"{ID}\u00a0", "has a no-break space at its end"),
    (f"\ufeff{ID}", "has a byte-order mark at its beginning"),
    (f"{ID}\u200b", "has the character U+200B at its end"),
    (f'"{ID}"', "has a double quote at its beginning; it has a double quote at its end"),
    (f"'{ID}", "has a single quote at its beginning"),
    (f"“{ID}”", "has the character U+201C at its beginning; it has the character U+201D at its end"),
    ("", "is empty"),
    ("  ", "is empty"),
    (KEY, "SecretId and SecretKey are probably swapped"),
    (f"{KEY} ", "has a space at its end; it has the form of a SecretKey"),
    (f'"{KEY}"', "probably swapped"),
    (f"{ID[:20]} {ID[20:]}", "has white space inside"),
    (f"{ID[:20]}\r\n{ID[20:]}", "has white space inside"),
    (f"akid{ID[4:]}", "AKID in capitals"),
    (ID[:-1], "does not have the form of a key of this server: AKID and 32 letters or digits"),
    (f"{ID}7", "AKID and 32 letters or digits"),
    ("a password!", "AKID and 32 letters or digits"),
    (f"SecretId={ID}", "has other text before or after it"),
    (f"{ID}:{KEY}", "has other text before or after it"),
    ("${SECRET_ID}", "is the name of a variable"),
    ("%SECRET_ID%", "is the name of a variable"),
    ("{{secretId}}", "is the name of a variable"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_mistakes_are_named(text: str, words: str) -> None:
    assert words in secret_ids.fault(text)


def test_nothing_is_wrong_with_a_secret_id() -> None:
    assert secret_ids.fault(ID) == ""
    assert secret_ids.shown(ID) == repr(ID)
    assert secret_ids.hidden(ID) == ID


@pytest.mark.parametrize(
    "text", [KEY, f" {KEY}", f'"{KEY}"\n', f"{ID}:{KEY}", f"{KEY}{KEY}", f"AKID{KEY}{KEY}", "hunter2"]
)
def test_what_is_no_secret_id_is_not_shown_whole(text: str) -> None:
    secret = KEY if KEY in text else text
    for told in (secret_ids.shown(text), secret_ids.hidden(text), secret_ids.fault(text)):
        assert not any(secret[start : start + 6] in told for start in range(len(secret) - 5))


def test_a_secret_id_with_blanks_or_quotes_is_shown() -> None:
    for text in (f"{ID} ", f'"{ID}"', f"{ID}\n"):
        assert ID in secret_ids.shown(text)
        assert secret_ids.hidden(text) == text


@pytest.mark.parametrize(
    "text", [KEY, f"{KEY} ", f'"{KEY}"', "", ID[:-1], f"akid{ID[4:-1]}", f"{ID[:9]}x {ID[9:]}", "p w!"]
)
def test_what_is_stored_tells_the_same_mistake(text: str) -> None:
    stored = secret_ids.hidden(text)
    assert len(stored) == len(text)
    assert secret_ids.fault(stored) == secret_ids.fault(text)


def test_the_beginning_tells_the_owner_which_one_it_is() -> None:
    assert secret_ids.shown(f"{KEY} ") == "'Gu5t…' (33 characters)"
    assert secret_ids.shown("hunter2") == "… (7 characters)"
    assert secret_ids.shown("") == "''"
