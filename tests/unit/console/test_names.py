"""Which names of users look alike."""

import pytest

from minivod.console.names import alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann", "Ann"),
        ("ann", "\u0430nn"),  # Cyrillic
        ("ann", "ANN"),
        ("ann", "\u0391nn"),  # Greek, a capital
        ("\u0410\u041d\u041d", "\u0430\u043d\u043d"),  # Cyrillic by case alone
        ("ann", "\uff41nn"),  # full-width
        ("ann", "ann\ufe0f"),
        ("ann", "a\u3164nn"),
        ("bill", "bi11"),
        ("bill", "biIl"),
        ("otto", "0tt0"),
        ("tom", "torn"),
        ("stra\u00dfe", "STRASSE"),
        ("\u91d1", "\u2fa6"),  # a radical
    ],
)
def test_names_that_look_alike(one: str, other: str) -> None:
    assert alike(one, other) and alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ann", "anna"), ("ann", "\u00e1nn"), ("user1", "user2"), ("bill", "ball"), ("王芳", "王方"), ("ann b", "annb")],
)
def test_names_that_do_not(one: str, other: str) -> None:
    assert not alike(one, other)
