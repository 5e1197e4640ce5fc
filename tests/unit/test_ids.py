"""Identifiers have their form, and no two are alike."""

import re
import uuid
from collections.abc import Callable

import pytest

from minivod import ids


def test_request_ids_are_random_uuids() -> None:
    made = [ids.new_request_id() for _ in range(2000)]
    assert len(set(made)) == len(made)
    for text in made:
        read = uuid.UUID(text)
        assert str(read) == text
        assert (read.version, read.variant) == (4, uuid.RFC_4122)
    assert {text[19] for text in made} == set("89ab")
    for position in [*range(8), *range(9, 13), *range(15, 18), *range(20, 23), *range(24, 36)]:
        assert len({text[position] for text in made}) == 16  # every digit that may vary does


def test_a_number_is_of_ascii_digits_and_bounded() -> None:
    assert ids.is_number("0") and ids.is_number("9" * 18) and ids.is_number("12345", 5)
    assert not any(map(ids.is_number, ["", "-1", "1.0", "\u0663", "\u00b2", "9" * 19, "9" * 5000]))


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (ids.new_token, r"[0-9A-Za-z]{43}"),
        (ids.new_url_key, r"[0-9A-Za-z]{32}"),
        (ids.new_secret_key, r"[0-9A-Za-z]{32}"),
        (ids.new_secret_id, r"AKID[0-9A-Za-z]{32}"),
        (ids.new_file_id, r"[0-9]{19}"),
        (lambda: ids.new_task_id(1300000001, "Procedure"), r"1300000001-Procedure-[0-9a-f]{32}t0"),
    ],
)
def test_what_clients_give_back_never_looks_like_an_option(make: Callable[[], str], form: str) -> None:
    made = [make() for _ in range(2000)]
    assert all(re.fullmatch(form, text) for text in made)
    assert len(set(made)) == len(made)
